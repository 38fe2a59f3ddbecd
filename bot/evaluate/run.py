"""Puts a dataset's documents into a library and asks its questions.

The library lies in a folder of its own, so the user's is never touched; in a folder that
is kept, documents that are already there are not read again.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot import json_output
from bot.answer.events import Completed
from bot.answer.model_answer import NOTHING_SUPPORTED
from bot.answer.pipeline import Answerer
from bot.app import App
from bot.errors import ArticleRefused
from bot.evaluate.dataset import Dataset, EvaluationDocument, Question
from bot.evaluate.oracle import Oracle, oracle_writer
from bot.evaluate.scoring import DEPTH, FoundPassage, QuestionResult, fold_white_space, holds
from bot.ingest.chunk import CHUNKER_VERSION
from bot.ingest.pipeline import Submission
from bot.records import Answer, Hit, Scope, SearchResult, StoredPassage
from bot.search.retrieve import search
from bot.store.protocols import Library
from bot.text.normalize import NORMALIZER_VERSION

REPORT_EVERY = 50
LEFT_OUT = "left out"  # in an answer's note
Range = tuple[int, int]


def library_name(dataset: Dataset, embedder: str) -> str:
    """A name that changes with whatever would make the stored passages or vectors stale."""
    made_by = f"{dataset.sha256} {embedder} {NORMALIZER_VERSION} {CHUNKER_VERSION}"
    return "eval-" + hashlib.sha256(made_by.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class OracleAnswer:
    """What came of a model that cites the evidence: how many of its citations are evidence, how
    many of the spans of evidence are cited, whether the checks left a sentence out."""

    answered: bool
    citations: int
    right: int
    spans: int
    cited: int
    left_out: bool


@dataclass(slots=True)
class EvaluationData:
    """What a run brought, and what it took."""

    found: dict[str, QuestionResult] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    quotes: dict[str, tuple[bool, int, int]] = field(default_factory=dict)
    """(evidence quoted, citations, valid citations) of each answered question"""
    reading_s: float = 0.0
    read_passages: int = 0
    passages: int = 0
    refused: int = 0
    oracle: dict[str, OracleAnswer] = field(default_factory=dict)
    search_s: list[float] = field(default_factory=list)
    answer_s: list[float] = field(default_factory=list)


class EvaluationRun:
    """One dataset against one library."""

    def __init__(self, app: App, library: Library, server_id: str):
        self._app = app
        self._library = library
        self._scope = Scope(server_id)
        self._articles: dict[str, int] = {}  # document id → article id
        self._documents: dict[int, list[str]] = defaultdict(list)
        self._passages: dict[int, list[StoredPassage]] = {}
        self.outcome = EvaluationData()

    async def read(self, documents: Sequence[EvaluationDocument]) -> None:
        began = time.perf_counter()
        for n, document in enumerate(documents, start=1):
            progress(f"reading {n} of {len(documents)} documents", n, len(documents))
            await self._read_one(document)
        self.outcome.reading_s = time.perf_counter() - began
        self.outcome.passages = (await self._library.articles.totals(self._scope)).passages

    async def _read_one(self, document: EvaluationDocument) -> None:
        submission = Submission(
            f"{document.id}.txt",
            document.text,
            document.title,
            document.published,
            keep_similar=True,
        )
        try:
            outcome = await self._app.ingest.add(submission, self._library, self._scope)
        except ArticleRefused:
            self.outcome.refused += 1
            return
        self._articles[document.id] = outcome.article.id
        self._documents[outcome.article.id].append(document.id)
        if outcome.status == "added":
            self.outcome.read_passages += outcome.article.passages

    async def ask(self, dataset: Dataset, *, answers: bool) -> EvaluationData:
        """Searches every question, and answers it where ``answers`` is set."""
        await self._app.embedder.embed(["warm"])
        for n, question in enumerate(dataset.questions, start=1):
            progress(f"asking {n} of {len(dataset.questions)} questions", n, len(dataset.questions))
            await self._search(question)
            if answers:
                await self._answer(question)
        return self.outcome

    async def ask_oracle(self, dataset: Dataset) -> None:
        """Asks every question of a model that cites the evidence it is shown."""
        oracle = Oracle()
        answerer = Answerer(self._app.embedder, oracle_writer(oracle, self._app.settings))
        for n, question in enumerate(dataset.questions, start=1):
            progress(
                f"asking the oracle {n} of {len(dataset.questions)}", n, len(dataset.questions)
            )
            oracle.evidence = tuple(item.text for item in question.evidence)
            answer = await self._asked(answerer, question)
            self.outcome.oracle[question.id] = await self._of_oracle(question, answer)

    async def _of_oracle(self, question: Question, answer: Answer) -> OracleAnswer:
        written = answer.answered and answer.mode == "model"
        citations = answer.citations if written else ()
        spans = 0
        right, cited = set[int](), 0
        for article_id in {self._articles[e.doc_id] for e in question.evidence}:
            version = await self._library.articles.version(article_id, self._scope)
            for span in self._spans(question, article_id, version.text):
                there = [
                    (c.n, _overlap((c.start, c.end), span))
                    for c in citations
                    if c.article_id == article_id
                ]
                spans += 1
                cited += 2 * sum(size for _, size in there) >= span[1] - span[0]
                right |= {n for n, size in there if size}
        left_out = LEFT_OUT in answer.note or NOTHING_SUPPORTED in answer.note
        return OracleAnswer(written, len(citations), len(right), spans, cited, left_out)

    async def _search(self, question: Question) -> None:
        began = time.perf_counter()
        findings = await search(
            question.text, self._library, self._scope, self._app.embedder, limit=DEPTH
        )
        self.outcome.search_s.append(time.perf_counter() - began)
        self.outcome.found[question.id] = await self._as_found(question, findings)

    async def _as_found(self, question: Question, findings: SearchResult) -> QuestionResult:
        wanted = {item.doc_id for item in question.evidence}
        hits = tuple(self._hit(hit, wanted) for hit in findings.hits)
        return QuestionResult(hits, findings.answer_probability, len(await self.gold(question)))

    def _hit(self, hit: Hit, wanted: set[str]) -> FoundPassage:
        names = self._documents[hit.passage.article_id]  # several where texts are the same
        name = next((name for name in names if name in wanted), names[0] if names else "")
        return FoundPassage(name, hit.passage.text, hit.score)

    async def gold(self, question: Question) -> set[int]:
        """The ids of the passages that hold evidence."""
        gold: set[int] = set()
        for item in question.evidence:
            text = fold_white_space(item.text)
            for passage in await self._passages_of(item.doc_id):
                if holds(fold_white_space(passage.text), text):
                    gold.add(passage.id)
        return gold

    async def _passages_of(self, doc_id: str) -> list[StoredPassage]:
        article_id = self._articles.get(doc_id)
        if article_id is None:
            return []
        if article_id not in self._passages:
            found = await self._library.articles.passages_of(article_id, self._scope)
            self._passages[article_id] = found
        return self._passages[article_id]

    async def _answer(self, question: Question) -> None:
        began = time.perf_counter()
        answer = await self._asked(self._app.answerer, question)
        self.outcome.answer_s.append(time.perf_counter() - began)
        self.outcome.answers[question.id] = answer
        self.outcome.quotes[question.id] = await self._judged(question, answer)

    async def _asked(self, answerer: Answerer, question: Question) -> Answer:
        async for event in answerer.answer(question.text, self._library, self._scope):
            last = event
        assert isinstance(last, Completed)
        return last.answer

    async def _judged(self, question: Question, answer: Answer) -> tuple[bool, int, int]:
        """Whether evidence is quoted (half of it), and how many quotes are the stored text."""
        valid = 0
        quoted = False
        for citation in answer.citations:
            version = await self._library.articles.version(
                citation.article_id, self._scope, citation.version
            )
            valid += version.text[citation.start : citation.end] == citation.quote
            quoted |= any(
                _overlap((citation.start, citation.end), span) * 2 >= span[1] - span[0]
                for span in self._spans(question, citation.article_id, version.text)
            )
        return quoted, len(answer.citations), valid

    def _spans(self, question: Question, article_id: int, text: str) -> list[Range]:
        """Where the evidence of one article stands in its stored text."""
        items = [e for e in question.evidence if self._articles.get(e.doc_id) == article_id]
        return [span for item in items for span in ranges_of(item.text, text)]


def ranges_of(part: str, text: str) -> list[Range]:
    """Everywhere that ``part`` stands in ``text``, white space folded on both sides."""
    offsets = [i for i, character in enumerate(text) if not character.isspace()]
    dense = "".join(text[i] for i in offsets)
    wanted = "".join(fold_white_space(part).split())
    found: list[Range] = []
    at = dense.find(wanted)
    while wanted and at >= 0:
        found.append((offsets[at], offsets[at + len(wanted) - 1] + 1))
        at = dense.find(wanted, at + 1)
    return found


def _overlap(one: Range, other: Range) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def progress(text: str, n: int, of: int) -> None:
    """A line on standard error; a terminal's is overwritten, a log gets every fiftieth."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}" + ("\n" if n == of else ""))
    elif n == of or n % REPORT_EVERY == 0:
        sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def answers_json(outcome: EvaluationData) -> dict[str, json_output.Json]:
    """Every answer as ``ask`` prints it, by question id."""
    return {key: json_output.answer_json(answer) for key, answer in outcome.answers.items()}
