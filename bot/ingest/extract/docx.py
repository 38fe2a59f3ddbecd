"""A Word file (.docx) → its text, headings and metadata, straight from its XML.

Keeps paragraphs, list items, tables as rows, text boxes, footnotes and endnotes (marked "[1]" in
the text and appended to it); drops hidden text, tracked deletions, field codes, white or tiny
letters. Pages are unknown: Word lays them out when it prints. Headings are recognized by their
style's outline level, so in any language of Word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from bot.errors import DamagedDocument
from bot.ingest.extract.archive import Archive
from bot.ingest.extract.colours import WHITE, is_unseen, parse_colour
from bot.ingest.extract.document import Document, TextBuilder, hidden_text_note
from bot.ingest.extract.metadata import (
    TITLE_CHARACTERS,
    plausible_author,
    plausible_language,
    plausible_text,
)
from bot.strings import N_

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
STRICT_W = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
DC = "{http://purl.org/dc/elements/1.1/}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
KIND = N_("The Word file")
HEADING_LEVELS = 6
STYLE_DEPTH = 20  # of styles based on styles
UNSEEN_HALF_POINTS = 3
FIRST_PAGE_CHARACTERS = 2_500
OFF = ("0", "false", "off", "none")
_NOT_READ = frozenset(
    (
        *(f"{W}{name}" for name in ("del", "moveFrom", "instrText", "delText", "rPr", "sectPr")),
        *(f"{W}{name}" for name in ("pPr", "tblPr", "tblGrid", "trPr", "tcPr", "commentReference")),
        FALLBACK,
    )
)
_SPACES = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "\u2011"}


@dataclass
class _Style:
    heading: bool = False
    hidden: bool = False


@dataclass
class _DocxReading:
    """What is gathered while a document is walked through."""

    archive: Archive
    styles: dict[str, _Style] = field(default_factory=dict)
    builder: TextBuilder = field(default_factory=TextBuilder)
    notes: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)
    hidden: int = 0


def read_docx(data: bytes) -> Document:
    """Reads a Word file. Raises DamagedDocument, DocumentTooComplex or EncryptedDocument."""
    with Archive(data, KIND) as archive:
        body = _part(archive, "word/document.xml")
        body = body.find(f"{W}body") if body is not None else None
        if body is None:
            raise archive.damaged_error(N_("there is no document in it"))
        reading = _DocxReading(archive, _styles(archive))
        _add_blocks(reading, body)
        _add_notes(reading)
        return _document(reading)


def _part(archive: Archive, name: str) -> Any:
    """An XML part in the usual namespace, or None if it is missing."""
    if name not in archive.names:
        return None
    root = archive.xml(name)
    for element in root.iter(f"{STRICT_W}*"):  # "Strict Open XML", as Word can save it
        element.tag = W + element.tag.removeprefix(STRICT_W)
        for key, value in element.attrib.items():
            if key.startswith(STRICT_W):
                element.set(W + key.removeprefix(STRICT_W), value)
    return root


def _styles(archive: Archive) -> dict[str, _Style]:
    root = _part(archive, "word/styles.xml")
    if root is None:
        return {}
    elements = {style.get(f"{W}styleId"): style for style in root.iter(f"{W}style")}
    return {name: _style(style, elements) for name, style in elements.items() if name}


def _style(style: Any, elements: dict[str, Any]) -> _Style:
    """A style with what it inherits from the styles it is based on."""
    resolved, depth = _Style(), 0
    while style is not None and depth < STYLE_DEPTH:
        name = _value(style, "name").lower()
        level = _value(style, "pPr/outlineLvl")
        is_heading_name = re.fullmatch(r"heading [1-6]|title", name) is not None
        resolved.heading |= is_heading_name or (level.isdigit() and int(level) < HEADING_LEVELS)
        resolved.hidden |= _is_on(style, "rPr/vanish")
        style, depth = elements.get(_value(style, "basedOn")), depth + 1
    return resolved


def _find(element: Any, path: str) -> Any:
    return element.find("/".join(W + name for name in path.split("/")))


def _value(element: Any, path: str) -> str:
    child = _find(element, path)
    return child.get(f"{W}val", "") if child is not None else ""


def _is_on(element: Any, path: str) -> bool:
    child = _find(element, path)
    return child is not None and child.get(f"{W}val", "1").lower() not in OFF


def _add_blocks(reading: _DocxReading, container: Any) -> None:
    for block in container:
        if block.tag == f"{W}p":
            _add_paragraph(reading, block)
        elif block.tag == f"{W}tbl":
            _add_table(reading, block)
        elif isinstance(block.tag, str) and block.tag not in _NOT_READ:
            _add_blocks(reading, block)  # content controls, insertions
        while reading.boxes:
            _add_blocks(reading, reading.boxes.pop(0))


def _add_paragraph(reading: _DocxReading, paragraph: Any) -> None:
    style = reading.styles.get(_value(paragraph, "pPr/pStyle"), _Style())
    level = _value(paragraph, "pPr/outlineLvl")
    text = _text(reading, paragraph)
    if style.hidden:
        reading.hidden += len("".join(text.split()))
        return
    item = _find(paragraph, "pPr/numPr") is not None or "List" in _value(paragraph, "pPr/pStyle")
    heading = style.heading or (level.isdigit() and int(level) < HEADING_LEVELS)
    item = item and not heading and bool(text.strip())
    reading.builder.add(
        f"- {text.strip()}" if item else text,
        "heading" if heading else "list_item" if item else "paragraph",
        separator="\n" if item else "\n\n",
    )


def _add_table(reading: _DocxReading, table: Any) -> None:
    separator = "\n\n"
    for row in table.iter(f"{W}tr"):
        if next(row.iterancestors(f"{W}tbl")) is not table:
            continue  # of a table within a cell: read with its cell
        own = [cell for cell in row.iter(f"{W}tc") if next(cell.iterancestors(f"{W}tr")) is row]
        cells = [_cell_text(reading, cell) for cell in own]
        if any(cells):
            reading.builder.add(" | ".join(cells), separator=separator)
            separator = "\n"


def _cell_text(reading: _DocxReading, cell: Any) -> str:
    words = " ".join(_text(reading, paragraph) for paragraph in cell.iter(f"{W}p"))
    return " ".join(words.split())


def _text(reading: _DocxReading, paragraph: Any) -> str:
    """The words of a paragraph, with the marks of its notes; its text boxes are put aside."""
    parts: list[str] = []
    waiting = list(reversed(paragraph))
    while waiting:
        element = waiting.pop()
        tag = element.tag
        if not isinstance(tag, str) or tag in _NOT_READ:
            continue
        if tag == f"{W}txbxContent":
            reading.boxes.append(element)
        elif tag == f"{W}r" and _is_hidden(reading, element):
            reading.hidden += sum(
                len("".join((t.text or "").split())) for t in element.iter(f"{W}t")
            )
        elif tag == f"{W}t":
            parts.append(element.text or "")
        elif tag in (f"{W}footnoteReference", f"{W}endnoteReference"):
            reading.notes.append((tag.removesuffix("Reference"), element.get(f"{W}id", "")))
            parts.append(f"[{len(reading.notes)}]")
        else:
            parts.append(_SPACES.get(tag, ""))
            waiting.extend(reversed(element))
    return "".join(parts)


def _is_hidden(reading: _DocxReading, run: Any) -> bool:
    if _find(run, "rPr") is None:
        return False
    style = reading.styles.get(_value(run, "rPr/rStyle"), _Style())
    if _is_on(run, "rPr/vanish") or (style.hidden and _find(run, "rPr/vanish") is None):
        return True
    size = _value(run, "rPr/sz")
    if size.isdigit() and int(size) <= UNSEEN_HALF_POINTS:
        return True
    colour = parse_colour("#" + _value(run, "rPr/color").lower())
    return colour is not None and is_unseen(colour, WHITE) and not _is_shaded(run)


def _is_shaded(run: Any) -> bool:
    """Whether something gives the letters another background than the page's."""
    if _find(run, "rPr/highlight") is not None or _find(run, "rPr/shd") is not None:
        return True
    for above in run.iterancestors():
        if above.tag in (f"{W}tbl", f"{W}txbxContent"):
            return True  # table styles and shapes bring their own colours
        if _find(above, "pPr/shd") is not None or _find(above, "tcPr/shd") is not None:
            return True
    return False


