"""Offers people what a restart or the end of an interaction kept from them.

A private reply can't be edited once its interaction is over. So a private answer that came too
late, or that was interrupted, is offered when its asker next does anything in that server: the
answer, if it was stored, or else a button to ask again.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import discord

from bot.discord_app import replies
from bot.discord_app.cards import answers as cards
from bot.discord_app.cards.progress import interrupted_card
from bot.errors import FootnoteError
from bot.records import Scope
from bot.service.saved_answers import load_answer
from bot.store.protocols import Library, Store
from bot.store.values import QuestionCard

log = logging.getLogger(__name__)


class Offers:
    """What waits to be offered, by server and person, then by the question's event."""

    def __init__(self, store: Store):
        self._store = store
        self._waiting: defaultdict[tuple[str, int], dict[int, QuestionCard]] = defaultdict(dict)

    def add(self, rows: Iterable[QuestionCard]) -> None:
        """Keeps private questions for their askers."""
        for row in rows:
            self._waiting[row.server_id, row.asker_id][row.event_id] = row

    async def make(
        self, interaction: discord.Interaction[Any], library: Library, scope: Scope
    ) -> None:
        """Makes the offers for the person of an interaction that was responded to.

        Not in a direct message, which may show less: an interaction that has expired offers none.
        """
        response = interaction.response
        is_form = response.type is discord.InteractionResponseType.modal
        if not response.is_done() or is_form or interaction.is_expired():
            return
        waiting = self._waiting.pop((library.server_id, interaction.user.id), {})
        for row in waiting.values():
            try:
                await self._make(row, interaction, library, scope)
            except (FootnoteError, *replies.SEND_ERRORS) as error:
                log.warning("could not offer a private answer: %s", error)
                self.add([row])

    async def _make(
        self,
        row: QuestionCard,
        interaction: discord.Interaction[Any],
        library: Library,
        scope: Scope,
    ) -> None:
        answer_id = await library.answers.id_of_event(row.event_id)
        stored = None if answer_id is None else await library.answers.answer(answer_id, scope)
        if stored is None or not stored.body:
            await replies.send_ephemeral(interaction, interrupted_card(row))
            await self._store.record_question(replace(row, interrupted=True))
            return
        answer, within = load_answer(stored)
        shown = cards.answer_cards(answer, next_step="share", within=within, saved=True)
        for view in filter(None, (shown.first, shown.second)):
            await replies.send_ephemeral(interaction, view)
        await self._store.drop_question(row.event_id)
