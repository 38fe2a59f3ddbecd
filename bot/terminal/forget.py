"""``footnote forget``: erases a person from every library in the data folder."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict

from bot.app import App
from bot.store.values import ErasedCounts
from bot.strings import _, ngettext
from bot.terminal.output import DONE, Result


async def forget(app: App, arguments: argparse.Namespace) -> Result:
    """Erase a person, and say how much there was."""
    total, libraries = ErasedCounts(), 0
    for server_id in await app.store.servers():
        async with app.store.library(server_id, background=True) as library:
            forgotten = await library.forget_person(arguments.user)
        total, libraries = total + forgotten, libraries + (forgotten != ErasedCounts())
    await app.store.forget_questions(arguments.user)
    return _result(total, libraries)


def add_results(results: Sequence[Result]) -> Result:
    """The results of several processes, which have libraries of their own, as one."""
    total, libraries = ErasedCounts(), 0
    for _status, document, _words in results:
        counts = dict(document["forgotten"])
        libraries += counts.pop("libraries")
        total += ErasedCounts(**counts)
    return _result(total, libraries)


def _result(total: ErasedCounts, libraries: int) -> Result:
    document = {"forgotten": {"libraries": libraries, **asdict(total)}}
    return DONE, document, _text(total, libraries)


def _text(total: ErasedCounts, libraries: int) -> str:
    if not libraries:
        return _("No library contains anything about this person.")
    counts = (
        ngettext("{n:,} question", "{n:,} questions", total.questions).format(n=total.questions),
        ngettext("{n:,} answer", "{n:,} answers", total.answers).format(n=total.answers),
        ngettext("{n:,} rating", "{n:,} ratings", total.ratings).format(n=total.ratings),
        ngettext("the name on {n:,} article", "the name on {n:,} articles", total.articles).format(
            n=total.articles
        ),
        ngettext(
            "the name on {n:,} cost entry", "the name on {n:,} cost entries", total.charges
        ).format(n=total.charges),
    )
    message = ngettext(
        "Erased from {n:,} library: {counts}. The bot's posts in Discord stay there.",
        "Erased from {n:,} libraries: {counts}. The bot's posts in Discord stay there.",
        libraries,
    )
    return message.format(n=libraries, counts=", ".join(counts))
