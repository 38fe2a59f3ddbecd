"""Questions that the library could not answer, and the article that now does.

Whoever asked is told at most once, of an article that their question's scope shows; after
``WAITS_DAYS`` nobody waits any more. The work for one article is bounded, and no model is asked.
A front end calls ``answered_now`` when an article was added, and delivers what comes.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.answer.extractive import pick_quotes
from bot.answer.writing.citations import CitationNumbers, CitedSpan, DraftSentence
from bot.embedding import Embedder
from bot.records import Answer, Filter, Scope, SearchResult
from bot.search.retrieve import search
from bot.store.protocols import Library
from bot.store.values import StoredAnswer

ALERT_DAYS = 30
MAX_QUESTIONS_READ = 1_000  # waiting questions of one library; older than a month they wait no more
MAX_QUESTIONS_TRIED = 50  # the newest: about 30 ms each
PASSAGES_READ = 12
# Of the likelihood that an article answers. On clapnq, with 200 articles (bench/follow_ups.py): .64
# of the questions reach it in the article that answers them, .000 in any other, .06 in the nearest.
MIN_ANSWERABILITY = 0.5


@dataclass(frozen=True, slots=True)
class Alert:
    """Somebody's question, and what answers it now, in the new article's own sentences."""

    stored_answer: StoredAnswer
    answer: Answer


def awaits_answer(answer: Answer) -> bool:
    """Whether an answer is one that its asker waits for: asked well, and not in the library."""
    return not answer.answered and not answer.clarification


async def newly_answered(
    article_id: int,
    library: Library,
    everywhere: Scope,
    scope_of: Callable[[StoredAnswer], Scope | None],
    embedder: Embedder,
) -> AsyncGenerator[Alert]:
    """The waiting questions that an article answers, each once.

    ``everywhere`` is the server's own scope; ``scope_of`` gives what may be used to answer a
    question where it was asked, None when nobody is there to be told.
    """
    for given in await _waiting(library, everywhere):
        scope = scope_of(given)
        if scope is None or not await _seen(article_id, library, scope):
            continue
        answer = await _answer(given, article_id, library, scope, embedder)
        if answer is not None and await library.answers.mark_notified(given.id):
            yield Alert(given, answer)


async def _waiting(library: Library, everywhere: Scope) -> list[StoredAnswer]:
    """The newest questions that wait; those that did so for too long do not any more."""
    oldest = (datetime.now(UTC) - timedelta(days=ALERT_DAYS)).date().isoformat()
    waiting = await library.answers.unanswered(everywhere, limit=MAX_QUESTIONS_READ)
    for given in waiting:
        if given.answered_at < oldest:
            await library.answers.mark_notified(given.id)
    return [given for given in waiting if given.answered_at >= oldest][:MAX_QUESTIONS_TRIED]


async def _seen(article_id: int, library: Library, scope: Scope) -> bool:
    return bool(await library.ids_matching(Filter(articles=frozenset({article_id})), scope))


async def _answer(
    given: StoredAnswer, article_id: int, library: Library, scope: Scope, embedder: Embedder
) -> Answer | None:
    """What the article says to a question; None when it does not answer it."""
    question = given.standalone_question or given.question
    findings = await search(
        question, library, scope, embedder, limit=PASSAGES_READ, within=[article_id]
    )
    if findings.answer_probability < MIN_ANSWERABILITY:
        return None
    picks = await pick_quotes(question, findings, embedder)
    cited = [CitedSpan(passage, sentence.start, sentence.end) for passage, sentence in picks]
    return _quoted(given, findings, cited) if cited else None


def _quoted(given: StoredAnswer, findings: SearchResult, cited: list[CitedSpan]) -> Answer:
    footnotes = CitationNumbers()
    sentences = [
        footnotes.number(DraftSentence(one.quote, (one,), paragraph=i > 0))
        for i, one in enumerate(cited)
    ]
    return Answer(
        question=given.question,
        answered=True,
        mode="quotes",
        sentences=tuple(sentences),
        citations=tuple(footnotes.citations),
        nearest=findings.hits[:1],
        standalone_question=given.standalone_question,
        article_ids=frozenset(citation.article_id for citation in footnotes.citations),
    )
