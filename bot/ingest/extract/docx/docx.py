"""A Word file (.docx) → its text, blocks and metadata, straight from its XML.

Keeps paragraphs, list items with the numbers Word gives them, tables as rows (merged cells written
out), text boxes, formulas, symbols, embedded documents, footnotes and endnotes (marked "[1]" in the
text and appended to it); drops hidden text, tracked deletions, field codes, white or tiny letters.
Pages are unknown: Word lays them out when it prints. Headings are recognized by their style's
outline level, so in any language of Word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from bot.ingest.extract.archive import Archive
from bot.ingest.extract.document import Document, TextBuilder, hidden_text_note
from bot.ingest.extract.document_origin import with_file_date
from bot.ingest.extract.docx.embedded import add_embedded
from bot.ingest.extract.docx.left_out import DOCUMENT, docx_left_out_notes
from bot.ingest.extract.docx.numbering import BULLET, LEVELS, Numbering
from bot.ingest.extract.docx.tables import read_rows
from bot.ingest.extract.docx.text import (
    HEADING_LEVELS,
    NOT_READ,
    STYLE_DEPTH,
    ParagraphReader,
    Style,
    read_position,
)
from bot.ingest.extract.docx.xml import W, find, find_value, is_on
from bot.ingest.extract.html.blocks import LAYOUT_CELL_CHARACTERS
from bot.ingest.extract.metadata import (
    TITLE_CHARACTERS,
    plausible_author,
    plausible_language,
    plausible_text,
)
from bot.ingest.extract.nested_lists import NestedLists
from bot.ingest.extract.office import core_properties, read_part
from bot.ingest.extract.questions import is_question
from bot.ingest.extract.tables import add_table, count_header_rows
from bot.strings import N_, ngettext

KIND = N_("The Word file")
FIRST_PAGE_CHARACTERS = 2_500
PICTURES = (f"{W}drawing", f"{W}pict", f"{W}object")


@dataclass
class _DocxReading:
    """What is gathered while a document is walked through."""

    archive: Archive
    paragraphs: ParagraphReader
    numbering: Numbering
    builder: TextBuilder = field(default_factory=TextBuilder)
    embedded_depth: int = 0
    unread_parts: int = 0

    def __post_init__(self) -> None:
        self.lists = NestedLists(self.builder)


def read_docx(data: bytes) -> Document:
    """Reads a Word file. Raises DamagedDocument, DocumentTooComplex or EncryptedDocument."""
    with Archive(data, KIND) as archive:
        reading = _read_body(archive, TextBuilder(), depth=0)
        return _document(reading)


def _read_body(archive: Archive, builder: TextBuilder, depth: int) -> _DocxReading:
    """Add all text of a file to ``builder``. ``depth``: how many files it is embedded in."""
    body = read_part(archive, DOCUMENT)
    body = body.find(f"{W}body") if body is not None else None
    if body is None:
        raise archive.damaged_error(N_("there is no document in it"))
    numbering = Numbering.read(read_part(archive, "word/numbering.xml"))
    paragraphs = ParagraphReader(_styles(archive, numbering))
    reading = _DocxReading(archive, paragraphs, numbering, builder, embedded_depth=depth)
    _add_blocks(reading, body)
    reading.lists.end()
    _add_notes(reading)
    return reading


def _styles(archive: Archive, numbering: Numbering) -> dict[str, Style]:
    root = read_part(archive, "word/styles.xml")
    if root is None:
        return {}
    elements = {style.get(f"{W}styleId"): style for style in root.iter(f"{W}style")}
    styles = {name: _style(style, elements) for name, style in elements.items() if name}
    for name, style in styles.items():
        if style.number_id and style.level is None:
            style.level = numbering.level_of_style(style.number_id, name)
    return styles


def _style(style: Any, elements: dict[str, Any]) -> Style:
    """A style with what it inherits from the styles it is based on."""
    resolved, depth = Style(), 0
    while style is not None and depth < STYLE_DEPTH:
        name = find_value(style, "name").lower()
        resolved.heading = resolved.heading or _heading_level(style, name)
        resolved.caption |= name == "caption"
        resolved.hidden |= is_on(style, "rPr/vanish")
        resolved.bold |= is_on(style, "rPr/b")
        resolved.position = resolved.position or read_position(style)
        if not resolved.number_id and find(style, "pPr/numPr") is not None:
            resolved.number_id = find_value(style, "pPr/numPr/numId")
            level = find_value(style, "pPr/numPr/ilvl")
            resolved.level = int(level) if level.isdigit() else None
        style, depth = elements.get(find_value(style, "basedOn")), depth + 1
    return resolved


def _heading_level(element: Any, name: str = "") -> int:
    """The level of a heading's style or paragraph, from 1; 0 if it is none."""
    outline = find_value(element, "pPr/outlineLvl")
    if outline.isdigit() and int(outline) < HEADING_LEVELS:
        return int(outline) + 1
    named = re.fullmatch(r"heading ([1-6])|title", name)
    return int(named[1] or 1) if named else 0


