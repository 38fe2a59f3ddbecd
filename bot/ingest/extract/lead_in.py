"""Which line a list or a table hangs on: "You will need:" above a list, a unit above a table."""

from __future__ import annotations

from typing import Literal

from bot.text.sentences import split_sentences

LEAD_IN_CHARACTERS = 240  # of a line without a colon; a whole paragraph introduces nothing
COLONS = (":", "：", "︰", "…", "...", "—", "–")


def lead_in_start(paragraph: str, container: Literal["list", "table"]) -> int | None:
    """Where in the paragraph before a list or table its lead-in begins; None if it has none.

    A last sentence that ends in a colon introduces what follows. So does a short line that stands
    alone: above a list without a full stop, above a table (its unit, its period) whatever its end.
    """
    last = split_sentences(paragraph)[-1:]
    if not last:
        return None
    if paragraph.rstrip("*_\"'”’)» ").endswith(COLONS):
        return last[0].start
    short = len(paragraph) <= LEAD_IN_CHARACTERS and last[0].start == 0
    if container == "table":
        return 0 if short else None
    return 0 if short and not paragraph.rstrip().endswith((".", "!", "?", "。")) else None
