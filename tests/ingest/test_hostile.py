"""Every hostile file, through the real reader process: it ends in clean text or a named refusal."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from bot.errors import (
    ArticleRefused,
    DamagedDocument,
    DocumentTooComplex,
    EmptyArticle,
    UnreadableText,
    UnsupportedFormat,
)
from bot.ingest.extract.document import Bounds
from bot.ingest.worker.pool import Reader
from bot.text.normalize import normalize
from tests.ingest import office_files, sample_files
from tests.ingest.test_xlsx import raw_xlsx

pytestmark = pytest.mark.asyncio(loop_scope="module")  # one reader process for all of them

MIB = 1024 * 1024
WALL_S = 100  # a busy machine takes its time; the limit on CPU is the reader's own
INSTEAD = ("paste", "save", "download", "upload", "unpack", "add it", "check the file")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def reader() -> AsyncIterator[Reader]:
    reader = Reader(wall_s=WALL_S)
    try:
        yield reader
    finally:
        await reader.close()


CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"
PAGE = (
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
    b"/Resources<</Font<</F 5 0 R>>>>>>"
)
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def stream(data: bytes, more: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(data), more, data)


WORDS = stream(b"BT /F 12 Tf 60 700 Td (Some words of this page.) Tj ET")


def raw_pdf(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1; the first is its catalogue."""
    data, postings = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        postings.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in postings)
    count = len(objects) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
    end = b"trailer <</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (count, len(data))
    return data + head + end


def pages(kids: bytes, count: int) -> bytes:
    return b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids)


def deep_tree(depth: int) -> bytes:
    tree = [pages(b"%d 0 R" % (number + 3), 1) for number in range(depth)]
    return raw_pdf(CATALOGUE, *tree, PAGE, WORDS, FONT)


def packed_twice() -> bytes:
    bomb = zlib.compress(zlib.compress(b" " * 100 * MIB, 9), 9)
    content = stream(bomb, b"/Filter[/FlateDecode/FlateDecode]")
    return raw_pdf(CATALOGUE, pages(b"3 0 R", 1), PAGE, content, FONT)


ENTITIES = '<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
CONTAINER = {"META-INF/container.xml": f"{ENTITIES}<container>&c;</container>"}
BOOK = sample_files.epub({"one": "<p>It began.</p>"}, extra={"../../evil": "x"})
DEEP = b"<!doctype html>" + b"<div>" * 200_000 + b"Some words."

