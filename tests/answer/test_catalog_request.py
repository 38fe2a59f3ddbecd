"""What is asked of the library in free words, and what is asked of the world."""

from __future__ import annotations

from datetime import date

import pytest

from bot.answer.catalog_request import read_request
from bot.answer.reference.pointer import ArticleFacts

TODAY = date(2026, 11, 28)
ENTRIES = [
    ArticleFacts(1, "Annual report", "md", "", "Sam", "2026-11-01", (), "en"),
    ArticleFacts(2, "Haushaltsplan", "pdf", "", "Sam", "2026-11-02", ("ferry",), "de"),
    ArticleFacts(3, "Ferry fares", "web", "Oda Marsh", "Lena", "2026-11-27", ("ferry",), "en"),
]


@pytest.mark.parametrize(
    ("line", "kind", "ids"),
    [
        ("newest artcle", "newest", (1, 2, 3)),
        ("the longest articel", "longest", (1, 2, 3)),
        ("how many pdfs did sam add", "count", (2,)),
        ("how many articles are in german", "count", (2,)),
        ("list all articles tagged ferry", "list", (2, 3)),
        ("which articles did sam add", "list", (1, 2)),
        ("how many articles has lena added since yesterday", "count", (3,)),
        ("which articles did nobody ask about", "unasked", (1, 2, 3)),
        ("welche artikel hat sam hinzugefügt", "list", (1, 2)),
        ("cuantos articulos hay", "count", (1, 2, 3)),
    ],
)
def test_free_words_ask_for_articles(line: str, kind: str, ids: tuple[int, ...]) -> None:
    request = read_request(line, ENTRIES, TODAY)

    assert request is not None
    assert (request.kind, request.ids) == (kind, ids)


@pytest.mark.parametrize(
    ("line", "ids"),
    [
        ("how many articles were added on 5 May 2026?", (2,)),
        ("list the articles added in may 2026", (2,)),
        ("how many articles were published on 5 May 2026?", (1,)),
    ],
)
def test_what_was_added_on_a_day_is_not_what_was_published_then(
    line: str, ids: tuple[int, ...]
) -> None:
    entries = [
        ArticleFacts(1, "Fair", "web", "", "Sam", "2026-06-10", published="2026-05-05"),
        ArticleFacts(2, "Pier", "web", "", "Sam", "2026-05-05", published="2026-04-30"),
    ]
    request = read_request(line, entries, TODAY)

    assert request is not None
    assert request.ids == ids


@pytest.mark.parametrize(
    "line",
    [
        "which article started the strike",
        "how many articles were written by women",
        "how many reports did the committee write",
        "what is the newest member of the EU",
        "what did sam say about the ferry",
    ],
)
def test_a_question_about_the_world_is_left_to_the_articles(line: str) -> None:
    assert read_request(line, ENTRIES, TODAY) is None
