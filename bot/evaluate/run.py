"""Adds a dataset's documents to a library and asks its questions.

The library has a folder of its own, separate from the user's. If the folder is kept, documents that
are already in it are not read again.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from bot import json_output
from bot.answer.events import Completed, Retrieved
from bot.answer.model_answer import NOTHING_SUPPORTED
from bot.answer.pipeline import Answerer
from bot.answer_records import Answer
from bot.app import App
from bot.errors import ArticleRefused
from bot.evaluate.dataset import Dataset, EvaluationDocument, Question
from bot.evaluate.oracle import Oracle, oracle_writer
from bot.evaluate.scoring import (
    DEPTH,
    QuestionResult,
    RetrievedPassage,
    contains_evidence,
    remove_white_space,
)
from bot.ingest.chunk import CHUNKER_VERSION
from bot.ingest.submission import Submission
from bot.records import Hit, Scope, SearchResult, StoredPassage
from bot.search.retrieve import search
from bot.service.ask import turns_from_texts
from bot.store.protocols import Library
from bot.text.normalize import NORMALIZER_VERSION

REPORT_EVERY = 50  # documents or questions, in a log
LEFT_OUT = "left out"  # in an answer's note
Range = tuple[int, int]


def library_name(dataset: Dataset, embedder: str) -> str:
    """A name that changes with everything that makes the stored passages or vectors outdated."""
    versions = f"{dataset.sha256} {embedder} {NORMALIZER_VERSION} {CHUNKER_VERSION}"
    return "eval-" + hashlib.sha256(versions.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class OracleAnswer:
    """The answer to a question by a model that cites the evidence.

    ``right_citations`` are in the evidence; ``cited_spans`` of its ``spans`` are cited (at least
    half of each). ``left_out``: the checks left out a sentence.
    """

    answered: bool
    citations: int
    right_citations: int
    spans: int
    cited_spans: int
    left_out: bool


@dataclass(frozen=True, slots=True)
class QuotedEvidence:
    """Whether an answer quotes evidence, and how many of its citations quote the stored text.

    ``confirmed`` citations share at least half of the shorter of the two with labelled evidence.
    """

    has_evidence: bool
    citations: int
    valid: int
    confirmed: int = 0


@dataclass(slots=True)
class EvaluationData:
    """The results of a run by question id, and the time it took."""

    results: dict[str, QuestionResult] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    quotes: dict[str, QuotedEvidence] = field(default_factory=dict)
    reading_s: float = 0.0
    added_passages: int = 0  # that were not in the library before
    passages: int = 0
    refused: int = 0
    oracle: dict[str, OracleAnswer] = field(default_factory=dict)
    search_s: list[float] = field(default_factory=list)
    search_cpu_s: list[float] = field(default_factory=list)
    answer_s: list[float] = field(default_factory=list)


class EvaluationRun:
    """Evaluates one dataset in one library."""

    def __init__(self, app: App, library: Library, server_id: str):
        self._app = app
        self._library = library
        self._scope = Scope(server_id)
        self.article_ids: dict[str, int] = {}  # by document id
        self._documents: dict[int, list[str]] = defaultdict(list)  # the other way round
        self._passages: dict[int, list[StoredPassage]] = {}
        self.data = EvaluationData()

    async def read(self, documents: Sequence[EvaluationDocument]) -> None:
        """Add the documents to the library."""
        began = time.perf_counter()
        for n, document in enumerate(documents, start=1):
            report_progress(f"reading {n} of {len(documents)} documents", n, len(documents))
            await self._add(document)
        self.data.reading_s = time.perf_counter() - began
        self.data.passages = (await self._library.articles.totals(self._scope)).passages

    async def _add(self, document: EvaluationDocument) -> None:
        submission = Submission(
            f"{document.id}.txt",
            document.text,
            document.title,
            document.published,
            keep_similar=True,
        )
        try:
            result = await self._app.ingest.add(submission, self._library, self._scope)
        except ArticleRefused:
            self.data.refused += 1
            return
        self.article_ids[document.id] = result.article.id
        self._documents[result.article.id].append(document.id)
        if result.status == "added":
            self.data.added_passages += result.article.passages

    async def ask(
        self, dataset: Dataset, *, answers: bool, history: bool = False
    ) -> EvaluationData:
        """Search for every question, and with ``answers`` also answer it.

        With ``history``, each is asked after the questions before it in its conversation.
        """
        await self._app.embedder.embed(["warm up"])
        for n, question in enumerate(dataset.questions, start=1):
            report_progress(
                f"asking {n} of {len(dataset.questions)} questions", n, len(dataset.questions)
            )
            await self._search(question if history else replace(question, history=()))
            if answers:
                await self._answer(question)
        return self.data

    async def ask_oracle(self, dataset: Dataset) -> None:
        """Have every question answered by a model that cites the evidence in its prompt."""
        oracle = Oracle()
        answerer = Answerer(self._app.embedder, oracle_writer(oracle, self._app.settings))
        for n, question in enumerate(dataset.questions, start=1):
            report_progress(
                f"asking the oracle {n} of {len(dataset.questions)}", n, len(dataset.questions)
            )
            oracle.evidence = tuple(item.text for item in question.evidence)
            answer = await self._ask(answerer, question)
            self.data.oracle[question.id] = await self._score_oracle(question, answer)

    async def _score_oracle(self, question: Question, answer: Answer) -> OracleAnswer:
        is_written = answer.answered and answer.is_written
        citations = answer.citations if is_written else ()
        spans = cited_spans = 0
        right: set[int] = set()
        for article_id in {self.article_ids[item.doc_id] for item in question.evidence}:
            version = await self._library.articles.version(article_id, self._scope)
            for span in self._evidence_spans(question, article_id, version.text):
                overlaps = [
                    (citation.n, _overlap((citation.start, citation.end), span))
                    for citation in citations
                    if citation.article_id == article_id
                ]
                spans += 1
                cited_spans += 2 * sum(size for _, size in overlaps) >= span[1] - span[0]
                right |= {n for n, size in overlaps if size}
        left_out = LEFT_OUT in answer.note or NOTHING_SUPPORTED in answer.note
        return OracleAnswer(is_written, len(citations), len(right), spans, cited_spans, left_out)

    async def _search(self, question: Question) -> None:
        began, cpu_began = time.perf_counter(), time.process_time()
        findings = await self._find(question)
        self.data.search_s.append(time.perf_counter() - began)
        self.data.search_cpu_s.append(time.process_time() - cpu_began)
        self.data.results[question.id] = await self._question_result(question, findings)

    async def _find(self, question: Question) -> SearchResult:
        """What search finds for a question; in a conversation, what its answer is made from."""
        if not question.history:
            return await search(
                question.text, self._library, self._scope, self._app.embedder, limit=DEPTH
            )
        turns = turns_from_texts(question.history)
        answer = self._app.answerer.answer(
            question.text, self._library, self._scope, quotes=True, turns=turns
        )
        async with aclosing(answer) as events:
            async for event in events:
                if isinstance(event, Retrieved):
                    return event.findings
        return SearchResult((), 0.0, 0)  # small talk

    async def _question_result(self, question: Question, findings: SearchResult) -> QuestionResult:
        evidence_ids = {item.doc_id for item in question.evidence}
        hits = tuple(self._retrieved_passage(hit, evidence_ids) for hit in findings.hits)
        return QuestionResult(hits, findings.answer_probability, len(await self.gold(question)))

    def _retrieved_passage(self, hit: Hit, evidence_ids: set[str]) -> RetrievedPassage:
        doc_ids = self._documents[hit.passage.article_id]  # several if their texts are the same
        doc_id = next((id_ for id_ in doc_ids if id_ in evidence_ids), next(iter(doc_ids), ""))
        return RetrievedPassage(doc_id, hit.passage.text, hit.score)

    async def gold(self, question: Question) -> set[int]:
        """The ids of the relevant passages."""
        gold: set[int] = set()
        for item in question.evidence:
            text = remove_white_space(item.text)
            for passage in await self._passages_of(item.doc_id):
                if contains_evidence(remove_white_space(passage.text), text):
                    gold.add(passage.id)
        return gold

    async def _passages_of(self, doc_id: str) -> list[StoredPassage]:
        article_id = self.article_ids.get(doc_id)
        if article_id is None:
            return []
        if article_id not in self._passages:
            passages = await self._library.articles.passages_of(article_id, self._scope)
            self._passages[article_id] = passages
        return self._passages[article_id]

    async def stored_passages(self) -> list[tuple[str, StoredPassage]]:
        """Every passage of the documents, with the id of its document."""
        return [
            (doc_id, passage)
            for doc_id in self.article_ids
            for passage in await self._passages_of(doc_id)
        ]

    async def _answer(self, question: Question) -> None:
        began = time.perf_counter()
        answer = await self._ask(self._app.answerer, question)
        self.data.answer_s.append(time.perf_counter() - began)
        self.data.answers[question.id] = answer
        self.data.quotes[question.id] = await self._score_quotes(question, answer)

    async def _ask(self, answerer: Answerer, question: Question) -> Answer:
        async for event in answerer.answer(question.text, self._library, self._scope):
            last = event
        assert isinstance(last, Completed)
        return last.answer

    async def _score_quotes(self, question: Question, answer: Answer) -> QuotedEvidence:
        valid = confirmed = 0
        has_evidence = False  # at least half of a span, in an answer that is sure
        for citation in answer.citations:
            version = await self._library.articles.version(
                citation.article_id, self._scope, citation.version
            )
            valid += version.text[citation.start : citation.end] == citation.quote
            spans = self._evidence_spans(question, citation.article_id, version.text)
            cited = (citation.start, citation.end)
            has_evidence |= answer.answered and any(
                _overlap(cited, span) * 2 >= span[1] - span[0] for span in spans
            )
            confirmed += any(
                _overlap(cited, span) * 2 >= min(span[1] - span[0], cited[1] - cited[0])
                for span in spans
            )
        return QuotedEvidence(has_evidence, len(answer.citations), valid, confirmed)

    def _evidence_spans(self, question: Question, article_id: int, text: str) -> list[Range]:
        """The spans of the question's evidence in an article's stored text."""
        items = [i for i in question.evidence if self.article_ids.get(i.doc_id) == article_id]
        return [span for item in items for span in find_ranges(item.text, text)]


def find_ranges(part: str, text: str) -> list[Range]:
    """All occurrences of ``part`` in ``text``, ignoring white space."""
    offsets = [i for i, character in enumerate(text) if not character.isspace()]
    dense_text = "".join(text[i] for i in offsets)
    dense_part = remove_white_space(part)
    ranges: list[Range] = []
    at = dense_text.find(dense_part)
    while dense_part and at >= 0:
        ranges.append((offsets[at], offsets[at + len(dense_part) - 1] + 1))
        at = dense_text.find(dense_part, at + 1)
    return ranges


def _overlap(a: Range, b: Range) -> int:
    return max(0, min(a[1], b[1]) - max(a[0], b[0]))


def report_progress(text: str, n: int, total: int) -> None:
    """Write a line to standard error: a terminal overwrites it, a log gets every fiftieth."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}" + ("\n" if n == total else ""))
    elif n == total or n % REPORT_EVERY == 0:
        sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def answers_json(data: EvaluationData) -> dict[str, json_output.Json]:
    """The answers as ``ask --json`` prints them, by question id."""
    return {key: json_output.answer_json(answer) for key, answer in data.answers.items()}
