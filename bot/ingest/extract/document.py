"""The result of reading a file, whatever its format, and the builder that the formats share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from bot.ingest.extract.dates import DateKind
from bot.records import TextMarker
from bot.strings import _, ngettext
from bot.text.normalize import normalize

CUT_WINDOW_CHARACTERS = 2_000  # a cut text should end with a paragraph if one ends in here

OnProgress = Callable[[int, int], None]  # the current page, the number of pages


def ignore_progress(page: int, pages: int) -> None:
    """The default callback: does nothing."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of one document is read; the rest is cut off, and ``notes`` says so."""

    characters: int = 2_500_000  # as MAX_CHARACTERS has it
    pages: int = 2_000  # of a PDF: 20 s, by the 1.0 s measured for 100 full pages


@dataclass(frozen=True, slots=True)
class Document:
    """Normalized text, where its headings and pages begin, and the article's metadata.

    ``title`` may be empty; the caller then makes one. ``published`` is an ISO date or part of one
    (2026-02-03, 2026-02, 2026-Q1, 2026), ``date_kind`` what happened then, ``date_source`` where it
    was read. ``notes`` are short sentences for the reader: what was dropped, cut or guessed.
    """

    text: str
    title: str = ""
    headings: tuple[TextMarker, ...] = ()
    pages: tuple[TextMarker, ...] = ()
    url: str | None = None
    author: str | None = None
    published: str | None = None
    date_kind: DateKind = "published"
    date_source: str = ""
    language: str | None = None
    notes: tuple[str, ...] = ()


@dataclass
class TextBuilder:
    """Joins blocks into one text and records where headings and pages begin.

    Each block is normalized by itself; joined by line breaks they stay normalized.
    """

    headings: list[TextMarker] = field(default_factory=list)
    pages: list[TextMarker] = field(default_factory=list)
    _parts: list[str] = field(default_factory=list)
    _length: int = 0

    def add(
        self,
        block: str,
        *,
        heading: bool = False,
        separator: str = "\n\n",
        pages: Iterable[TextMarker] = (),
    ) -> None:
        """Append a block; an empty one is left out. ``pages`` are marks within the block."""
        clean = normalize(block).strip()
        if not clean:
            return
        if self._parts:
            self._append(separator)
        if heading:
            self.headings.append(TextMarker(self._length, " ".join(clean.split())))
        for page in pages:
            before = normalize(block[: page.start]).lstrip()
            self.pages.append(
                TextMarker(self._length + min(len(before), len(clean) - 1), page.value)
            )
        self._append(clean)

    def _append(self, part: str) -> None:
        self._parts.append(part)
        self._length += len(part)

    @property
    def length(self) -> int:
        """Characters so far."""
        return self._length

    def text(self) -> str:
        """The whole text so far."""
        return "".join(self._parts)


def hidden_text_note(dropped: int) -> str:
    """The note about characters that a reader of the document cannot see."""
    return ngettext(
        "{n:,} hidden character was left out.", "{n:,} hidden characters were left out.", dropped
    ).format(n=dropped)


def truncate(document: Document, characters: int) -> Document:
    """The beginning of a document that is longer than ``characters``, with a note of the cut."""
    if len(document.text) <= characters:
        return document
    text = normalize(document.text[: _cut_at(document.text, characters)]).rstrip()
    percent = 100 * (len(document.text) - len(text)) / len(document.text)
    left_out = f"{percent:.0f} %" if percent >= 1 else _("less than 1 %")
    note = _("Only the first {n:,} characters were kept; {percent} was left out.").format(
        n=len(text), percent=left_out
    )
    return replace(
        document,
        text=text,
        headings=tuple(mark for mark in document.headings if mark.start < len(text)),
        pages=tuple(mark for mark in document.pages if mark.start < len(text)),
        notes=(*document.notes, note),
    )


def _cut_at(text: str, characters: int) -> int:
    floor = max(0, characters - CUT_WINDOW_CHARACTERS)
    for border in ("\n", ". ", " "):
        at = text.rfind(border, floor, characters)
        if at > 0:
            return at + 1
    return characters
