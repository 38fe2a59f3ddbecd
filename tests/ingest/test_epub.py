"""EPUB books: chapters in reading order, headings and origin; protected ones are refused."""

from __future__ import annotations

import pytest

from bot.errors import DamagedDocument, EmptyArticle, EncryptedDocument
from bot.ingest.extract.extract import extract
from tests.ingest.sample_files import archive, epub

CHAPTERS = {
    "one": "<h1>Chapter one</h1><p>It began<a epub:type='noteref' href='#n'><sup>1</sup></a>.</p>"
    "<aside id='n' epub:type='footnote'><p>In May.</p></aside>",
    "two": "<h1>Chapter two</h1><p>It went on.</p><p style='display:none'>Not seen.</p>",
    "three": "<h2>The end</h2><p>It ended &amp; was over&nbsp;now.</p>",
}
METADATA = (
    "<dc:title>A book of harbours</dc:title><dc:creator>Ann Lee</dc:creator>"
    "<dc:creator>Bo Ek</dc:creator><dc:date>2011-05-06</dc:date><dc:language>en</dc:language>"
)


def test_chapters_are_read_in_the_order_of_the_spine() -> None:
    document = extract(epub(CHAPTERS, spine=("two", "three", "one"), metadata=METADATA), "a.epub")
    assert document.text == (
        "Chapter two\n\nIt went on.\n\nThe end\n\nIt ended & was over now.\n\n"
        "Chapter one\n\nIt began[1].\n\nIn May."
    )
    assert [mark.value for mark in document.headings] == ["Chapter two", "The end", "Chapter one"]
    assert document.notes == ("8 hidden characters were left out.",)


def test_title_authors_date_and_language_are_the_books() -> None:
    document = extract(epub(CHAPTERS, metadata=METADATA), "a.epub")
    assert document.title == "A book of harbours"
    assert document.author == "Ann Lee, Bo Ek"
    assert document.published == "2011-05-06"
    assert document.language == "en"


def test_the_day_on_which_a_book_was_changed_is_not_its_date() -> None:
    event = "<dc:date xmlns:o='http://www.idpf.org/2007/opf' o:event='{}'>{}</dc:date>"
    dates = event.format("modification", "2019-01-01")
    assert extract(epub(CHAPTERS, metadata=dates), "a.epub").published is None
    dates += event.format("publication", "2011-05-06")
    assert extract(epub(CHAPTERS, metadata=dates), "a.epub").published == "2011-05-06"


def test_the_table_of_contents_is_left_out() -> None:
    nav = '<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
    contents = "<html><body><p>Contents of the book</p></body></html>"
    data = epub(CHAPTERS, spine=("nav", "two"), items=nav, extra={"OEBPS/nav.xhtml": contents})
    assert extract(data, "a.epub").text == "Chapter two\n\nIt went on."


def test_chapters_that_are_missing_are_told() -> None:
    gone = '<item id="four" href="four.xhtml" media-type="application/xhtml+xml"/>'
    document = extract(epub(CHAPTERS, spine=("two", "four"), items=gone), "a.epub")
    assert "1 chapter is missing from the book." in document.notes


def test_a_path_out_of_the_book_leads_nowhere() -> None:
    out = '<item id="out" href="../../../etc/passwd" media-type="application/xhtml+xml"/>'
    document = extract(epub(CHAPTERS, spine=("two", "out"), items=out), "a.epub")
    assert document.text == "Chapter two\n\nIt went on."


def encryption(part: str) -> dict[str, str]:
    cipher = "http://www.w3.org/2001/04/xmlenc#"
    xml = f'<encryption xmlns:e="{cipher}"><e:CipherReference URI="{part}"/></encryption>'
    return {"META-INF/encryption.xml": xml}


def test_a_protected_book_is_refused_and_protected_fonts_do_not_matter() -> None:
    with pytest.raises(EncryptedDocument, match="copy-protected"):
        extract(epub(CHAPTERS, extra=encryption("OEBPS/two.xhtml")), "a.epub")
    assert extract(epub(CHAPTERS, extra=encryption("OEBPS/font.ttf")), "a.epub").text


@pytest.mark.parametrize(
    "parts",
    [
        {"META-INF/container.xml": "<container/>"},
        {"META-INF/container.xml": "nonsense"},
        {"mimetype": "application/epub+zip"},
    ],
)
def test_a_book_without_its_lists_is_refused(parts: dict[str, str]) -> None:
    with pytest.raises(DamagedDocument, match="EPUB book can't be read"):
        extract(archive(parts), "a.epub")


def test_a_book_of_pictures_is_refused() -> None:
    with pytest.raises(EmptyArticle):
        extract(epub({"one": "<img src='a.png'/>"}), "a.epub")
