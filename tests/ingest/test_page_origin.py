"""Who wrote a web page's article, and when: what the page states, and what it shows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.ingest.extract.document import Document
from bot.ingest.extract.html.html import read_html
from tests.ingest.sample_files import prose

PROSE = "".join(f"<p>{paragraph}</p>" for paragraph in prose(3))


def page(
    head: str = "", body: str = "", *, lang: str = "en", address: str | None = None
) -> Document:
    html = (
        f"<!doctype html><html lang='{lang}'><head><title>Tides</title>{head}</head><body>"
        f"<article><h1>Tides</h1>{body}{PROSE}</article></body></html>"
    )
    return read_html(html, address)


def ld(value: Any) -> str:
    return f"<script type='application/ld+json'>{json.dumps(value)}</script>"


def dated(kind: str | list[str], day: str, **more: Any) -> dict[str, Any]:
    return {"@type": kind, "datePublished": day, **more}


@pytest.mark.parametrize(
    "data",
    [
        {"@graph": [dated("WebPage", "2011-01-01"), dated("NewsArticle", "2021-05-06")]},
        [dated("WebSite", "2011-01-01"), dated("BlogPosting", "2021-05-06T10:00:00Z")],
        dated("WebPage", "2011-01-01", mainEntity=dated("Article", "2021-05-06")),
        [dated("VideoObject", "2011-01-01"), dated("Article", "2021/05/06")],
        [
            dated("Article", "2011-01-01", headline="Dunes"),
            dated("Article", "2021-05-06", headline="Tides"),
        ],
        dated(
            "Article",
            "2021-05-06",
            dateModified="2022-01-01",
            hasPart=dated("Article", "2011-01-01"),
        ),
        [dated("http://schema.org/Article", "2021-05-06")],
        dated(["Article", "Thing"], "2021-05-06"),
    ],
)
def test_of_several_described_things_the_article_gives_the_date(data: Any) -> None:
    document = page(ld(data))
    assert (document.published, document.date_kind) == ("2021-05-06", "published")
    assert document.date_source == "structured data"


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ({"@type": "Person", "name": "Oona Varga"}, "Oona Varga"),
        ([{"name": "Oona Varga"}, {"name": "Pell Ashby"}], "Oona Varga, Pell Ashby"),
        ("Oona Varga", "Oona Varga"),
        ({"@id": "#o"}, "Oona Varga"),
        ({"name": ["Oona Varga"]}, "Oona Varga"),
        ({"name": "By Oona Varga"}, "Oona Varga"),
        ({"name": "Zo&eacute; Varga"}, "Zoé Varga"),
        ({"name": "Tide Board"}, "Tide Board"),
        ({"name": "www.tides.example"}, None),
        ({"name": "https://tides.example/oona"}, None),
        ({"name": "Tide Board (tides.example)"}, "Tide Board"),
        ({"name": "admin"}, None),
        ({"name": "oona_v"}, None),
        ({"name": "kj"}, None),
        (None, None),
    ],
)
def test_the_author_of_the_described_article(author: Any, name: str | None) -> None:
    person = {"@type": "Person", "@id": "#o", "name": "Oona Varga"}
    assert page(ld([dated("Article", "2021-05-06", author=author), person])).author == name


def meta(name: str, content: str) -> str:
    return f"<meta name='{name}' content='{content}'>"


@pytest.mark.parametrize(
    ("head", "author"),
    [
        (
            meta("citation_author", "Varga, Oona") + meta("citation_author", "Ashby, Pell"),
            "Oona Varga, Pell Ashby",
        ),
        (meta("citation_author", "King, Bo, Jr."), "King, Bo, Jr."),
        (meta("citation_author", "King, Jr."), "King, Jr."),
        (meta("dc.creator", "Varga, Oona"), "Oona Varga"),
        (meta("author", "Oona Varga"), "Oona Varga"),
        (meta("author", "tides.example"), None),
        (meta("author", "tides.example") + meta("byl", "By Oona Varga"), "Oona Varga"),
        ("<meta property='article:author' content='https://social.example/oona'>", None),
        ("<meta property='og:site_name' content='The Tide'>", None),
        (meta("twitter:site", "@thetide"), None),
    ],
)
def test_one_person_is_one_name_and_a_host_or_a_site_is_none(head: str, author: str | None) -> None:
    assert page(head).author == author


@pytest.mark.parametrize(
    ("content", "lang", "value"),
    [
        ("05/06/2021", "en-US", "2021-05-06"),
        ("05/06/2021", "en-GB", "2021-06-05"),
        ("05/06/2021", "fr", "2021-06-05"),
        ("05/06/2021", "en", None),
        ("20210506", "en", "2021-05-06"),
        ("2021-05", "en", "2021-05"),
        ("May 6, 2021", "en", "2021-05-06"),
        ("Thu, 06 May 2021 10:00:00 GMT", "en", "2021-05-06"),
        ("2999-01-01", "en", None),
        ("soon", "en", None),
    ],
)
def test_a_stated_date_is_read_as_the_language_writes_it(
    content: str, lang: str, value: str | None
) -> None:
    assert page(meta("date", content), lang=lang).published == value


def test_the_locale_says_more_than_the_language() -> None:
    head = "<meta property='og:locale' content='en_US'>" + meta("date", "05/06/2021")
    assert page(head, lang="en").published == "2021-05-06"


@pytest.mark.parametrize(
    ("body", "address", "value", "kind", "source"),
    [
        ("<p>By Oona Varga, 6 May 2021</p>", None, "2021-05-06", "published", "byline"),
        ("<time datetime='2021-05-06'>Thu</time>", None, "2021-05-06", "published", "time element"),
        (
            "<b itemprop='datePublished'>2021-05-06</b>",
            None,
            "2021-05-06",
            "published",
            "marked element",
        ),
        ("", "https://a.example/2021/05/06/tides", "2021-05-06", "published", "address"),
        ("<p>Last updated: May 2021</p>", None, "2021-05", "updated", "byline"),
        ("<footer><time datetime='2021-05-06'>x</time></footer>", None, None, "published", ""),
        ("<p>The flood of 6 May 2021 was the highest.</p>", None, None, "published", ""),
    ],
)
def test_a_date_says_what_happened_and_where_it_was_read(
    body: str, address: str | None, value: str | None, kind: str, source: str
) -> None:
    document = page("", body, address=address)
    assert (document.published, document.date_kind, document.date_source) == (value, kind, source)


def test_publishing_comes_before_a_later_change() -> None:
    head = "<meta property='article:modified_time' content='2022-01-01'>"
    assert page(head).date_kind == "updated"
    assert page(head, "<p>Published 6 May 2021</p>").published == "2021-05-06"


def test_a_forums_writers_are_not_the_articles_author() -> None:
    posts = "".join(
        f"<div><b class='author'>{name}</b><p>{text}</p></div>"
        for name, text in zip(("Oona Varga", "Pell Ashby"), prose(2), strict=True)
    )
    assert page("", posts).author is None
    assert page("", "<b class='author'>Oona Varga</b>").author == "Oona Varga"


def test_hidden_names_and_dates_are_not_read() -> None:
    hidden = "<p hidden>By Oona Varga, 6 May 2021</p><b hidden class='author'>Pell Ashby</b>"
    document = page("", hidden)
    assert (document.author, document.published) == (None, None)


@pytest.mark.parametrize("text", ["{", "[" * 5000, "null", '{"@graph": 7}', "<!-- x", '"a"'])
def test_malformed_data_says_nothing(text: str) -> None:
    document = page(f"<script type='application/ld+json'>{text}</script>")
    assert (document.author, document.published) == (None, None)
