"""Shows a growing card at Discord's pace: the newest state, never a queue of old ones."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import discord
from discord import ui

from bot.discord_app.limits import EDIT_INTERVAL_S

log = logging.getLogger(__name__)
UNKNOWN_MESSAGE_CODES = (10003, 10008)  # Discord's codes: unknown channel, unknown message
EditMessage = Callable[[ui.LayoutView], Awaitable[object]]


class ThrottledMessage:
    """The latest view wins; what comes in between two edits is dropped."""

    def __init__(self, edit: EditMessage, on_gone: Callable[[], None] = lambda: None):
        self._edit, self._on_gone = edit, on_gone
        self._next: ui.LayoutView | None = None
        self._changed = asyncio.Event()
        self._closed = asyncio.Event()

    def show(self, view: ui.LayoutView) -> None:
        """Puts up a new state; returns at once."""
        self._next = view
        self._changed.set()

    def close(self) -> None:
        """No further edit begins; one under way is let finish, so that none comes too late."""
        self._closed.set()
        self._changed.set()

    async def run(self) -> None:
        """Edits until closed. A refused edit is skipped: the final card is sent apart."""
        while not self._closed.is_set():
            await self._changed.wait()
            self._changed.clear()
            view, self._next = self._next, None
            if view is None or self._closed.is_set():
                continue
            try:
                await self._edit(view)
            except discord.HTTPException as error:
                log.warning("an edit was refused: %s", error.status)
                if error.code in UNKNOWN_MESSAGE_CODES:
                    self._on_gone()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), EDIT_INTERVAL_S)


@asynccontextmanager
async def throttled(
    edit: EditMessage, on_gone: Callable[[], None] = lambda: None
) -> AsyncIterator[ThrottledMessage]:
    """A paced card; when the block ends no edit is under way any more. ``on_gone`` is called when
    an edit finds that the card, or its channel, was deleted."""
    shown = ThrottledMessage(edit, on_gone)
    failure: Exception | None = None
    async with asyncio.TaskGroup() as group:
        group.create_task(shown.run())
        try:
            yield shown
        except Exception as error:  # noqa: BLE001 - kept out of the group, which would wrap it
            failure = error
        finally:
            shown.close()
    if failure is not None:
        raise failure
