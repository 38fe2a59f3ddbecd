"""A Discord channel in your browser: the real bot in a simulated Discord, no account needed."""

from __future__ import annotations

from bot.settings import Settings


def run_sandbox(settings: Settings, *, port: int, wanted: bool) -> int:
    raise NotImplementedError
