"""Handlers for everything that members do, with a command, a button, a form or a mention.

A handler acknowledges the interaction, does the work and shows the result; an error is reported
privately. No task outlives the handler that started it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import get_args

import discord

from bot.answer_records import Rating
from bot.app import App
from bot.discord_app import errors
from bot.discord_app.buttons import ListView
from bot.discord_app.handlers.adding import Adding
from bot.discord_app.handlers.answering import Answering
from bot.discord_app.handlers.approving import Approving
from bot.discord_app.handlers.asking import Asking
from bot.discord_app.handlers.browsing import Browsing
from bot.discord_app.handlers.configuring import Configuring
from bot.discord_app.handlers.context import Interaction, Services
from bot.discord_app.handlers.helping import Helping
from bot.discord_app.handlers.job_recovery import JobRecovery
from bot.discord_app.handlers.message_deletions import MessageDeletions
from bot.discord_app.handlers.privacy import PrivacyCards
from bot.discord_app.handlers.question_recovery import QuestionRecovery
from bot.discord_app.handlers.rating import RatingAnswers
from bot.discord_app.handlers.removing import Removing
from bot.discord_app.handlers.running_questions import FINISH_S
from bot.discord_app.handlers.sharing import Sharing
from bot.discord_app.handlers.welcoming import Welcoming
from bot.errors import ArticleNotFound
from bot.shards import Shards
from bot.strings import _

REASONS: dict[str, Rating] = {kind: kind for kind in get_args(Rating) if kind != "helpful"}
CANCELLED_S = 1.0  # for what is in the middle of something that can be left out
ButtonAction = Callable[..., Awaitable[None]]  # called with an interaction and a button's ids


class Handlers:
    """All handlers, for an App."""

    def __init__(self, app: App, clock: Callable[[], float] = time.time):
        self._services = services = Services(app, clock)
        self.answering = Answering(services)
        self.asking = Asking(services, self.answering)
        self.helping = Helping(services)
        self.configuring = Configuring(services)
        self.rating = RatingAnswers(services)
        self.question_recovery = QuestionRecovery(app, services.offers)
        self.sharing = Sharing(services, self.answering)
        self.approving = Approving(services)
        self.adding = Adding(services, self.approving.post_cards)
        running = self.answering.running_questions
        self.job_recovery = JobRecovery(app, self.approving.post_cards)
        self.browsing = Browsing(services, self.adding)
        self.removing = Removing(services, running)
        self.welcoming = Welcoming(services, self.adding)
        self.privacy = PrivacyCards(services, running)
        self.message_deletions = MessageDeletions(services, running)
        self._actions = self._all_actions()

    def _all_actions(self) -> dict[tuple[str, int], ButtonAction]:
        """The action for each act of a button and number of its ids.

        Old entries must stay: a button may be pressed years after it was posted.
        """
        asking, adding, browsing = self.asking, self.adding, self.browsing
        removing = self.removing
        return {
            ("c", 2): browsing.open_footnote,
            ("t", 2): partial(browsing.open_footnote, replaces=True),
            ("l", 1): self._turn_old_list,
            ("r", 1): removing.remove,
            ("x", 0): removing.cancel,
            ("open", 1): self._open,
            ("stats", 0): browsing.stats,
            ("review", 0): browsing.review,
            ("leaf", 2): browsing.turn_page,
            ("rename", 2): browsing.rename_form,
            ("tags", 2): browsing.tags_form,
            ("refresh", 1): browsing.refresh,
            ("remove", 1): self._ask_to_remove,
            ("restore", 1): removing.restore,
            ("back", 1): removing.restore_together,
            ("erase", 1): removing.ask_to_erase,
            ("wipe", 1): removing.erase,
            ("try", 2): asking.ask_suggested,
            ("sum", 1): asking.summarise_shown,
            ("keep", 1): adding.keep_similar,
            ("drop", 1): adding.drop_similar,
            ("follow", 1): self.sharing.follow_up,
            ("share", 1): self.sharing.share,
            ("noalert", 1): asking.decline_alert,
            ("stop", 1): asking.stop,
            ("newask", 0): asking.open_empty_form,
            ("reply", 1): asking.open_reply_form,
            ("everywhere", 1): asking.ask_everywhere,
            ("pick", 2): asking.ask_of_choice,
            ("newadd", 0): adding.open_form,
            ("newbrowse", 0): self._browse,
            ("again", 1): asking.ask_again,
            ("helpful", 1): partial(self.rating.rate, kind="helpful"),
            ("wrong", 1): partial(self.rating.rate, kind="wrong source"),
            ("unsupported", 1): partial(self.rating.rate, kind="unsupported"),
            ("approve", 1): self.approving.approve,
            ("decline", 1): self.approving.decline_form,
            ("preview", 1): self.approving.preview,
            ("block", 1): self.approving.block_form,
            ("withdraw", 1): self.approving.withdraw,
            ("mydata", 0): self.privacy.send_data,
            ("forgetme", 0): self.privacy.ask_to_erase,
            ("eraseme", 1): self.privacy.erase,
            ("keepme", 0): self.privacy.cancel,
            ("sample", 0): self.welcoming.add_sample,
            ("checkup", 0): self.welcoming.check_permissions,
            ("settings", 1): self.configuring.show_section,
            ("setlog", 1): self.configuring.show_history,
            ("rolelimit", 0): self.configuring.open_role_form,
            ("down", 1): partial(self.rating.rate, kind="other"),
        }

    async def give_way(self) -> None:
        """Waits a little while interactions are being acknowledged."""
        await self._services.give_way()

    async def press(self, interaction: Interaction, act: str, ids: Sequence[int]) -> None:
        """Carries out a button's action."""
        action = self._actions.get((act, len(ids)))
        if action is None:
            error = ArticleNotFound(_("This button no longer works. Please start again."))
            await errors.report(interaction, error)
        else:
            await action(interaction, *ids)

    async def choose(self, interaction: Interaction, act: str, answer_id: int, value: str) -> None:
        """Carries out what was chosen in a menu under an answer."""
        match act:
            case "cite" if value.isdecimal():
                await self.browsing.open_footnote(interaction, answer_id, int(value))
            case "next":
                await self.asking.ask_next(interaction, value)
            case "why" if value in REASONS:
                await self.rating.give_reason(interaction, answer_id, REASONS[value])
            case _:
                await self.press(interaction, act, [])

    def messages_deleted(self, message_ids: set[int]) -> None:
        """Cancels the questions whose cards were deleted."""
        self.answering.running_questions.messages_deleted(message_ids)

    def channel_deleted(self, channel_id: int) -> None:
        """Cancels the questions of a deleted channel or thread."""
        self._services.deleted_channels.record(channel_id)
        self.answering.running_questions.channel_deleted(channel_id)

    def reconnected(self) -> None:
        """Call when the client is ready: it may have missed events."""
        self._services.deleted_channels.reconnected()

    async def find_earlier_cards(self, shards: Shards) -> None:
        """Finds the cards that an earlier process left, before the first event of some shards."""
        await self.job_recovery.collect(shards)
        await self.question_recovery.collect(shards)

    async def finish_earlier_cards(self, client: discord.Client, shards: Shards) -> None:
        """Finishes the cards that were found there; articles may wait for hours."""
        if self._services.is_stopping:
            return
        with self._services.requests.track():
            await self.question_recovery.resume(client, shards)
            await self.job_recovery.resume(client, shards)

    async def finish_questions(self, shards: Shards) -> None:
        """Waits until no question of these servers is being answered; models are stopped."""
        await self.answering.running_questions.finish(shards)

    async def shut_down(self, finish_s: float = FINISH_S) -> None:
        """Finishes what is running before the client closes; takes on nothing new."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._services.stop())
            group.create_task(self.answering.running_questions.shut_down(finish_s))
        await self._services.requests.cancel(CANCELLED_S)

    async def turn_list(self, interaction: Interaction, view: ListView) -> None:
        """Shows another page of the library's list."""
        await self.browsing.turn_list(interaction, view)

    async def search_list(self, interaction: Interaction, view: ListView) -> None:
        """Shows a form to search the library's list."""
        await self.browsing.search_form(interaction, view)

    async def change_setting(
        self, interaction: Interaction, name: str, chosen: Sequence[str]
    ) -> None:
        """Changes a setting of the server to what was chosen in its menu."""
        await self.configuring.change(interaction, name, chosen)

    async def _turn_old_list(self, interaction: Interaction, page: int) -> None:
        await self.browsing.turn_list(interaction, ListView(page))

    async def _browse(self, interaction: Interaction) -> None:
        await self.browsing.browse(interaction, ListView())

    async def _open(self, interaction: Interaction, article_id: int) -> None:
        await self.browsing.show(interaction, str(article_id))

    async def _ask_to_remove(self, interaction: Interaction, article_id: int) -> None:
        await self.removing.ask_to_remove(interaction, str(article_id))
