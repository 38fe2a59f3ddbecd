"""What a member can do, whatever they did it with: a command, a button, a form, a mention.

Each gesture acknowledges at once, works, and shows the result; errors become one private
sentence. The handler follows the work itself and edits its card: no task outlives it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from bot.app import App
from bot.discord_app import errors
from bot.discord_app.buttons import ListView
from bot.discord_app.handlers.adding import Adding
from bot.discord_app.handlers.asking import Asking
from bot.discord_app.handlers.browsing import Browsing
from bot.discord_app.handlers.context import Interaction, Services
from bot.discord_app.handlers.message_deletions import MessageDeletions
from bot.discord_app.handlers.question_recovery import QuestionRecovery
from bot.discord_app.handlers.removing import Removing
from bot.discord_app.handlers.job_recovery import JobRecovery
from bot.discord_app.handlers.sharing import Sharing
from bot.errors import ArticleNotFound

ButtonAction = Callable[..., Awaitable[None]]  # of an interaction and the ids of a button


class Handlers:
    """Everything members do, on top of an App."""

    def __init__(self, app: App, clock: Callable[[], float] = time.time):
        services = Services(app, clock)
        self.asking = Asking(services)
        self.question_recovery = QuestionRecovery(app)
        self.sharing = Sharing(services, self.asking)
        self.adding = Adding(services)
        self.job_recovery = JobRecovery(app, self.adding)
        self.browsing = Browsing(services, self.adding)
        self.removing = Removing(services, self.asking.running)
        self.message_deletions = MessageDeletions(services, self.asking.running)
        self._acts = self._all_acts()

    def _all_acts(self) -> dict[tuple[str, int], ButtonAction]:
        """By the name of a button's act and the number of its ids. Both outlive releases: a
        button may be pressed years after it was made."""
        asking, adding, browsing = self.asking, self.adding, self.browsing
        removing = self.removing
        return {
            ("c", 2): browsing.open_footnote,
            ("t", 2): partial(browsing.open_footnote, turning=True),
            ("l", 1): self._turn_old_list,
            ("r", 1): removing.remove,
            ("x", 0): removing.cancel,
            ("open", 1): self._open,
            ("leaf", 2): browsing.turn_page,
            ("rename", 2): browsing.rename_form,
            ("tags", 2): browsing.tags_form,
            ("refresh", 1): browsing.refresh,
            ("remove", 1): self._ask_to_remove,
            ("restore", 1): removing.restore,
            ("back", 1): removing.restore_together,
            ("erase", 1): removing.ask_to_erase,
            ("wipe", 1): removing.erase,
            ("keep", 1): adding.keep_similar,
            ("drop", 1): adding.drop_similar,
            ("follow", 1): self.sharing.follow_up,
            ("share", 1): self.sharing.share,
            ("stop", 1): asking.stop,
            ("helpful", 1): partial(asking.rate, kind="helpful"),
            ("wrong", 1): partial(asking.rate, kind="wrong source"),
            ("unsupported", 1): partial(asking.rate, kind="unsupported"),
        }

    async def press(self, interaction: Interaction, act: str, ids: Sequence[int]) -> None:
        """Does what a button stands for."""
        known = self._acts.get((act, len(ids)))
        if known is None:
            gone = ArticleNotFound("This button is of another Footnote. Begin anew, please.")
            await errors.report(interaction, gone)
        else:
            await known(interaction, *ids)

    def messages_deleted(self, message_ids: set[int]) -> None:
        """Somebody deleted messages: a question whose card is among them is given up."""
        self.asking.running.messages_deleted(message_ids)

    async def shut_down(self) -> None:
        """Brings what is in hand to its end, before the client closes."""
        await self.asking.running.shut_down()

    async def turn_list(self, interaction: Interaction, browsing: ListView) -> None:
        """Another page of a list."""
        await self.browsing.turn_list(interaction, browsing)

    async def _turn_old_list(self, interaction: Interaction, page: int) -> None:
        await self.browsing.turn_list(interaction, ListView(page))

    async def _open(self, interaction: Interaction, article_id: int) -> None:
        await self.browsing.show(interaction, str(article_id))

    async def _ask_to_remove(self, interaction: Interaction, article_id: int) -> None:
        await self.removing.ask_to_remove(interaction, str(article_id))