def _add_notes(reading: _DocxReading) -> None:
    """Footnotes and endnotes, in the order of their marks."""
    parts = {
        f"{W}{name}": _part(reading.archive, f"word/{name}s.xml")
        for name in ("footnote", "endnote")
    }
    notes = {
        (tag, note.get(f"{W}id", "")): note
        for tag, root in parts.items()
        if root is not None
        for note in root.iter(tag)
    }
    for number, key in enumerate(list(reading.notes), 1):
        if key in notes:
            texts = [_text(reading, paragraph).strip() for paragraph in notes[key].iter(f"{W}p")]
            reading.builder.add(f"[{number}] {' '.join(filter(None, texts))}")


def _document(reading: _DocxReading) -> Document:
    try:
        core = _part(reading.archive, "docProps/core.xml")
    except DamagedDocument:
        core = None
    metadata = dict.fromkeys(("title", "creator", "language"), "")
    if core is not None:
        metadata = {name: core.findtext(DC + name) or "" for name in metadata}
    headings = reading.builder.headings
    title = plausible_text(metadata["title"], TITLE_CHARACTERS)
    text = reading.builder.text()
    first = text[:FIRST_PAGE_CHARACTERS]
    return Document(
        text,
        title=title or (headings[0].value if headings else ""),
        headings=tuple(headings),
        author=plausible_author(metadata["creator"], first),
        language=plausible_language(metadata["language"]),
        notes=(hidden_text_note(reading.hidden),) if reading.hidden else (),
    )
