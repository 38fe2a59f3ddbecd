"""The format of a file, from a few of its bytes and a ZIP archive's list of names.

The bytes outrank the name: a PDF called ``.txt`` is a PDF, a text called ``.pdf`` is a text. The
file extension decides only between kinds of text.
"""

from __future__ import annotations

import io
import re
import zipfile
from enum import Enum
from typing import NoReturn

from bot.errors import DamagedDocument, UnsupportedFormat
from bot.strings import N_, _

READABLE_FORMATS = N_(
    "web pages, PDF, Word (.docx), EPUB, Markdown (.md), HTML (.html) and plain text (.txt) files"
)
SAVE_AS = N_("Save it as one of these, or paste the text.")
ZIP = N_("a ZIP archive")
START_BYTES = 1_024  # PDF readers look for "%PDF-" in the first kilobyte
MARKDOWN_ENDINGS = (".md", ".markdown", ".mdown", ".mkd")
HTML_ENDINGS = (".html", ".htm", ".xhtml", ".xht", ".shtml")
ZIP_ENDINGS = {".docx": N_("a Word file"), ".epub": N_("an EPUB book"), ".zip": ZIP}
BINARIES = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", N_("an old Office file (.doc, .xls, .ppt)")),
    (b"{\\rtf", N_("an RTF file")),
    (b"%!PS", N_("a PostScript file")),
    (b"\x89PNG", N_("a picture")),
    (b"\xff\xd8\xff", N_("a picture")),
    (b"GIF8", N_("a picture")),
    (b"II*\0", N_("a picture")),
    (b"MM\0*", N_("a picture")),
    (b"BM", N_("a picture")),
    (b"\x1f\x8b", N_("a gzip archive")),
    (b"BZh", N_("a bzip2 archive")),
    (b"7z\xbc\xaf", N_("a 7z archive")),
    (b"Rar!", N_("a RAR archive")),
    (b"\xfd7zXZ", N_("an xz archive")),
    (b"\x28\xb5\x2f\xfd", N_("a zstd archive")),
    (b"\x7fELF", N_("a program")),
    (b"MZ", N_("a program")),
    (b"OggS", N_("a sound file")),
    (b"ID3", N_("a sound file")),
    (b"fLaC", N_("a sound file")),
    (b"AT&TFORM", N_("a DjVu file")),
    (b"SQLite format 3\0", N_("a database")),
    (b"From: <Saved by ", N_("a saved web archive (MHTML)")),
)
# By their content types in the archive, or the file that only they have.
PACKAGES = (
    ("word/document.xml", "docx"),
    ("xl/workbook.xml", N_("an Excel file")),
    ("ppt/presentation.xml", N_("a PowerPoint file")),
    ("Index/Document.iwa", N_("an Apple Pages file")),
    ("AndroidManifest.xml", N_("an Android program")),
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
        return _sniff_zip(data, ending)
    for magic, kind in BINARIES:
        if start.startswith(magic) and _is_binary(start, magic):
            _refuse(kind)
    if start[4:8] == b"ftyp" or (start.startswith(b"RIFF") and b"\0" in start):
        _refuse(N_("a video, a picture or a sound file"))
    return _sniff_text(data, ending)


def _sniff_text(data: bytes, ending: str) -> Format:
    plain = data[: 2 * START_BYTES].replace(b"\0", b"")  # also of UTF-16
    if plain.startswith((b"\xff\xfe", b"\xfe\xff")):
        plain = plain[2:]
    if _HTML.match(plain) or ending in HTML_ENDINGS:
        return Format.HTML
    if _XML.match(plain):
        _refuse(N_("an XML file"))
    return Format.MARKDOWN if ending in MARKDOWN_ENDINGS else Format.TEXT


def _is_binary(start: bytes, magic: bytes) -> bool:
    """Short magic numbers may also begin a text ("BMW …"); binary files contain zero bytes, too."""
    return len(magic) > 3 or b"\0" in start or not start.isascii()


def _sniff_zip(data: bytes, ending: str) -> Format:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            kind = _stored_type(archive) if "mimetype" in names else ""
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise DamagedDocument(
            _(
                "This looks like {kind}, but it's damaged or incomplete, so nothing was stored. "
                "Download or save it again."
            ).format(kind=_(ZIP_ENDINGS.get(ending, ZIP)))
        ) from error
    if kind == "application/epub+zip" or "META-INF/container.xml" in names:
        return Format.EPUB
    if kind.startswith(OPEN_DOCUMENT):
        _refuse(N_("an OpenDocument file (.odt)"), N_("Save it as .docx or PDF and add that."))
    package = next((kind for part, kind in PACKAGES if part in names), ZIP)
    if package == "docx":
        return Format.DOCX
    if package == ZIP:
        _refuse(package, N_("Unpack it and add the files one at a time."))
    return _refuse(package)


def _stored_type(archive: zipfile.ZipFile) -> str:
    with archive.open("mimetype") as kind:
        return kind.read(100).decode("ascii", "replace").strip()


def _refuse(kind: str, instead: str = SAVE_AS) -> NoReturn:
    raise UnsupportedFormat(
        _("This is {kind}. I can only read {formats}. Nothing was stored. {instead}").format(
            kind=_(kind), formats=_(READABLE_FORMATS), instead=_(instead)
        )
    )
