"""Tells people that a question which the library could not answer is answered by a new article.

A public question is told in its channel, and made of what everyone there may see now; a private
one in a direct message, made of what its asker may see now. Nobody is pinged. Failing to tell
one changes nothing for who handed the article in: it is logged.
"""

from __future__ import annotations

import logging
from contextlib import aclosing

import discord

from bot.answer.question_alerts import MOST_TRIED, Alert, newly_answered
from bot.app import App
from bot.discord_app import access, replies
from bot.discord_app import posted_messages
from bot.discord_app.cards import answers as cards
from bot.discord_app.saved_answers import answer_to_json
from bot.records import Scope
from bot.store.protocols import Library
from bot.store.values import Rests, StoredAnswer

log = logging.getLogger(__name__)


async def notify_askers(app: App, guild: discord.Guild, library: Library, article_id: int) -> None:
    """Tells all whom an article that was just kept answers."""
    everywhere = Scope(access.server_id(guild))
    waiting = await library.answers.unanswered(everywhere, limit=MOST_TRIED)
    scopes = {given.id: await _alert_scope(guild, given) for given in waiting}
    embedder = app.budget.charged(app.embedder, library.ledger)
    alerts = newly_answered(
        article_id, library, everywhere, lambda given: scopes.get(given.id), embedder
    )
    async with aclosing(alerts):
        async for alert in alerts:
            try:
                await _notify(guild, library, alert)
            except discord.HTTPException as error:
                log.warning("somebody could not be told of an answer: %s", error.status)


async def _alert_scope(guild: discord.Guild, given: StoredAnswer) -> Scope | None:
    """What may be used to answer a question now; None when nobody is there to be told."""
    place = guild.get_channel_or_thread(given.channel_id or 0)
    if not isinstance(place, access.Place):
        return None
    if not given.private:
        return access.public_scope(place)
    member = await _fetch_member(guild, given.asker_id)
    return access.direct_scope(member) if member else None


async def _fetch_member(guild: discord.Guild, user_id: int | None) -> discord.Member | None:
    """Somebody with the roles that they have now: nobody tells when a cached member loses one."""
    if user_id is None:
        return None
    try:
        return await guild.fetch_member(user_id)
    except discord.HTTPException:  # has left
        return None


async def _notify(guild: discord.Guild, library: Library, alert: Alert) -> None:
    given = alert.given
    target: discord.abc.Messageable | None
    if given.private:
        target = await _fetch_member(guild, given.asker_id)
    else:
        found = guild.get_channel_or_thread(given.channel_id or 0)
        target = found if isinstance(found, discord.abc.Messageable) else None
    if target is None:
        return
    asker = f"<@{given.asker_id}> asked this, and a new article answers it"
    late = StoredAnswer(
        asker_id=given.asker_id,
        channel_id=given.channel_id,
        private=given.private,
        question=given.question,
        standalone=given.standalone,
        body=answer_to_json(alert.answer, asker),
    )
    rests = Rests(alert.answer.article_ids)
    kept = await library.answers.save(late, alert.answer.citations, rests)
    scope = await _alert_scope(
        guild, given
    )  # as it is now: it may have taken long to find the answer
    if scope is None or await library.answers.answer(kept, scope) is None:
        return
    answer = alert.answer.kept_as(kept)
    shown = cards.answer_cards(answer, next_step="", within=asker)
    message = await replies.post(target, shown.first)
    await posted_messages.record_answer(guild, library, answer, [message])
