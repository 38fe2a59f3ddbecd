"""An EPUB book → its text in reading order, chapter by chapter, and its origin.

The spine says the order; the table of contents and covers without words are left out, notes that
the spine puts aside come last. Chapters are read as pages are, with the same filter for what
cannot be seen, but whole: a book has no menus. Protected books are refused in words.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from bot.errors import EncryptedDocument
from bot.ingest.formats.archive import Archive
from bot.ingest.formats.charset import decode
from bot.ingest.formats.document import Document, TextBuilder, hidden_text_note
from bot.ingest.formats.html import declared_charset, read_whole_html
from bot.ingest.formats.metadata import (
    AUTHOR_CHARACTERS,
    TITLE_CHARACTERS,
    plausible_date,
    plausible_language,
    shorten,
)

KIND = "The EPUB book"
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
            raise archive.damaged_error("its list of chapters is missing") from error
        locked = _locked(archive)
        builder, dropped, missing = TextBuilder(), 0, 0
        for name in _chapters(package, folder):
            if name in locked:
                raise EncryptedDocument(
                    "The EPUB book is copy-protected, so it cannot be read and nothing was "
                    "stored. Hand in a copy without protection, or paste the part you need."
                )
            if name not in archive.names:
                missing += 1
                continue
            chapter = archive.read(name)
            text = decode(chapter, declared_charset(chapter)).text
            dropped += read_whole_html(text, builder)
    notes = [hidden_text_note(dropped)] if dropped else []
    if missing:
        verb = "chapter is" if missing == 1 else "chapters are"
        notes.append(f"{missing} {verb} in the book's list, but not in the book.")
    return _document(builder, package, notes)


def _package(archive: Archive) -> tuple[str, Any]:
    """The folder of the book's package file, and its XML."""
    container = archive.xml("META-INF/container.xml")
    root = container.find(f".//{CONTAINER}rootfile")
    path = unquote(root.get("full-path", "")) if root is not None else ""
    return posixpath.dirname(path), archive.xml(path)


def _locked(archive: Archive) -> frozenset[str]:
    """The parts that are encrypted; in books without protection these are fonts."""
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
    for _, item in sorted(spine, key=lambda entry: entry[0]):
        path = posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
        is_contents = "nav" in item.get("properties", "").split()
        if item.get("media-type") in CHAPTER_TYPES and not is_contents and path not in seen:
            seen.add(path)
            yield path


def _document(builder: TextBuilder, package: Any, notes: list[str]) -> Document:
    def told(name: str) -> list[str]:
        return [element.text or "" for element in package.iter(DC + name)]

    dates = [
        each.text
        for each in package.iter(f"{DC}date")
        if each.get(f"{OPF}event", "publication") in PUBLISHING
    ]
    authors = ", ".join(filter(None, (" ".join(name.split()) for name in told("creator"))))
    return Document(
        builder.text(),
        title=shorten("".join(told("title")[:1]), TITLE_CHARACTERS),
        headings=tuple(builder.headings),
        author=shorten(authors, AUTHOR_CHARACTERS) or None,
        published=next(filter(None, map(plausible_date, dates)), None),
        language=next(filter(None, map(plausible_language, told("language"))), None),
        notes=tuple(notes),
    )
