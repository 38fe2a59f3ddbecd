"""An RTF file → its text, headings, lists, tables and notes.

Hidden and deleted text, letters that nobody can see, pictures, embedded files and comments are
left out, and counted; headers and footers are named. striprtf, the library for this, keeps hidden
text (it notices 0 of 4 ways to hide it) and knows neither headings nor notes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.ingest.extract.document import Document, TextBuilder, hidden_text_note
from bot.ingest.extract.document_origin import with_file_date
from bot.ingest.extract.left_out import headers_note
from bot.ingest.extract.metadata import TITLE_CHARACTERS, plausible_author, plausible_text
from bot.ingest.extract.nested_lists import NestedLists
from bot.ingest.extract.raised_text import Piece, join_pieces
from bot.ingest.extract.rtf.state import HEADING_LEVELS, Destination, RtfState, Run
from bot.ingest.extract.rtf.tokens import rtf_tokens
from bot.ingest.extract.tables import add_table, count_header_rows

ENDS = frozenset((b"par", b"sect", b"page", b"column"))
BULLETS = frozenset("·•-–o§*")


@dataclass
class _Paragraph:
    """The paragraph that is being read."""

    parts: list[Piece] = field(default_factory=list)
    marker: list[Piece] = field(default_factory=list)
    style: int = 0
    outline: int = 0  # of a heading, from 1
    level: int = 1  # of a list item
    is_cell: bool = False


@dataclass
class _RtfReading:
    """What is gathered while the runs are read."""

    state: RtfState = field(default_factory=RtfState)
    builder: TextBuilder = field(default_factory=TextBuilder)
    paragraph: _Paragraph = field(default_factory=_Paragraph)
    rows: list[list[str]] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    notes: list[list[Piece]] = field(default_factory=list)
    boxes: list[list[Piece]] = field(default_factory=list)
    others: dict[Destination, list[Piece]] = field(default_factory=dict)
    days: dict[Destination, dict[bytes, int]] = field(default_factory=dict)
    hidden: int = 0
    pictures: int = 0  # before the paragraph that is being read

    def __post_init__(self) -> None:
        self.lists = NestedLists(self.builder)


def read_rtf(data: bytes) -> Document:
    """Reads an RTF file. Raises DamagedDocument."""
    reading = _RtfReading()
    for run in reading.state.runs(rtf_tokens(data)):
        if run.word:
            _obey(reading, run)
        elif run.unseen:
            reading.hidden += len("".join(run.text.split()))
        else:
            _take(reading, run)
    _end_paragraph(reading)
    _end_table(reading)
    reading.lists.end()
    for number, note in enumerate(reading.notes, 1):
        reading.builder.add(f"[{number}] {_joined(note)}", "note")
    return _document(reading)


def _take(reading: _RtfReading, run: Run) -> None:
    """Put characters where they belong."""
    piece = Piece(run.text, run.position, struck=run.struck)
    if run.destination == "body":
        reading.paragraph.parts.append(piece)
    elif run.destination == "marker":
        reading.paragraph.marker.append(piece)
    elif run.destination == "note" and reading.notes:
        reading.notes[-1].append(piece)
    elif run.destination == "box" and reading.boxes:
        reading.boxes[-1].append(piece)
    elif run.destination in ("header", "title", "author"):
        reading.others.setdefault(run.destination, []).append(piece)


def _obey(reading: _RtfReading, run: Run) -> None:
    """Follow a control word."""
    word, paragraph = run.word, reading.paragraph
    if run.destination == "note":
        if word == b"footnote":
            reading.notes.append([])
            paragraph.parts.append(Piece(f"[{len(reading.notes)}]"))
        elif word in ENDS and reading.notes:
            reading.notes[-1].append(Piece("\n"))
    elif run.destination == "box":
        if word == b"shptxt":
            reading.boxes.append([])
        elif word in ENDS and reading.boxes:
            reading.boxes[-1].append(Piece("\n\n"))
    elif run.destination == "header" and (word in ENDS or word == b"}"):
        reading.others.setdefault("header", []).append(Piece("\n"))
    elif run.destination in ("created", "saved"):
        reading.days.setdefault(run.destination, {})[word] = run.number or 0
    elif run.destination == "body":
        _obey_in_body(reading, word, run.number)


def _obey_in_body(reading: _RtfReading, word: bytes, number: int | None) -> None:
    paragraph = reading.paragraph
    if word in ENDS:
        _end_paragraph(reading)
    elif word == b"pard":
        reading.paragraph = _Paragraph(paragraph.parts, paragraph.marker)
    elif word in (b"cell", b"nestcell"):
        reading.cells.append(_joined(paragraph.parts))
        reading.pictures = reading.state.left_out["picture"]
        reading.paragraph = _Paragraph(is_cell=True)
    elif word == b"row":
        reading.rows.append(reading.cells)
        reading.cells = []
    elif word == b"intbl":
        paragraph.is_cell = True
    elif word == b"s":
        paragraph.style = number or 0
    elif word == b"outlinelevel":
        paragraph.outline = (number or 0) + 1 if (number or 0) < HEADING_LEVELS else 0
    elif word == b"ilvl":
        paragraph.level = (number or 0) + 1


def _end_paragraph(reading: _RtfReading) -> None:
    """Add the paragraph, unless it stands in a cell, which is not complete yet."""
    paragraph = reading.paragraph
    if paragraph.is_cell:
        paragraph.parts.append(Piece("\n"))
        return
    reading.paragraph = _Paragraph(
        style=paragraph.style, outline=paragraph.outline, level=paragraph.level
    )
    text = _text(paragraph.parts).strip()
    marker = _text(paragraph.marker).strip()
    outline = paragraph.outline or reading.state.outlines.get(paragraph.style, 0)
    if text:
        _end_table(reading)
        if reading.state.is_caption(paragraph.style) and not outline and not marker:
            _add_caption(reading, text)
        else:
            _add(reading, text, marker, outline, paragraph.level)
        reading.pictures = reading.state.left_out["picture"]
    for box in reading.boxes:
        reading.builder.add(_text(box))
    reading.boxes = []


def _add(reading: _RtfReading, text: str, marker: str, outline: int, level: int) -> None:
    builder = reading.builder
    if outline or not marker:
        reading.lists.end()
    if outline:
        title = " ".join(f"{marker} {text}".split())
        builder.add(title, "heading", level=outline)
    elif marker:
        sign = "-" if marker in BULLETS or not marker.isprintable() else marker
        reading.lists.add(f"{sign} {text}", level, first_separator="\n\n")
    else:
        builder.add(text)


def _add_caption(reading: _RtfReading, text: str) -> None:
    """A caption; it is a picture's if one stands in its paragraph or in an empty one above."""
    reading.lists.end()
    is_of_picture = reading.state.left_out["picture"] > reading.pictures
    reading.builder.add(text, "caption", level=int(is_of_picture))


