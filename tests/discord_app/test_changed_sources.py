"""A posted answer says which of its sources have changed since, and footnotes what they say now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import App
from bot.discord_app.client import create_bot
from bot.service.changed_sources import closest_sentence
from bot.settings import Settings
from tests.discord_app.conftest import Room, footnote, private_reply, text_of
from tests.discord_app.test_again import NEW, OLD, URL, page
from tests.inside import open_inside
from tests.web_server import Site, fetcher, site

pytestmark = pytest.mark.quick
QUESTION = "When did the first probe reach Mars?"
SAME_THERE = OLD.replace("sent 45 pictures", "sent 54 pictures")
MARK = "Source changed since: ¹"


@pytest.fixture
async def shown() -> AsyncIterator[Site]:
    async with site({"/mars": page(OLD)}) as served:
        yield served


@pytest.fixture
async def app(settings: Settings, shown: Site) -> AsyncIterator[App]:
    """With a fetcher that accepts the loopback address."""
    async with fetcher(shown.port) as web_, open_inside(settings, web_) as opened:
        yield opened


async def answered(room: Room) -> Any:
    await room.ada.slash(room.channel, "article add", url=URL)
    return await room.ask(room.ben, QUESTION)


async def refresh(room: Room, shown: Site, text: str) -> None:
    shown.pages["/mars"] = page(text)
    opened = await room.ada.slash(room.channel, "article show", article="1")
    await room.ada.click(opened.response, label="Refresh")


async def card_of(room: Room, answer: Any) -> str:
    channel = room.env.bot.get_channel(room.channel.id)
    return text_of(await channel.fetch_message(answer.response.message.id))


async def test_an_answer_whose_source_changed_is_marked_by_an_edit(room: Room, shown: Site) -> None:
    answer = await answered(room)
    assert MARK not in await card_of(room, answer)
    await refresh(room, shown, NEW)
    assert MARK in await card_of(room, answer)


async def test_its_footnote_opens_the_cited_version_and_says_what_the_new_one_says(
    room: Room, shown: Site
) -> None:
    answer = await answered(room)
    await refresh(room, shown, NEW)
    opened = private_reply(await room.ben.click(answer.response, label=footnote(answer.response)))
    assert "sent 3 pictures" in opened
    assert "The newest version says instead:" in opened
    assert "sent 22 pictures" in opened


async def test_a_source_that_changed_elsewhere_marks_nothing(room: Room, shown: Site) -> None:
    answer = await answered(room)
    await refresh(room, shown, SAME_THERE)
    assert MARK not in await card_of(room, answer)
    opened = await room.ben.click(answer.response, label=footnote(answer.response))
    assert "The newest version still says this." in private_reply(opened)


async def test_a_private_answer_says_so_when_it_is_shown_again(room: Room, shown: Site) -> None:
    await room.ada.slash(room.channel, "article add", url=URL)
    await room.ben.slash(room.channel, "ask", question=QUESTION, private=True)
    await refresh(room, shown, NEW)
    assert MARK in private_reply(await room.ben.slash(room.channel, "last"))


async def test_a_mark_that_a_crash_prevented_is_made_after_the_restart(
    room: Room, shown: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await answered(room)

    async def nothing(*_arguments: object) -> None: ...

    with monkeypatch.context() as patch:
        patch.setattr("bot.discord_app.new_articles.mark_changed_sources", nothing)
        await refresh(room, shown, NEW)
    assert MARK not in await card_of(room, answer)
    await room.env.restart_bot(create_bot(room.app))
    assert MARK in await card_of(room, answer)
    async with room.app.store.library(str(room.guild.id)) as library:
        assert await library.cards.changed_answers() == []


async def test_what_is_restored_after_a_change_still_says_so(room: Room, shown: Site) -> None:
    answer = await answered(room)
    await refresh(room, shown, NEW)
    asked = await room.ada.slash(room.channel, "article remove", article="1")
    removed = await room.ada.click(asked.response, label="Remove")
    assert "sources were removed" in await card_of(room, answer)
    await room.ada.click(removed.response, label="Restore")
    assert MARK in await card_of(room, answer)


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("The toll is 4 euros a day.", "The toll is 5 euros a day."),
        ("The toll is four euros.", "The toll is 5 euros a day."),
        ("Penguins live in the south.", ""),
        ("", ""),
    ],
)
def test_the_closest_sentence_shares_most_of_what_was_cited(quote: str, expected: str) -> None:
    sentences = ["The bridge was built in 1931.", "The toll is 5 euros a day.", "It is closed."]
    assert closest_sentence(quote, sentences) == expected


@given(st.text(max_size=40), st.lists(st.text(max_size=40), max_size=5))
def test_the_closest_sentence_is_one_of_the_text_or_none(quote: str, sentences: list[str]) -> None:
    assert closest_sentence(quote, sentences) in ["", *sentences]
