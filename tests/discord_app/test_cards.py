"""Cards stay within Discord's limits, and untrusted text stays plain text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer_records import Answer, AnswerSentence, Citation, CitedPassage
from bot.discord_app.buttons import ListView
from bot.discord_app.cards import adding, answers, articles, library, passages, progress
from bot.discord_app.limits import CARD_CHARACTERS, CUSTOM_ID, truncate
from bot.discord_app.markdown import escape, link, pdf_page_url, quote_url
from bot.ingest.submission import IngestResult
from bot.records import Article, Hit, StoredPassage, Submitter
from bot.store.values import OutcomeStatus

CARD_COMPONENTS = 40  # of a Components V2 message, counted with those inside others
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


def article(number: int, title: str) -> Article:
    return Article(
        number, 1, title or "x", None, title, None, None, "s", Submitter(1, title), "2025-01-01",
        1, 1, notes=(title,), tags=(title[:30],), address="https://example.org/a",
    )  # fmt: skip


def check_within_limits(view: object) -> None:
    texts = [item.content for item in view.walk_children() if hasattr(item, "content")]  # type: ignore[attr-defined]
    assert sum(map(len, texts)) <= CARD_CHARACTERS
    assert len(list(view.walk_children())) <= CARD_COMPONENTS  # type: ignore[attr-defined]
    ids = [i.custom_id for i in view.walk_children() if getattr(i, "custom_id", None)]  # type: ignore[attr-defined]
    assert len(ids) == len(set(ids))
    assert all(len(custom_id) <= CUSTOM_ID for custom_id in ids)


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
    shown = answers.answer_cards(answer, within=text)
    for view in filter(None, [shown.first, shown.second, progress.writing_card(text, sentences)]):
        check_within_limits(view)


@given(NASTY, NASTY, NASTY)
def test_a_passage_card_is_within_the_limits(before: str, quote: str, after: str) -> None:
    text = before + quote + after
    cited = Citation(
        2, 1, 1, 1, before or "t", None, None, None, len(before), len(before) + len(quote), quote
    )
    opened = CitedPassage(cited, after, text, 0, "2025-01-01", 3)
    check_within_limits(passages.passage_card(1, opened, article(1, before or "t")))


@given(st.lists(NASTY, min_size=1, max_size=10))
def test_a_list_card_is_within_the_limits(titles: list[str]) -> None:
    every = [article(i, title) for i, title in enumerate(titles)]
    check_within_limits(library.list_card(every, 100, ListView(4, "p" * 40, "t" * 30)))


@given(NASTY, NASTY)
def test_an_article_card_is_within_the_limits(text: str, title: str) -> None:
    leaves = articles.text_pages([passage(text, title)] * 5)
    for page in range(len(leaves)):
        check_within_limits(articles.article_card(article(1, title), leaves, page, may_change=True))


def test_an_article_says_each_heading_once_and_its_title_only_above() -> None:
    texts = [("Mars", "Mars\nBy Ada Wren."), ("Mars › Money", "Money\nIt costs a lot.")]
    passages = [
        replace(passage(text, "Mars"), heading=heading, page=None) for heading, text in texts
    ]

    assert articles.text_pages(passages) == ["By Ada Wren.\n\n**Money**\nIt costs a lot."]


@given(st.lists(NASTY, min_size=1, max_size=10))
def test_the_cards_of_a_batch_are_within_the_limits(names: list[str]) -> None:
    lines = [adding.ProgressLine(name) for name in names]
    check_within_limits(adding.progress_card(lines))
    statuses: tuple[OutcomeStatus, ...] = ("added", "duplicate", "unchanged")
    for i, line in enumerate(lines):
        line.result = IngestResult(article(i, line.name), statuses[i % 3])
    lines[-1].error = names[0]
    check_within_limits(adding.not_stored_card(lines))
    check_within_limits(adding.batch_card(lines))


def test_sentences_that_do_not_fit_are_left_for_the_next_card_whole() -> None:
    sentences = [AnswerSentence("Word " * 150 + ".", (1,)) for _ in range(10)]

    text, rest = answers.fit_sentences(sentences, 2_000)

    assert text.count(".") == 2
    assert rest == sentences[2:]


def test_what_only_names_the_quotes_behind_it_stands_out() -> None:
    named = [AnswerSentence("Both say:", ()), AnswerSentence("It rained.", (1, 2))]
    listed = [AnswerSentence("They are:", ()), AnswerSentence("- a dog.", (1,), paragraph=True)]

    assert answers.fit_sentences(named, 1_000)[0].startswith("**Both say:** It rained.¹")
    assert not answers.fit_sentences(listed, 1_000)[0].startswith("**")


def test_items_of_a_list_stand_on_lines_close_together() -> None:
    told = [("It has", False), ("- a dog.", True), ("- a cat.", True), ("Both sleep.", True)]
    sentences = [AnswerSentence(text, (), paragraph) for text, paragraph in told]

    text, _ = answers.fit_sentences(sentences, 2_000)

    assert text == "It has\n\n\\- a dog.\n\\- a cat.\n\nBoth sleep."


@given(st.lists(st.text(alphabet="ab*_` \n漢", min_size=1, max_size=6_000), min_size=1, max_size=6))
def test_a_long_answer_goes_on_whole_and_at_words(texts: list[str]) -> None:
    words = [" ".join(t.split()) or "x" for t in texts]
    left = [AnswerSentence(t, (1,)) for t in words]
    shown = ""
    for _ in range(200):
        text, left = answers.fit_sentences(left, 1_500)
        assert len(text) <= 1_500
        shown += text
        if not left:
            break
    assert not left
    plain = re.sub(r"\\(.)", r"\1", shown)
    assert re.sub(r"[\s¹]", "", plain) == re.sub(r"\s", "", "".join(words))


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
        ("https://example.org/a)b", True),
        ("https://example.org/a](b", False),
        ("https://example.org/a b", False),
        (None, False),
    ],
)
def test_only_a_web_address_becomes_a_link(url: str | None, linked: bool) -> None:
    assert ("](<" in link("Title", url)) is linked


@pytest.mark.parametrize(
    ("quote", "fragment"),
    [
        ("Two words.", "Two%20words."),
        ("A-side, 50 % & more", "A%2Dside%2C%2050%20%25%20%26%20more"),
        ("one two three four five six seven eight nine ten eleven",
         "one%20two%20three%20four%20five,seven%20eight%20nine%20ten%20eleven"),
        ("Probes\nOne was sent.", "One%20was%20sent."),
    ],
)  # fmt: skip
def test_a_link_scrolls_to_the_quote(quote: str, fragment: str) -> None:
    assert quote_url("https://example.org/a", quote) == f"https://example.org/a#:~:text={fragment}"


def test_a_page_with_a_fragment_of_its_own_keeps_it() -> None:
    assert quote_url("https://a.org/#top", "x") == "https://a.org/#top:~:text=x"
    assert pdf_page_url("https://a.org/b.pdf#page=2", 7) == "https://a.org/b.pdf#page=7"


def test_text_is_cut_at_a_word() -> None:
    assert truncate("one two three four", 10) == "one two…"
    assert truncate("short", 10) == "short"


def test_a_source_says_that_its_article_was_updated() -> None:
    first = citation(1)
    assert "updated" not in answers.sources_text([first])
    assert "updated, version 2" in answers.sources_text([replace(first, version=2)])


def shown(view: object) -> str:
    return "\n".join(i.content for i in view.walk_children() if hasattr(i, "content"))  # type: ignore[attr-defined]


def test_the_card_of_an_updated_article_says_so_whatever_redraws_it() -> None:
    updated = replace(article(1, "Mars"), version=2)
    assert "has a new version (2)" in shown(adding.added_card(updated))
    assert "was added" in shown(adding.added_card(article(1, "Mars")))


@pytest.mark.parametrize("within", ["", "only \\#space"])
def test_an_answer_without_closest_passages_does_not_call_the_library_empty(within: str) -> None:
    answer = Answer("Why?", False, "quotes", note="The model is down.", id=1)
    text = shown(answers.answer_cards(answer, within=within).first)
    assert "no articles here" not in text
    assert "I couldn't find a clear answer" in text
    assert "The model is down." in text


def test_the_card_of_an_empty_library_keeps_its_remarks() -> None:
    answer = Answer("Why?", False, "quotes", note="The model is down.", id=1)
    text = shown(answers.answer_cards(answer, library_is_empty=True).first)
    assert "There are no articles here yet" in text
    assert "The model is down." in text


def test_the_closest_sentences_have_their_footnotes_under_closest_passages() -> None:
    closest = AnswerSentence("The toll is 4 euros.", (1,))
    unsure = Answer("Toll?", False, "quotes", (closest,), (citation(1, "Bridges"),), id=7)
    assert unsure.state == "unsure"
    view = answers.answer_cards(unsure).first
    text = shown(view)
    order = [
        "I couldn't find a clear answer.",
        "Closest passages:",
        "The toll is 4 euros.¹",
        "Bridges",
    ]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    buttons = [getattr(item, "custom_id", None) for item in view.walk_children()]
    assert [i for i in buttons if i] == ["fn:c:7:1", "fn:noalert:7"]
