"""What reading a file gives, whatever its format, and the builder that formats share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from bot.records import TextMarker
from bot.text.normalize import normalize

CUT_WINDOW_CHARACTERS = 2_000  # a cut text would rather end with a paragraph in reach

OnProgress = Callable[[int, int], None]  # the page that is read now, and how many will be


def ignore_progress(page: int, pages: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of one document is read; what lies beyond is cut, and ``notes`` says so."""

    characters: int = 2_500_000  # as MAX_CHARACTERS has it
    pages: int = 2_000  # of a PDF: 20 s, by the 1.0 s measured for 100 full pages


@dataclass(frozen=True, slots=True)
class Document:
    """Normalised text, where its headings and pages begin, and the article's origin.

    ``title`` may be empty here; whoever stores the document makes one. ``published`` is an
    ISO date. ``notes`` are short sentences for the reader: what was dropped, cut or guessed.
    """

    text: str
    title: str = ""
    headings: tuple[TextMarker, ...] = ()
    pages: tuple[TextMarker, ...] = ()
    url: str | None = None
    author: str | None = None
    published: str | None = None
    language: str | None = None
    notes: tuple[str, ...] = ()


@dataclass
class TextBuilder:
    """Joins blocks into one text and remembers where headings and pages begin.

    Each block is normalised by itself; joined by line breaks they stay normalised.
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
        """Appends a block; an empty one is left out. ``pages`` are marks within the block."""
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
    """What the user is told about characters that cannot be seen."""
    counted = "1 character" if dropped == 1 else f"{dropped:,} characters"
    return f"{counted} that a reader cannot see {'was' if dropped == 1 else 'were'} left out."


def truncate(document: Document, characters: int) -> Document:
    """The beginning of a document that is longer than ``characters``, with a note of the cut."""
    if len(document.text) <= characters:
        return document
    text = normalize(document.text[: _cut_at(document.text, characters)]).rstrip()
    left_out = 100 * (len(document.text) - len(text)) / len(document.text)
    share = f"{left_out:.0f} %" if left_out >= 1 else "less than 1 %"
    note = f"The text was cut after {len(text):,} characters: {share} was left out."
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
