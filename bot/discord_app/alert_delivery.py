"""Answers earlier questions that a new article can answer, and notifies whoever asked.

A public question is answered in its channel, from what everyone there may see now. A private one is
answered in a direct message, from what its asker may see now. Nobody is pinged. A failure is
logged, and retried by the maintenance; it does not affect the person who added the article.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from contextlib import aclosing
from functools import partial

import discord

from bot.answer.question_alerts import Alert
from bot.app import App
from bot.discord_app import access, delivery, posted_messages, replies
from bot.discord_app.cards.answers import answer_cards
from bot.discord_app.locales import guild_language
from bot.errors import FootnoteError, LibraryElsewhere, LibraryNotFound
from bot.records import Scope
from bot.service.alerts import find_alerts, keep_alert, mark_notified
from bot.store.protocols import Library
from bot.store.values import StoredAnswer
from bot.strings import _, speaking

NONCE_MASK = (1 << 63) - 1
log = logging.getLogger(__name__)


async def notify_askers(
    app: App, guild: discord.Guild, library: Library, article_ids: Iterable[int]
) -> None:
    """Notifies everyone whose unanswered question one of the new articles answers."""
    try:
        for article_id in article_ids:
            await _notify_all(app, guild, library, article_id)
    except Exception:  # the article is stored and shown, whatever happens here
        log.exception("could not look for questions that an article answers")


async def retry_alerts(app: App, guilds: Iterable[discord.Guild]) -> None:
    """Delivers the alerts that could not be delivered before."""
    for guild in guilds:
        try:
            async with app.store.library(access.server_id(guild), background=True) as library:
                undelivered = await library.answers.undelivered_alerts()
                for article_id in set(undelivered.values()):
                    questions = [q for q, by in undelivered.items() if by == article_id]
                    await _notify_all(app, guild, library, article_id, questions)
        except (LibraryElsewhere, LibraryNotFound):
            continue
        except FootnoteError as error:  # one library's failure must not stop the others
            log.warning("could not retry alerts server=%s: %s", guild.id, error.message)


async def _notify_all(
    app: App,
    guild: discord.Guild,
    library: Library,
    article_id: int,
    only: Collection[int] | None = None,
) -> None:
    scope_of = partial(_alert_scope, guild)
    alerts = find_alerts(app, library, access.server_id(guild), article_id, scope_of, only)
    async with aclosing(alerts):
        async for alert in alerts:
            with replies.logs_send_errors("notify someone of an answer"):
                await _notify(guild, library, alert)


async def _alert_scope(guild: discord.Guild, question: StoredAnswer) -> Scope | None:
    """What may be used to answer a question now; None if its channel or its asker is gone."""
    channel = guild.get_channel_or_thread(question.channel_id or 0)
    if not isinstance(channel, access.Place):
        return None
    if not question.private:
        return access.public_scope(channel)
    member = await _fetch_member(guild, question.asker_id)
    return access.direct_scope(member) if member else None


async def _fetch_member(guild: discord.Guild, user_id: int | None) -> discord.Member | None:
    """A member with their current roles: a cached member may still have roles that were taken."""
    if user_id is None:
        return None
    try:
        return await guild.fetch_member(user_id)
    except replies.SEND_ERRORS:  # no longer a member, or not known now
        return None


async def _notify(guild: discord.Guild, library: Library, alert: Alert) -> None:
    unanswered = alert.stored_answer
    target = await _target(guild, unanswered)
    if target is None:
        return
    with speaking(guild_language(guild)):
        notice = _("{member} asked this, and a new article answers it").format(
            member=f"<@{unanswered.asker_id}>"
        )
        answer = await keep_alert(library, alert, notice, partial(_alert_scope, guild))
        if answer is None:
            return
        cards = answer_cards(answer, next_step="", within=notice)
    message = await delivery.send_message(target, cards.first, nonce=_nonce(guild, unanswered))
    await mark_notified(library, alert)
    await posted_messages.record_answer(guild, library, answer, [message])


def _nonce(guild: discord.Guild, question: StoredAnswer) -> int:
    """One per question, so that two articles that come at once do not tell its asker twice."""
    return (guild.id ^ (question.id << 20)) & NONCE_MASK


async def _target(guild: discord.Guild, question: StoredAnswer) -> discord.abc.Messageable | None:
    """Where to answer: the channel of the question, or its asker if it was private."""
    if question.private:
        return await _fetch_member(guild, question.asker_id)
    channel = guild.get_channel_or_thread(question.channel_id or 0)
    return channel if isinstance(channel, discord.abc.Messageable) else None
