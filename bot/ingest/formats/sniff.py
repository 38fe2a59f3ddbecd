"""What kind of file some bytes are. Reads a few bytes and a ZIP's list of names, no more.

A name never makes bytes into something they are not: a PDF called ``.txt`` is a PDF, a text
called ``.pdf`` is a text. The ending decides only between kinds of text.
"""

from __future__ import annotations

import io
import re
import zipfile
from enum import Enum
from typing import NoReturn

from bot.errors import DamagedDocument, UnsupportedFormat

READABLE_FORMATS = (
    "web pages, PDF, Word (.docx), EPUB, Markdown (.md), HTML (.html) and plain text (.txt) files"
)
START_BYTES = 1_024  # PDF readers look for "%PDF-" in the first kilobyte
MARKDOWN_ENDINGS = (".md", ".markdown", ".mdown", ".mkd")
HTML_ENDINGS = (".html", ".htm", ".xhtml", ".xht", ".shtml")
ZIP_ENDINGS = {".docx": "a Word file", ".epub": "an EPUB book", ".zip": "a ZIP archive"}
BINARIES = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file (.doc, .xls, .ppt)"),
    (b"{\\rtf", "an RTF file"),
    (b"%!PS", "a PostScript file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\0", "a picture"),
    (b"MM\0*", "a picture"),
    (b"BM", "a picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"OggS", "a sound file"),
    (b"ID3", "a sound file"),
    (b"fLaC", "a sound file"),
    (b"AT&TFORM", "a DjVu file"),
    (b"SQLite format 3\0", "a database"),
    (b"From: <Saved by ", "a saved web archive (MHTML)"),
)
# By their content types in the archive, or the file that only they have.
PACKAGES = (
    ("word/document.xml", "docx"),
    ("xl/workbook.xml", "an Excel file"),
    ("ppt/presentation.xml", "a PowerPoint file"),
    ("Index/Document.iwa", "an Apple Pages file"),
    ("AndroidManifest.xml", "an Android program"),
)
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_HTML = re.compile(
    rb"(?:\s|\xef\xbb\xbf|<\?xml[^>]{0,200}\?>|<!--.{0,2000}?-->)*<(?:!doctype\s+html|html[\s>])",
    re.IGNORECASE | re.DOTALL,
)
_XML = re.compile(rb"(?:\s|\xef\xbb\xbf)*<\?xml\s")


class Format(Enum):
    """The kinds of file that are read."""

    PDF = "pdf"
    DOCX = "docx"
    EPUB = "epub"
    HTML = "html"
    MARKDOWN = "markdown"
    TEXT = "text"


def sniff_format(data: bytes, ending: str) -> Format:
    """The kind of file. Raises UnsupportedFormat, or DamagedDocument for a broken archive."""
    start = data[:START_BYTES]
    if start.lstrip().startswith(b"%PDF-") or (b"%PDF-" in start and b" obj" in data):
        return Format.PDF
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _recognise_zip(data, ending)
    for magic, kind in BINARIES:
        if start.startswith(magic) and _is_binary(start, magic):
            _refuse(kind)
    if start[4:8] == b"ftyp" or (start.startswith(b"RIFF") and b"\0" in start):
        _refuse("a film, a picture or a sound file")
    return _recognise_characters(data, ending)


def _recognise_characters(data: bytes, ending: str) -> Format:
    plain = data[: 2 * START_BYTES].replace(b"\0", b"")  # also of UTF-16
    if plain.startswith((b"\xff\xfe", b"\xfe\xff")):
        plain = plain[2:]
    if _HTML.match(plain) or ending in HTML_ENDINGS:
        return Format.HTML
    if _XML.match(plain):
        _refuse("an XML file")
    return Format.MARKDOWN if ending in MARKDOWN_ENDINGS else Format.TEXT


def _is_binary(start: bytes, magic: bytes) -> bool:
    """Two letters may begin a text as well ("BMW …"): binary files hold zeros, too."""
    return len(magic) > 3 or b"\0" in start or not start.isascii()


def _recognise_zip(data: bytes, ending: str) -> Format:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            kind = _stored_type(archive) if "mimetype" in names else ""
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise DamagedDocument(
            f"This looks like {ZIP_ENDINGS.get(ending, 'a ZIP archive')}, but it is damaged or cut "
            "off, so nothing was stored. Download or save it again."
        ) from error
    if kind == "application/epub+zip" or "META-INF/container.xml" in names:
        return Format.EPUB
    if kind.startswith(OPEN_DOCUMENT):
        _refuse("an OpenDocument file (.odt)", "Save it as .docx or PDF and hand that in")
    found = next((package for name, package in PACKAGES if name in names), "a ZIP archive")
    if found == "docx":
        return Format.DOCX
    if found == "a ZIP archive":
        _refuse(found, "Unpack it and hand in the files one by one")
    return _refuse(found)


def _stored_type(archive: zipfile.ZipFile) -> str:
    with archive.open("mimetype") as kind:
        return kind.read(100).decode("ascii", "replace").strip()


def _refuse(kind: str, instead: str = "Save it as one of these, or paste the text") -> NoReturn:
    raise UnsupportedFormat(
        f"This is {kind}, which is not read: Footnote reads {READABLE_FORMATS}. "
        f"Nothing was stored. {instead}."
    )