Make = Callable[[], bytes]
REFUSED: dict[str, tuple[str, Make, type[ArticleRefused]]] = {
    "a deep tree of pages": ("a.pdf", lambda: deep_tree(20_000), DamagedDocument),
    "a page packed twice": ("a.pdf", packed_twice, ArticleRefused),
    "entities in a book": ("a.epub", lambda: sample_files.archive(CONTAINER), DamagedDocument),
    "a path out of a book": ("a.epub", lambda: BOOK, DamagedDocument),
    "a PDF in a broken ZIP": ("a.docx", lambda: b"PK\x03\x04%PDF-1.4" + bytes(99), DamagedDocument),
    "half a PDF": ("a.pdf", lambda: raw_pdf(CATALOGUE)[:30], DamagedDocument),
    "a text of zeros": ("a.txt", lambda: bytes(MIB), UnreadableText),
    "noise": (
        "a.txt",
        lambda: zlib.compress(b"".join(map(bytes, [range(256)] * 99))),
        ArticleRefused,
    ),
    "line ends": ("a.txt", lambda: b"\r\n" * MIB, EmptyArticle),
    "a piece of a page without end": (
        "a.html",
        lambda: b"<!doctype html><p>First.<script>" + b"x = 1;" * 2_000_000 + b"</script><p>After.",
        DocumentTooComplex,
    ),
    "a million groups in RTF": ("a.rtf", lambda: b"{\\rtf1" + b"{" * MIB, DamagedDocument),
    "a workbook without sheets": (
        "a.xlsx",
        lambda: sample_files.archive({"xl/workbook.xml": "<workbook/>"}),
        EmptyArticle,
    ),
    "entities in a presentation": (
        "a.pptx",
        lambda: sample_files.archive({"ppt/presentation.xml": f"{ENTITIES}<x>&c;</x>"}),
        DamagedDocument,
    ),
    "a bomb in a spreadsheet": (
        "a.ods",
        lambda: office_files.odf("spreadsheet", " " * 80 * MIB),
        DocumentTooComplex,
    ),
    "a slide that is a picture of its own": (
        "a.odp",
        lambda: office_files.odf("presentation", "<draw:page/>"),
        EmptyArticle,
    ),
    "an archive of everything": (
        "a.zip",
        lambda: sample_files.archive({"a.html": "x", "b.exe": "y"}),
        UnsupportedFormat,
    ),
    "subtitles without times": ("a.srt", lambda: b"1\n2\n" * 99_999, DamagedDocument),
    "a program called text": ("a.txt", lambda: b"\x7fELF" + bytes(999), UnsupportedFormat),
}
CELLS = '<c t="str"><v>word</v></c>' * 100
SHEET = f"<sheetData>{f'<row>{CELLS}</row>' * 6_000}</sheetData>"
GROUPS = b"{\\b " * 9_000 + b"Some words." + b"}" * 9_000
READ: dict[str, tuple[str, Make, str]] = {
    "600,000 cells": ("a.xlsx", lambda: raw_xlsx(SHEET), "Only the first 500,000 cells"),
    "a million rows of values": (
        "a.csv",
        lambda: b"port;tonnes\n" + b"Selby;640\n" * 1_000_000,
        "Only the first 500,000 cells",
    ),
    "a value in a million cells": (
        "a.xlsx",
        lambda: raw_xlsx(
            '<sheetData><row r="1"><c r="A1" t="str"><v>First words</v></c></row><row r="1048576">'
            '<c r="XFD1048576" t="str"><v>Last</v></c></row></sheetData><mergeCells>'
            + '<mergeCell ref="A1:XFD1048576"/>' * 1_000
            + "</mergeCells>"
        ),
        "",
    ),
    "deep groups in RTF": ("a.rtf", lambda: b"{\\rtf1 " + GROUPS + b"}", ""),
    "deep JSON": ("a.json", lambda: b"[" * 200_000 + b"words", ""),
    "a mailbox of 100,000": (
        "a.mbox",
        lambda: b"From a@b.c Tue Feb 3 08:00:00 2026\nFrom: a@b.c\n\nSome words.\n\n" * 100_000,
        "Only the first 2,000 of 100,000 messages",
    ),
    "parts within parts of a mail": (
        "a.eml",
        lambda: (
            b"From: a@b.c\nMIME-Version: 1.0\n"
            + b"".join(
                b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n)
                for n in range(300)
            )
            + b"\nSome words."
        ),
        "",
    ),
    "an hour of captions in one cue": (
        "a.vtt",
        lambda: b"WEBVTT\n\n00:00.000 --> 01:00:00.000\n" + b"word\n" * 500_000,
        "",
    ),
    "one line of 50 MB": ("a.txt", lambda: b"x" * 50_000_000, "Only the first 2,500,000"),
    "a million pages": (
        "a.pdf",
        lambda: raw_pdf(CATALOGUE, pages(b"3 0 R " * 1_000_000, 1_000_000), PAGE, WORDS, FONT),
        "Only the first 2,000 of 1,000,000 pages were read.",
    ),
    "nested divisions": ("a.html", lambda: DEEP, ""),
    "entities in a page": (
        "a.html",
        lambda: f"{ENTITIES}<html><p>Some words. &a;&a; &c;</p></html>".encode(),
        "",
    ),
    "characters that do not exist": (
        "a.html",
        lambda: b"<!doctype html><p>Some words. &#xD800;&#0;&#x202e;&#x110000;&#xE0041; More.",
        "",
    ),
    "zeros in a text": ("a.txt", lambda: b"Some words.\0 And\0 more of them.\0" * 3, ""),
    "surrogates in a text": (
        "a.txt",
        lambda: b"Some words. \xed\xa0\xbd\xed\xb8\x80 \xed\xa0\x80",
        "",
    ),
    "accents on accents": ("a.txt", lambda: ("Words a" + "\u0301" * 500_000).encode(), ""),
    "a book called text": ("a.txt", lambda: sample_files.epub({"one": "<p>Some words.</p>"}), ""),
    "a text called PDF": ("a.pdf", lambda: b"Some words about %PDF- files.", ""),
    "a page about PDF": ("a.html", lambda: b"<!doctype html><title>%PDF-1.4</title><p>Words.", ""),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_hostile_file_is_refused_in_words(reader: Reader, case: str) -> None:
    name, make, kind = REFUSED[case]
    with pytest.raises(kind) as refusal:
        await reader.read(make(), name)

    assert type(refusal.value) is not ArticleRefused
    assert "othing was stored" in refusal.value.message
    assert any(word in refusal.value.message.lower() for word in INSTEAD)


LONG = {"a million rows of values", "one line of 50 MB"}  # 16 to 20 s each


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=pytest.mark.quality) if case in LONG else case for case in READ],
)
async def test_what_is_odd_but_readable_is_clean_and_its_cut_is_told(
    reader: Reader, case: str
) -> None:
    name, make, note = READ[case]
    read = await reader.read(make(), name)
    text = read.document.text

    assert text == normalize(text)
    assert len(text) <= Bounds().characters
    assert "root:" not in text  # of /etc/passwd
    assert any(each.startswith(note) for each in read.document.notes) or not note
    text.encode()  # no lone surrogates


async def test_after_all_of_that_the_reader_reads(reader: Reader) -> None:
    assert (await reader.read(b"Some words.", "a.txt")).document.text == "Some words."


async def test_emoji_sent_as_two_halves_are_whole(reader: Reader) -> None:
    halves = "Good \N{GRINNING FACE}".encode("utf-16", "surrogatepass").decode("utf-16")
    data = b"Good \xed\xa0\xbd\xed\xb8\x80"
    assert (await reader.read(data, "a.txt")).document.text == halves
