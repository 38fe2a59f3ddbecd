"""What a reader sees beside the text of pages, books, notes and data is counted in a note."""

from __future__ import annotations

import pytest

from bot.ingest.extract.extract import extract
from tests.ingest.sample_files import epub, page, prose

PARAGRAPHS = "".join(f"<p>{text}</p>" for text in prose(4))
PICTURE = '<figure><div><img src="a.png"></div></figure>'


@pytest.mark.parametrize(
    ("shown", "notes"),
    [
        (PICTURE, ("Left out: 1 picture.",)),
        (
            '<video controls>Get a browser.</video><audio src="a"></audio>',
            ("Left out: 2 recordings.",),
        ),
        ('<iframe src="https://charts.example/1"></iframe>', ("Left out: 1 embedded file.",)),
        ("<canvas>Fees by year</canvas>", ("Left out: 1 chart.",)),
        ('<object data="a.pdf"><img src="a.png"></object>', ("Left out: 1 embedded file.",)),
        ('<img src="pixel.gif" width="1" height="1"><iframe height="0"></iframe>', ()),
        ('<noscript><iframe src="a"></iframe></noscript>', ()),
    ],
)
@pytest.mark.parametrize("last", ["<p>The board meets again in May.</p>", ""])
def test_what_stands_in_an_article_and_is_no_text_is_counted(
    shown: str, notes: tuple[str, ...], last: str
) -> None:
    body = f"<main><article><h1>Fees</h1>{PARAGRAPHS}{shown}{last}</article></main>"
    assert extract(page(body).encode(), "a.html").notes == notes


def test_pictures_of_the_site_and_of_other_articles_are_not_counted() -> None:
    related = f'<aside class="related">{PICTURE}<p>Seven beaches to see this summer</p></aside>'
    footer = f"<footer>{PICTURE}<p>The Skerry Press, Selby</p></footer>"
    article = f"<article><h1>Fees</h1>{PARAGRAPHS}{related}<p>It meets again in May.</p></article>"
    body = f"<body><header>{PICTURE}</header><main>{article}</main>{footer}</body>"
    assert extract(body.encode(), "a.html").notes == ()


@pytest.mark.parametrize(
    ("name", "data", "note"),
    [
        ("a.epub", epub({"a.xhtml": page(PARAGRAPHS + PICTURE)}), "Left out: 1 picture."),
        ("a.md", b"# Fees\n\n![Plan](plan.png)\n\nTen euros.\n", "Left out: 1 picture."),
        ("a.md", b"Ten euros.\n\n<!-- or twelve? -->\n\n`<!-- code -->`\n", "Left out: 1 comment."),
        (
            "a.vtt",
            b"WEBVTT\n\nNOTE or was it ten?\n\n00:01.000 --> 00:02.000\nNine boats came.\n",
            "Left out: 1 comment.",
        ),
        (
            "a.json",
            b'{"fee": 10, "plan": "data:image/png;base64,iVBORw0KGgo="}',
            "Left out: 1 embedded file.",
        ),
        (
            "a.json",
            b'{"fee": 10, "plan": "' + b"iVBO/w0K" * 200 + b'=="}',
            "Left out: 1 embedded file.",
        ),
    ],
)
def test_other_files_say_it_too(name: str, data: bytes, note: str) -> None:
    assert extract(data, name).notes == (note,)


def test_long_words_and_keys_in_data_stay() -> None:
    data = b'{"key": "%s", "text": "%s"}' % (b"a1B2" * 100, b"ten euros " * 200)
    document = extract(data, "a.json")
    assert "a1B2" * 100 in document.text
    assert "ten euros ten" in document.text
    assert document.notes == ()
