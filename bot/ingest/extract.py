"""A file's bytes → a Document: picks the reader by the file's name and first bytes.

Reads plain text, Markdown and HTML; anything else is refused by name, with what to do
instead. Costs CPU and may be slow on hostile input: never call it on the event loop.
"""

from __future__ import annotations

from pathlib import PurePath

from bot.errors import EmptyArticle, UnsupportedFormat
from bot.ingest.charset import decode
from bot.ingest.clean import normalise
from bot.ingest.document import Document

READABLE = "text (.txt), Markdown (.md) and HTML (.html)"
TEXT_ENDINGS = ("", ".txt", ".text", ".log")
MARKDOWN_ENDINGS = (".md", ".markdown")
HTML_ENDINGS = (".html", ".htm", ".xhtml")
BINARIES = {
    b"%PDF-": "a PDF file",
    b"PK\x03\x04": "a ZIP, Word or EPUB file",
    b"\xd0\xcf\x11\xe0": "an old Office file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"{\\rtf": "an RTF file",
}


def extract(data: bytes, name: str) -> Document:
    """Reads a file. Raises UnsupportedFormat, UnreadableText or EmptyArticle."""
    ending = PurePath(name).suffix.lower()
    _refuse_binary(data)
    if ending in HTML_ENDINGS:
        from bot.ingest.html import declared_charset, read_html  # noqa: PLC0415 - 0.4 s to load

        document = read_html(decode(data, declared_charset(data)))
    elif ending in MARKDOWN_ENDINGS:
        from bot.ingest.markdown import read_markdown  # noqa: PLC0415

        document = read_markdown(normalise(decode(data)))
    elif ending in TEXT_ENDINGS:
        document = read_text(decode(data))
    else:
        raise UnsupportedFormat(
            f"Files ending in {ending} are not read yet: Footnote reads {READABLE}. "
            "Nothing was stored; paste the text instead, or save the file in one of these formats."
        )
    return _not_empty(document)


def read_text(text: str) -> Document:
    """Plain text, as it is."""
    return _not_empty(Document(normalise(text).strip()))


def _refuse_binary(data: bytes) -> None:
    for magic, kind in BINARIES.items():
        if data.startswith(magic):
            raise UnsupportedFormat(
                f"This is {kind}, which is not read yet: Footnote reads {READABLE}. "
                "Nothing was stored; paste the text instead."
            )


def _not_empty(document: Document) -> Document:
    if not any(character.isalnum() for character in document.text):
        raise EmptyArticle(
            "There is no readable text in this, so nothing was stored. "
            "Check the file, or paste the text of the article."
        )
    return document
