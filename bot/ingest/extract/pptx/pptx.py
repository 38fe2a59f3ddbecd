"""A PowerPoint presentation (.pptx) → the text of its slides, with the speaker's notes.

A slide is a page; its title is a heading, its notes follow it. Hidden slides and shapes, letters
that nobody can see, and the parts that hold no text are left out, and counted; footers are named.
Read from its XML, as Word files are: python-pptx unpacks each picture into memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.ingest.extract.archive import Archive, integer
from bot.ingest.extract.document import Document, TextBuilder, hidden_text_note
from bot.ingest.extract.document_origin import with_file_date
from bot.ingest.extract.formula import M, omml_text
from bot.ingest.extract.left_out import LeftOut, headers_note
from bot.ingest.extract.metadata import (
    TITLE_CHARACTERS,
    plausible_author,
    plausible_language,
    plausible_text,
)
from bot.ingest.extract.nested_lists import NestedLists
from bot.ingest.extract.office import (
    FALLBACK,
    A,
    C,
    R,
    Relationship,
    add_chart,
    core_properties,
    count_comments,
    count_media,
    read_part,
    relationships,
    targets,
)
from bot.ingest.extract.pptx.colours import Background, P, background_of, is_unseen_run
from bot.ingest.extract.raised_text import APART, Piece, Position, join_pieces
from bot.ingest.extract.tables import add_table
from bot.strings import N_, _

DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
KIND = N_("The PowerPoint file")
PRESENTATION = "ppt/presentation.xml"
TITLES = ("title", "ctrTitle")
FOOTERS = ("ftr", "hdr")
NUMBERS = ("sldNum", "dt")
SLIDES = 2_000  # as many as pages of a PDF
NOTES = "Notes"  # stored text, so not translated: it is the same for all who read it
OFF = ("0", "false")
Size = tuple[int, int]


@dataclass
class _Presentation:
    """What is gathered while the slides are read."""

    archive: Archive
    size: Size
    builder: TextBuilder = field(default_factory=TextBuilder)
    left_out: LeftOut = field(default_factory=LeftOut)
    footers: Counter[str] = field(default_factory=Counter)
    hidden: int = 0


@dataclass
class _Slide:
    """A slide that is being read."""

    presentation: _Presentation
    related: dict[str, Relationship]
    background: Background | None


def read_pptx(data: bytes) -> Document:
    """Reads a presentation. Raises DamagedDocument, DocumentTooComplex or EncryptedDocument."""
    with Archive(data, KIND) as archive:
        root = read_part(archive, PRESENTATION)
        if root is None:
            raise archive.damaged_error(N_("there is no presentation in it"))
        presentation = _Presentation(archive, _size(root.find(f"{P}sldSz"), "cx", "cy"))
        related = relationships(archive, PRESENTATION)
        slides = [related.get(slide.get(f"{R}id", "")) for slide in root.iter(f"{P}sldId")]
        for number, slide in enumerate(slides[:SLIDES], 1):
            if slide is not None:
                _add_slide(presentation, slide.target, number)
        count_media(archive, presentation.left_out)
        return _document(presentation, len(slides))


def _add_slide(presentation: _Presentation, part: str, number: int) -> None:
    archive, builder = presentation.archive, presentation.builder
    root = read_part(archive, part)
    if root is None:
        return
    if root.get("show", "1") in OFF:
        presentation.left_out["hidden slide"] += 1
        return
    builder.begin_page(number)
    related = relationships(archive, part)
    slide = _Slide(presentation, related, background_of(archive, root, related))
    shapes = root.find(f"{P}cSld/{P}spTree")
    for shape in _in_reading_order(shapes) if shapes is not None else ():
        _add_shape(slide, shape)
    for notes in targets(related, "notesSlide"):
        _add_notes(presentation, notes)
    for kind in ("comments", "comment"):
        for comments in targets(related, kind):
            presentation.left_out["comment"] += count_comments(archive, comments)


def _in_reading_order(shapes: Any) -> list[Any]:
    """The title first, wherever it stands in the file; the rest as in the file."""
    return sorted(shapes, key=lambda shape: _placeholder(shape) not in TITLES)


def _placeholder(shape: Any) -> str:
    """What a shape is on its slide: "title", "body" …; empty for one without a place."""
    if not isinstance(shape.tag, str):
        return ""
    place = shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
    return "" if place is None else str(place.get("type", "body"))


def _add_shape(slide: _Slide, shape: Any) -> None:
    presentation, place = slide.presentation, _placeholder(shape)
    if not isinstance(shape.tag, str) or shape.tag == FALLBACK or place in NUMBERS:
        return
    if _is_hidden(shape) or _is_off(shape, presentation.size):
        presentation.hidden += sum(len(text.text or "") for text in shape.iter(f"{A}t"))
    elif place in FOOTERS:
        presentation.footers[_plain_text(shape)] += 1
    elif shape.tag == f"{P}sp":
        body = shape.find(f"{P}txBody")
        if body is not None:
            _add_body(slide, body, shape)
    elif shape.tag == f"{P}graphicFrame":
        _add_graphic(slide, shape)
    elif shape.tag != f"{P}pic":
        for inner in shape:  # a group, or one of several ways to draw the same
            _add_shape(slide, inner)


def _size(element: Any, first: str, second: str) -> Size:
    """Two lengths in EMU; 0 where a file says nothing sensible."""
    return (0, 0) if element is None else (integer(element, first), integer(element, second))


def _is_hidden(shape: Any) -> bool:
    return any(
        properties.get("hidden", "0") not in OFF for properties in shape.iterfind(f"./*/{P}cNvPr")
    )


def _is_off(shape: Any, size: Size) -> bool:
    """Whether a shape that says where it is lies wholly beside the slide."""
    place = shape.find(f"{P}spPr/{A}xfrm")
    place = shape.find(f"{P}xfrm") if place is None else place
    if place is None or not all(size) or shape.getparent().tag != f"{P}spTree":
        return False
    offset, extent = place.find(f"{A}off"), place.find(f"{A}ext")
    if offset is None or extent is None:
        return False
    (left, top), (width, height) = _size(offset, "x", "y"), _size(extent, "cx", "cy")
    right, low = left + width, top + height
    return right <= 0 or low <= 0 or left >= size[0] or top >= size[1]


def _add_body(slide: _Slide, body: Any, shape: Any) -> None:
    """The text of a shape: a title, the points of a list, or paragraphs."""
    builder, place = slide.presentation.builder, _placeholder(shape)
    lines = [(_level(line), _text(slide, line, shape)) for line in body.iter(f"{A}p")]
    lines = [(level, text) for level, text in lines if text.strip()]
    if place in TITLES:
        title = " ".join(" ".join(text for _, text in lines).split())
        builder.add(title, "heading", level=1)
    elif place and place != "subTitle" and len(lines) > 1:
        lists = NestedLists(builder)
        highest = min(level for level, _ in lines)
        for level, text in lines:
            lists.add(f"- {text}", level - highest + 1, first_separator="\n\n")
        lists.end()
    else:
        for _, text in lines:
            builder.add(text)


def _level(paragraph: Any) -> int:
    """The depth of a point, from 1."""
    properties = paragraph.find(f"{A}pPr")
    return 1 if properties is None else integer(properties, "lvl") + 1


def _text(slide: _Slide, paragraph: Any, shape: Any) -> str:
    """The words of a paragraph that can be seen."""
    pieces = []
    for run in paragraph:
        if run.tag == f"{A}br":
            pieces.append(Piece("\n"))
        elif run.tag in (f"{A}r", f"{A}fld"):
            words = run.findtext(f"{A}t") or ""
            if is_unseen_run(run, shape, slide.background):
                slide.presentation.hidden += len("".join(words.split()))
            elif words:
                pieces.append(_piece(run, words))
        elif isinstance(run.tag, str) and run.tag != f"{A}pPr":
            formulas = [omml_text(formula) for formula in run.iter(f"{M}oMath")]
            pieces.append(Piece(APART + " ".join(formulas) + APART))
    return join_pieces(pieces)


def _piece(run: Any, words: str) -> Piece:
    properties = run.find(f"{A}rPr")
    if properties is None:
        return Piece(words)
    percent = integer(properties, "baseline")
    position: Position = "" if not percent else "raised" if percent > 0 else "lowered"
    return Piece(words, position, struck=properties.get("strike", "noStrike") != "noStrike")


def _add_graphic(slide: _Slide, frame: Any) -> None:
    """A table, a chart's values, the texts of a diagram; anything else is counted."""
    presentation = slide.presentation
    for table in frame.iter(f"{A}tbl"):
        _add_table(slide, table)
        return
    for chart in frame.iter(f"{C}chart"):
        root = _related_part(slide, chart.get(f"{R}id"))
        if root is not None:
            add_chart(presentation.builder, root)
        return
    for diagram in frame.iter(f"{DIAGRAM}relIds"):
        root = _related_part(slide, diagram.get(f"{R}dm"))
        for point in root.iter(f"{DIAGRAM}t") if root is not None else ():
            presentation.builder.add(_plain_text(point))
        return


