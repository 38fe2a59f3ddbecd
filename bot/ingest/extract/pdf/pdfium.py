"""Reads a PDF's lines and their positions with pypdfium2: fast, but a C++ library that may crash.

Drops invisible letters: white ones on a white background, tiny ones, those outside the page, and
those drawn without ink, unless they lie on a picture (scans with OCR contain such letters).
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from bot.ingest.extract.document import Bounds, OnProgress
from bot.ingest.extract.pdf.annotations import place_values, read_annotations
from bot.ingest.extract.pdf.layout import LayoutLine
from bot.ingest.extract.pdf.raised import (
    TOUCHING_EM,
    Glyph,
    may_be_mixed,
    position_beside,
    read_glyph,
    write_word,
)
from bot.ingest.extract.pdf.reading import CannotOpen, PasswordRequired, PdfReading
from bot.ingest.extract.raised_text import lowered, raised, with_fractions

CELL_GAP_EM = 1.6  # justified lines have gaps of up to one em; gutters are wider
SAME_LINE_EM = 0.25  # raised and lowered letters belong to a line, too
UNSEEN_PT = 1.5
UNSEEN_ALPHA = 16  # of 255
SLANT = math.radians(8)  # scans and italics lean less
WHITE = 247  # of 255, in each channel
BOLD_WEIGHT = 600
OBJECTS_DEPTH = 3
_WORD = re.compile(r"[^\s\x02\ufffe]+[\x02\ufffe]?")
_LINE_END = re.compile(r"[\r\n]+|(?<=[\x02\ufffe])")
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
Box = tuple[float, float, float, float]  # left, bottom, right, top


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    first: int
    box: Box
    last: int = 0


def _colour_buffers() -> tuple[Any, Any, Any, Any]:
    return ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint()


@dataclass
class _Page:
    """An open page: its text, what is drawn beneath it, and how many letters are invisible."""

    text_page: Any
    crop: Box
    page: Any
    papers: list[Box] | None = None
    pictures: list[Box] | None = None
    hidden: int = 0
    inks: dict[int, str] = field(default_factory=dict)  # of the page's text objects
    rect: Any = field(default_factory=pdfium.FS_RECTF)  # where pdfium writes its answers
    ink: tuple[Any, Any, Any, Any] = field(default_factory=_colour_buffers)


def read_with_pdfium(data: bytes, bounds: Bounds, on_progress: OnProgress) -> PdfReading:
    """Read a PDF. Raises CannotOpen or PasswordRequired."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise (PasswordRequired if "password" in str(error).lower() else CannotOpen) from error
    try:
        reading = PdfReading(len(document), metadata=_metadata(document))
        reading.attachments = document.count_attachments()
        if document.get_formtype() != pdfium.FORMTYPE_NONE:
            document.init_forms()
        length, pages = 0, min(reading.total, bounds.pages)
        for index in range(pages):
            on_progress(index + 1, pages)
            lines = _read_page(document, index, reading)
            reading.pages.append(lines)
            length += sum(len(line.text) for line in lines)
            if length > bounds.characters:
                break
    finally:
        document.close()
    return reading


def _metadata(document: Any) -> dict[str, str]:
    names = {"title": "Title", "author": "Author", "created": "CreationDate"}
    information = document.get_metadata_dict()
    return {name: information.get(key, "") for name, key in names.items()}


def _read_page(document: Any, index: int, reading: PdfReading) -> list[LayoutLine]:
    try:
        page = document[index]
        text_page = page.get_textpage()
    except pypdfium2.PdfiumError:
        reading.broken.add(index)
        return []
    try:
        opened = _Page(text_page, page.get_cropbox(), page)
        lines = list(_lines(opened, text_page.get_text_range()))
        annotations = read_annotations(page.raw, document.formenv)
        lines = place_values(lines, annotations.values)
        reading.comments += [(index, comment) for comment in annotations.comments]
        reading.hidden_characters += opened.hidden + annotations.hidden_characters
        if not lines and not any(True for _ in page.get_objects(max_depth=1)):
            reading.blank.add(index)
        return lines
    finally:
        text_page.close()
        page.close()


