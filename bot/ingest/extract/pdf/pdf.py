"""A PDF → its text with page marks, headings, title, author and date.

pypdfium2 reads it; if that cannot open it or finds no text, pypdf tries. Page marks count the
file's pages from 1, as viewers do. Scanned, password-protected and damaged files are refused.
pdfium is C++ and hostile files may crash it: run this in a child process; ``careful`` avoids it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.errors import DamagedDocument, EncryptedDocument, UnreadableText
from bot.ingest.extract.dates import plausible_date
from bot.ingest.extract.document import (
    Bounds,
    Document,
    OnProgress,
    TextBuilder,
    hidden_text_note,
    ignore_progress,
)
from bot.ingest.extract.document_origin import with_byline
from bot.ingest.extract.garbled import GARBLED_SHARE, is_wordless, unknown_share
from bot.ingest.extract.left_out import NAMED_CHARACTERS, LeftOut
from bot.ingest.extract.metadata import (
    TITLE_CHARACTERS,
    plausible_author,
    plausible_language,
    plausible_text,
    shorten,
)
from bot.ingest.extract.pdf.blocks import add_layout
from bot.ingest.extract.pdf.floating import settle_boxes, strip_watermarks
from bot.ingest.extract.pdf.garbled import PROBE_PAGES, is_garbled
from bot.ingest.extract.pdf.layout import LayoutBlock, build_blocks
from bot.ingest.extract.pdf.page_headers import strip_page_headers
from bot.ingest.extract.pdf.reading import CannotOpen, PasswordRequired, PdfReading
from bot.ingest.extract.pdf.scans import (
    insert_recognized,
    pages_without_text,
    recognized_note,
    scan_error,
    unread_pages,
)
from bot.ingest.extract.publication_date import xmp_dates
from bot.records import TextMarker
from bot.strings import _, ngettext

PAGE_CHARACTERS = 20  # fewer on every page that shows something: a scan, perhaps with a stamp
UNKNOWN_SHARE = 0.15  # of the characters: fonts that do not say which letters they draw
TITLE_SIZE = 1.2  # of the body's
_PDF_DATE = re.compile(r"(?:D:)?(\d{4})(\d{2})(\d{2})")


def read_pdf(
    data: bytes,
    bounds: Bounds,
    *,
    careful: bool = False,
    on_progress: OnProgress = ignore_progress,
    ocr: bool = False,
    recognized: Mapping[int, str] | None = None,
) -> Document:
    """Reads a PDF. Raises EncryptedDocument, ScannedDocument, DamagedDocument, UnreadableText.

    With ``ocr``, pages without text are not refused where text recognition is installed: then the
    document holds nothing but their numbers, ``unread_pages``. ``recognized`` gives their texts.
    """
    reading = _read(data, bounds, careful, on_progress)
    filled = insert_recognized(reading, recognized or {})
    textless = reading.blank | reading.broken
    empty = [
        number
        for number, lines in enumerate(reading.pages, 1)
        if not any(line.text.strip() for line in lines) and number - 1 not in textless
    ]
    unread = unread_pages(empty) if ocr and recognized is None else ()
    if unread:
        return Document("", unread_pages=unread)
    _check_readable(reading, empty, was_recognized=recognized is not None)
    document = _with_origin(_document(reading, empty), data, reading)
    if not filled:
        return document
    note = recognized_note(filled, len(reading.pages))
    return replace(document, by_ocr=True, notes=(note, *document.notes))


def _read(data: bytes, bounds: Bounds, careful: bool, on_progress: OnProgress) -> PdfReading:
    from bot.ingest.extract.pdf.pdfium import read_with_pdfium  # noqa: PLC0415 - 8 MB of library
    from bot.ingest.extract.pdf.pypdf import read_with_pypdf  # noqa: PLC0415 - rarely needed

    first = None
    try:
        if not careful:
            first = read_with_pdfium(data, bounds, on_progress)
            if any(first.pages):
                return _better(first, data, bounds, on_progress)
            if len(first.broken) == len(first.pages):
                first = None
    except PasswordRequired as error:
        raise _password_error() from error
    except CannotOpen:
        pass
    try:
        return read_with_pypdf(data, bounds, on_progress)
    except PasswordRequired as error:
        raise _password_error() from error
    except CannotOpen as error:
        if first is not None:
            return first
        raise DamagedDocument(
            _(
                "The PDF is damaged or incomplete, so nothing was stored. "
                "Download it again, or open it and print it to a new PDF."
            )
        ) from error


def _better(first: PdfReading, data: bytes, bounds: Bounds, on_progress: OnProgress) -> PdfReading:
    """The reading, or the second library's if the letters of this one are garbled."""
    from bot.ingest.extract.pdf.pypdf import read_with_pypdf  # noqa: PLC0415 - rarely needed

    if not is_garbled(first):
        return first
    try:
        probe = read_with_pypdf(data, replace(bounds, pages=PROBE_PAGES), ignore_progress)
        if is_garbled(probe):
            return first
        return read_with_pypdf(data, bounds, on_progress)
    except (CannotOpen, PasswordRequired):
        return first


