"""An EPUB book → its text in reading order, chapter by chapter, and its metadata.

The spine gives the order; the table of contents and covers without text are left out, non-linear
items (notes) come last. Chapters are read like web pages, with the same filter for hidden text,
but whole: a book has no menus. Copy-protected books are refused.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from bot.errors import EncryptedDocument
from bot.ingest.extract.archive import Archive
from bot.ingest.extract.charset import decode
from bot.ingest.extract.dates import plausible_date
from bot.ingest.extract.document import Document, TextBuilder, hidden_text_note
from bot.ingest.extract.html.html import declared_charset, read_whole_html
from bot.ingest.extract.left_out import LeftOut
from bot.ingest.extract.metadata import (
    AUTHOR_CHARACTERS,
    TITLE_CHARACTERS,
    plausible_language,
    shorten,
)
from bot.strings import N_, _, ngettext

KIND = N_("The EPUB book")
CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"
CIPHER = "{http://www.w3.org/2001/04/xmlenc#}"
PUBLISHING = ("publication", "original-publication", "ops-publication")  # others: "modification"
CHAPTER_TYPES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")


def read_epub(data: bytes) -> Document:
    """Reads a book. Raises DamagedDocument, DocumentTooComplex or EncryptedDocument."""
    with Archive(data, KIND) as archive:
        try:
            folder, package = _package(archive)
        except KeyError as error:
            raise archive.damaged_error(N_("its list of chapters is missing")) from error
        encrypted = _encrypted_parts(archive)
        builder, left_out, dropped, missing = TextBuilder(), LeftOut(), 0, 0
        for name in _chapters(package, folder):
            if name in encrypted:
                raise EncryptedDocument(
                    _(
                        "The EPUB book is copy-protected, so I couldn't read it and nothing was "
                        "stored. Add a copy without protection, or paste the part you need."
                    )
                )
            if name not in archive.names:
                missing += 1
                continue
            chapter = archive.read(name)
            text = decode(chapter, declared_charset(chapter)).text
            dropped += read_whole_html(text, builder, left_out)
    notes = [*left_out.notes(), *([hidden_text_note(dropped)] if dropped else [])]
    if missing:
        notes.append(
            ngettext(
                "{n} chapter is missing from the book.",
                "{n} chapters are missing from the book.",
                missing,
            ).format(n=missing)
        )
    return _document(builder, package, notes)


def _package(archive: Archive) -> tuple[str, Any]:
    """The folder of the book's package file, and its XML."""
    container = archive.xml("META-INF/container.xml")
    root = container.find(f".//{CONTAINER}rootfile")
    path = unquote(root.get("full-path", "")) if root is not None else ""
    return posixpath.dirname(path), archive.xml(path)


def _encrypted_parts(archive: Archive) -> frozenset[str]:
    """The encrypted parts; in books without copy protection these are only fonts."""
    if "META-INF/encryption.xml" not in archive.names:
        return frozenset()
    references = archive.xml("META-INF/encryption.xml").iter(f"{CIPHER}CipherReference")
    return frozenset(unquote(reference.get("URI", "")) for reference in references)


def _chapters(package: Any, folder: str) -> Iterator[str]:
    """The names of the chapters' files, in reading order."""
    items = {item.get("id"): item for item in package.iter(f"{OPF}item")}
    spine = [
        (reference.get("linear", "yes") == "no", items[reference.get("idref")])
        for reference in package.iter(f"{OPF}itemref")
        if reference.get("idref") in items
    ]
    seen = set()
    for _is_last, item in sorted(spine, key=lambda entry: entry[0]):
        path = posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
        is_contents = "nav" in item.get("properties", "").split()
        if item.get("media-type") in CHAPTER_TYPES and not is_contents and path not in seen:
            seen.add(path)
            yield path


def _document(builder: TextBuilder, package: Any, notes: list[str]) -> Document:
    def metadata(name: str) -> list[str]:
        return [element.text or "" for element in package.iter(DC + name)]

    dates = [
        element.text
        for element in package.iter(f"{DC}date")
        if element.get(f"{OPF}event", "publication") in PUBLISHING
    ]
    authors = ", ".join(filter(None, (" ".join(name.split()) for name in metadata("creator"))))
    return Document(
        builder.text(),
        title=shorten("".join(metadata("title")[:1]), TITLE_CHARACTERS),
        headings=tuple(builder.headings),
        blocks=builder.blocks,
        author=shorten(authors, AUTHOR_CHARACTERS) or None,
        published=next(filter(None, map(plausible_date, dates)), None),
        language=next(filter(None, map(plausible_language, metadata("language"))), None),
        notes=tuple(notes),
    )
