"""Which line a list or a table hangs on: "You will need:" above a list, a unit above a table."""

from __future__ import annotations

import re
from typing import Literal

from bot.text.sentences import split_sentences

LEAD_IN_CHARACTERS = 240  # of a line without a colon; a whole paragraph introduces nothing
_NUMBER = re.compile(r"\w{1,12}\.?\s?(?:\d+(?:\.\d+)*|[IVXLC]+)[.:]?")
COLONS = (":", "：", "︰", "…", "...", "—", "–")


def lead_in_start(paragraph: str, container: Literal["list", "table"]) -> int | None:
    """Where in the paragraph before a list or table its lead-in begins; None if it has none.

    A last sentence that ends in a colon introduces what follows. So does a short line that stands
    alone: above a list without a full stop, above a table (its unit, its period) whatever its end.
    """
    sentences = split_sentences(paragraph)
    last = sentences[-1:]
    if not last:
        return None
    if paragraph.rstrip("*_\"'”’)» ").endswith(COLONS):
        return last[0].start
    is_one = last[0].start == 0 or _is_numbered(paragraph[: last[0].start])
    short = len(paragraph) <= LEAD_IN_CHARACTERS and is_one
    if container == "table":
        return 0 if short else None
    return 0 if short and not paragraph.rstrip().endswith((".", "!", "?", "。")) else None


def _is_numbered(beginning: str) -> bool:
    """Whether it only numbers what follows: "Table 2.", "表 3"."""
    return _NUMBER.fullmatch(beginning.strip()) is not None
