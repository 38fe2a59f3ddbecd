"""An OpenDocument text (.odt) or presentation (.odp) → its text, headings, tables and notes.

A slide is a page. Hidden text, sections and slides, tracked deletions, comments and the parts that
hold no text are left out, and counted; headers and footers are named. Spreadsheets are read in
``ods``. Read from its XML, as Word files are: odfpy (last released in 2020) does not say what is
hidden, and takes 26 MB to load.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bot.ingest.extract.archive import Archive, integer
from bot.ingest.extract.document import Document, TextBuilder, hidden_text_note
from bot.ingest.extract.document_origin import with_file_date
from bot.ingest.extract.left_out import LeftOut, headers_note
from bot.ingest.extract.odf.package import KIND, Grid, check_not_encrypted, read_metadata
from bot.ingest.extract.odf.styles import (
    DRAW,
    OFFICE,
    PRESENTATION,
    STYLE,
    TABLE,
    TEXT,
    OdfStyles,
)
from bot.ingest.extract.odf.text import FAMILIES, paragraph_text
from bot.ingest.extract.raised_text import APART
from bot.ingest.extract.tables import add_table, count_header_rows
from bot.strings import N_

NOTES = "Notes"  # stored text, so not translated
FOOTERS = ("header", "footer")
NUMBERS = ("date-time", "page-number")
_NOT_READ = frozenset(
    (
        *(f"{TEXT}{name}" for name in ("tracked-changes", "ruby-text", "sequence-decls")),
        *(f"{TEXT}{name}" for name in ("hidden-text", "hidden-paragraph", "bookmark")),
        f"{OFFICE}annotation-end",
        f"{OFFICE}forms",
    )
)


@dataclass
class _OdfReading:
    """What is gathered while a document is walked through."""

    archive: Archive
    styles: OdfStyles = field(default_factory=OdfStyles)
    builder: TextBuilder = field(default_factory=TextBuilder)
    left_out: LeftOut = field(default_factory=LeftOut)
    notes: list[Any] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)
    headers: Counter[str] = field(default_factory=Counter)
    hidden: int = 0
    slides: bool = False


def read_odf(data: bytes) -> Document:
    """Reads a text or a presentation. Raises DamagedDocument, DocumentTooComplex …"""
    with Archive(data, KIND) as archive:
        check_not_encrypted(archive)
        try:
            content = archive.xml("content.xml")
        except KeyError as error:
            raise archive.damaged_error(N_("there is no document in it")) from error
        reading = _OdfReading(archive)
        styles = archive.xml("styles.xml") if "styles.xml" in archive.names else None
        reading.styles.read(root for root in (styles, content) if root is not None)
        if styles is not None:
            _collect_headers(reading, styles)
        for text in content.iterfind(f"{OFFICE}body/{OFFICE}text"):
            _add_blocks(reading, text)
        for number, slide in enumerate(content.iter(f"{DRAW}page"), 1):
            reading.slides = True
            _add_slide(reading, slide, number)
        _add_notes(reading)
        return _document(reading)


def _add_blocks(reading: _OdfReading, container: Any) -> None:
    for block in container:
        tag = block.tag
        if not isinstance(tag, str) or tag in _NOT_READ:
            reading.left_out["deletion"] += sum(1 for _ in block.iter(f"{TEXT}deletion"))
        elif _is_hidden_block(reading, block):
            reading.hidden += _length(block)
        elif tag == f"{TEXT}h":
            level = max(1, integer(block, f"{TEXT}outline-level", 1))
            text = " ".join(_text(reading, block).split())
            reading.builder.add(text, "heading", level=level)
        elif tag == f"{TEXT}p":
            _add_paragraph(reading, block)
        elif tag == f"{TEXT}list":
            _add_list(reading, block, 1)
        elif tag == f"{TABLE}table":
            _add_table(reading, block)
        elif tag.startswith(DRAW):
            _put_aside(reading, block)
        else:
            _add_blocks(reading, block)  # sections, indexes
        while reading.boxes:
            _add_blocks(reading, reading.boxes.pop(0))


def _is_hidden_block(reading: _OdfReading, block: Any) -> bool:
    if block.get(f"{TEXT}display", "true") in ("none", "condition"):
        return True  # a section
    return reading.styles.get("paragraph", block.get(f"{TEXT}style-name")).hidden


def _length(element: Any) -> int:
    return len("".join("".join(element.itertext()).split()))


def _add_paragraph(reading: _OdfReading, paragraph: Any) -> None:
    style = reading.styles.get("paragraph", paragraph.get(f"{TEXT}style-name"))
    text = _text(reading, paragraph)
    if style.outline:
        reading.builder.add(" ".join(text.split()), "heading", level=style.outline)
    elif style.caption:
        reading.builder.add(text, "caption", level=int(_is_of_picture(paragraph)))
    else:
        reading.builder.add(text)


def _is_of_picture(caption: Any) -> bool:
    """Whether a caption stands beside a picture in its paragraph, or below one."""
    above = caption.getprevious()
    is_alone = above is not None and above.tag == f"{TEXT}p" and not _plain_text(above)
    paragraphs = [caption, above] if is_alone else [caption]
    return any(next(paragraph.iter(f"{DRAW}frame"), None) is not None for paragraph in paragraphs)


def _add_list(reading: _OdfReading, block: Any, level: int) -> None:
    with reading.builder.inside("list", takes_lead_in=True):
        separator = "\n\n" if level == 1 else "\n"
        for item in block.iter(f"{TEXT}list-item", f"{TEXT}list-header"):
            if next(item.iterancestors(f"{TEXT}list")) is not block:
                continue  # of a list within an item
            for part in item:
                if part.tag == f"{TEXT}list":
                    _add_list(reading, part, level + 1)
                elif part.tag in (f"{TEXT}p", f"{TEXT}h"):
                    text = _text(reading, part)
                    line = f"- {text}" if text.strip() else ""
                    reading.builder.add(line, "list_item", level=level, separator=separator)
                    separator = "\n"


def _add_table(reading: _OdfReading, table: Any) -> None:
    grid = Grid()
    header_rows = 0
    for row in table.iter(f"{TABLE}table-row"):
        if next(row.iterancestors(f"{TABLE}table")) is not table:
            continue  # of a table within a cell: read with its cell
        if row.get(f"{TABLE}visibility", "visible") != "visible":
            reading.left_out["hidden row"] += 1
            continue
        header_rows += next(row.iterancestors(f"{TABLE}table-header-rows"), None) is not None
        grid.add_row(row, lambda cell: _cell_text(reading, cell))
    rows = grid.written_out()
    add_table(reading.builder, rows, header_rows or count_header_rows(rows))


def _cell_text(reading: _OdfReading, cell: Any) -> str:
    lines = [_text(reading, line) for line in cell.iter(f"{TEXT}p", f"{TEXT}h")]
    return " ".join(" ".join(lines).split())


def _text(reading: _OdfReading, paragraph: Any) -> str:
    """The words of a paragraph, with the marks of its notes; its text boxes are put aside."""

    def other(element: Any) -> str | None:
        tag = element.tag
        if tag in _NOT_READ:
            return ""
        if tag == f"{OFFICE}annotation":
            reading.left_out["comment"] += 1
            return ""
        if tag == f"{TEXT}note":
            reading.notes.append(element)
            return f"[{len(reading.notes)}]"
        if tag.startswith(DRAW) and tag != f"{DRAW}a":
            _put_aside(reading, element)
            return APART
        if _is_unseen(reading, element):
            reading.hidden += _length(element)
            return ""
        return None

    return paragraph_text(paragraph, reading.styles, other)


def _is_unseen(reading: _OdfReading, element: Any) -> bool:
    """Whether a span's style, or a whole paragraph's, hides its letters."""
    family = FAMILIES.get(element.tag)
    name = element.get(f"{TEXT}style-name")
    return family is not None and name is not None and reading.styles.get(family, name).unseen


def _put_aside(reading: _OdfReading, drawing: Any) -> None:
    """Text boxes are read after their paragraph; pictures and objects are counted."""
    for box in drawing.iter(f"{DRAW}text-box"):
        reading.boxes.append(box)
    if drawing.tag in (f"{DRAW}custom-shape", f"{DRAW}rect", f"{DRAW}ellipse"):
        reading.boxes.append(drawing)
    objects = [*drawing.iter(f"{DRAW}object", f"{DRAW}object-ole")]
    images = [*drawing.iter(f"{DRAW}image")]
    if objects:  # with a picture of each
        reading.left_out["embedded file"] += len(objects)
    elif images:
        reading.left_out["picture"] += len(images)
    reading.left_out["video"] += sum(1 for _ in drawing.iter(f"{DRAW}plugin"))


def _add_slide(reading: _OdfReading, slide: Any, number: int) -> None:
    if reading.styles.get("drawing-page", slide.get(f"{DRAW}style-name")).hidden:
        reading.left_out["hidden slide"] += 1
        return
    reading.builder.begin_page(number)
    titles = [shape for shape in slide if shape.get(f"{PRESENTATION}class") == "title"]
    for shape in [*titles, *(shape for shape in slide if shape not in titles)]:
        _add_shape(reading, shape)
    for notes in slide.iter(f"{PRESENTATION}notes"):
        lines = [_text(reading, line) for line in notes.iter(f"{TEXT}p")]
        for at, line in enumerate(filter(str.strip, lines)):
            reading.builder.add(f"{NOTES}: {line}" if not at else line, "note")


def _add_shape(reading: _OdfReading, shape: Any) -> None:
    place = shape.get(f"{PRESENTATION}class", "")
    if shape.tag == f"{PRESENTATION}notes" or place in NUMBERS:
        return
    if place in FOOTERS:
        reading.headers[_plain_text(shape)] += 1
    elif place == "title":
        lines = [_text(reading, line) for line in shape.iter(f"{TEXT}p")]
        reading.builder.add(" ".join(" ".join(lines).split()), "heading")
    elif shape.tag == f"{DRAW}g":
        for inner in shape:
            _add_shape(reading, inner)
    elif (table := next(shape.iter(f"{TABLE}table"), None)) is not None:
        _add_table(reading, table)
    else:
        _put_aside(reading, shape)
        while reading.boxes:
            _add_blocks(reading, reading.boxes.pop(0))


def _add_notes(reading: _OdfReading) -> None:
    """Footnotes and endnotes, in the order of their marks; a note may hold another."""
    for number, note in enumerate(reading.notes, 1):
        lines = [
            _text(reading, line)
            for body in note.iterfind(f"{TEXT}note-body")
            for line in body.iter(f"{TEXT}p", f"{TEXT}h")
        ]
        reading.builder.add(f"[{number}] {' '.join(filter(None, lines))}", "note")


def _collect_headers(reading: _OdfReading, styles: Any) -> None:
    names = [f"{STYLE}{name}{form}" for name in ("header", "footer") for form in ("", "-left")]
    for element in styles.iter(*names):
        reading.headers[_plain_text(element)] += 1


def _plain_text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _document(reading: _OdfReading) -> Document:
    metadata = read_metadata(reading.archive)
    builder = reading.builder
    headings = builder.headings
    notes = [*reading.left_out.notes(), *headers_note(reading.headers)]
    if reading.hidden:
        notes.append(hidden_text_note(reading.hidden))
    document = Document(
        builder.text(),
        title=metadata.title or (headings[0].value if headings else ""),
        headings=tuple(headings),
        pages=tuple(builder.pages),
        page_unit="slide" if reading.slides else "page",
        blocks=builder.blocks,
        author=metadata.author,
        language=metadata.language,
        notes=tuple(notes),
    )
    return with_file_date(document, metadata.created, metadata.modified)
