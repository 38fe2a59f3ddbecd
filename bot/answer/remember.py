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
from bot.answer.writing.citations import CitedRange, Footnotes, Written
from bot.embedding import Embedder
from bot.records import Answer, Filter, Findings, Scope
from bot.search.retrieve import search
from bot.store.base import Library
from bot.store.values import Given

WAITS_DAYS = 30
MOST_READ = 1_000  # waiting questions of one library; older than a month they wait no more
MOST_TRIED = 50  # the newest: about 30 ms each
PASSAGES_READ = 12
# Of the likelihood that an article answers. On clapnq, with 200 articles (bench/follow_ups.py): .64
# of the questions reach it in the article that answers them, .000 in any other, .06 in the nearest.
TELL_AT = 0.5


@dataclass(frozen=True, slots=True)
class Alert:
    """Somebody's question, and what answers it now, in the new article's own sentences."""

    given: Given
    answer: Answer


def waits(answer: Answer) -> bool:
    """Whether an answer is one that its asker waits for: asked well, and not in the library."""
    return not answer.answered and not answer.asks


async def answered_now(
    article_id: int,
    library: Library,
    everywhere: Scope,
    scope_of: Callable[[Given], Scope | None],
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
        if answer is not None and await library.answers.told(given.id):
            yield Alert(given, answer)


async def _waiting(library: Library, everywhere: Scope) -> list[Given]:
    """The newest questions that wait; those that did so for too long do not any more."""
    oldest = (datetime.now(UTC) - timedelta(days=WAITS_DAYS)).date().isoformat()
    waiting = await library.answers.waiting(everywhere, limit=MOST_READ)
    for given in waiting:
        if given.given_at < oldest:
            await library.answers.told(given.id)
    return [given for given in waiting if given.given_at >= oldest][:MOST_TRIED]


async def _seen(article_id: int, library: Library, scope: Scope) -> bool:
    return bool(await library.matching(Filter(articles=frozenset({article_id})), scope))


async def _answer(
    given: Given, article_id: int, library: Library, scope: Scope, embedder: Embedder
) -> Answer | None:
    """What the article says to a question; None when it does not answer it."""
    question = given.standalone or given.question
    findings = await search(
        question, library, scope, embedder, limit=PASSAGES_READ, within=[article_id]
    )
    if findings.answerable < TELL_AT:
        return None
    picks = await pick_quotes(question, findings, embedder)
    cited = [CitedRange(passage, sentence.start, sentence.end) for passage, sentence in picks]
    return _quoted(given, findings, cited) if cited else None


def _quoted(given: Given, findings: Findings, cited: list[CitedRange]) -> Answer:
    footnotes = Footnotes()
    sentences = [
        footnotes.number(Written(one.quote, (one,), paragraph=i > 0)) for i, one in enumerate(cited)
    ]
    return Answer(
        question=given.question,
        answered=True,
        mode="quotes",
        sentences=tuple(sentences),
        citations=tuple(footnotes.citations),
        nearest=findings.hits[:1],
        understood=given.standalone,
        article_ids=frozenset(citation.article_id for citation in footnotes.citations),
    )
