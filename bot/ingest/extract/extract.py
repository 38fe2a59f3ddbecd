"""A file's bytes → a Document. The bytes decide the format; the file name only breaks ties.

A pure function without network. It costs CPU, and hostile input may make it slow or kill the
process (PDF libraries are C): call it in a child process with limits. Every file ends in a
Document or in an ArticleRefused that says what is wrong and what to do. Knows nothing of the rest
of the bot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import PurePath
from typing import NamedTuple

from bot.errors import DocumentTooComplex, EmptyArticle
from bot.ingest.extract.charset import decode
from bot.ingest.extract.dialogue import mark_dialogues
from bot.ingest.extract.document import (
    Bounds,
    Document,
    OnProgress,
    TextBuilder,
    ignore_progress,
    truncate,
)
from bot.ingest.extract.document_origin import with_byline
from bot.ingest.extract.formats import Format
from bot.ingest.extract.garbled import garbled_notes
from bot.ingest.extract.plain_text import read_plain_text
from bot.ingest.extract.post_lines import mark_posts
from bot.ingest.extract.sniff import sniff_format
from bot.strings import _

# Whose first lines may be a byline; PDF, HTML and Markdown read theirs from the lines as laid out.
WITH_BYLINES = frozenset(
    (Format.TEXT, Format.DOCX, Format.PPTX, Format.ODT, Format.ODP, Format.RTF)
)


def extract(
    data: bytes,
    name: str,
    *,
    bounds: Bounds | None = None,
    declared: str | None = None,
    address: str | None = None,
    careful: bool = False,
    on_progress: OnProgress = ignore_progress,
    ocr: bool = False,
    ocr_page: int | None = None,
    recognized: Mapping[str, str] | None = None,
) -> Document:
    """Read a file. Raises the ArticleRefused that fits.

    ``declared`` is the charset that came with the file (an HTTP header), ``address`` where a page
    was fetched. ``careful`` avoids the fast PDF library, for a file that crashed the process.
    ``on_progress`` is called for each page of a PDF; other formats are read without it. ``ocr``,
    ``recognized`` (page number → text): see ``read_pdf``. ``ocr_page``: recognize only that page.
    """
    if ocr_page is not None:
        from bot.ingest.extract.pdf.scans import recognize  # noqa: PLC0415 - 8 MB of library

        return Document(recognize(data, ocr_page))
    bounds = bounds or Bounds()
    if not data:
        raise EmptyArticle(_("The file is empty, so nothing was stored. Check it and try again."))
    try:
        format_ = sniff_format(data, PurePath(name).suffix.lower())
        texts = None if recognized is None else {int(n): t for n, t in recognized.items()}
        source = Source(data, name, bounds, declared, address, careful, on_progress, ocr, texts)
        document = _read(source, format_)
    except (RecursionError, MemoryError) as error:
        raise DocumentTooComplex(
            _(
                "This file isn't safe to read, so nothing was stored. "
                "Paste the text of the article instead."
            )
        ) from error
    if document.unread_pages:
        return document
    if format_ is not Format.TEXT:  # whose reader did it
        document = _with_turns(document)
    if format_ in NAMED_BY_FILE and not document.title:
        document = replace(document, title=_title(name, format_))
    if address and not document.url:
        document = replace(document, url=address)
    if format_ in WITH_BYLINES:
        document = with_byline(document, document.text.split("\n"))
    if format_ is not Format.PDF:  # whose reader does it
        document = replace(document, notes=(*document.notes, *garbled_notes(document.text)))
    return truncate(_check_not_empty(document), bounds.characters)


class Source(NamedTuple):
    """A file and how it is to be read; the fields are those of ``extract``."""

    data: bytes
    name: str
    bounds: Bounds
    declared: str | None
    address: str | None
    careful: bool
    on_progress: OnProgress
    ocr: bool
    recognized: Mapping[int, str] | None


def _read(source: Source, format_: Format) -> Document:
    if format_ in BINARY_READERS:
        return _reader(BINARY_READERS[format_])(source.data)
    if format_ in TEXT_READERS:
        return _read_characters(source, TEXT_READERS[format_])
    return OTHER_READERS[format_](source)


def _reader(place: str) -> Callable[..., Document]:
    """The function of a module, which is loaded when its format is met for the first time."""
    module, _colon, function = place.partition(":")
    reader: Callable[..., Document] = getattr(import_module(f"{PACKAGE}.{module}"), function)
    return reader


def _read_characters(source: Source, place: str) -> Document:
    decoded = decode(source.data, source.declared)
    document = _reader(place)(decoded.text)
    return replace(document, notes=(*decoded.notes, *document.notes))


def _read_pdf(source: Source) -> Document:
    read = _reader("pdf.pdf:read_pdf")
    return read(
        source.data,
        source.bounds,
        careful=source.careful,
        on_progress=source.on_progress,
        ocr=source.ocr,
        recognized=source.recognized,
    )


def _read_html(source: Source) -> Document:
    from bot.ingest.extract.html.html import declared_charset, read_html  # noqa: PLC0415 - 0.4 s to load

    decoded = decode(source.data, source.declared or declared_charset(source.data))
    document = read_html(decoded.text, source.address)
    return replace(document, notes=(*decoded.notes, *document.notes))


def _read_mail(source: Source, place: str) -> Document:
    document: Document = _reader(place)(source.data, source.bounds.attachments)
    return document


def _read_mhtml(source: Source) -> Document:
    return _reader("mail:read_mhtml")(source.data, source.address)


def _title(name: str, format_: Format) -> str:
    """The name of a file that has no title; of source code with its ending."""
    path = PurePath(name)
    return path.name if format_ in (Format.CODE, Format.JSON) else path.stem


def read_text(text: str) -> Document:
    """Read plain text as it is."""
    return _check_not_empty(_with_turns(read_plain_text(text)))


def _with_turns(document: Document) -> Document:
    """The document with the posts, questions and replies among its paragraphs as blocks."""
    blocks = mark_posts(document.text, document.blocks)
    return replace(document, blocks=mark_dialogues(document.text, blocks))


def read_code(text: str) -> Document:
    """Read source code as it is; runs of lines between blank ones are its blocks."""
    builder = TextBuilder()
    for part in re.split(r"\n\s*\n(?=\S)", text.replace("\r\n", "\n")):
        builder.add(part, "code")
    return Document(builder.text(), blocks=builder.blocks)


def _check_not_empty(document: Document) -> Document:
    if not any(character.isalnum() for character in document.text):
        raise EmptyArticle(
            _(
                "I found no readable text in this, so nothing was stored. "
                "Check the file, or paste the text of the article."
            )
        )
    return document


PACKAGE = "bot.ingest.extract"
BINARY_READERS = {
    Format.DOCX: "docx.docx:read_docx",
    Format.PPTX: "pptx.pptx:read_pptx",
    Format.XLSX: "xlsx.xlsx:read_xlsx",
    Format.ODT: "odf.odf:read_odf",
    Format.ODP: "odf.odf:read_odf",
    Format.ODS: "odf.ods:read_ods",
    Format.RTF: "rtf.rtf:read_rtf",
    Format.EPUB: "epub:read_epub",
    Format.PAGES: "zipped_pages:read_zipped_pages",
}
TEXT_READERS = {
    Format.MARKDOWN: "markdown:read_markdown",
    Format.CSV: "csv_text:read_csv",
    Format.SUBTITLES: "subtitles:read_subtitles",
    Format.JSON: "json_text:read_json",
    Format.CODE: "extract:read_code",
    Format.TEXT: "extract:read_text",
}
OTHER_READERS: dict[Format, Callable[[Source], Document]] = {
    Format.PDF: _read_pdf,
    Format.HTML: _read_html,
    Format.EML: partial(_read_mail, place="mail:read_eml"),
    Format.MBOX: partial(_read_mail, place="mail:read_mbox"),
    Format.MHTML: _read_mhtml,
}
NAMED_BY_FILE = frozenset(
    (Format.XLSX, Format.ODS, Format.CSV, Format.SUBTITLES, Format.JSON, Format.CODE, Format.MBOX)
)
