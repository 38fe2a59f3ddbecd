"""The card of a footnote: its link into the source, its version, and who added it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.answer_records import Citation, CitedPassage
from bot.discord_app.cards.passages import passage_card, source_url
from bot.records import Article, Submitter
from tests.discord_app.conftest import Room, footnote, private_reply, text_of
from tests.discord_app.test_cards import check_within_limits

QUOTE = "He suggested the year 2029, for a (joint) mission to Mars, and nobody else did."


def citation(**known: Any) -> Citation:
    usual: dict[str, Any] = {
        "n": 2, "article_id": 1, "version_id": 1, "version": 1, "title": "Mars",
        "url": "https://example.org/canonical", "page": None, "published": "2025-02-27",
        "start": 0, "end": len(QUOTE), "quote": QUOTE, "submitter": Submitter(1, "ada", 2),
    }  # fmt: skip
    return Citation(**usual | known)


def article(**known: Any) -> Article:
    usual: dict[str, Any] = {
        "id": 1, "version": 1, "title": "Mars", "url": None, "author": None, "published": None,
        "language": None, "source": "x", "submitter": Submitter(1, "ada", 2),
        "added": "2025-03-01T10:00:00", "passages": 1, "characters": 10,
    }  # fmt: skip
    return Article(**usual | known)


def shown(cited: Citation, now: Article, heading: str = "A heading") -> str:
    opened = CitedPassage(cited, heading, cited.quote, 0, "2025-03-01T10:00:00", 3)
    view = passage_card(7, opened, now)
    check_within_limits(view)
    return "\n".join(item.content for item in view.walk_children() if hasattr(item, "content"))


def test_a_page_scrolls_to_the_sentence_by_its_first_and_last_words() -> None:
    card = shown(citation(), article(address="https://example.org/a?b=c"))

    assert (
        "[Mars](<https://example.org/a?b=c#:~:text=He%20suggested%20the%20year%202029%2C,"
        "Mars%2C%20and%20nobody%20else%20did.>)" in card
    )


def test_a_pdf_opens_at_the_page() -> None:
    address = source_url(citation(page=14), article(address="https://example.org/a.pdf"))

    assert address == "https://example.org/a.pdf#page=14"


def test_what_came_from_no_address_is_not_scrolled() -> None:
    assert source_url(citation(), article()) == "https://example.org/canonical"


def test_an_older_version_is_said_to_be_one_and_not_looked_for_on_the_page() -> None:
    newer = article(version=3, address="https://example.org/a")

    assert "version 1 (newest: 3)" in shown(citation(), newer)
    assert source_url(citation(), newer) == "https://example.org/canonical"
    assert "version" not in shown(citation(), article())


def test_it_says_heading_page_date_submitter_and_where_its_card_is() -> None:
    card = shown(citation(page=14), article(message_link="https://discord.com/channels/1/2/3"))

    facts = (
        "-# A heading · page 14 · published 2025-02-27 · added by ada on 2025-03-01 · "
        "[jump to message](<https://discord.com/channels/1/2/3>)"
    )
    assert facts in card


@pytest.mark.parametrize(
    ("heading", "facts"),
    [("Mars › Missions › 2029", "-# Missions › 2029 · "), ("Mars", "-# published")],
)
def test_a_heading_that_is_the_title_is_not_said_again(heading: str, facts: str) -> None:
    assert facts in shown(citation(), article(), heading)


@pytest.mark.quick
async def test_the_card_that_told_of_an_article_is_linked_from_its_footnotes(room: Room) -> None:
    added = await room.add(room.ada)
    answer = await room.ask(room.ben)

    opened = await room.ben.click(answer.response, label=footnote(answer.response))

    assert f"[jump to message](<{added.response.message.jump_url}>)" in private_reply(opened)


@pytest.mark.quick
async def test_footnotes_are_leafed_through(room: Room) -> None:
    await room.add(room.ada)
    answer = await room.ask(room.ben, "Who attended Harvard, and who heads the fund?")
    first = await room.ben.click(answer.response, label=footnote(answer.response))

    second = await room.ben.click(first.response, label="2 ▶")

    assert "²" in text_of(second.response)