def _end_table(reading: _RtfReading) -> None:
    rows = [*reading.rows, *([reading.cells] if any(reading.cells) else [])]
    if rows:
        reading.lists.end()
        add_table(reading.builder, rows, count_header_rows(rows))
    reading.rows, reading.cells = [], []


def _text(pieces: list[Piece]) -> str:
    """The pieces in a row, the halves of their surrogate pairs joined."""
    text = join_pieces(pieces)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _joined(pieces: list[Piece]) -> str:
    return " ".join(_text(pieces).split())


def _document(reading: _RtfReading) -> Document:
    builder, others = reading.builder, reading.others
    headings = builder.headings
    text = builder.text()
    title = plausible_text(_joined(others.get("title", [])), TITLE_CHARACTERS)
    headers = _text(others.get("header", [])).split("\n")
    notes = [*reading.state.left_out.notes(), *headers_note(headers)]
    if reading.hidden:
        notes.append(hidden_text_note(reading.hidden))
    document = Document(
        text,
        title=title or (headings[0].value if headings else ""),
        headings=tuple(headings),
        author=plausible_author(_joined(others.get("author", [])), text[:2_500]),
        blocks=builder.blocks,
        notes=tuple(notes),
    )
    return with_file_date(document, _day(reading, "created"), _day(reading, "saved"))


def _day(reading: _RtfReading, event: Destination) -> str:
    """When the file was begun or saved, as it says itself; empty if it doesn't."""
    stated = reading.days.get(event, {})
    year, month, day = (stated.get(name, 0) for name in (b"yr", b"mo", b"dy"))
    return f"{year:04}-{month:02}-{day:02}" if year else ""
