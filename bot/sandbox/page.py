"""Redraws the page while the bot works. By itself, simcord redraws only after a command."""

from __future__ import annotations

import asyncio
from typing import Any

from simcord.preview._snapshot import build_snapshot

REFRESH_S = 0.25
SCROLL_REASONS = frozenset({"initial", "action", "refresh"})


class LivePage:
    """Redraws each tab when its messages have changed."""

    def __init__(self, env: Any, preview: Any):
        self._env, self._preview = env, preview
        self._publish = preview._publish
        preview._publish = self._publish_newest

    def _publish_newest(self, page: Any, *, reason: str = "action") -> None:
        """Scrolls to the newest message."""
        if page.window_end_id is None and reason in SCROLL_REASONS:
            page.target_id = self._preview._initial_target(page.viewer, page.channel_id)
        self._publish(page, reason=reason)

    async def run(self) -> None:
        """Runs until cancelled."""
        transcript = self._env.backend.transcript
        while True:
            await asyncio.sleep(REFRESH_S)
            if transcript:
                transcript.clear()  # this list and the next would grow forever
                self._env.backend.http_requests.clear()
                self._show_changes()

    def _show_changes(self) -> None:
        for page in tuple(self._preview._pages.values()):
            # Only changes are published: publishing makes clicks on the older state fail.
            if build_snapshot(self._preview, page)["messages"] != page.snapshot.get("messages"):
                self._preview._publish(page, reason="refresh")