def _related_part(slide: _Slide, identity: str | None) -> Any:
    relationship = slide.related.get(identity or "")
    return read_part(slide.presentation.archive, relationship.target) if relationship else None


def _plain_text(element: Any) -> str:
    return " ".join("".join(text.text or "" for text in element.iter(f"{A}t")).split())


def _add_table(slide: _Slide, table: Any) -> None:
    properties = table.find(f"{A}tblPr")
    has_header = properties is not None and properties.get("firstRow", "0") not in OFF
    rows: list[list[str]] = []
    for row in table.iterfind(f"{A}tr"):
        cells: list[str] = []
        for cell in row.iterfind(f"{A}tc"):
            cells.append(_cell_text(slide, cell, cells, rows))
        rows.append(cells)
    add_table(slide.presentation.builder, rows, int(has_header))


def _cell_text(slide: _Slide, cell: Any, before: list[str], above: list[list[str]]) -> str:
    """The text of a cell; a merged one says the same in each of its places."""
    if cell.get("hMerge", "0") not in OFF and before:
        return before[-1]
    if cell.get("vMerge", "0") not in OFF and above and len(above[-1]) > len(before):
        return above[-1][len(before)]
    return " ".join(_text(slide, line, cell) for line in cell.iter(f"{A}p")).strip()


