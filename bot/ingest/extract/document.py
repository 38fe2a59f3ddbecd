"""The result of reading a file, whatever its format, and the builder that the formats share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from bot.ingest.extract.lead_in import lead_in_start
from bot.records import DateKind, PageUnit, TextMarker
from bot.strings import _, ngettext
from bot.structure import CONTAINERS, NO_BLOCK, Block, BlockKind, is_heading
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
    attachments: int = 20  # of a mail, that become articles


class AttachedFile(NamedTuple):
    """A file attached to a mail, that becomes an article of its own."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """Normalized text, where its headings and pages begin, and the article's metadata.

    ``title`` may be empty; the caller then makes one. ``published`` is an ISO date or part of one
    (2026-02-03, 2026-02, 2026-Q1, 2026), ``date_kind`` what happened then, ``date_source`` where it
    was read. ``notes`` are short sentences for the reader: what was dropped, cut or guessed.
    ``blocks`` are the parts of the text: see ``bot.structure``. ``page_unit`` says what ``pages``
    count: pages, slides, sheets, or seconds of a recording. ``by_ocr``: letters were recognized in
    pictures of pages.
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
    blocks: tuple[Block, ...] = ()
    page_unit: PageUnit = "page"
    by_ocr: bool = False
    unread_pages: tuple[int, ...] = ()  # of a scan that waits for text recognition: no text yet
    attachments: tuple[AttachedFile, ...] = ()


@dataclass
class _Container:
    """A container that is open; its ``index`` is unknown until something is added to it."""

    kind: BlockKind
    takes_lead_in: bool = False
    is_automatic: bool = False
    index: int | None = None


