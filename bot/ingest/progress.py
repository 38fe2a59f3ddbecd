"""How far an article is on its way into the library, as people are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.strings import N_, _, ngettext

MIB = 1024 * 1024
Stage = Literal["queued", "waiting", "fetching", "reading", "recognizing", "embedding"]
STAGE_TEXTS: dict[Stage, str] = {
    "queued": N_("queued …"),
    "waiting": N_("waiting …"),
    "fetching": N_("fetching …"),
    "reading": N_("reading …"),
    "recognizing": N_("recognizing text …"),
    "embedding": N_("indexing …"),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an article is.

    ``done`` and ``total`` count bytes while fetching, pages while reading, passages while
    embedding; ``total`` is 0 where it is unknown.
    """

    stage: Stage
    done: int = 0
    total: int = 0

    def describe(self) -> str:
        """The text shown to people."""
        if self.stage == "fetching" and self.total:
            return _("fetching {done:.1f} of {total:.1f} MB …").format(
                done=self.done / MIB, total=self.total / MIB
            )
        if self.stage == "reading" and self.total:
            return _("page {page} of {pages} …").format(page=self.done, pages=self.total)
        if self.stage == "recognizing" and self.total:
            return _("recognizing text, page {page} of {pages} …").format(
                page=self.done, pages=self.total
            )
        if self.stage == "embedding":
            return ngettext(
                "{n:,} passage, indexing {percent} % …",
                "{n:,} passages, indexing {percent} % …",
                self.total,
            ).format(n=self.total, percent=100 * self.done // max(1, self.total))
        return _(STAGE_TEXTS[self.stage])


OnProgress = Callable[[Progress], None]


def ignore_progress(progress: Progress) -> None:
    """The default callback: does nothing."""
