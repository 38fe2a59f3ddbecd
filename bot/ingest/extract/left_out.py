"""Counts what a reader leaves out of a document, and says it in one short note."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Literal

from bot.ingest.extract.metadata import shorten
from bot.strings import _, ngettext

Thing = Literal[
    "picture",
    "video",
    "chart",
    "drawing",
    "embedded file",
    "attachment",
    "comment",
    "deletion",
    "hidden slide",
    "hidden sheet",
    "hidden row",
    "hidden column",
    "formula",
    "macro",
    "file",
]

_COUNTED: dict[Thing, Callable[[int], str]] = {
    "picture": lambda n: ngettext("{n:,} picture", "{n:,} pictures", n),
    "video": lambda n: ngettext("{n:,} recording", "{n:,} recordings", n),
    "chart": lambda n: ngettext("{n:,} chart", "{n:,} charts", n),
    "drawing": lambda n: ngettext("{n:,} drawing", "{n:,} drawings", n),
    "embedded file": lambda n: ngettext("{n:,} embedded file", "{n:,} embedded files", n),
    "attachment": lambda n: ngettext("{n:,} attachment", "{n:,} attachments", n),
    "comment": lambda n: ngettext("{n:,} comment", "{n:,} comments", n),
    "deletion": lambda n: ngettext("{n:,} tracked deletion", "{n:,} tracked deletions", n),
    "hidden slide": lambda n: ngettext("{n:,} hidden slide", "{n:,} hidden slides", n),
    "hidden sheet": lambda n: ngettext("{n:,} hidden sheet", "{n:,} hidden sheets", n),
    "hidden row": lambda n: ngettext("{n:,} hidden row", "{n:,} hidden rows", n),
    "hidden column": lambda n: ngettext("{n:,} hidden column", "{n:,} hidden columns", n),
    "formula": lambda n: ngettext(
        "{n:,} formula without a stored result", "{n:,} formulas without a stored result", n
    ),
    "macro": lambda n: ngettext("its macros", "its macros", n),
    "file": lambda n: ngettext("{n:,} other file", "{n:,} other files", n),
}


NAMED_CHARACTERS = 100


class LeftOut(Counter[Thing]):
    """How many of each thing were left out."""

    def notes(self) -> tuple[str, ...]:
        """One sentence that names them; none if nothing was left out."""
        things = [say(n).format(n=n) for thing, say in _COUNTED.items() if (n := self[thing])]
        return (_("Left out: {things}.").format(things=", ".join(things)),) if things else ()


def headers_note(texts: Iterable[str]) -> tuple[str, ...]:
    """The note about what stands at the top or the bottom of each page; none without any."""
    named = dict.fromkeys(" ".join(text.split()) for text in texts if text.strip())
    if not named:
        return ()
    text = shorten(" · ".join(named), NAMED_CHARACTERS)
    return (_("Left out from the top and bottom of each page: “{text}”.").format(text=text),)