def _add_blocks(reading: _DocxReading, container: Any) -> None:
    for block in container:
        if block.tag == f"{W}p":
            _add_paragraph(reading, block)
        elif block.tag == f"{W}tbl":
            reading.lists.end()
            _add_table(reading, block)
        elif block.tag == f"{W}altChunk":
            reading.lists.end()
            _add_embedded(reading, block)
        elif isinstance(block.tag, str) and block.tag not in NOT_READ:
            _add_blocks(reading, block)  # content controls, insertions
        while reading.paragraphs.boxes:
            _add_blocks(reading, reading.paragraphs.boxes.pop(0))


def _add_paragraph(reading: _DocxReading, paragraph: Any) -> None:
    style = reading.paragraphs.styles.get(find_value(paragraph, "pPr/pStyle"), Style())
    text, bold = reading.paragraphs.read(paragraph)
    if style.hidden:
        reading.paragraphs.hidden += len("".join(text.split()))
        return
    if not text.strip():
        return
    label, depth = _label(reading, paragraph, style)
    heading = _heading_level(paragraph) or style.heading
    text = f"{label} {text.strip()}" if label else text
    if heading:
        reading.lists.end()
        reading.builder.add(text, "question" if is_question(text) else "heading", level=heading)
    elif depth:
        reading.lists.add(text, depth)
    elif style.caption:
        reading.lists.end()
        reading.builder.add(text, "caption", level=int(_is_of_picture(paragraph)))
    else:
        reading.lists.end()
        _add_plain(reading.builder, text, bold)


def _is_of_picture(caption: Any) -> bool:
    """Whether a caption stands beside a picture in its paragraph, or below one."""
    above = caption.getprevious()
    text = "" if above is None else "".join(t.text or "" for t in above.iter(f"{W}t")).strip()
    paragraphs = [caption] if text or above is None else [caption, above]
    return any(next(paragraph.iter(*PICTURES), None) is not None for paragraph in paragraphs)


def _add_plain(builder: TextBuilder, text: str, bold: str) -> None:
    """A paragraph; if it begins with a question in bold, the rest of it replies."""
    question = bold.rstrip()
    if not is_question(question) or not text.startswith(question):
        builder.add(text)
        return
    builder.add(question, "question")
    reply = text[len(question) :]
    builder.add(reply, separator="\n" if reply.lstrip(" \t").startswith("\n") else " ")


def _label(reading: _DocxReading, paragraph: Any, style: Style) -> tuple[str, int]:
    """The number or bullet before a paragraph, and its depth in the list; 0 if it is in none."""
    id_ = find_value(paragraph, "pPr/numPr/numId") or style.number_id
    own_level = find_value(paragraph, "pPr/numPr/ilvl")
    level = int(own_level) if own_level.isdigit() else style.level or 0
    level = min(level, LEVELS - 1)
    if id_ and id_ != "0":
        return reading.numbering.label(id_, level), level + 1
    listed = "List" in find_value(paragraph, "pPr/pStyle") and not id_
    return (
        (BULLET, level + 1) if listed or find(paragraph, "pPr/numPr/ilvl") is not None else ("", 0)
    )


