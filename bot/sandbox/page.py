"""Redraws the page while the bot works; simcord alone would wait for the end."""

from __future__ import annotations

import asyncio
from typing import Any

from simcord.preview._snapshot import build_snapshot

REFRESH_S = 0.25
SCROLL_REASONS = frozenset({"initial", "action", "refresh"})


class LivePage:
    """Publishes every tab anew when what it shows has changed."""

    def __init__(self, env: Any, preview: Any):
        self._env, self._preview = env, preview
        self._publish = preview._publish
        preview._publish = self._publish_newest

    def _publish_newest(self, page: Any, *, reason: str = "action") -> None:
        """With the newest message as the one that the page scrolls to."""
        if page.window_end_id is None and reason in SCROLL_REASONS:
            page.target_id = self._preview._initial_target(page.viewer, page.channel_id)
        self._publish(page, reason=reason)

    async def run(self) -> None:
        """Until cancelled."""
        transcript = self._env.backend.transcript
        while True:
            await asyncio.sleep(REFRESH_S)
            if transcript:
                transcript.clear()  # it, and the list below, would grow for ever
                self._env.backend.http_requests.clear()
                self._show_changes()

    def _show_changes(self) -> None:
        for page in tuple(self._preview._pages.values()):
            # A click on an older number is refused, so only a change is published.
            if build_snapshot(self._preview, page)["messages"] != page.snapshot.get("messages"):
                self._preview._publish(page, reason="refresh")