@dataclass
class TextBuilder:
    """Joins blocks into one text, and records where blocks and pages begin.

    Each block is normalized by itself; joined by line breaks they stay normalized. Containers may
    hold others; one that nothing was added to leaves no trace.
    """

    pages: list[TextMarker] = field(default_factory=list)
    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _page: str = ""  # that the next block begins
    _blocks: list[Block] = field(default_factory=list)
    _open: list[_Container] = field(default_factory=list)
    _captions_above: bool = False  # whether one stood above its table

    def add(
        self,
        block: str,
        kind: BlockKind = "paragraph",
        *,
        level: int = 0,
        separator: str = "\n\n",
        pages: Iterable[TextMarker] = (),
        is_apart: bool = False,
    ) -> None:
        """Append a block; an empty one is left out. ``pages`` are marks within the block.
        ``is_apart``: a caption that is too far below a table to belong to it.

        ``level`` is as in ``Block``. A caption without one belongs to the table that ends just
        above it, if that has none yet, else to one that begins below it. A question without one
        opens an "exchange" of its own, which lasts until the next question or heading, or the end
        of the container around it.
        """
        clean = normalize(block).strip()
        if not clean:
            return
        if kind in ("heading", "question") and self._open and self._open[-1].is_automatic:
            self._open.pop()
        if kind == "question" and not level:
            self._open.append(_Container("exchange", is_automatic=True))
        start = self._length + (len(separator) if self._parts else 0)
        parent = self._parent(start)
        if kind == "caption" and not level and not is_apart:
            parent = self._table_above(parent)
        if self._parts:
            self._append(separator)
        if self._page:
            self.pages.append(TextMarker(start, self._page))
            self._page = ""
        for page in pages:
            before = normalize(block[: page.start]).lstrip()
            self.pages.append(TextMarker(start + min(len(before), len(clean) - 1), page.value))
        self._append(clean)
        level = max(level, 1) if kind == "heading" else level
        self._blocks.append(Block(kind, start, self._length, level, parent))

    def begin_page(self, number: int) -> None:
        """Mark the next block as the beginning of a page."""
        self._page = str(number)

    def open(self, kind: BlockKind, *, takes_lead_in: bool = False) -> None:
        """Begin a container: what is added until ``close`` stands inside it.

        ``takes_lead_in``: the line before it becomes part of it, if it hangs on that line.
        """
        assert kind in CONTAINERS, kind
        self._open.append(_Container(kind, takes_lead_in))

    def close(self) -> None:
        """End the innermost container that was opened."""
        while self._open.pop().is_automatic:
            pass

    @contextmanager
    def inside(self, kind: BlockKind, *, takes_lead_in: bool = False) -> Iterator[None]:
        """Add blocks to a container: ``with builder.inside("table"): …``; see ``open``."""
        self.open(kind, takes_lead_in=takes_lead_in)
        yield
        self.close()

    def _parent(self, start: int) -> int:
        """The index of the innermost open container, after beginning those that are new."""
        parent = NO_BLOCK
        for container in self._open:
            if container.index is None:
                container.index = self._begin(container, parent, start)
            parent = container.index
        return parent

    def _begin(self, container: _Container, parent: int, start: int) -> int:
        """Add a container's block, and to it the line that it hangs on. Returns its index."""
        lead_in = self._take_lead_in(container.kind, parent) if container.takes_lead_in else None
        begin = lead_in.start if lead_in else start
        index = len(self._blocks)
        self._blocks.append(Block(container.kind, begin, begin, 0, parent))
        if lead_in:
            self._blocks.append(replace(lead_in, parent=index))
        return index

    def _table_above(self, parent: int) -> int:
        """The table that has just ended in ``parent``, if a caption can be its; else ``parent``."""
        table = self._blocks[-1].parent if self._blocks else NO_BLOCK
        if table < 0 or table == parent or self._blocks[table].parent != parent:
            return parent
        is_free = self._blocks[table].kind == "table" and not any(
            block.parent == table and block.kind == "caption" for block in self._blocks[table:]
        )
        return table if is_free else parent

    def _takes_caption(self, last: Block, parent: int) -> bool:
        """Whether the last block is the caption of a table that begins in ``parent``.

        One between two tables is the lower one's where captions stood above tables before.
        """
        if last.kind != "caption" or last.level:
            return False
        above = self._blocks[last.parent] if last.parent not in (parent, NO_BLOCK) else None
        if above is None:
            return last.parent == parent
        return self._captions_above and above.kind == "table" and above.parent == parent

    def _take_lead_in(self, container: BlockKind, parent: int) -> Block | None:
        """Cut the lead-in of a container from the paragraph before it."""
        last = self._blocks[-1] if self._blocks else None
        if last is not None and container == "table" and self._takes_caption(last, parent):
            self._captions_above = True
            return self._blocks.pop()
        if last is None or last.parent != parent:
            return None
        if last.kind != "paragraph":
            return None
        text = self._parts[-1]
        begin = lead_in_start(text, "table" if container == "table" else "list")
        if begin is None:
            return None
        del self._blocks[-1]
        if begin > 0:
            before = last.start + len(text[:begin].rstrip())
            self._blocks.append(replace(last, end=before))
        return replace(last, kind="lead_in", start=last.start + begin)

    def add_document(self, document: Document, level: int = 0) -> None:
        """Append another document, its headings ``level`` levels deeper. Its pages are lost."""
        if not document.text:
            return
        if self._parts:
            self._append("\n\n")
        start = self._length
        outer = self._parent(start)
        first = len(self._blocks)
        self._append(document.text)
        for block in document.blocks or (Block("paragraph", 0, len(document.text)),):
            inner = first + block.parent if block.parent >= 0 else outer
            depth = block.level + level if is_heading(block) else block.level
            moved = replace(
                block, start=start + block.start, end=start + block.end, level=depth, parent=inner
            )
            self._blocks.append(moved)

    def _append(self, part: str) -> None:
        self._parts.append(part)
        self._length += len(part)

    @property
    def length(self) -> int:
        """Characters so far."""
        return self._length

    @property
    def headings(self) -> list[TextMarker]:
        """Where sections begin, with the text of their headings in one line."""
        text = self.text()
        return [
            TextMarker(block.start, " ".join(text[block.start : block.end].split()))
            for block in self._blocks
            if is_heading(block)
        ]

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks so far: sorted by start, containers with the ends of what they hold."""
        ends = [block.end for block in self._blocks]
        for index in range(len(ends) - 1, -1, -1):
            parent = self._blocks[index].parent
            if parent >= 0:
                ends[parent] = max(ends[parent], ends[index])
        return tuple(replace(block, end=end) for block, end in zip(self._blocks, ends, strict=True))

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
        blocks=tuple(
            replace(block, end=min(block.end, len(text)))
            for block in document.blocks
            if block.start < len(text)
        ),
        notes=(*document.notes, note),
    )


def _cut_at(text: str, characters: int) -> int:
    floor = max(0, characters - CUT_WINDOW_CHARACTERS)
    for border in ("\n", ". ", " "):
        at = text.rfind(border, floor, characters)
        if at > 0:
            return at + 1
    return characters
