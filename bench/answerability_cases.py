"""Questions with the scored sentences of their hits, as training data for answerability.

From covidqa and clapnq of ../shared/data, from tests/quality (invented articles in nine languages),
tests/quality/hard (questions in other words, and questions that the articles almost answer) and
tests/answer/quotes.json, from the halves that may be looked at of tests/quality/everyday,
everyday_2, tables, lists, company and several/languages, and from close_choices.json: short
articles with two years, persons or amounts for one question, and questions for a number, a name or
words that they do not have.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.everyday import SCOPE as EVERYDAY_SCOPE
from bench.everyday import SETS as SETS_FOLDER
from bench.everyday import opened_set
from bench.everyday_scoring import Asked, Place, Texts, find_offsets
from bench.everyday_sets import read_questions
from bot.answer.question.preface import without_preface, without_remark
from bot.answer.question.rewrite import rewrite_by_rule
from bot.app import App, open_app
from bot.evaluate.dataset import Dataset, Question, read_dataset
from bot.evaluate.run import find_ranges, report_progress
from bot.ingest.submission import Submission
from bot.records import Candidate, Hit, Scope
from bot.search.answerability import is_english
from bot.search.narrow import narrow
from bot.search.retrieve import judge_sentences, read_days, retrieve
from bot.search.sentence_context import read_contexts
from bot.settings import Settings
from bot.store.protocols import Library
from bot.store.values import StoredAnswer

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data"
QUOTES = ROOT / "tests" / "answer" / "quotes.json"
CLOSE_CHOICES = Path(__file__).parent / "close_choices.json"
SETS = {  # the folder, and the file of questions in it
    "covidqa": (DATA / "covidqa", "questions.jsonl"),
    "clapnq": (DATA / "clapnq", "questions.jsonl"),
    "hard": (ROOT / "tests" / "quality" / "hard", "questions.jsonl"),
    "languages": (ROOT / "tests" / "quality", "questions.jsonl"),
    "twelve": (ROOT / "tests" / "quality" / "several" / "languages", "looked_at.jsonl"),
}
EVERYDAY_SETS = (  # of tests/quality
    *("everyday", "everyday_2", "tables", "lists", "company"),
    *("written/work", "written/german", "written/languages"),
)
MOST_QUESTIONS = 600  # of a set, in its order
SCOPE = Scope("local")
HITS = 12  # as many as an answer reads
FOLDS = 5

Spans = Sequence[tuple[int, int, int]]  # article id, start, end


@dataclass(frozen=True)
class Case:
    """A question with the sentences of its hits, and which of them have evidence.

    The candidates that ``select_candidates`` selects have the signals of both stages.
    """

    group: str
    fold: int
    question: str
    answerable: bool
    candidates: list[Candidate]
    has_evidence: NDArray[np.bool_]  # by candidate
    is_english: bool
    is_test: bool = False
    answer_removed: bool = False

    def select(self, indices: NDArray[np.intp]) -> Case:
        """The case with some of its candidates."""
        candidates = [self.candidates[i] for i in indices]
        return replace(self, candidates=candidates, has_evidence=self.has_evidence[indices])


def collect_cases(folder: Path) -> list[Case]:
    """The cases of all datasets; their libraries are kept in ``folder``."""
    return asyncio.run(_collect_all(folder))


async def _collect_all(folder: Path) -> list[Case]:
    cases: list[Case] = []
    for name, (dataset_folder, questions_file) in SETS.items():
        async with open_app(Settings(data_dir=folder / name)) as app:
            dataset = read_dataset(dataset_folder, questions_file=questions_file)
            cases += await _dataset_cases(app, name, dataset)
    quotes = json.loads(QUOTES.read_text("utf-8"))
    for name, path in quotes["articles"].items():
        questions = [row for row in quotes["questions"] if row["article"] == name]
        async with open_app(Settings(data_dir=folder / name)) as app:
            text = (ROOT / path).read_text("utf-8")
            cases += await _article_cases(app, "quotes", text, questions)
    for number, article in enumerate(json.loads(CLOSE_CHOICES.read_text("utf-8"))):
        async with open_app(Settings(data_dir=folder / f"choices{number}")) as app:
            cases += await _article_cases(
                app, "choices", article["text"], article["questions"], article.get("title", "")
            )
    for name in EVERYDAY_SETS:
        cases += await everyday_cases(name)
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
        for question in dataset.questions[:MOST_QUESTIONS]:
            spans = [
                (article_ids[evidence.doc_id], *span)
                for evidence in question.evidence
                for span in find_ranges(evidence.text, texts[article_ids[evidence.doc_id]])
            ]
            search = Search(app, library, SCOPE, question.text)
            hits = await search.hits()
            case = await _make_case(
                name, _fold(name, question), question.answerable, search, hits, spans
            )
            cases += [case, *await _without_answer(case, search, hits, spans)]
        return cases


def _fold(name: str, question: Question) -> int:
    """The fold of the question's document."""
    document = question.evidence[0].doc_id if question.evidence else question.id
    if name == "hard":  # question ids are a document's name and a number
        document = question.id.rpartition("-")[0]
    return zlib.crc32(document.encode()) % FOLDS