def _password_error() -> EncryptedDocument:
    return EncryptedDocument(
        _(
            "The PDF is password-protected, so I couldn't read it and nothing was stored. "
            "Save it without the password and add it again."
        )
    )


def _check_readable(reading: PdfReading, empty: list[int], *, was_recognized: bool) -> None:
    text = "".join(line.text for lines in reading.pages for line in lines)
    shown = len(reading.pages) - len(reading.blank) - len(reading.broken)
    if empty and len(text) < PAGE_CHARACTERS * shown and len(empty) >= shown / 2:
        raise scan_error(empty, len(reading.pages), was_recognized=was_recognized)
    if unknown_share(text) > UNKNOWN_SHARE:
        raise UnreadableText(
            _(
                "This PDF doesn't say which letters it shows, so I couldn't read it "
                "and nothing was stored. Run it through text recognition (OCR), or paste the text."
            )
        )


def _document(reading: PdfReading, empty: list[int]) -> Document:
    builder = TextBuilder()
    unmarked, watermarks = strip_watermarks(reading.pages)
    pages = [settle_boxes(lines) for lines in strip_page_headers(unmarked)]
    layout = list(build_blocks([(str(number), lines) for number, lines in enumerate(pages, 1)]))
    add_layout(builder, layout)
    for index, comment in reading.comments:
        builder.add(comment, "note", pages=[TextMarker(0, str(index + 1))])
    metadata = reading.metadata
    return Document(
        builder.text(),
        title=_title(metadata.get("title", ""), layout),
        headings=tuple(builder.headings),
        blocks=builder.blocks,
        pages=tuple(builder.pages),
        author=plausible_author(metadata.get("author"), _first_page(reading)),
        language=plausible_language(metadata.get("language")),
        notes=(*_notes(reading, empty), *_floating_notes(reading, watermarks)),
    )


def _notes(reading: PdfReading, empty: list[int]) -> tuple[str, ...]:
    notes = []
    if empty:
        notes.append(pages_without_text(empty, len(reading.pages)))
    if reading.broken:
        notes.append(
            ngettext(
                "{n:,} of {total:,} pages couldn't be opened.",
                "{n:,} of {total:,} pages couldn't be opened.",
                len(reading.broken),
            ).format(n=len(reading.broken), total=reading.total)
        )
    if reading.hidden_characters:
        notes.append(hidden_text_note(reading.hidden_characters))
    if reading.total > len(reading.pages):
        notes.append(
            _("Only the first {n:,} of {total:,} pages were read.").format(
                n=len(reading.pages), total=reading.total
            )
        )
    return tuple(notes)


def _floating_notes(reading: PdfReading, watermarks: list[str]) -> Iterator[str]:
    yield from LeftOut(attachment=reading.attachments).notes()
    text = "".join(line.text for lines in reading.pages for line in lines)
    if unknown_share(text) > GARBLED_SHARE:
        yield _(
            "{percent:.0f} % of the characters couldn't be read: the PDF doesn't say which letters "
            "they are."
        ).format(percent=100 * unknown_share(text))
    elif is_wordless(" ".join(line.text for lines in reading.pages for line in lines)):
        yield _("I recognized no language in this PDF, so its letters may be wrong.")
    if watermarks:
        words = shorten(" · ".join(watermarks), NAMED_CHARACTERS)
        yield _("Left out a watermark: “{text}”.").format(text=words)


def _title(metadata_title: str, blocks: Sequence[LayoutBlock]) -> str:
    """The title in the metadata if the first page shows it, else the largest heading there."""
    first = [block for block in blocks[:20] if not block.pages or block.pages[0].value == "1"]
    first_page = " ".join(block.text for block in first).casefold()
    plausible = plausible_text(metadata_title, TITLE_CHARACTERS)
    if plausible and plausible.casefold() in first_page:
        return plausible
    largest = max(
        (block for block in first if block.kind == "heading"), default=None, key=_block_size
    )
    body = [block.size for block in blocks if block.kind == "paragraph"]
    if largest is not None and (not body or largest.size >= TITLE_SIZE * min(body)):
        return plausible_text(largest.text, TITLE_CHARACTERS) or plausible
    # "report_v2" is the name of a file.
    return plausible if " " in plausible or not plausible.isascii() else ""


def _block_size(block: LayoutBlock) -> float:
    return block.size


def _first_page(reading: PdfReading) -> str:
    return " ".join(line.text for lines in reading.pages[:1] for line in lines)


def _with_origin(document: Document, data: bytes, reading: PdfReading) -> Document:
    """With the date that publishers state, else the one printed, else one of unstated meaning."""
    layout = _PDF_DATE.match(reading.metadata.get("created", ""))
    created = plausible_date("-".join(layout.groups())) if layout else None
    stated, dated = xmp_dates(data, created)
    lines = [line.text for lines in reading.pages[:1] for line in lines if line.row < 0]
    if stated:
        document = replace(document, published=stated, date_source="publisher's metadata")
    document = with_byline(document, lines)
    if dated and not document.published:
        document = replace(document, published=dated, date_kind="file", date_source="file")
    return document
