"""``footnote forget``: erases a person from every library of the data folder.

The bot must be stopped: whoever opens the folder has it alone.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from bot.app import App
from bot.store.values import ErasedCounts


async def forget(app: App, arguments: argparse.Namespace) -> tuple[int, Any, str]:
    """Exit status, document and text: how much there was."""
    total, libraries = ErasedCounts(), 0
    for server_id in await app.store.servers():
        async with app.store.library(server_id, background=True) as library:
            forgotten = await library.forget_person(arguments.user)
        total, libraries = total + forgotten, libraries + (forgotten != ErasedCounts())
    document = {"forgotten": {"libraries": libraries, **asdict(total)}}
    return 0, document, _text(total, libraries)


def _text(total: ErasedCounts, libraries: int) -> str:
    if not libraries:
        return "No library holds anything of this person."
    return (
        f"Erased from {libraries:,} libraries: {total.questions:,} questions, {total.answers:,} "
        f"answers, {total.ratings:,} ratings; the name on {total.articles:,} articles and on what "
        f"{total.charges:,} questions cost. What the bot posted in Discord stays there."
    )