def _add_notes(presentation: _Presentation, part: str) -> None:
    """What the speaker's notes say: the body of their page, not the picture of the slide."""
    root = read_part(presentation.archive, part)
    bodies = (
        [shape for shape in root.iter(f"{P}sp") if _placeholder(shape) == "body"]
        if root is not None
        else []
    )
    slide = _Slide(presentation, {}, None)
    lines = [_text(slide, line, shape) for shape in bodies for line in shape.iter(f"{A}p")]
    for number, line in enumerate(filter(str.strip, lines)):
        presentation.builder.add(f"{NOTES}: {line}" if not number else line, "note")


def _document(presentation: _Presentation, slides: int) -> Document:
    properties, builder = core_properties(presentation.archive), presentation.builder
    headings = builder.headings
    title = plausible_text(properties.title, TITLE_CHARACTERS)
    document = Document(
        builder.text(),
        title=title or (headings[0].value if headings else ""),
        headings=tuple(headings),
        pages=tuple(builder.pages),
        page_unit="slide",
        blocks=builder.blocks,
        author=plausible_author(properties.creator),
        language=plausible_language(properties.language),
        notes=tuple(_notes(presentation, slides)),
    )
    return with_file_date(document, properties.created, properties.modified)


def _notes(presentation: _Presentation, slides: int) -> Iterator[str]:
    yield from presentation.left_out.notes()
    yield from headers_note(presentation.footers)
    if presentation.hidden:
        yield hidden_text_note(presentation.hidden)
    if slides > SLIDES:
        yield _("Only the first {n:,} of {total:,} slides were read.").format(
            n=SLIDES, total=slides
        )