def _lines(page: _Page, text: str) -> Iterator[LayoutLine]:
    """The lines of a page in the order of its content stream, split into cells."""
    start, row = 0, 0
    direct = len(text) == pdfium.FPDFText_CountChars(page.text_page)
    line: list[_Word] = []
    for line_end in [*_LINE_END.finditer(text), None]:
        end = line_end.start() if line_end is not None else len(text)
        words = list(_words(page, text, start, end, direct))
        start = line_end.end() if line_end is not None else end
        if line and words and _goes_on(page, line[-1], words[0]):
            line += words
            continue
        if line:
            row += 1
            yield from _cells(page, line, row)
        line = words
    if line:
        yield from _cells(page, line, row + 1)


def _goes_on(page: _Page, word: _Word, following: _Word) -> bool:
    """Whether a word stands in the line before it: pdfium ends a line at raised letters."""
    height = max(word.box[3] - word.box[1], following.box[3] - following.box[1])
    if abs(following.box[0] - word.box[2]) > CELL_GAP_EM * height:
        return False  # nearly always
    before = read_glyph(page.text_page, word.last, page.rect)
    after = read_glyph(page.text_page, following.first, page.rect)
    size = max(before.size, after.size)
    touches = -TOUCHING_EM * size <= after.left - before.right <= CELL_GAP_EM * size / 2
    differ = bool(position_beside(before, after) or position_beside(after, before))
    return touches and differ and abs(after.base - before.base) < size


def _words(page: _Page, text: str, start: int, end: int, direct: bool) -> Iterator[_Word]:
    """The visible words of one line."""
    for word in _WORD.finditer(text, start, end):
        first, last = (
            _char_index(page, word.start(), direct),
            _char_index(page, word.end() - 1, direct),
        )
        box = first_box = _box(page, first)
        last_box = first_box if last == first else _box(page, last)
        if last != first:
            box = _union(first_box, last_box)
        if _is_unseen(page, first, box):
            page.hidden += len(word.group())
        else:
            words = word.group()
            heights = first_box[3] - first_box[1], last_box[3] - last_box[1]
            if may_be_mixed(words, *heights):
                words = write_word(words, _glyphs(page, word.start(), direct))
            yield _Word(words, first, box, last)


def _glyphs(page: _Page, start: int, direct: bool) -> Callable[[int], Glyph]:
    def glyph_at(offset: int) -> Glyph:
        at = _char_index(page, start + offset, direct)
        return read_glyph(page.text_page, at, page.rect)

    return glyph_at


def _char_index(page: _Page, at: int, direct: bool) -> int:
    if direct:
        return at
    return int(pdfium.FPDFText_GetCharIndexFromTextIndex(page.text_page, at))


