"""The format of a file, from a few of its bytes and a ZIP archive's list of names.

The bytes outrank the name: a PDF called ``.txt`` is a PDF, a text called ``.pdf`` is a text. The
file extension decides only between kinds of text.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePosixPath
from typing import NoReturn

from bot.errors import DamagedDocument, EncryptedDocument, UnsupportedFormat
from bot.ingest.extract.formats import ENDINGS, OPEN_DOCUMENT, Format, format_of_ending
from bot.strings import N_, _

READABLE_FORMATS = N_(
    "web pages, PDF, Word (.docx), PowerPoint (.pptx), Excel (.xlsx), OpenDocument (.odt, .ods, "
    ".odp), RTF, EPUB, Markdown, HTML, CSV, email (.eml, .mbox), subtitles (.srt, .vtt) and text "
    "files"
)
SAVE_AS = N_("Save it as one of these, or paste the text.")
ZIP = N_("a ZIP archive")


PAGE_ENDINGS = (".html", ".htm", ".xhtml")
# What belongs to a page; everything else may be an article, which it would be wrong to drop.
FURNITURE = frozenset(
    (
        *(".css", ".js", ".map", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".ico", ".avif"),
        *(".woff", ".woff2", ".ttf", ".otf", ".eot", ".json", ".xml", ".txt", ".download", ""),
    )
)
START_BYTES = 1_024  # PDF readers look for "%PDF-" in the first kilobyte
ZIP_ENDINGS = {".docx": N_("a Word file"), ".epub": N_("an EPUB book"), ".zip": ZIP}
BINARIES = (
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
)
# By the file that only they have.
PACKAGES: tuple[tuple[str, Format | str], ...] = (
    ("word/document.xml", Format.DOCX),
    ("xl/workbook.xml", Format.XLSX),
    ("ppt/presentation.xml", Format.PPTX),
    ("xl/workbook.bin", N_("a binary Excel file (.xlsb)")),
    ("Index/Document.iwa", N_("an Apple Pages file")),
    ("AndroidManifest.xml", N_("an Android program")),
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLD_OFFICE = N_("an old Office file (.doc, .xls, .ppt)")
OLE_STREAMS = (
    ("WordDocument", N_("an old Word file (.doc)")),
    ("Workbook", N_("an old Excel file (.xls)")),
    ("PowerPoint Document", N_("an old PowerPoint file (.ppt)")),
    ("__substg1.0_", N_("an Outlook file (.msg)")),
)
MAIL_HEADERS = frozenset(
    (
        *(b"received", b"return-path", b"message-id", b"mime-version", b"delivered-to"),
        *(b"dkim-signature", b"x-mailer", b"content-transfer-encoding", b"references"),
    )
)
# Kinds that only a file's name tells from other text.
NAMED_KINDS = frozenset(
    (Format.MARKDOWN, Format.CSV, Format.SUBTITLES, Format.MBOX, Format.JSON, Format.CODE)
)
_HTML = re.compile(
    rb"(?:\s|\xef\xbb\xbf|<\?xml[^>]{0,200}\?>|<!--.{0,2000}?-->)*<(?:!doctype\s+html|html[\s>])",
    re.IGNORECASE | re.DOTALL,
)
_SUBTITLES = re.compile(
    rb"\s*\d+\s*\r?\n\s*\d{1,3}:\d\d:\d\d[,.]\d{1,3}\s*-->\s*\d{1,3}:\d\d:\d\d[,.]\d"
)
_MBOX_LINE = re.compile(rb"From \S+.*\d{4}")
_HEADER = re.compile(rb"([!-9;-~]{1,76}):")
_XML = re.compile(rb"(?:\s|\xef\xbb\xbf)*<\?xml\s")


def sniff_format(data: bytes, ending: str) -> Format:
    """The kind of file. Raises UnsupportedFormat, EncryptedDocument, or DamagedDocument."""
    start = data[:START_BYTES]
    if start.lstrip().startswith(b"%PDF-") or (b"%PDF-" in start and b" obj" in data):
        return Format.PDF
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _sniff_zip(data, ending)
    if start.startswith(OLE):
        _refuse_ole(data)
    for magic, kind in BINARIES:
        if start.startswith(magic) and _is_binary(start, magic):
            _refuse(kind)
    if start[4:8] == b"ftyp" or (start.startswith(b"RIFF") and b"\0" in start):
        _refuse(N_("a video, a picture or a sound file"))
    return _sniff_text(data, ending)


def _sniff_text(data: bytes, ending: str) -> Format:
    plain = data[: 8 * START_BYTES].replace(b"\0", b"")  # also of UTF-16
    for mark in (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"):
        plain = plain.removeprefix(mark)
    if plain.lstrip().startswith(b"{\\rtf"):
        return Format.RTF
    if _HTML.match(plain) or ending in ENDINGS[Format.HTML]:
        return Format.HTML
    if _XML.match(plain):
        _refuse(N_("an XML file"))
    if plain.startswith(b"WEBVTT") or _SUBTITLES.match(plain):
        return Format.SUBTITLES
    return _sniff_mail(plain, ending) or _sniff_ending(plain, ending)


def _sniff_mail(plain: bytes, ending: str) -> Format | None:
    """Mail begins with headers; some of them are written by programs alone."""
    line, _newline, rest = plain.partition(b"\n")
    if _MBOX_LINE.match(line) and _header_names(rest):
        return Format.MBOX
    names = _header_names(plain)
    if plain.startswith(b"From: <Saved by ") or (ending in ENDINGS[Format.MHTML] and names):
        return Format.MHTML
    is_mail = b"from" in names and bool(names & MAIL_HEADERS)
    return Format.EML if is_mail or (ending in ENDINGS[Format.EML] and len(names) > 1) else None


def _header_names(plain: bytes) -> set[bytes]:
    """The names of the headers that a text begins with; none if it begins with something else."""
    head = re.split(rb"\r?\n\r?\n", plain.lstrip(), maxsplit=1)[0]
    lines = [line for line in head.splitlines() if not line.startswith((b" ", b"\t"))]
    names = [_HEADER.match(line) for line in lines]
    # The last line may be cut off.
    return {name[1].lower() for name in names if name} if lines and all(names[:-1]) else set()


def _sniff_ending(plain: bytes, ending: str) -> Format:
    """Kinds of text that only the file's name tells apart."""
    if not ending and plain.lstrip()[:1] == b"{":
        return Format.JSON
    named = format_of_ending(ending)
    return named if named in NAMED_KINDS else Format.TEXT


