"""Questions with the scored sentences of their hits, as training data for answerability.

From covidqa and clapnq of ../shared/data, from tests/quality/hard (invented articles, with
questions in other words and questions that they almost answer) and from tests/answer/quotes.json.
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
from bot.evaluate.run import find_ranges, report_progress
from bot.ingest.submission import Submission
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
HITS = 12  # as many as an answer reads
FOLDS = 5
BATCH_SIZE = 64  # sentences

Spans = Sequence[tuple[int, int, int]]  # article id, start, end


@dataclass(frozen=True)
class Case:
    """A question with the sentences of its hits, and which of them have evidence.

    The candidates have the signals of both stages.
    """

    group: str
    fold: int
    question: str
    answerable: bool
    candidates: list[Candidate]
    has_evidence: NDArray[np.bool_]  # by candidate
    is_english: bool  # so that its best sentences are reranked
    is_test: bool = False
    answer_removed: bool = False

    def select(self, indices: NDArray[np.intp]) -> Case:
        """The case with some of its candidates."""
        candidates = [self.candidates[i] for i in indices]
        return replace(self, candidates=candidates, has_evidence=self.has_evidence[indices])


def collect_cases(folder: Path) -> list[Case]:
    """The cases of all datasets; their libraries are kept in ``folder``."""
    return _add_sentence_similarity(asyncio.run(_collect_all(folder)))


async def _collect_all(folder: Path) -> list[Case]:
    cases: list[Case] = []
    for name, dataset_folder in SETS.items():
        async with open_app(Settings(data_dir=folder / name)) as app:
            cases += await _dataset_cases(app, name, read_dataset(dataset_folder))
    quotes = json.loads(QUOTES.read_text("utf-8"))
    for name, path in quotes["articles"].items():
        questions = [row for row in quotes["questions"] if row["article"] == name]
        async with open_app(Settings(data_dir=folder / name)) as app:
            cases += await _article_cases(app, (ROOT / path).read_text("utf-8"), questions)
    return cases


async def _dataset_cases(app: App, name: str, dataset: Dataset) -> list[Case]:
    async with app.store.library(SCOPE.server_id) as library:
        article_ids = {}
        for n, document in enumerate(dataset.documents, 1):
            report_progress(f"reading {name}", n, len(dataset.documents))
            submission = Submission(
                f"{document.id}.txt", document.text, document.title, keep_similar=True
            )
            result = await app.ingest.add(submission, library, SCOPE)
            article_ids[document.id] = result.article.id
        texts = {i: (await library.articles.version(i, SCOPE)).text for i in article_ids.values()}
        cases: list[Case] = []
        for question in dataset.questions:
            spans = [
                (article_ids[evidence.doc_id], *span)
                for evidence in question.evidence
                for span in find_ranges(evidence.text, texts[article_ids[evidence.doc_id]])
            ]
            hits, _ = await retrieve(question.text, library, SCOPE, app.embedder, limit=HITS)
            fold = _fold(name, question)
            case = _make_case(name, fold, question.text, question.answerable, hits, spans)
            cases += [case, *_without_answer(case, question.text, hits, spans)]
        return cases


def _fold(name: str, question: Question) -> int:
    """The fold of the question's document."""
    document = question.evidence[0].doc_id if question.evidence else question.id
    if name == "hard":  # question ids are a document's name and a number
        document = question.id.rpartition("-")[0]
    return zlib.crc32(document.encode()) % FOLDS


async def _article_cases(app: App, text: str, rows: Sequence[dict[str, object]]) -> list[Case]:
    async with app.store.library(SCOPE.server_id) as library:
        article = (await app.ingest.add(Submission("article.txt", text), library, SCOPE)).article
        stored_text = (await library.articles.version(article.id, SCOPE)).text
        cases = []
        for row in rows:
            quotes = row["right"]
            assert isinstance(quotes, list)
            spans = [
                (article.id, *span) for quote in quotes for span in find_ranges(quote, stored_text)
            ]
            question = str(row["question"])
            hits, _ = await retrieve(question, library, SCOPE, app.embedder, limit=HITS)
            fold = zlib.crc32(str(row["article"]).encode()) % FOLDS
            is_test = row["half"] == "testing"
            cases.append(_make_case("quotes", fold, question, bool(quotes), hits, spans, is_test))
        return cases


def _make_case(
    group: str,
    fold: int,
    question: str,
    answerable: bool,
    hits: Sequence[Hit],
    spans: Spans,
    is_test: bool = False,
) -> Case:
    candidates = _native_candidates(question, hits)
    has_evidence = np.array([_has_evidence(candidate, spans) for candidate in candidates], bool)
    return Case(
        group,
        fold,
        question,
        answerable,
        candidates,
        has_evidence,
        is_english(question, hits, candidates),
        is_test,
    )


def _native_candidates(question: str, hits: Sequence[Hit]) -> list[Candidate]:
    """The candidates in the question's language; others have no signals."""
    candidates = score_sentences_stage_1(analyze(question), hits)
    return [candidate for candidate in candidates if not candidate.is_foreign]


def _has_evidence(candidate: Candidate, spans: Spans) -> bool:
    """Whether the sentence overlaps at least half of a span of evidence."""
    start, end = candidate.sentence.start, candidate.sentence.end
    return any(
        article_id == candidate.passage.article_id
        and 2 * (min(end, span_end) - max(start, span_start)) >= span_end - span_start
        for article_id, span_start, span_end in spans
    )


def _without_answer(case: Case, question: str, hits: Sequence[Hit], spans: Spans) -> Iterator[Case]:
    """The same question as if what answers it were not in the library."""
    remaining = [hit for hit in hits if not _overlaps_evidence(hit, spans, case.group == "clapnq")]
    if case.answerable and remaining and len(remaining) < len(hits):
        candidates = _native_candidates(question, remaining)
        yield replace(
            case,
            answerable=False,
            candidates=candidates,
            has_evidence=np.zeros(len(candidates), bool),
            answer_removed=True,
        )


def _overlaps_evidence(hit: Hit, spans: Spans, whole_article: bool) -> bool:
    """Whether the hit (or its article) has evidence."""
    passage = hit.passage
    return any(
        article_id == passage.article_id
        and (whole_article or (start < passage.end and passage.start < end))
        for article_id, start, end in spans
    )


def _add_sentence_similarity(cases: Sequence[Case]) -> list[Case]:
    """Add the stage 2 signal "meant": the cosine of question and sentence; 0 if not English."""
    english = [case for case in cases if case.is_english]
    texts = {case.question for case in english}
    texts.update(candidate.text for case in english for candidate in case.candidates)
    ordered = sorted(texts, key=len)
    vectors: dict[str, NDArray[np.float32]] = {}
    for start in range(0, len(ordered), BATCH_SIZE):
        report_progress("embedding sentences", start, len(ordered))
        batch = ordered[start : start + BATCH_SIZE]
        vectors.update(zip(batch, encode(batch), strict=True))

    def add_cosine(case: Case, candidate: Candidate) -> Candidate:
        is_embedded = case.is_english
        cosine = float(vectors[candidate.text] @ vectors[case.question]) if is_embedded else 0.0
        return replace(candidate, signals={**candidate.signals, "meant": cosine})

    return [
        replace(case, candidates=[add_cosine(case, candidate) for candidate in case.candidates])
        for case in cases
    ]
