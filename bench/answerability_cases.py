"""Questions with the judged sentences of their hits, to fit ``bot/search/answerability.py`` on.

From covidqa and clapnq of ../shared/data, from tests/quality/hard (invented articles, asked in
other words than theirs, and for what they nearly say) and from tests/answer/quotes.json.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.app import App, open_app
from bot.evaluate.dataset import Dataset, Question, read_dataset
from bot.evaluate.run import progress, ranges_of
from bot.ingest.pipeline import Submission
from bot.records import Candidate, Hit, Scope
from bot.search.answerability import is_english, score_sentences_stage_1
from bot.search.question_analysis import analyze
from bot.search.retrieve import retrieve
from bot.search.sentence_encoder import encode
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data"
QUOTES = ROOT / "tests" / "answer" / "quotes.json"
SETS = {
    "covidqa": DATA / "covidqa",
    "clapnq": DATA / "clapnq",
    "hard": ROOT / "tests" / "quality" / "hard",
}
SCOPE = Scope("local")
HITS = 12  # as many as the answerer asks for
FOLDS = 5
READ_AT_ONCE = 64  # sentences

Spans = Sequence[tuple[int, int, int]]  # article, start, end


@dataclass(frozen=True)
class Case:
    """A question with the sentences of its hits; ``right`` are those with evidence.

    Their signals are those of both lines.
    """

    group: str
    fold: int
    question: str
    answerable: bool
    candidates: list[Candidate]
    right: NDArray[np.bool_]
    english: bool  # its likeliest sentences are read again
    testing: bool = False
    taken_out: bool = False

    def only(self, which: NDArray[np.intp]) -> Case:
        """With some of its sentences."""
        left = [self.candidates[i] for i in which]
        return replace(self, candidates=left, right=self.right[which])


def collected(kept: Path) -> list[Case]:
    """The cases of all sets; their libraries are kept in a folder."""
    return _with_meaning(asyncio.run(_collect(kept)))


async def _collect(kept: Path) -> list[Case]:
    cases: list[Case] = []
    for name, folder in SETS.items():
        async with open_app(Settings(data_dir=kept / name)) as app:
            cases += await _of_dataset(app, name, read_dataset(folder))
    quotes = json.loads(QUOTES.read_text("utf-8"))
    for name, path in quotes["articles"].items():
        questions = [row for row in quotes["questions"] if row["article"] == name]
        async with open_app(Settings(data_dir=kept / name)) as app:
            cases += await _of_article(app, (ROOT / path).read_text("utf-8"), questions)
    return cases


async def _of_dataset(app: App, name: str, dataset: Dataset) -> list[Case]:
    async with app.store.library(SCOPE.server_id) as library:
        articles = {}
        for n, document in enumerate(dataset.documents, 1):
            progress(f"reading {name}", n, len(dataset.documents))
            submission = Submission(
                f"{document.id}.txt", document.text, document.title, keep_similar=True
            )
            outcome = await app.ingest.add(submission, library, SCOPE)
            articles[document.id] = outcome.article.id
        texts = {i: (await library.version(i, SCOPE)).text for i in articles.values()}
        cases: list[Case] = []
        for question in dataset.questions:
            spans = [
                (articles[e.doc_id], *span)
                for e in question.evidence
                for span in ranges_of(e.text, texts[articles[e.doc_id]])
            ]
            hits, _ = await retrieve(question.text, library, SCOPE, app.embedder, limit=HITS)
            case = _case(
                name, _fold(name, question), question.text, question.answerable, hits, spans
            )
            cases += [case, *_taken_out(case, question.text, hits, spans)]
        return cases


def _fold(name: str, question: Question) -> int:
    document = question.evidence[0].doc_id if question.evidence else question.id
    if name == "hard":  # the questions of a document have its name and a number
        document = question.id.rpartition("-")[0]
    return zlib.crc32(document.encode()) % FOLDS


async def _of_article(app: App, text: str, rows: Sequence[dict[str, object]]) -> list[Case]:
    async with app.store.library(SCOPE.server_id) as library:
        article = (await app.ingest.add(Submission("article.txt", text), library, SCOPE)).article
        stored = (await library.version(article.id, SCOPE)).text
        cases = []
        for row in rows:
            right = row["right"]
            assert isinstance(right, list)
            spans = [(article.id, *span) for part in right for span in ranges_of(part, stored)]
            question = str(row["question"])
            hits, _ = await retrieve(question, library, SCOPE, app.embedder, limit=HITS)
            fold = zlib.crc32(str(row["article"]).encode()) % FOLDS
            testing = row["half"] == "testing"
            cases.append(_case("quotes", fold, question, bool(right), hits, spans, testing))
        return cases


def _case(
    group: str,
    fold: int,
    question: str,
    answerable: bool,
    hits: Sequence[Hit],
    spans: Spans,
    testing: bool = False,
) -> Case:
    candidates = _weighed(question, hits)
    right = np.array([_is_right(one, spans) for one in candidates], bool)
    english = is_english(question, hits, candidates)
    return Case(group, fold, question, answerable, candidates, right, english, testing)


def _weighed(question: str, hits: Sequence[Hit]) -> list[Candidate]:
    """Without the sentences in other languages: they have no signals."""
    return [one for one in score_sentences_stage_1(analyze(question), hits) if not one.is_foreign]


def _is_right(one: Candidate, spans: Spans) -> bool:
    """Whether the sentence overlaps at least half of a span of evidence."""
    start, end = one.sentence.start, one.sentence.end
    return any(
        article == one.passage.article_id
        and 2 * (min(end, last) - max(start, first)) >= last - first
        for article, first, last in spans
    )


def _taken_out(case: Case, question: str, hits: Sequence[Hit], spans: Spans) -> Iterator[Case]:
    """The same question when what answers it is not in the library."""
    left = [hit for hit in hits if not _holds(hit, spans, case.group == "clapnq")]
    if case.answerable and left and len(left) < len(hits):
        candidates = _weighed(question, left)
        nothing = np.zeros(len(candidates), bool)
        yield replace(case, answerable=False, candidates=candidates, right=nothing, taken_out=True)


def _holds(hit: Hit, spans: Spans, whole_article: bool) -> bool:
    passage = hit.passage
    return any(
        article == passage.article_id
        and (whole_article or (start < passage.end and passage.start < end))
        for article, start, end in spans
    )


def _with_meaning(cases: Sequence[Case]) -> list[Case]:
    """With how near each English sentence comes to the question as a whole."""
    english = [case for case in cases if case.english]
    texts = {case.question for case in english}
    texts.update(one.text for case in english for one in case.candidates)
    ordered = sorted(texts, key=len)
    read: dict[str, NDArray[np.float32]] = {}
    for at in range(0, len(ordered), READ_AT_ONCE):
        progress("reading sentences", at, len(ordered))
        some = ordered[at : at + READ_AT_ONCE]
        read.update(zip(some, encode(some), strict=True))

    def meant(case: Case, one: Candidate) -> Candidate:
        near = float(read[one.text] @ read[case.question]) if case.english else 0.0
        return replace(one, signals={**one.signals, "meant": near})

    return [replace(case, candidates=[meant(case, c) for c in case.candidates]) for case in cases]
