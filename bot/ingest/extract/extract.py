"""A file's bytes → a Document. The bytes decide the format; the file name only breaks ties.

A pure function without network. It costs CPU, and hostile input may make it slow or kill the
process (PDF libraries are C): call it in a child process with limits. Every file ends in a
Document or in an ArticleRefused that says what is wrong and what to do. Knows nothing of the rest
of the bot.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from bot.errors import DocumentTooComplex, EmptyArticle
from bot.ingest.extract.charset import decode
from bot.ingest.extract.document import Bounds, Document, OnProgress, ignore_progress, truncate
from bot.ingest.extract.document_origin import with_byline
from bot.ingest.extract.sniff import Format, sniff_format
from bot.strings import _
from bot.text.normalize import normalize

READ_THEIR_OWN = (Format.PDF, Format.HTML, Format.MARKDOWN)  # whose lines say more than the text


def extract(
    data: bytes,
    name: str,
    *,
    bounds: Bounds | None = None,
    declared: str | None = None,
    address: str | None = None,
    careful: bool = False,
    on_progress: OnProgress = ignore_progress,
) -> Document:
    """Read a file. Raises the ArticleRefused that fits.

    ``declared`` is the charset that came with the file (an HTTP header), ``address`` where a page
    was fetched. ``careful`` avoids the fast PDF library, for a file that crashed the process.
    ``on_progress`` is called for each page of a PDF; other formats are read without it.
    """
    bounds = bounds or Bounds()
    if not data:
        raise EmptyArticle(_("The file is empty, so nothing was stored. Check it and try again."))
    try:
        format_ = sniff_format(data, PurePath(name).suffix.lower())
        if format_ is Format.PDF:
            from bot.ingest.extract.pdf import read_pdf  # noqa: PLC0415 - 8 MB of library

            document = read_pdf(data, bounds, careful=careful, on_progress=on_progress)
        else:
            document = _read(data, format_, declared, address)
    except (RecursionError, MemoryError) as error:
        raise DocumentTooComplex(
            _(
                "This file isn't safe to read, so nothing was stored. "
                "Paste the text of the article instead."
            )
        ) from error
    if address and not document.url:
        document = replace(document, url=address)
    if format_ not in READ_THEIR_OWN:
        document = with_byline(document, document.text.split("\n"))
    return truncate(_check_not_empty(document), bounds.characters)


def _read(data: bytes, format_: Format, declared: str | None, address: str | None) -> Document:
    if format_ is Format.DOCX:
        from bot.ingest.extract.docx import read_docx  # noqa: PLC0415 - lxml

        return read_docx(data)
    if format_ is Format.EPUB:
        from bot.ingest.extract.epub import read_epub  # noqa: PLC0415 - lxml

        return read_epub(data)
    return _read_characters(data, format_, declared, address)


def _read_characters(
    data: bytes, format_: Format, declared: str | None, address: str | None
) -> Document:
    if format_ is Format.HTML:
        from bot.ingest.extract.html import declared_charset, read_html  # noqa: PLC0415 - 0.4 s to load

        decoded = decode(data, declared or declared_charset(data))
        document = read_html(decoded.text, address)
    elif format_ is Format.MARKDOWN:
        from bot.ingest.extract.markdown import read_markdown  # noqa: PLC0415 - 0.1 s to load

        decoded = decode(data, declared)
        document = read_markdown(decoded.text)
    else:
        decoded = decode(data, declared)
        document = read_text(decoded.text)
    return replace(document, notes=(*decoded.notes, *document.notes))


def read_text(text: str) -> Document:
    """Read plain text as it is."""
    return _check_not_empty(Document(normalize(text).strip()))


def _check_not_empty(document: Document) -> Document:
    if not any(character.isalnum() for character in document.text):
        raise EmptyArticle(
            _(
                "I found no readable text in this, so nothing was stored. "
                "Check the file, or paste the text of the article."
            )
        )
    return document
