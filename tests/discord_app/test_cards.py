"""Cards keep within Discord's limits by construction, and text of strangers stays text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discord_app import cards
from bot.discord_app.limits import CARD_CHARACTERS, CARD_COMPONENTS, cut
from bot.discord_app.markdown import escape, link
from bot.records import (
    Answer,
    AnswerSentence,
    Article,
    Citation,
    CitedPassage,
    Hit,
    StoredPassage,
    Submitter,
)

NASTY = st.text(alphabet="ab *_~|`[]()<>#@:/\\-\n1.😀é漢", max_size=1_500)


def citation(
    n: int, title: str = "Title", quote: str = "Words.", url: str | None = None
) -> Citation:
    return Citation(
        n, n, n, 1, title, url, 3, "2025-01-02", 0, len(quote), quote, Submitter(1, title)
    )


def passage(text: str, title: str) -> StoredPassage:
    return StoredPassage(
        1,
        1,
        1,
        1,
        title,
        None,
        None,
        None,
        Submitter(),
        "2025-01-01",
        0,
        0,
        len(text),
        1,
        "",
        text,
        (),
    )


def check_within_limits(view: object) -> None:
    texts = [item.content for item in view.walk_children() if hasattr(item, "content")]  # type: ignore[attr-defined]
    assert sum(map(len, texts)) <= CARD_CHARACTERS
    assert len(list(view.walk_children())) <= CARD_COMPONENTS  # type: ignore[attr-defined]
    ids = [i.custom_id for i in view.walk_children() if getattr(i, "custom_id", None)]  # type: ignore[attr-defined]
    assert len(ids) == len(set(ids))


@given(NASTY, st.integers(1, 60), st.booleans())
def test_an_answer_card_is_within_the_limits(text: str, count: int, answered: bool) -> None:
    sentences = [
        AnswerSentence(text or "x", (n,), paragraph=n % 3 == 0) for n in range(1, count + 1)
    ]
    answer = Answer(
        question=text,
        answered=answered,
        mode="model",
        sentences=tuple(sentences),
        citations=tuple(citation(n, text or "x") for n in range(1, count + 1)),
        nearest=tuple(Hit(passage(text, text), 1.0, 1.0, 1.0) for _ in range(3)),
        note=text,
        id=7,
    )
    check_within_limits(cards.answer_card(answer))
    check_within_limits(cards.growing(text, sentences))


@given(NASTY, NASTY, NASTY)
def test_a_passage_card_is_within_the_limits(before: str, quote: str, after: str) -> None:
    text = before + quote + after
    cited = Citation(
        2, 1, 1, 1, before or "t", None, None, None, len(before), len(before) + len(quote), quote
    )
    check_within_limits(cards.passage_card(1, CitedPassage(cited, after, text, 0, "2025-01-01", 3)))


@given(st.lists(NASTY, min_size=1, max_size=10))
def test_a_list_card_is_within_the_limits(titles: list[str]) -> None:
    articles = [
        Article(i, 1, t or "x", None, t, None, None, "s", Submitter(1, t), "2025-01-01", 1, 1)
        for i, t in enumerate(titles)
    ]
    check_within_limits(cards.list_card(articles, 100, 4))


def test_sentences_that_do_not_fit_are_left_out_whole_and_said() -> None:
    sentences = [AnswerSentence("Word " * 150 + ".", (1,)) for _ in range(10)]

    body = cards.body(sentences, 2_000)

    assert body.endswith("… and 8 more sentences that do not fit here.")


@given(NASTY)
def test_escaped_text_holds_no_live_markdown(text: str) -> None:
    shown = escape(text)
    unescaped = re.sub(r"\\.", "", shown)
    assert not re.search(r"[*_~|`\[\]<>]", unescaped)
    assert not re.search(r"@\w", shown)
    assert "://" not in shown
    assert not re.search(r"^\s*(#|-#)", shown, re.MULTILINE)


@given(NASTY)
def test_escaping_changes_nothing_that_is_seen(text: str) -> None:
    seen = re.sub(r"\\([\\*_~|`\[\]<>#-])", r"\1", escape(text)).replace("\u200b", "")
    assert seen.replace("\\", "") == text.replace("\\", "")


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://example.org/a", True),
        ("http://example.org/a?b=c#d", True),
        ("javascript:alert(1)", False),
        ("https://example.org/a)b", False),
        ("https://example.org/a b", False),
        (None, False),
    ],
)
def test_only_a_web_address_becomes_a_link(url: str | None, linked: bool) -> None:
    assert ("](<" in link("Title", url)) is linked


def test_text_is_cut_at_a_word() -> None:
    assert cut("one two three four", 10) == "one two…"
    assert cut("short", 10) == "short"
