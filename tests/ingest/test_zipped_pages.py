"""Web pages in a ZIP archive; any other archive is refused."""

from __future__ import annotations

import pytest

from bot.errors import DamagedDocument, UnsupportedFormat
from bot.ingest.extract.extract import extract
from tests.ingest.sample_files import archive, page

HEAD = "<title>The pier</title>"


def test_a_page_with_its_pictures() -> None:
    document = extract(
        archive(
            {
                "pier.html": page("<p>The pier is 40 m long.</p>", HEAD),
                "pier_files/a.png": "x",
                "pier_files/style.css": "p { color: red }",
            }
        ),
        "pier.zip",
    )
    assert document.title == "The pier"
    assert "The pier is 40 m long." in document.text
    assert document.notes == ("Left out: 1 picture.",)


def test_the_main_page_comes_first_and_the_others_follow() -> None:
    pages = {
        "site/a.html": page("<p>About lights.</p>", "<title>Lights</title>"),
        "site/index.html": page("<p>About the pier.</p>", HEAD),
        "site/sub/b.html": page("<p>About boats.</p>", "<title>Boats</title>"),
    }
    document = extract(archive(pages), "site.zip")
    assert [mark.value for mark in document.headings] == ["The pier", "Lights", "Boats"]
    assert document.title == "The pier"


@pytest.mark.parametrize("other", ["report.pdf", "notes.docx", "data.csv"])
def test_an_archive_of_other_articles_is_refused(other: str) -> None:
    with pytest.raises(UnsupportedFormat, match="Unpack it"):
        extract(archive({"a.html": page(""), other: "x"}), "a.zip")


def test_a_path_out_of_the_archive_is_refused() -> None:
    with pytest.raises(DamagedDocument, match="suspicious"):
        extract(archive({"a.html": page(""), "../../b.css": "x"}), "a.zip")
