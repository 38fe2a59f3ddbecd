"""Compare stemmers by how well they find passages, in languages other than English.

    python -m bench.stemming [--snowball FOLDER] [--english FOLDER]

``stemming.json`` has 25 paragraphs per language (20 in Thai), several of them on the same subject;
each language is a library of its own. "inflected" questions deliberately have their content words
in other forms than the paragraph, so they show the most that stemming can gain. "plain" ones are
phrased as people ask. Prints the share of a question's terms that match its paragraph, and Hits@1
/ Hits@4 / MRR@10 by BM25 alone and with the default embedder.

``--snowball``: the folder in which the package snowballstemmer is installed; the bot does not
depend on it. ``--english``: also covidqa and clapnq of ../shared/data, in libraries kept there.
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

from bench.index_arrays import memory_index
from bot.app import App, open_app
from bot.embedding import Floats, embed_question
from bot.evaluate.dataset import Dataset, EvaluationDocument, GoldEvidence, Question, read_dataset
from bot.evaluate.run import EvaluationRun, library_name
from bot.records import Scope
from bot.search.memory_index import propose_candidates
from bot.search.query_terms import parse_query
from bot.search.retrieve import CANDIDATES_PER_METHOD, rank_candidates
from bot.settings import Settings
from bot.store.passage_table import POSITION, PassageTable, Postings, QuantizedVectors
from bot.store.postings import IndexedText, build_postings
from bot.text.folding import fold
from bot.text.stem import MIN_STEMMED_LETTERS, porter, stem

DATASET_FILE = Path(__file__).with_suffix(".json")
DATA = Path(__file__).parent.parent.parent / "shared" / "data"
ENGLISH = ("covidqa", "clapnq")
SNOWBALL = {"de": "german", "es": "spanish", "fr": "french", "it": "italian", "ru": "russian"}
DEPTH = 10  # lower ranks do not count in MRR
UNSPACED = "th"  # has no inflection: compares bigrams of characters with trigrams
NOT_FOUND = 1_000_000  # as a rank
STEMMING_MODULES = ("bot.text.tokenize", "bot.search.query_terms")  # import the bot's stemmer

Stem = Callable[[str], str]
Stemmer = Callable[[str], Stem]  # by language


@dataclass(frozen=True)
class EmbeddedQuestion:
    """A question with its vector and the ids of the passages that answer it."""

    text: str
    kind: str
    gold: frozenset[int]
    vector: Floats


@dataclass(frozen=True)
class LibrarySnapshot:
    """What retrieval reads of a library, with texts that are not stemmed yet."""

    language: str
    texts: list[IndexedText]
    passage_table: PassageTable
    quantized_vectors: QuantizedVectors
    questions: list[EmbeddedQuestion]


# --- stemmers ----------------------------------------------------------------------------------


def no_stemming(_language: str) -> Stem:
    return fold


def porter_stemming(_language: str) -> Stem:
    """The English stemmer for every word in plain letters: what the bot did before."""

    def stem_word(word: str) -> str:
        bare = fold(word.removesuffix("'s"))
        is_plain = bare.isascii() and bare.isalpha() and len(bare) >= MIN_STEMMED_LETTERS
        return porter(bare) if is_plain else bare

    return stem_word


def shipped_stemming(_language: str) -> Stem:
    """The bot's own stemmer."""
    return stem


def snowball_stemming(language: str) -> Stem:
    """The stemmer of the article's language, as if that were always known."""
    stemmer: Any = import_module("snowballstemmer").stemmer(SNOWBALL.get(language, "english"))
    cache: dict[str, str] = {}

    def stem_word(word: str) -> str:
        if word not in cache:
            cache[word] = fold(stemmer.stemWord(word))
        return cache[word]

    return stem_word


@contextmanager
def use_stemmer(stem_word: Stem) -> Iterator[None]:
    """Stem the words of index and questions with ``stem_word``."""
    with ExitStack() as stack:
        for module in STEMMING_MODULES:
            stack.enter_context(replace_function(module, "stem", stem_word))
        yield


@contextmanager
def replace_function(module: str, name: str, replacement: object) -> Iterator[None]:
    """Replace a function in a module of the bot."""
    original = getattr(import_module(module), name)
    setattr(import_module(module), name, replacement)
    try:
        yield
    finally:
        setattr(import_module(module), name, original)


def trigrams(run: str) -> list[str]:
    """The trigrams of a run of characters, where the bot uses bigrams."""
    return [run[i : i + 3] for i in range(len(run) - 2)] or [run]


# --- datasets ----------------------------------------------------------------------------------


def make_dataset(language: str, paragraphs: list[Mapping[str, Any]]) -> Dataset:
    """The paragraphs and questions of a language, with titles that say nothing."""
    documents, questions = [], []
    for n, paragraph in enumerate(paragraphs, start=1):
        name = f"{language} {n}"
        documents.append(EvaluationDocument(name, name, None, paragraph["text"]))
        evidence = (GoldEvidence(name, paragraph["text"]),)
        for kind in ("inflected", "plain"):
            for text in paragraph[kind]:
                questions.append(Question(f"{name} {text}", text, kind, True, evidence))
    content_hash = hashlib.sha256(json.dumps(paragraphs).encode()).hexdigest()
    return Dataset(content_hash, tuple(documents), tuple(questions))


