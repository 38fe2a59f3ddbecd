"""Whichever call of the store, the web or the model fails: a card ends, and what was told is so."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

import pytest
from aiohttp import web

from bot.app import App
from bot.ingest.jobs import IngestQueue
from bot.settings import Settings
from tests.discord_app.conftest import Room, private_reply, text_of
from tests.inside import open_inside
from tests.model_server import RESET, Reply, ScriptedServer, answer, broken, error, model_server
from tests.nth_fault import NthFault, fail_store, until_unmet
from tests.web_server import Site, fetcher, site

pytestmark = pytest.mark.quick
URL = "http://site.example/town"
QUOTED = "Dmitriev heads"
RATE_LIMITED = replace(error(429, "Slow down."), headers={"Retry-After": "0"})
WRITTEN = "Dmitriev heads it [1.2]."
IN_PROGRESS = ("Searching the library", "passages of", "queued", "still writing")


def town(n: int) -> str:
    """An article of its own."""
    chance = random.Random(n)
    years = [chance.randrange(1_000, 2_000) for _ in range(12)]
    return f"Town {n}\n\n" + " ".join(f"Quay {y * n} of town {n} opened in {y}." for y in years)


class LeapingClock:
    """Whoever sleeps wakes at once, and that much later."""

    now = time.time()

    def __call__(self) -> float:
        return self.now

    async def sleep(self, delay_s: float) -> None:
        self.now += delay_s
        await asyncio.sleep(0)


@pytest.fixture
def fault() -> NthFault:
    return NthFault()


@pytest.fixture
async def pages(fault: NthFault) -> AsyncIterator[Site]:
    """Every page is another article; the n-th request fails."""
    numbers = count(1)

    async def page(request: web.BaseRequest) -> web.StreamResponse:
        if fault.strikes():
            return web.Response(status=503)
        n = next(numbers)
        body = f"<html><title>Town {n}</title><article><p>{town(n)}</p></article>"
        return web.Response(text=body, content_type="text/html")

    async with site({"/town": page, "/robots.txt": page}) as served:
        yield served


@pytest.fixture
async def model() -> AsyncIterator[ScriptedServer]:
    async with model_server() as server:
        server.answers = lambda prompt: answer(WRITTEN)
        yield server


@pytest.fixture
def settings(model: ScriptedServer, settings: Settings) -> Settings:
    return replace(settings, openai_base_url=model.url, openai_model="scripted")


@pytest.fixture
async def app(settings: Settings, pages: Site) -> AsyncIterator[App]:
    """Retries of articles come at once."""
    clock = LeapingClock()
    async with fetcher(pages.port) as web_, open_inside(settings, web_) as opened:
        queue = IngestQueue(opened.store, opened.ingest.add, clock=clock, sleep=clock.sleep)
        async with queue.running() as jobs:
            yield replace(opened, jobs=jobs)


def shown_to(room: Room, result: Any) -> str:
    """All that an action said, in public and privately. No card is in the middle of something."""
    cards = [text_of(message) for message in room.channel.history()]
    assert not [text for text in cards if any(words in text for words in IN_PROGRESS)]
    replies = [*([result.response] if result.response else []), *result.followups]
    assert replies, "nothing was said"
    return "\n".join(map(text_of, replies))


async def ask(room: Room) -> Any:
    return await room.ask(room.ben)


async def check_answer(room: Room, asked: Any) -> None:
    """An answer that was shown can be opened again."""
    if QUOTED in shown_to(room, asked):
        assert QUOTED in private_reply(await room.ben.slash(room.channel, "last"))


async def check_article(room: Room, added: Any) -> None:
    """An article that was said to be added is in the library."""
    title = re.search(r"\*\*\[?(Town \d+)[^\n]* was added", shown_to(room, added))
    if title is not None:
        listed = await room.ada.slash(room.channel, "library")
        assert title[1] in private_reply(listed)


@pytest.mark.parametrize("step", ["ask", "add"])
async def test_a_card_ends_whichever_call_of_the_store_fails(
    room: Room, fault: NthFault, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    await room.add(room.ada)
    fail_store(monkeypatch, fault)
    numbers = count(1)

    async def add(room: Room) -> Any:
        return await room.add(room.ada, town(next(numbers)), f"{next(numbers)}.txt")

    operation, check = (ask, check_answer) if step == "ask" else (add, check_article)
    calls = await until_unmet(fault, partial(operation, room), partial(check, room))
    assert calls > 5


async def test_an_article_comes_whichever_request_for_its_page_fails(
    room: Room, fault: NthFault
) -> None:
    async def add() -> Any:
        return await room.ada.slash(room.channel, "article add", url=URL)

    assert await until_unmet(fault, add, partial(check_article, room)) >= 1


@pytest.mark.parametrize("failure", [error(500, "broken"), RATE_LIMITED, broken(RESET)])
async def test_a_question_is_answered_whichever_call_of_the_model_fails(
    room: Room, fault: NthFault, model: ScriptedServer, failure: Reply
) -> None:
    model.answers = lambda prompt: failure if fault.strikes() else answer(WRITTEN)
    await room.add(room.ada)
    fault.seen = 0

    async def check(asked: Any) -> None:
        assert QUOTED in shown_to(room, asked)
        await check_answer(room, asked)

    assert await until_unmet(fault, partial(ask, room), check) >= 1
