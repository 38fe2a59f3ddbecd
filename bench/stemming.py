"""Which stemmer finds a passage by other forms of its words, in languages other than English.

``stemming.json``: 25 paragraphs a language (20 in Thai), in a library of their own; several
are on the same subject. ``inflected`` questions have their content words in other forms than the
paragraph, on purpose: what stemming brings there is the most it can bring. ``plain`` ones ask
as people do. Printed: the share of a question's terms that its paragraph holds, and Hits@1 /
Hits@4 / MRR@10 by words alone and with the default embedder.

    python -m bench.stemming [--snowball FOLDER] [--english FOLDER]

``--snowball``: where the package snowballstemmer is installed, which the bot does not need.
``--english``: covidqa and clapnq of ../shared/data as well, in libraries that are kept there.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from bot.app import App, open_app
from bot.embedding import Floats, embed_question
from bot.evaluate.dataset import Dataset, EvaluationDocument, GoldEvidence, Question, read_dataset
from bot.evaluate.run import EvaluationRun, library_name
from bot.records import Scope
from bot.search.query_terms import parse_query
from bot.search.retrieve import rank_candidates
from bot.settings import Settings
from bot.store.passage_table import POSITION, PassageTable, QuantizedVectors
from bot.store.postings import IndexedText, build_postings
from bot.text.porter import porter
from bot.text.stem import MIN_STEMMED_LETTERS, stem, strip_accents

SET = Path(__file__).with_suffix(".json")
DATA = Path(__file__).parent.parent.parent / "shared" / "data"
ENGLISH = ("covidqa", "clapnq")
SNOWBALL = {"de": "german", "es": "spanish", "fr": "french", "it": "italian", "ru": "russian"}
DEPTH = 10  # what ranks lower counts nothing in MRR
UNSPACED = "th"  # has no endings: pairs of characters against triples
MISSED = 1_000_000  # the place of what was not found
STEMMED_IN = ("bot.text.tokenize", "bot.search.query_terms")  # where the bot's stemmer is looked up

Stem = Callable[[str], str]
Stemmer = Callable[[str], Stem]  # by language


@dataclass(frozen=True)
class Asked:
    """A question of a set, with the passages that answer it."""

    text: str
    kind: str
    gold: frozenset[int]
    vector: Floats


@dataclass(frozen=True)
class Library:
    """What finding reads of a library, before words are stemmed."""

    language: str
    texts: list[IndexedText]
    passage_table: PassageTable
    quantized_vectors: QuantizedVectors
    asked: list[Asked]


# --- stemmers ----------------------------------------------------------------------------------


def none(_language: str) -> Stem:
    return strip_accents


def porters(_language: str) -> Stem:
    """The English stemmer for every word in plain letters, as it once was."""

    def stemmed(word: str) -> str:
        bare = strip_accents(word.removesuffix("'s"))
        plain = bare.isascii() and bare.isalpha() and len(bare) >= MIN_STEMMED_LETTERS
        return porter(bare) if plain else bare

    return stemmed


def shipped(_language: str) -> Stem:
    return stem


def snowball(language: str) -> Stem:
    """The stemmer of the article's own language, as if that were always known."""
    stemmer: Any = import_module("snowballstemmer").stemmer(SNOWBALL.get(language, "english"))
    known: dict[str, str] = {}

    def stemmed(word: str) -> str:
        if word not in known:
            known[word] = strip_accents(stemmer.stemWord(word))
        return known[word]

    return stemmed


@contextmanager
def stemming(by: Stem) -> Iterator[None]:
    """The index's and the questions' words stemmed in another way."""
    with ExitStack() as stack:
        for module in STEMMED_IN:
            stack.enter_context(swapped(module, "stem", by))
        yield


@contextmanager
def swapped(module: str, name: str, other: object) -> Iterator[None]:
    """Another function in a module of the bot."""
    before = getattr(import_module(module), name)
    setattr(import_module(module), name, other)
    try:
        yield
    finally:
        setattr(import_module(module), name, before)


def triples(run: str) -> list[str]:
    """Of characters, where the bot cuts pairs."""
    return [run[i : i + 3] for i in range(len(run) - 2)] or [run]


# --- the sets ----------------------------------------------------------------------------------


def dataset_of(language: str, paragraphs: list[Mapping[str, Any]]) -> Dataset:
    """The paragraphs of a language; their titles tell nothing."""
    documents, questions = [], []
    for n, paragraph in enumerate(paragraphs, start=1):
        name = f"{language} {n}"
        documents.append(EvaluationDocument(name, name, None, paragraph["text"]))
        evidence = (GoldEvidence(name, paragraph["text"]),)
        for kind in ("inflected", "plain"):
            for text in paragraph[kind]:
                questions.append(Question(f"{name} {text}", text, kind, True, evidence))
    made_of = hashlib.sha256(json.dumps(paragraphs).encode()).hexdigest()
    return Dataset(made_of, tuple(documents), tuple(questions))


