"""A PDF → its text with page marks, headings, title, author and date.

pypdfium2 reads it; what that cannot open, or finds empty, pypdf tries. Page marks count the file's
pages from 1, as viewers do. Scanned, locked and broken files are refused in words. pdfium is C++
and may kill the process on hostile files: run this in a child; ``careful`` does without it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import regex

from bot.errors import DamagedDocument, EncryptedDocument, ScannedDocument, UnreadableText
from bot.ingest.formats.document import (
    Bounds,
    Document,
    OnProgress,
    TextBuilder,
    hidden_text_note,
    ignore_progress,
)
from bot.ingest.formats.layout import LayoutBlock, build_blocks, collapse_leaders
from bot.ingest.formats.metadata import (
    TITLE_CHARACTERS,
    plausible_author,
    plausible_date,
    plausible_language,
    plausible_text,
)
from bot.ingest.formats.page_headers import strip_page_headers
from bot.ingest.formats.pdf_reading import CannotOpen, PasswordRequired, PdfReading
from bot.ingest.formats.publication_date import printed_date, xmp_dates

PAGE_CHARACTERS = 20  # fewer on every page that shows something: a scan, perhaps with a stamp
NAMED_PAGES = 12  # in a message
UNKNOWN_SHARE = 0.15  # of the characters: fonts that do not say which letters they draw
TITLE_SIZE = 1.2  # of the body's
_PDF_DATE = re.compile(r"(?:D:)?(\d{4})(\d{2})(\d{2})")
_UNKNOWN = regex.compile(r"[\ufffd\p{Co}\x00-\x08\x0e-\x1f]")


def read_pdf(
    data: bytes, bounds: Bounds, *, careful: bool = False, on_progress: OnProgress = ignore_progress
) -> Document:
    """Reads a PDF. Raises EncryptedDocument, ScannedDocument, DamagedDocument, UnreadableText."""
    reading = _read(data, bounds, careful, on_progress)
    known = reading.blank | reading.broken
    empty = [
        number
        for number, lines in enumerate(reading.pages, 1)
        if not any(line.text.strip() for line in lines) and number - 1 not in known
    ]
    _check_readable(reading, empty)
    return _document(reading, empty, _published(data, reading))


def _read(data: bytes, bounds: Bounds, careful: bool, on_progress: OnProgress) -> PdfReading:
    from bot.ingest.formats.pdf_pdfium import read_with_pdfium  # noqa: PLC0415 - 8 MB of library
    from bot.ingest.formats.pdf_pypdf import read_with_pypdf  # noqa: PLC0415 - rarely needed

    first = None
    try:
        if not careful:
            first = read_with_pdfium(data, bounds, on_progress)
            if any(first.pages):
                return first
            if len(first.broken) == len(first.pages):
                first = None
    except PasswordRequired as error:
        raise _locked() from error
    except CannotOpen:
        pass
    try:
        return read_with_pypdf(data, bounds, on_progress)
    except PasswordRequired as error:
        raise _locked() from error
    except CannotOpen as error:
        if first is not None:
            return first
        raise DamagedDocument(
            "The PDF is damaged or cut off, so nothing was stored. Download it again, or open it "
            "and print it to a new PDF."
        ) from error


def _locked() -> EncryptedDocument:
    return EncryptedDocument(
        "The PDF is locked with a password, so it cannot be read and nothing was stored. "
        "Save it without the password and hand it in again."
    )


def _check_readable(reading: PdfReading, empty: list[int]) -> None:
    text = "".join(line.text for lines in reading.pages for line in lines)
    shown = len(reading.pages) - len(reading.blank) - len(reading.broken)
    if empty and len(text) < PAGE_CHARACTERS * shown and len(empty) >= shown / 2:
        raise ScannedDocument(
            f"The PDF holds pictures of its pages: {_pages_named(empty, len(reading.pages))} no "
            "text. Nothing was stored. Run it through text recognition (OCR) and hand it in again."
        )
    if len(_UNKNOWN.findall(text)) > UNKNOWN_SHARE * max(len(text), 1):
        raise UnreadableText(
            "The PDF draws letters without saying which ones they are, so its text cannot be read "
            "and nothing was stored. Run it through text recognition (OCR), or paste the text."
        )


def _pages_named(numbers: list[int], total: int) -> str:
    if len(numbers) == total:
        return "its one page holds" if total == 1 else f"all {total} pages hold"
    named = ", ".join(map(str, numbers[:NAMED_PAGES])) + (", …" if numbers[NAMED_PAGES:] else "")
    verb = "holds" if len(numbers) == 1 else "hold"
    return f"{len(numbers):,} of {total:,} pages ({named}) {verb}"


def _document(reading: PdfReading, empty: list[int], published: str | None) -> Document:
    builder = TextBuilder()
    kept = strip_page_headers(reading.pages)
    found = list(build_blocks([(str(number), lines) for number, lines in enumerate(kept, 1)]))
    row = False
    for block in found:
        near = row and block.kind == "row"
        builder.add(
            collapse_leaders(block.text),
            heading=block.kind == "heading",
            separator="\n" if near else "\n\n",
            pages=block.pages,
        )
        row = block.kind == "row"
    told = reading.metadata
    return Document(
        builder.text(),
        title=_title(told.get("title", ""), found),
        headings=tuple(builder.headings),
        pages=tuple(builder.pages),
        author=plausible_author(told.get("author"), _first_page(reading)),
        published=published,
        language=plausible_language(told.get("language")),
        notes=_notes(reading, empty),
    )


def _notes(reading: PdfReading, empty: list[int]) -> tuple[str, ...]:
    notes = []
    if empty:
        notes.append(f"{_pages_named(empty, len(reading.pages))} no text.")
    if reading.broken:
        notes.append(f"{len(reading.broken):,} of {reading.total:,} pages could not be opened.")
    if reading.hidden_characters:
        notes.append(hidden_text_note(reading.hidden_characters))
    if reading.total > len(reading.pages):
        notes.append(f"Only the first {len(reading.pages):,} of {reading.total:,} pages were read.")
    return tuple(notes)


def _title(told: str, found: Sequence[LayoutBlock]) -> str:
    """The document's own title if its first page shows it, else the largest words there."""
    first = [block for block in found[:20] if not block.pages or block.pages[0].value == "1"]
    shown = " ".join(block.text for block in first).casefold()
    believed = plausible_text(told, TITLE_CHARACTERS)
    if believed and believed.casefold() in shown:
        return believed
    largest = max((block for block in first if block.kind == "heading"), default=None, key=_size)
    body = [block.size for block in found if block.kind == "paragraph"]
    if largest is not None and (not body or largest.size >= TITLE_SIZE * min(body)):
        return plausible_text(largest.text, TITLE_CHARACTERS) or believed
    return believed if " " in believed or not believed.isascii() else ""  # "report_v2" is a file's


def _size(block: LayoutBlock) -> float:
    return block.size


def _first_page(reading: PdfReading) -> str:
    return " ".join(line.text for lines in reading.pages[:1] for line in lines)


def _published(data: bytes, reading: PdfReading) -> str | None:
    """The date of publishing that publishers state, else the one printed, else a stated date."""
    found = _PDF_DATE.match(reading.metadata.get("created", ""))
    created = plausible_date("-".join(found.groups())) if found else None
    stated, dated = xmp_dates(data, created)
    lines = [line.text for lines in reading.pages[:1] for line in lines if line.row < 0]
    return stated or printed_date(lines) or dated
