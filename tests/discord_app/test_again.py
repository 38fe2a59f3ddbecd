"""The same article again: refreshing its page, and near duplicates."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from bot.app import App
from bot.discord_app.handlers import context
from bot.settings import Settings
from tests.discord_app.conftest import Room, footnote, labels, private_reply, text_of
from tests.inside import open_inside
from tests.web_server import Page, Site, fetcher, site

pytestmark = pytest.mark.quick
URL = "http://site.example/mars"
OLD = " ".join(
    f"The {n} probe reached Mars in {1960 + i} and sent {i * 7 + 3} pictures of its plains home."
    for i, n in enumerate(("first", "second", "third", "fourth", "fifth", "sixth", "seventh"))
)
NEW = OLD.replace("sent 3 pictures", "sent 22 pictures")


@pytest.fixture
async def shown() -> AsyncIterator[Site]:
    async with site({"/mars": page(OLD)}) as served:
        yield served


def page(text: str) -> Page:
    async def answered(request: web.BaseRequest) -> web.StreamResponse:
        body = f"<html><title>Probes</title><article><p>{text}</p></article>"
        return web.Response(text=body, content_type="text/html")

    return answered


@pytest.fixture
async def app(settings: Settings, shown: Site) -> AsyncIterator[App]:
    """With a fetcher that accepts the loopback address."""
    async with fetcher(shown.port) as web_, open_inside(settings, web_) as opened:
        yield opened


async def test_a_page_s_footnote_scrolls_to_its_sentence(room: Room) -> None:
    added = await room.ada.slash(room.channel, "article add", url=URL)
    answer = await room.ask(room.ben, "When did the first probe reach Mars?")
    opened = await room.ben.click(answer.response, label=footnote(answer.response))

    assert "site.example" in text_of(answer.response)
    assert f"](<{URL}#:~:text=The%20first%20probe%20reached%20Mars," in private_reply(opened)
    assert "was added." in text_of(added.response)


async def test_a_page_that_is_as_it_was_is_told_privately(room: Room) -> None:
    await room.ada.slash(room.channel, "article add", url=URL)

    again = await room.ben.slash(room.channel, "article add", url=URL)

    assert "This page hasn't changed" in private_reply(again)


async def test_refreshing_is_answered_in_time_when_the_library_is_not(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.ada.slash(room.channel, "article add", url=URL)
    opened = await room.ada.slash(room.channel, "article show", article="1")
    monkeypatch.setattr(context, "RESPOND_WITHIN_S", 0)

    pressed = await room.ada.click(opened.response, label="Refresh")

    assert "press the button again" in private_reply(pressed)


async def test_a_changed_page_is_refreshed_and_old_footnotes_say_so(
    room: Room, shown: Site
) -> None:
    await room.ada.slash(room.channel, "article add", url=URL)
    answer = await room.ask(room.ben, "When did the first probe reach Mars?")
    shown.pages["/mars"] = page(NEW)
    opened = await room.ada.slash(room.channel, "article show", article="1")

    refreshed = await room.ada.click(opened.response, label="Refresh")
    opened_again = private_reply(
        await room.ben.click(answer.response, label=footnote(answer.response))
    )

    assert "has a new version (2)" in text_of(refreshed.response)
    assert "version 1 (newest: 2)" in opened_again
    assert (
        "**The first probe reached Mars in 1960 and sent 3 pictures of its plains home.**"
        in opened_again
    )
    assert ":~:text" not in opened_again


async def similar(room: Room) -> Any:
    """The private card about a near duplicate."""
    await room.ada.slash(room.channel, "article add", file=("old.txt", OLD.encode()))
    result = await room.ben.slash(room.channel, "article add", file=("new.txt", NEW.encode()))
    assert "It wasn't stored yet" in private_reply(result)
    return result.followups[-1]


async def test_a_text_that_is_almost_another_s_is_kept_when_its_submitter_says_so(
    room: Room,
) -> None:
    card = await similar(room)
    assert list(labels(card.components)) == ["Keep both", "Don't add", "Open the existing one"]

    kept = await room.ben.click(card, label="Keep both")

    assert "was added." in text_of(kept.response)
    assert "2 articles" in private_reply(await room.ben.slash(room.channel, "library"))
    again = await room.ben.click(card, label="Keep both")
    assert "This has expired" in private_reply(again)


async def test_or_is_dropped(room: Room) -> None:
    card = await similar(room)

    dropped = await room.ben.click(card, label="Don't add")

    assert "It wasn't added" in text_of(dropped.response)
    assert "1 article" in private_reply(await room.ben.slash(room.channel, "library"))