async def _article_cases(
    app: App,
    group: str,
    text: str,
    rows: Sequence[dict[str, object]],
    title: str = "",
) -> list[Case]:
    async with app.store.library(SCOPE.server_id) as library:
        submission = Submission("article.txt", text, title)
        article = (await app.ingest.add(submission, library, SCOPE)).article
        stored_text = (await library.articles.version(article.id, SCOPE)).text
        cases = []
        for row in rows:
            quotes = row["right"]
            assert isinstance(quotes, list)
            spans = [
                (article.id, *span) for quote in quotes for span in find_ranges(quote, stored_text)
            ]
            question = str(row["question"])
            search = Search(app, library, SCOPE, question)
            hits = await search.hits()
            fold = zlib.crc32(text.encode()) % FOLDS
            case = await _make_case(group, fold, bool(quotes), search, hits, spans)
            cases.append(replace(case, is_test=row.get("half") == "testing"))
        return cases


async def everyday_cases(name: str) -> list[Case]:
    """The cases of one of ``EVERYDAY_SETS``; its library is kept in ``build``."""
    cases: list[Case] = []
    async with opened_set(name) as (app, library, texts):
        for asked, question in _standalone(read_questions(SETS_FOLDER / name / "looked_at.jsonl")):
            spans = [span for place in asked.evidence for span in _spans_of(place, texts)]
            older = [span for place in asked.superseded for span in _spans_of(place, texts)]
            search = Search(app, library, EVERYDAY_SCOPE, question)
            hits = await search.hits()
            fold = zlib.crc32((asked.brief or asked.id).encode()) % FOLDS
            case = await _make_case(name, fold, asked.answerable, search, hits, spans)
            holds = [not _has_evidence(candidate, older) for candidate in case.candidates]
            case = case.select(np.flatnonzero(holds))  # what is older is no signal's business
            cases += [case, *await _without_answer(case, search, hits, [*spans, *older])]
    return cases


def _standalone(questions: Iterable[Asked]) -> Iterator[tuple[Asked, str]]:
    """Each question as it stands alone after those of its brief."""
    for _, brief in groupby(questions, key=lambda asked: asked.brief or asked.id):
        turns: list[StoredAnswer] = []
        for asked in brief:
            question = rewrite_by_rule(asked.question, turns).text
            turns.append(StoredAnswer(question=asked.question, standalone_question=question))
            yield asked, without_remark(without_preface(question))


def _spans_of(place: Place, texts: Texts) -> Iterator[tuple[int, int, int]]:
    article_id, text = texts[place.article]
    for offsets in find_offsets(place.text, text):
        yield article_id, offsets[0], offsets[-1] + 1


@dataclass(frozen=True)
class Search:
    """The search for one question, and the judgement of some of its hits."""

    app: App
    library: Library
    scope: Scope
    question: str

    async def hits(self) -> tuple[Hit, ...]:
        embedder = self.app.embedder
        found, _ = await retrieve(self.question, self.library, self.scope, embedder, limit=HITS)
        days = await read_days(found, self.library, self.scope)
        return narrow(self.question, found, datetime.now(UTC).date(), days)

    async def candidates(self, hits: Sequence[Hit]) -> tuple[Candidate, ...]:
        contexts = await read_contexts(hits, self.library, self.scope)
        return await judge_sentences(self.question, hits, contexts, self.app.embedder)


async def _make_case(
    group: str, fold: int, answerable: bool, search: Search, hits: Sequence[Hit], spans: Spans
) -> Case:
    candidates = list(await search.candidates(hits))
    has_evidence = np.array([_has_evidence(candidate, spans) for candidate in candidates], bool)
    english = is_english(search.question, hits, candidates)
    return Case(group, fold, search.question, answerable, candidates, has_evidence, english)


def _has_evidence(candidate: Candidate, spans: Spans) -> bool:
    """Whether the sentence overlaps at least half of a span of evidence."""
    start, end = candidate.sentence.start, candidate.sentence.end
    return any(
        article_id == candidate.passage.article_id
        and 2 * (min(end, span_end) - max(start, span_start)) >= span_end - span_start
        for article_id, span_start, span_end in spans
    )


async def _without_answer(
    case: Case, search: Search, hits: Sequence[Hit], spans: Spans
) -> list[Case]:
    """The same question as if what answers it were not in the library."""
    remaining = [hit for hit in hits if not _overlaps_evidence(hit, spans, case.group == "clapnq")]
    if not case.answerable or not remaining or len(remaining) == len(hits):
        return []
    removed = await _make_case(case.group, case.fold, False, search, remaining, ())
    return [replace(removed, answer_removed=True)]


def _overlaps_evidence(hit: Hit, spans: Spans, whole_article: bool) -> bool:
    """Whether the hit (or its article) has evidence."""
    passage = hit.passage
    return any(
        article_id == passage.article_id
        and (whole_article or (start < passage.end and passage.start < end))
        for article_id, start, end in spans
    )
