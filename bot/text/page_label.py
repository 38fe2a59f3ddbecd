"""How a place in an article is called: "page 3", "slide 3", "sheet 3", "at 1:02:03"."""

from __future__ import annotations

from collections.abc import Iterable

from bot.records import PageUnit
from bot.strings import _, ngettext


def page_label(page: int | None, unit: PageUnit) -> str:
    """The name of one place; empty if it is unknown."""
    if page is None:
        return ""
    return _("page {n}").format(n=page) if unit == "page" else page_labels([page], unit)


def page_labels(pages: Iterable[int], unit: PageUnit) -> str:
    """The names of several places in one short phrase; empty if there are none."""
    numbers = sorted(set(pages))
    if not numbers:
        return ""
    if unit == "second":
        return _("at {times}").format(times=", ".join(map(_time, numbers)))
    listed = ", ".join(map(str, numbers))
    if unit == "slide":
        return _("slide {pages}").format(pages=listed)
    if unit == "sheet":
        return _("sheet {pages}").format(pages=listed)
    return _("p. {pages}").format(pages=listed)


def count_label(pages: int, unit: PageUnit) -> str:
    """How many there are; empty for none, and for seconds, which are no parts."""
    if not pages or unit == "second":
        return ""
    if unit == "slide":
        text = ngettext("{n:,} slide", "{n:,} slides", pages)
    elif unit == "sheet":
        text = ngettext("{n:,} sheet", "{n:,} sheets", pages)
    else:
        text = ngettext("{n:,} page", "{n:,} pages", pages)
    return text.format(n=pages)


def _time(seconds: int) -> str:
    """As players show it: 0:05, 12:00, 1:02:03."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
