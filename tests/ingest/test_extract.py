"""What a file is, its bytes say; every file ends in text or in a refusal that says what to do."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.errors import (
    ArticleRefused,
    DamagedDocument,
    EmptyArticle,
    EncryptedDocument,
    UnsupportedFormat,
)
from bot.ingest.extract.document import Bounds, Document, TextBuilder, truncate
from bot.ingest.extract.extract import extract
from bot.records import TextMarker
from tests.ingest.sample_files import archive, drawn_pdf, epub, page, prose, raw_docx

DOCX = raw_docx("<w:p><w:r><w:t>Some words.</w:t></w:r></w:p>")


@pytest.mark.parametrize("name", ["a.txt", "a", "a.docx", "a.html", "a.jpg"])
@pytest.mark.parametrize(
    "data",
    [DOCX, epub({"one": "<p>Some words.</p>"}), b"<!DOCTYPE html><html><p>Some words.</html>"],
    ids=["docx", "epub", "html"],
)
def test_bytes_decide_what_a_file_is(data: bytes, name: str) -> None:
    assert extract(data, name).text == "Some words."


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.docx"])
def test_a_pdf_is_a_pdf_whatever_its_name(name: str) -> None:
    pytest.importorskip("reportlab", reason="PDFs are made with reportlab")
    assert extract(drawn_pdf([[(60, 700, "Some words.")]]), name).text == "Some words."


@pytest.mark.parametrize("name", ["a.txt", "a.pdf", "a.docx", "a.epub", "a.unknown", ""])
def test_a_text_is_a_text_whatever_its_name(name: str) -> None:
    assert extract(b"Some <b>words</b>.\r\n\r\nMore.", name).text == "Some <b>words</b>.\n\nMore."


def test_the_ending_decides_between_kinds_of_text() -> None:
    text = b"<b>Some</b> *words*."
    assert extract(text, "a.txt").text == "<b>Some</b> *words*."
    assert extract(text, "a.MD").text == "Some words."
    assert extract(text, "a.htm").text == "Some *words*."


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_pages_are_recognised_in_unicode_of_any_width(encoding: str) -> None:
    data = f"\n<!-- saved --><!DOCTYPE HTML>{page('')}".encode(encoding)
    assert extract(data, "a.txt").text == "\n\n".join(prose(3))


def test_a_page_is_read_in_the_charset_it_declares() -> None:
    body = "<p>Zażółć gęślą jaźń i idź spać, bo już późno w nocy.</p>"
    data = f"<html><head><meta charset=iso-8859-2></head><body>{body}".encode("iso-8859-2")
    assert "gęślą jaźń" in extract(data, "a.html").text
    assert "gęślą jaźń" in extract(data, "a.html", declared="iso-8859-2").text


REFUSED = {
    "an empty file": (b"", EmptyArticle, "The file is empty"),
    "white space": (b" \r\n\t ", EmptyArticle, "no readable text"),
    "only signs": (b"*** --- ***", EmptyArticle, "no readable text"),
    "only zeros": (b"\0" * 4_096, ArticleRefused, "nothing was stored"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, UnsupportedFormat, "a picture"),
    "a photograph": (b"\xff\xd8\xff\xe0" + b"\0" * 99, UnsupportedFormat, "a picture"),
    "a film": (b"\0\0\0\x18ftypmp42" + b"\0" * 99, UnsupportedFormat, "a video"),
    "an old Word file": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99,
        UnsupportedFormat,
        "an old Office file",
    ),
    "an old Excel file": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99) + "Workbook".encode("utf-16-le"),
        UnsupportedFormat,
        "an old Excel file",
    ),
    "a locked Office file": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99) + "EncryptedPackage".encode("utf-16-le"),
        EncryptedDocument,
        "locked with a password",
    ),
    "gzip": (b"\x1f\x8b\x08\0" + b"\0" * 99, UnsupportedFormat, "a gzip archive"),
    "a program": (b"MZ\x90\0" + b"\0" * 99, UnsupportedFormat, "a program"),
    "XML": (b"<?xml version='1.0'?><feed/>", UnsupportedFormat, "an XML file"),
    "a saved archive": (b"From: <Saved by Blink>\r\n", DamagedDocument, "no page"),
    "ODT": (
        archive({"mimetype": "application/vnd.oasis.opendocument.text"}),
        DamagedDocument,
        "OpenDocument file can't be read: there is no document in it",
    ),
    "ODG": (
        archive({"mimetype": "application/vnd.oasis.opendocument.graphics"}),
        UnsupportedFormat,
        "an OpenDocument drawing",
    ),
    "ZIP": (archive({"a.txt": "words"}), UnsupportedFormat, "Unpack it"),
    "an empty ZIP": (archive({}), UnsupportedFormat, "a ZIP archive"),
    "half a ZIP": (archive({"a.txt": "words"})[:40], DamagedDocument, "damaged or incomplete"),
}


@pytest.mark.parametrize(("data", "error", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_every_other_file_is_refused_by_its_name(
    data: bytes, error: type[ArticleRefused], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        extract(data, "a.txt")
    assert "othing was stored" in caught.value.message


def test_texts_that_begin_like_binaries_are_texts() -> None:
    for text in ("BMW and others.", "MZ is a code.", "ID3 and more", "PK means Pakistan."):
        assert extract(text.encode(), "a.txt").text == text


def test_what_is_cut_is_said() -> None:
    text = "Words of a line.\n" * 1_000
    document = extract(text.encode(), "a.txt", bounds=Bounds(characters=5_000))
    assert document.text == text[:4_998].rstrip()
    assert document.notes == ("Only the first 4,997 characters were kept; 71 % was left out.",)


def test_a_cut_loses_the_marks_beyond_it() -> None:
    marks = (TextMarker(0, "1"), TextMarker(4, "2"), TextMarker(12, "3"))
    whole = Document("One. Two. Three.", headings=marks, pages=marks)
    assert truncate(whole, 16) is whole
    assert truncate(whole, 10).headings == truncate(whole, 10).pages == marks[:2]


def test_one_line_of_many_megabytes_is_cut() -> None:
    document = extract(b"word " * 600_000, "a.txt", bounds=Bounds(characters=1_000))
    assert len(document.text) <= 1_000


def test_characters_that_deceive_do_not_come_through() -> None:
    dirty = "a\u202eb\u200bc\0d\U000e0041e".encode() + b" and more words"
    assert extract(dirty, "a.txt").text == "abcde and more words"


def test_the_address_of_a_file_that_was_fetched_is_kept() -> None:
    document = extract(b"Some words.", "a.txt", address="https://x.example/a.txt")
    assert document.url == "https://x.example/a.txt"


def test_marks_of_a_builder_point_into_its_text() -> None:
    builder = TextBuilder()
    builder.add("  First\u200b words.  ", pages=[TextMarker(0, "1"), TextMarker(9, "2")])
    builder.add("")
    builder.add(" A  heading ", "heading", pages=[TextMarker(99, "3")])
    text = builder.text()
    assert text == "First words.\n\nA  heading"
    assert builder.headings == [TextMarker(14, "A heading")]
    assert [text[mark.start :][:5] for mark in builder.pages] == ["First", "words", "g"]


def test_reading_a_text_loads_no_library_of_other_formats() -> None:
    code = (
        "import sys; from bot.ingest.extract.extract import extract; extract(b'words', 'a.txt');"
        "print([m for m in ('lxml', 'trafilatura', 'pypdfium2', 'pypdf', 'markdown_it', 'openai',"
        " 'discord', 'bot.app', 'bot.store') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_refusals_say_what_to_do() -> None:
    for data in (DOCX[:-30], b"%!PS-Adobe", archive({"x": "y"})):
        with pytest.raises((UnsupportedFormat, DamagedDocument, EncryptedDocument)) as caught:
            extract(data, "a.docx")
        assert any(word in caught.value.message for word in ("paste", "Save", "save", "Unpack"))