def _is_binary(start: bytes, magic: bytes) -> bool:
    """Short magic numbers may also begin a text ("BMW …"); binary files contain zero bytes, too."""
    return len(magic) > 3 or b"\0" in start or not start.isascii()


def _sniff_zip(data: bytes, ending: str) -> Format:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = frozenset(archive.namelist())
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
        return _open_document(kind)
    for part, package in PACKAGES:
        if part in names:
            return package if isinstance(package, Format) else _refuse(package)
    if _holds_pages(names):
        return Format.PAGES
    return _refuse(ZIP, N_("Unpack it and add the files one at a time."))


def _holds_pages(names: frozenset[str]) -> bool:
    """Whether an archive holds web pages and what belongs to them, and nothing else."""
    files = [PurePosixPath(name.lower()) for name in names if not name.endswith("/")]
    files = [file for file in files if "__macosx" not in file.parts]
    pages = [file for file in files if file.suffix in PAGE_ENDINGS]
    return bool(pages) and all(f.suffix in FURNITURE for f in files if f not in pages)


def _open_document(kind: str) -> Format:
    """By its media type; a template is read like a document."""
    name = kind.removeprefix(OPEN_DOCUMENT).removesuffix("-template").removesuffix("-master")
    formats = {"text": Format.ODT, "spreadsheet": Format.ODS, "presentation": Format.ODP}
    if name not in formats:
        return _refuse(N_("an OpenDocument drawing"), N_("Save it as PDF and add that."))
    return formats[name]


def _stored_type(archive: zipfile.ZipFile) -> str:
    with archive.open("mimetype") as kind:
        return kind.read(100).decode("ascii", "replace").strip()


def _refuse_ole(data: bytes) -> NoReturn:
    """Old Office files, and new ones with a password, which are kept in the old container."""
    if _utf16("EncryptedPackage") in data:
        raise EncryptedDocument(
            _(
                "This Office file is locked with a password, so I couldn't read it and nothing was "
                "stored. Save it without the password and add it again."
            )
        )
    kind = next((kind for name, kind in OLE_STREAMS if _utf16(name) in data), OLD_OFFICE)
    _refuse(kind)


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-le")


def _refuse(kind: str, instead: str = SAVE_AS) -> NoReturn:
    raise UnsupportedFormat(
        _("This is {kind}. I can only read {formats}. Nothing was stored. {instead}").format(
            kind=_(kind), formats=_(READABLE_FORMATS), instead=_(instead)
        )
    )