async def read_library(app: App, dataset: Dataset, language: str) -> LibrarySnapshot:
    """Add the dataset to a library, unless it is there, and take what ranking needs."""
    server_id = library_name(dataset, app.embedder.model)
    scope = Scope(server_id)
    async with app.store.library(server_id) as library:
        run = EvaluationRun(app, library, server_id)
        await run.read(dataset.documents)
        questions = []
        for question in (q for q in dataset.questions if q.evidence):
            gold = frozenset(await run.gold(question))
            vector = await embed_question(question.text, app.embedder)
            questions.append(EmbeddedQuestion(question.text, question.type, gold, vector))
        index = memory_index(library)
        table = await index.passage_table(scope)
        dimension = len(questions[0].vector)
        vectors = await index.quantized_vectors(app.embedder.model, dimension, scope)
        texts = []
        for passage in await library.articles.passages(table.ids.tolist(), scope):
            title = passage.title if passage.position == 0 else ""
            sentences = [passage.quote(sentence) for sentence in passage.sentences]
            texts.append(IndexedText(passage.id, title, sentences))
        return LibrarySnapshot(language, texts, table, vectors, questions)


# --- measuring ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class QuestionResult:
    """The rank (from 0) of a question's gold passage, and the share of terms that match it."""

    kind: str
    term_share: float
    lexical_rank: int
    hybrid_rank: int


def measure(library: LibrarySnapshot, stem_word: Stem) -> list[QuestionResult]:
    results = []
    with use_stemmer(stem_word):
        index = {
            term: np.frombuffer(data, POSITION)
            for term, data in build_postings(library.texts).items()
        }
        for question in library.questions:
            if question.gold:
                results.append(_measure_question(library, index, question))
    return results


def _measure_question(
    library: LibrarySnapshot, index: Mapping[str, Postings], question: EmbeddedQuestion
) -> QuestionResult:
    query = parse_query(question.text)
    postings = {term: index[term] for term in query.terms if term in index}
    table, no_vectors = library.passage_table, QuantizedVectors(())
    arguments = query, postings, table
    lexical = rank_candidates(
        propose_candidates(*arguments, no_vectors, question.vector[:0], CANDIDATES_PER_METHOD)
    )
    hybrid = rank_candidates(
        propose_candidates(
            *arguments, library.quantized_vectors, question.vector, CANDIDATES_PER_METHOD
        )
    )
    matches = [
        not question.gold.isdisjoint(entries["passage"].tolist()) for entries in postings.values()
    ]
    return QuestionResult(
        question.kind,
        sum(matches) / max(1, len(query.terms)),
        _rank_of_gold(lexical.ids, question),
        _rank_of_gold(hybrid.ids, question),
    )


def _rank_of_gold(ids: list[int], question: EmbeddedQuestion) -> int:
    ranks = (rank for rank, passage_id in enumerate(ids) if passage_id in question.gold)
    return next(ranks, NOT_FOUND)


def _format_metrics(ranks: list[int]) -> str:
    array = np.array(ranks)
    mrr = np.where(array < DEPTH, 1 / (array + 1), 0).mean()
    return f"{(array < 1).mean():.3f} / {(array < 4).mean():.3f} / {mrr:.3f}"


def report(library: LibrarySnapshot, stemmers: Mapping[str, Stemmer]) -> None:
    """Print a row for each kind of question and stemmer: Hits@1 / Hits@4 / MRR@10."""
    results = {
        name: measure(library, stemmer(library.language)) for name, stemmer in stemmers.items()
    }
    for kind in dict.fromkeys(question.kind for question in library.questions):
        for name, all_results in results.items():
            of_kind = [result for result in all_results if result.kind == kind]
            term_share = np.mean([result.term_share for result in of_kind])
            lexical = _format_metrics([result.lexical_rank for result in of_kind])
            hybrid = _format_metrics([result.hybrid_rank for result in of_kind])
            row = f"{library.language}, {kind} | {len(of_kind)} | {name} | {term_share:.2f}"
            print(f"| {row} | {lexical} | {hybrid} |", flush=True)


async def read_libraries(folder: Path, sets: Mapping[str, Dataset]) -> list[LibrarySnapshot]:
    async with open_app(replace(Settings(), data_dir=folder)) as app:
        await app.embedder.embed(["warm-up"])
        return [await read_library(app, dataset, name) for name, dataset in sets.items()]


async def all_libraries(english_folder: Path | None) -> list[LibrarySnapshot]:
    paragraphs = json.loads(DATASET_FILE.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        sets = {language: make_dataset(language, paragraphs[language]) for language in paragraphs}
        snapshots = await read_libraries(Path(folder), sets)
    if english_folder:
        english = {name: read_dataset(DATA / name) for name in ENGLISH}
        snapshots += await read_libraries(english_folder, english)
    return snapshots


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--snowball", type=Path, metavar="FOLDER")
    parser.add_argument("--english", type=Path, metavar="FOLDER")
    arguments = parser.parse_args()
    stemmers: dict[str, Stemmer] = {
        "none": no_stemming,
        "porter": porter_stemming,
        "shipped": shipped_stemming,
    }
    if arguments.snowball:
        sys.path.insert(0, str(arguments.snowball))
        stemmers["snowball"] = snowball_stemming
    libraries = asyncio.run(all_libraries(arguments.english))
    print("| language, questions | | stemmer | terms matched | BM25 | with embeddings |")
    print("|---|---|---|---|---|---|")
    for library in libraries:
        if library.language == UNSPACED:
            report(library, {"bigrams": shipped_stemming})
            with replace_function("bot.text.tokenize", "bigrams", trigrams):
                report(library, {"trigrams": shipped_stemming})
        else:
            report(library, stemmers)


if __name__ == "__main__":
    main()