async def read(app: App, dataset: Dataset, language: str) -> Library:
    """Reads the set into a library, unless it is there, and takes out what ranking needs."""
    server_id = library_name(dataset, app.embedder.model)
    scope = Scope(server_id)
    async with app.store.library(server_id) as library:
        run = EvaluationRun(app, library, server_id)
        await run.read(dataset.documents)
        asked = []
        for question in (q for q in dataset.questions if q.evidence):
            gold = frozenset(await run.gold(question))
            vector = await embed_question(question.text, app.embedder)
            asked.append(Asked(question.text, question.type, gold, vector))
        table = await library.passage_table(scope)
        codes = await library.quantized_vectors(app.embedder.model, len(asked[0].vector), scope)
        texts = []
        for passage in await library.passages(table.ids.tolist(), scope):
            title = passage.title if passage.position == 0 else ""
            texts.append(
                IndexedText(passage.id, title, [passage.quote(s) for s in passage.sentences])
            )
        return Library(language, texts, table, codes, asked)


# --- measuring ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    """What one question found: its passage's place (from 0) and the words it shares with it."""

    kind: str
    met: float  # share of the question's terms that its passage holds
    by_words: int
    by_both: int


def measured(library: Library, by: Stem) -> list[Measured]:
    found = []
    with stemming(by):
        index = {
            t: np.frombuffer(data, POSITION) for t, data in build_postings(library.texts).items()
        }
        for asked in (asked for asked in library.asked if asked.gold):
            wanted = parse_query(asked.text)
            postings = {term: index[term] for term in wanted.terms if term in index}
            lone = rank_candidates(
                wanted, postings, library.passage_table, QuantizedVectors(()), asked.vector[:0]
            ).ids
            both = rank_candidates(
                wanted, postings, library.passage_table, library.quantized_vectors, asked.vector
            ).ids
            met = [not asked.gold.isdisjoint(at["passage"].tolist()) for at in postings.values()]
            share = sum(met) / max(1, len(wanted.terms))
            found.append(Measured(asked.kind, share, _place(lone, asked), _place(both, asked)))
    return found


def _place(ids: list[int], asked: Asked) -> int:
    return next((i for i, passage in enumerate(ids) if passage in asked.gold), MISSED)


def _figures(found: list[int]) -> str:
    postings = np.array(found)
    reciprocal = np.where(postings < DEPTH, 1 / (postings + 1), 0).mean()
    return f"{(postings < 1).mean():.3f} / {(postings < 4).mean():.3f} / {reciprocal:.3f}"


def report(library: Library, stemmers: Mapping[str, Stemmer]) -> None:
    """A row for each kind of question and stemmer: Hits@1 / Hits@4 / MRR@10."""
    every = {name: measured(library, of(library.language)) for name, of in stemmers.items()}
    for kind in dict.fromkeys(asked.kind for asked in library.asked):
        for name, found in every.items():
            of_kind = [one for one in found if one.kind == kind]
            met = np.mean([one.met for one in of_kind])
            lone, both = [m.by_words for m in of_kind], [m.by_both for m in of_kind]
            row = f"{library.language}, {kind} | {len(of_kind)} | {name} | {met:.2f}"
            print(f"| {row} | {_figures(lone)} | {_figures(both)} |", flush=True)


async def opened(folder: Path, sets: Mapping[str, Dataset]) -> list[Library]:
    async with open_app(replace(Settings(), data_dir=folder)) as app:
        await app.embedder.embed(["warm"])
        return [await read(app, dataset, name) for name, dataset in sets.items()]


async def libraries(english: Path | None) -> list[Library]:
    sets = json.loads(SET.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        own = {language: dataset_of(language, sets[language]) for language in sets}
        found = await opened(Path(folder), own)
    if english:
        found += await opened(english, {name: read_dataset(DATA / name) for name in ENGLISH})
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--snowball", type=Path, metavar="FOLDER")
    parser.add_argument("--english", type=Path, metavar="FOLDER")
    arguments = parser.parse_args()
    stemmers: dict[str, Stemmer] = {"none": none, "porter": porters, "shipped": shipped}
    if arguments.snowball:
        sys.path.insert(0, str(arguments.snowball))
        stemmers["snowball"] = snowball
    found = asyncio.run(libraries(arguments.english))
    print("| language, questions | | stemmer | words met | by words | with meaning |")
    print("|---|---|---|---|---|---|")
    for library in found:
        if library.language == UNSPACED:
            report(library, {"pairs": shipped})
            with swapped("bot.text.tokenize", "bigrams", triples):
                report(library, {"triples": shipped})
        else:
            report(library, stemmers)


if __name__ == "__main__":
    main()
