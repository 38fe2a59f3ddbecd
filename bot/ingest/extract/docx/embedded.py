"""Documents that are embedded in a Word file (``altChunk``): web pages, text, Word files."""

from __future__ import annotations

import email
import email.policy
import posixpath
from collections.abc import Callable
from typing import Any

from bot.errors import ArticleRefused
from bot.ingest.extract.archive import Archive
from bot.ingest.extract.charset import decode
from bot.ingest.extract.document import TextBuilder
from bot.ingest.extract.docx.left_out import DOCUMENT
from bot.ingest.extract.formats import Format
from bot.ingest.extract.office import R, relationships
from bot.ingest.extract.sniff import sniff_format
from bot.strings import N_

DEPTH = 3  # of files within files
KIND = N_("The embedded Word file")


def add_embedded(
    archive: Archive,
    chunk: Any,
    builder: TextBuilder,
    depth: int,
    add_docx: Callable[[Archive], None],
) -> int | None:
    """Append the text of an embedded document; its hidden characters, None if it can't be read."""
    part = relationships(archive, DOCUMENT).get(chunk.get(f"{R}id", ""))
    if part is None or part.target not in archive.names or depth >= DEPTH:
        return None
    data = archive.read(part.target)
    try:
        return _add(data, posixpath.splitext(part.target)[1].lower(), builder, add_docx)
    except ArticleRefused:
        return None


def _add(
    data: bytes, suffix: str, builder: TextBuilder, add_docx: Callable[[Archive], None]
) -> int | None:
    from bot.ingest.extract.html.html import declared_charset, read_whole_html  # noqa: PLC0415 - a ring

    if suffix in (".mht", ".mhtml", ".eml"):
        data, suffix = _page_of_mail(data), ".html"
    format_ = sniff_format(data, suffix)
    if format_ is Format.DOCX:
        with Archive(data, KIND) as inner:
            add_docx(inner)
        return 0
    if format_ is Format.HTML:
        return read_whole_html(decode(data, declared_charset(data)).text, builder)
    if format_ is not Format.TEXT:
        return None
    for paragraph in decode(data).text.replace("\r\n", "\n").split("\n\n"):
        builder.add(paragraph)
    return 0


def _page_of_mail(data: bytes) -> bytes:
    """The first HTML part of a MIME message; the message itself if it has none."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            payload = part.get_payload(decode=True)
            return payload if isinstance(payload, bytes) else data
    return data