def _add_table(reading: _DocxReading, table: Any) -> None:
    """A table as rows; one that only lays out text, cell by cell."""
    cells = [cell for cell in table.iter(f"{W}tc") if next(cell.iterancestors(f"{W}tbl")) is table]
    if any(_lays_out(cell) for cell in cells):
        for cell in cells:
            _add_blocks(reading, cell)
            reading.lists.end()
        return
    rows, marked = read_rows(table, lambda cell: _cell_text(reading, cell))
    rows = [row for row in rows if any(row)]
    count = marked if 0 < marked < len(rows) else count_header_rows(rows)
    if rows:
        add_table(reading.builder, rows, count)


def _lays_out(cell: Any) -> bool:
    return sum(len(t.text or "") for t in cell.iter(f"{W}t")) > LAYOUT_CELL_CHARACTERS


def _cell_text(reading: _DocxReading, cell: Any) -> str:
    words = " ".join(reading.paragraphs.read(paragraph)[0] for paragraph in cell.iter(f"{W}p"))
    return " ".join(words.split())


def _add_embedded(reading: _DocxReading, chunk: Any) -> None:
    def add_docx(archive: Archive) -> None:
        inner = _read_body(archive, reading.builder, reading.embedded_depth + 1)
        reading.paragraphs.hidden += inner.paragraphs.hidden
        reading.unread_parts += inner.unread_parts

    hidden = add_embedded(reading.archive, chunk, reading.builder, reading.embedded_depth, add_docx)
    if hidden is None:
        reading.unread_parts += 1
    else:
        reading.paragraphs.hidden += hidden


def _add_notes(reading: _DocxReading) -> None:
    """Footnotes and endnotes, in the order of their marks."""
    parts = {
        f"{W}{name}": read_part(reading.archive, f"word/{name}s.xml")
        for name in ("footnote", "endnote")
    }
    notes = {
        (tag, note.get(f"{W}id", "")): note
        for tag, root in parts.items()
        if root is not None
        for note in root.iter(tag)
    }
    for number, key in enumerate(list(reading.paragraphs.notes), 1):
        if key in notes:
            read = reading.paragraphs.read
            texts = [read(paragraph)[0].strip() for paragraph in notes[key].iter(f"{W}p")]
            reading.builder.add(f"[{number}] {' '.join(filter(None, texts))}", "note")


def _document(reading: _DocxReading) -> Document:
    properties = core_properties(reading.archive)
    headings = reading.builder.headings
    title = plausible_text(properties.title, TITLE_CHARACTERS)
    text = reading.builder.text()
    first = text[:FIRST_PAGE_CHARACTERS]
    document = Document(
        text,
        title=title or (headings[0].value if headings else ""),
        headings=tuple(headings),
        blocks=reading.builder.blocks,
        author=plausible_author(properties.creator, first),
        language=plausible_language(properties.language),
        notes=_notes(reading),
    )
    return with_file_date(document, properties.created, properties.modified)


def _notes(reading: _DocxReading) -> tuple[str, ...]:
    notes = []
    if reading.paragraphs.hidden:
        notes.append(hidden_text_note(reading.paragraphs.hidden))
    if reading.paragraphs.unknown_symbols:
        count = reading.paragraphs.unknown_symbols
        notes.append(
            ngettext(
                "{n:,} symbol couldn't be identified and is shown as \ufffd.",
                "{n:,} symbols couldn't be identified and are shown as \ufffd.",
                count,
            ).format(n=count)
        )
    if reading.unread_parts:
        notes.append(
            ngettext(
                "{n:,} embedded document couldn't be read and was left out.",
                "{n:,} embedded documents couldn't be read and were left out.",
                reading.unread_parts,
            ).format(n=reading.unread_parts)
        )
    return (*notes, *docx_left_out_notes(reading.archive))
