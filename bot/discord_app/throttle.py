"""Edits a message no faster than Discord allows, always with the newest state."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from discord import ui

from bot.discord_app.limits import EDIT_INTERVAL_S
from bot.discord_app.replies import SEND_ERRORS, send_failure

log = logging.getLogger(__name__)
UNKNOWN_MESSAGE_CODES = (10003, 10008)  # Discord's codes: unknown channel, unknown message
EditMessage = Callable[[ui.LayoutView], Awaitable[object]]


class ThrottledMessage:
    """A message whose edits are throttled. Between two edits only the latest view is kept."""

    def __init__(self, edit: EditMessage, on_gone: Callable[[], None] = lambda: None):
        self._edit, self._on_gone = edit, on_gone
        self._next: ui.LayoutView | None = None
        self._changed = asyncio.Event()
        self._closed = asyncio.Event()

    def show(self, view: ui.LayoutView) -> None:
        """Shows a new state soon. Does not wait for the edit."""
        self._next = view
        self._changed.set()

    def close(self) -> None:
        """Starts no further edit. One that is under way still finishes."""
        self._closed.set()
        self._changed.set()

    async def run(self) -> None:
        """Edits until closed. A failed edit is skipped, whatever failed: what is being done does
        not depend on it, and the final card is sent separately."""
        while not self._closed.is_set():
            await self._changed.wait()
            self._changed.clear()
            view, self._next = self._next, None
            if view is None or self._closed.is_set():
                continue
            try:
                await self._edit(view)
            except SEND_ERRORS as error:
                log.warning("could not edit a card: status=%s", send_failure(error))
                if getattr(error, "code", None) in UNKNOWN_MESSAGE_CODES:
                    self._on_gone()
            except Exception:  # the work goes on
                log.exception("could not edit a card")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), EDIT_INTERVAL_S)


@asynccontextmanager
async def throttled(
    edit: EditMessage, on_gone: Callable[[], None] = lambda: None
) -> AsyncIterator[ThrottledMessage]:
    """A throttled message. When the block ends, no edit is under way.

    ``on_gone`` is called when an edit finds that the message or its channel was deleted.
    """
    message = ThrottledMessage(edit, on_gone)
    failure: Exception | None = None
    async with asyncio.TaskGroup() as group:
        group.create_task(message.run())
        try:
            yield message
        except Exception as error:  # noqa: BLE001 - the group would wrap it
            failure = error
        finally:
            message.close()
    if failure is not None:
        raise failure
