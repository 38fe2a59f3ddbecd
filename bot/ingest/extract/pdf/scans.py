"""Pages of a PDF without text: which of them text recognition (OCR) should read, and its results.

Recognizing is a step of its own for each page: the caller asks for one after the other, within the
limits on time and memory of each, and then for the whole document with all results.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.errors import ScannedDocument
from bot.ingest.extract.pdf.layout import LayoutLine
from bot.ingest.extract.pdf.ocr import install_advice, is_available, recognize_page
from bot.ingest.extract.pdf.reading import PdfReading
from bot.strings import _, ngettext
from bot.text.normalize import normalize

OCR_PAGES = 50  # of a document; 1 to 2 s each
NAMED_PAGES = 12  # in a message
# Invented positions: a page of 72 lines of ten-point type.
PAGE_PT, PITCH_PT, SIZE_PT, LETTER_PT = 800.0, 11.0, 10.0, 5.0


def unread_pages(empty: list[int]) -> tuple[int, ...]:
    """The pages that text recognition should read, from 1; none where it is not installed."""
    return tuple(empty[:OCR_PAGES]) if empty and is_available() else ()


def recognize(data: bytes, page: int) -> str:
    """The normalized text of a page, from 1; empty if there is none on it."""
    return normalize(recognize_page(data, page - 1))


def insert_recognized(reading: PdfReading, texts: Mapping[int, str]) -> list[int]:
    """Put what was recognized into the reading; the pages that it filled, from 1."""
    filled = []
    for page, text in sorted(texts.items()):
        lines = _lines(text)
        if 0 < page <= len(reading.pages) and lines and not reading.pages[page - 1]:
            reading.pages[page - 1] = lines
            filled.append(page)
    return filled


def _lines(text: str) -> list[LayoutLine]:
    """Lines one below the other; a blank line ends a paragraph."""
    lines = []
    for number, line in enumerate(text.splitlines()):
        words = " ".join(line.split())
        if words:
            top = PAGE_PT - PITCH_PT * number
            low, right = top - SIZE_PT, LETTER_PT * len(words)
            lines.append(LayoutLine(words, 0.0, right, top, low, base=low, size=SIZE_PT))
    return lines


def scan_error(empty: list[int], total: int, *, was_recognized: bool) -> ScannedDocument:
    """The refusal of pictures of pages, with what to do about it."""
    pages = pages_without_text(empty, total)
    if was_recognized:
        return ScannedDocument(
            _(
                "This PDF looks like a scan: {pages} Text recognition (OCR) found no letters in "
                "it either. Nothing was stored. Scan it again, or paste the text."
            ).format(pages=pages)
        )
    return ScannedDocument(
        _(
            "This PDF looks like a scan: {pages} Nothing was stored. Run it through text "
            "recognition (OCR) and add it again. Footnote does that by itself where the operator "
            "has installed tesseract ({command})."
        ).format(pages=pages, command=install_advice())
    )


def pages_without_text(numbers: list[int], total: int) -> str:
    """A sentence that names the pages without text."""
    if len(numbers) == total:
        return ngettext(
            "its only page has no text.", "none of its {total:,} pages has text.", total
        ).format(total=total)
    return ngettext(
        "{n:,} of {total:,} pages ({named}) has no text.",
        "{n:,} of {total:,} pages ({named}) have no text.",
        len(numbers),
    ).format(n=len(numbers), total=total, named=_named(numbers))


def recognized_note(pages: list[int], total: int) -> str:
    """The note that says which pages were read by OCR."""
    if len(pages) == total:
        return _("Read by OCR, so some letters may be wrong.")
    return _("Read by OCR (pages {named}), so some letters may be wrong.").format(
        named=_named(pages)
    )


def _named(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:NAMED_PAGES])) + (", …" if numbers[NAMED_PAGES:] else "")
