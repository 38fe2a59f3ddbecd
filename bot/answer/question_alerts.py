"""Finds the unanswered questions that a new article answers.

An asker is alerted at most once, of an article within the scope of their question, and only
within ``ALERT_DAYS``. The work for one article is bounded, and no model is called. A front end
calls ``newly_answered`` when an article was added, and delivers the alerts.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.answer.extractive import QuotedSentence, pick_quotes
from bot.answer.request_queue import RequestQueue
from bot.answer.strategies.extractive_answer import quotes_to_sentences
from bot.answer_records import Answer
from bot.citations import CitationNumbers
from bot.embedding import Embedder
from bot.records import Filter, Scope, SearchResult
from bot.search.retrieve import search
from bot.store.protocols import Library
from bot.store.values import StoredAnswer

ALERT_DAYS = 30
MAX_QUESTIONS_READ = 1_000  # open questions of one library
MAX_QUESTIONS_TRIED = 50  # per article, the newest; about 30 ms each
PASSAGES_READ = 12
# Probability that the article answers. On clapnq, with 200 articles (bench/follow_ups.py), .64 of
# the questions reach it in the article that answers them, .000 in any other, .06 in the closest.
MIN_ANSWERABILITY = 0.5


@dataclass(frozen=True, slots=True)
class Alert:
    """A member's earlier question, and its answer in quotes from the new article."""

    stored_answer: StoredAnswer
    answer: Answer


def awaits_answer(answer: Answer) -> bool:
    """Whether the question is clear but the library has no answer to it yet."""
    return not answer.answered and not answer.clarification


async def newly_answered(
    article_id: int,
    library: Library,
    server_scope: Scope,
    scope_of: Callable[[StoredAnswer], Scope | None],
    embedder: Embedder,
    searches: RequestQueue,
) -> AsyncGenerator[Alert]:
    """Alerts for the open questions that an article answers.

    The front end marks each as notified once its asker was told: what can't be delivered stays
    open.

    Each question is tried when it is its turn in ``searches``: people who ask don't wait for all.
    ``server_scope`` covers the whole server. ``scope_of`` gives the scope for answering a question
    where it was asked; None if its asker cannot be reached there.
    """
    for question in await _open_questions(library, server_scope):
        scope = scope_of(question)
        if scope is None or not await _is_visible(article_id, library, scope):
            continue
        async with searches.slot():
            answer = await _answer_from(article_id, question, library, scope, embedder)
        if answer is not None:
            yield Alert(question, answer)


async def _open_questions(library: Library, server_scope: Scope) -> list[StoredAnswer]:
    """The newest unanswered questions; closes those that are too old."""
    oldest = (datetime.now(UTC) - timedelta(days=ALERT_DAYS)).date().isoformat()
    questions = await library.answers.unanswered(server_scope, limit=MAX_QUESTIONS_READ)
    for question in questions:
        if question.answered_at < oldest:
            await library.answers.mark_notified(question.id)
    return [q for q in questions if q.answered_at >= oldest][:MAX_QUESTIONS_TRIED]


async def _is_visible(article_id: int, library: Library, scope: Scope) -> bool:
    return bool(
        await library.articles.ids_matching(Filter(articles=frozenset({article_id})), scope)
    )


async def _answer_from(
    article_id: int, stored: StoredAnswer, library: Library, scope: Scope, embedder: Embedder
) -> Answer | None:
    """The article's answer in quotes; None if it does not answer the question."""
    question = stored.standalone_question or stored.question
    findings = await search(
        question, library, scope, embedder, limit=PASSAGES_READ, within=[article_id]
    )
    if findings.answer_probability < MIN_ANSWERABILITY:
        return None
    quotes = await pick_quotes(question, findings, embedder)
    return _build_answer(stored, findings, quotes) if quotes else None


def _build_answer(
    stored: StoredAnswer, findings: SearchResult, quotes: Sequence[QuotedSentence]
) -> Answer:
    footnotes = CitationNumbers()
    sentences = [footnotes.number(sentence) for sentence in quotes_to_sentences(quotes)]
    return Answer(
        question=stored.question,
        answered=True,
        mode="quotes",
        sentences=tuple(sentences),
        citations=tuple(footnotes.citations),
        nearest=findings.hits[:1],
        standalone_question=stored.standalone_question,
        article_ids=frozenset(citation.article_id for citation in footnotes.citations),
    )
