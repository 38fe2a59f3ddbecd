"""Redraws the page while the bot works, and shows another channel or thread of the server.

By itself, simcord redraws only after a command, and shows one channel.
"""

from __future__ import annotations

import asyncio
from typing import Any

from simcord.builders import ChannelHandle
from simcord.preview._snapshot import build_snapshot

REFRESH_S = 0.25
SCROLL_REASONS = frozenset({"initial", "action", "refresh"})


class LivePage:
    """Redraws each tab when its messages have changed, and shows another channel."""

    def __init__(self, env: Any):
        self._env = env
        self._preview: Any = None
        self._publish: Any = None
        self._going: int | None = None
        self._threads: set[int] = set()

    def attach(self, preview: Any) -> None:
        """Takes over the drawing of a page."""
        self._preview, self._publish = preview, preview._publish
        preview._publish = self._publish_newest
        self._threads = self._thread_ids()

    def go(self, channel_id: int) -> None:
        """Shows another channel in every tab, once what is being done is done."""
        self._going = channel_id

    def _publish_newest(self, page: Any, *, reason: str = "action") -> None:
        """Scrolls to the newest message, with what is "ago" counted from now."""
        self._preview._advance_presentation_time()
        if page.window_end_id is None and reason in SCROLL_REASONS:
            page.target_id = self._preview._initial_target(page.viewer, page.channel_id)
        self._publish(page, reason=reason)

    async def run(self) -> None:
        """Runs until cancelled."""
        transcript = self._env.backend.transcript
        while True:
            await asyncio.sleep(REFRESH_S)
            if self._preview._active_action is None:
                self._enter_new_threads()
                self._move()
            if transcript:
                transcript.clear()  # this list and the next would grow forever
                self._env.backend.http_requests.clear()
                self._show_changes()

    def _thread_ids(self) -> set[int]:
        return {c.id for c in self._env.backend.channels.values() if c.is_thread}

    def _enter_new_threads(self) -> None:
        """Goes into a thread that was opened, as Discord's own client does."""
        for thread_id in self._thread_ids() - self._threads:
            self._threads.add(thread_id)
            self.go(thread_id)

    def _move(self) -> None:
        if self._going is None:
            return
        # What is typed and run goes to the channel of the preview.
        here = self._preview.channel
        channel = self._env.backend.channels[self._going]
        self._preview.channel = ChannelHandle(self._env, here.guild, channel)
        for page in tuple(self._preview._pages.values()):
            self._show_channel(page, channel.id)
        self._going = None

    def _show_channel(self, page: Any, channel_id: int) -> None:
        self._preview._clear_page_assets(page)
        page.channel_id = channel_id
        page.generation += 1
        self._preview._reset_queries(page)
        page.target_id = self._preview._initial_target(page.viewer, channel_id)
        page.window_end_id = page.modal = page.modal_handle = None
        page.status = "current"
        self._publish(page, reason="navigation")

    def _show_changes(self) -> None:
        for page in tuple(self._preview._pages.values()):
            # Only changes are published: publishing makes clicks on the older state fail.
            if build_snapshot(self._preview, page)["messages"] != page.snapshot.get("messages"):
                self._preview._publish(page, reason="refresh")