def _cells(page: _Page, words: list[_Word], row: int) -> Iterator[LayoutLine]:
    # Code, bullets and note marks differ in size and weight, so three words decide for the line.
    slanted = _is_slanted(page, words[0].first)
    types = [_font(page, words[at], slanted) for at in {0, len(words) // 2, len(words) - 1}]
    size, bold = max(size for size, _ in types), all(bold for _, bold in types)
    cells = [[words[0]]]
    for before, word in pairwise(words):
        if word.box[0] - before.box[2] > CELL_GAP_EM * size:
            cells.append([])
        cells[-1].append(word)
    bases = [_baseline(page, cell[-1].first) for cell in cells]
    # What does not stand on one line is no row: a box beside a paragraph.
    is_row = len(cells) > 1 and max(bases) - min(bases) <= SAME_LINE_EM * size
    for cell, base in zip(cells, bases, strict=True):
        left, bottom, right, top = reduce(_union, (word.box for word in cell))
        text = _join_words(page, cell)
        text = re.sub("[\x02\ufffe]", "-", text).translate(_LIGATURES)
        yield LayoutLine(
            text, left, right, top, bottom, base, size, bold, row if is_row else -1, slanted
        )


def _is_slanted(page: _Page, at: int) -> bool:
    angle: float = pdfium.FPDFText_GetCharAngle(page.text_page, at) % (math.pi / 2)
    return SLANT < angle < math.pi / 2 - SLANT


def _join_words(page: _Page, words: list[_Word]) -> str:
    """The words of a cell; a raised or lowered one that touches its neighbour joins it so."""
    text = words[0].text
    for before, word in pairwise(words):
        height = max(before.box[3] - before.box[1], word.box[3] - word.box[1])
        if word.box[0] - before.box[2] > TOUCHING_EM * height:
            text += f" {word.text}"
            continue
        old = read_glyph(page.text_page, before.last, page.rect)
        new = read_glyph(page.text_page, word.first, page.rect)
        position = position_beside(new, old)
        if not position and not position_beside(old, new):
            text += f" {word.text}"
        elif position and word.text.isascii():
            text += (raised if position == "raised" else lowered)(word.text, text)
        else:
            text += word.text
    return with_fractions(text)


def _baseline(page: _Page, at: int) -> float:
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(page.text_page, at, x, y)
    return y.value


def _box(page: _Page, at: int) -> Box:
    box = page.rect
    pdfium.FPDFText_GetLooseCharBox(page.text_page, at, box)
    return box.left, box.bottom, box.right, box.top


def _union(first: Box, second: Box) -> Box:
    return (
        min(first[0], second[0]),
        min(first[1], second[1]),
        max(first[2], second[2]),
        max(first[3], second[3]),
    )


def _font(page: _Page, word: _Word, slanted: bool) -> tuple[float, bool]:
    """The printed size in points, and whether the font is bold."""
    box = _box(page, word.first) if slanted else word.box
    size = pdfium.FPDFText_GetFontSize(page.text_page, word.first)
    printed = box[3] - box[1]
    weight = pdfium.FPDFText_GetFontWeight(page.text_page, word.first)
    name, flags = ctypes.create_string_buffer(64), ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(page.text_page, word.first, name, 64, flags)
    bold = weight >= BOLD_WEIGHT or b"bold" in name.value.lower()
    # A font size of 1 scaled up by a matrix is common; then the box gives the real size.
    return (size if 0.5 * printed < size < 2 * printed else printed), bold


def _is_unseen(page: _Page, at: int, box: Box) -> bool:
    left, bottom, right, top = box
    if top - bottom < UNSEEN_PT:
        return True
    crop = page.crop
    if right < crop[0] or left > crop[2] or top < crop[1] or bottom > crop[3]:
        return True
    ink = _ink(page, at)
    if ink == "":
        return False
    return not _lies_on(box, _painted_areas(page)[0 if ink == "white" else 1])


def _ink(page: _Page, at: int) -> str:
    """How a letter is drawn: "white", in "nothing", or in a colour (the empty string)."""
    letter = pdfium.FPDFText_GetTextObject(page.text_page, at)
    key = ctypes.cast(letter, ctypes.c_void_p).value or 0
    if key not in page.inks or not key:
        red, green, blue, alpha = page.ink
        is_known = pdfium.FPDFText_GetFillColor(page.text_page, at, red, green, blue, alpha)
        mode = pdfium.FPDFTextObj_GetTextRenderMode(letter) if letter else -1
        ink = "white" if min(red.value, green.value, blue.value) >= WHITE else ""
        if alpha.value < UNSEEN_ALPHA or mode == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE:
            ink = "nothing"
        page.inks[key] = ink if is_known else ""
    return page.inks[key]


def _painted_areas(page: _Page) -> tuple[list[Box], list[Box]]:
    """The boxes of everything that is not white, and of the pictures among it; cached."""
    if page.papers is None or page.pictures is None:
        page.papers, page.pictures = [], []
        for page_object in page.page.get_objects(max_depth=OBJECTS_DEPTH):
            if page_object.type == pdfium.FPDF_PAGEOBJ_IMAGE:
                page.pictures.append(page_object.get_bounds())
            elif page_object.type == pdfium.FPDF_PAGEOBJ_SHADING or _is_dark_path(page_object):
                page.papers.append(page_object.get_bounds())
        page.papers += page.pictures
    return page.papers, page.pictures


def _is_dark_path(page_object: Any) -> bool:
    if page_object.type != pdfium.FPDF_PAGEOBJ_PATH:
        return False
    red, green, blue, alpha = _colour_buffers()
    pdfium.FPDFPageObj_GetFillColor(page_object.raw, red, green, blue, alpha)
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(page_object.raw, fill, stroke)
    return bool(fill.value) and min(red.value, green.value, blue.value) < WHITE


def _lies_on(box: Box, papers: list[Box]) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return any(left <= x <= right and low <= y <= high for left, low, right, high in papers)
