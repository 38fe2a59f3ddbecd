"""What the terminal's commands share: their results, and how numbers and texts are shown."""

from __future__ import annotations

import textwrap
from typing import Any

from bot.strings import N_, ngettext

DONE, FAILED = 0, 1  # exit statuses
Result = tuple[int, Any, str]  # exit status, JSON document, text for people
EMPTY_LIBRARY = N_("The library is empty. Add an article: footnote add FILE")


def passage_count(count: int) -> str:
    """1 passage, 2 passages."""
    return ngettext("{n:,} passage", "{n:,} passages", count).format(n=count)


def shorten(text: str, characters: int = 160) -> str:
    """The beginning of a text in one line."""
    return textwrap.shorten(text, characters, placeholder=" …")
