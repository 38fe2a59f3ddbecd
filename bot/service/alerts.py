"""Finds the earlier questions that new articles answer, and keeps the answers.

The front end notifies whoever asked, where they can be reached. Nobody is notified twice.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from contextlib import aclosing

from bot.answer.question_alerts import MAX_QUESTIONS_TRIED, Alert, newly_answered
from bot.answer_records import Answer
from bot.app import App
from bot.errors import NotAllowed
from bot.records import Scope
from bot.service.saved_answers import answer_to_json, readable_answer
from bot.store.protocols import Library
from bot.store.values import Dependencies, StoredAnswer
from bot.strings import _

ScopeOf = Callable[[StoredAnswer], Awaitable[Scope | None]]
"""What may be used to answer a question where it was asked; None if nobody can be reached there."""


async def find_alerts(
    app: App,
    library: Library,
    server_id: str,
    article_id: int,
    scope_of: ScopeOf,
    only: Collection[int] | None = None,
) -> AsyncGenerator[Alert]:
    """Alerts for the open questions that a new article answers; see ``mark_notified``.

    ``only``: of these questions. An alert is on disk until it was delivered. None where the
    server's settings turn alerts off.
    """
    if not (await library.settings.current()).alerts:
        return
    everywhere = Scope(server_id)
    unanswered = await library.answers.unanswered(everywhere, limit=MAX_QUESTIONS_TRIED)
    tried = [q for q in unanswered if only is None or q.id in only]
    scopes = {question.id: await scope_of(question) for question in tried}
    embedder = app.budget.metered_embedder(app.embedder, library.ledger)
    alerts = newly_answered(
        article_id,
        library,
        everywhere,
        lambda question: scopes.get(question.id),
        embedder,
        app.answerer.searches,
    )
    async with aclosing(alerts):
        async for alert in alerts:
            await library.answers.record_alert(alert.stored_answer.id, article_id)
            yield alert


async def mark_notified(library: Library, alert: Alert) -> None:
    """Notes that an asker was notified. Call it after the delivery: what failed is sent again."""
    await library.answers.mark_notified(alert.stored_answer.id)


async def decline_alert(library: Library, answer_id: int, user_id: int, scope: Scope) -> None:
    """Notes that an asker doesn't want to be notified. Raises ArticleNotFound, NotAllowed."""
    stored = await readable_answer(library, answer_id, scope)
    if stored.asker_id != user_id:
        raise NotAllowed(_("Only the person who asked can decline this."))
    await library.answers.mark_notified(answer_id)


async def keep_alert(
    library: Library, alert: Alert, notice: str, scope_of: ScopeOf
) -> Answer | None:
    """Stores an alert's answer; None if it may not be shown anymore.

    ``notice`` is shown with it and says why it comes. The scope is determined once more, because
    finding the answer may have taken long.
    """
    question = alert.stored_answer
    stored = StoredAnswer(
        asker_id=question.asker_id,
        channel_id=question.channel_id,
        private=question.private,
        question=question.question,
        standalone_question=question.standalone_question,
        body=answer_to_json(alert.answer, notice),
    )
    dependencies = Dependencies(alert.answer.article_ids)
    answer_id = await library.answers.save(stored, alert.answer.citations, dependencies)
    scope = await scope_of(question)
    if scope is None or await library.answers.answer(answer_id, scope) is None:
        return None
    return alert.answer.with_id(answer_id)
