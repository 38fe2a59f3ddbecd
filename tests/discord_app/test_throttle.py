"""Edits of a message are throttled, and show the newest state."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest
from discord import ui

from bot.discord_app import throttle
from bot.discord_app.cards.components import message
from bot.discord_app.throttle import throttled


async def test_the_newest_state_is_shown_and_what_lies_between_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(throttle, "EDIT_INTERVAL_S", 0.05)
    shown: list[ui.LayoutView] = []
    third = asyncio.Event()

    async def edit(view: ui.LayoutView) -> None:
        shown.append(view)
        if len(shown) == 2:
            third.set()

    views = [message(str(i)) for i in range(20)]
    async with throttled(edit) as card:
        for view in views:
            card.show(view)
        await asyncio.sleep(0)
        card.show(views[0])
        await third.wait()

    assert shown == [views[-1], views[0]]


async def test_no_edit_is_under_way_when_the_block_has_ended() -> None:
    began, may_end, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def edit(view: ui.LayoutView) -> None:
        began.set()
        await may_end.wait()
        ended.set()

    async with throttled(edit) as card:
        card.show(message("1"))
        await began.wait()
        may_end.set()

    assert ended.is_set()


async def test_an_error_in_the_block_comes_out_as_itself() -> None:
    async def edit(view: ui.LayoutView) -> None:
        """An empty view."""

    with pytest.raises(discord.DiscordException):
        async with throttled(edit):
            raise discord.DiscordException("mine")


@pytest.mark.parametrize(
    "failure",
    [aiohttp.ServerDisconnectedError(), OSError(113, "No route to host"), TimeoutError()],
    ids=lambda failure: type(failure).__name__,
)
async def test_an_edit_that_finds_no_connection_is_skipped(
    monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """discord.py lets these through; the question that is being answered goes on."""
    monkeypatch.setattr(throttle, "EDIT_INTERVAL_S", 0.0)
    tried: list[ui.LayoutView] = []
    first, second = asyncio.Event(), asyncio.Event()

    async def edit(view: ui.LayoutView) -> None:
        tried.append(view)
        if len(tried) == 1:
            first.set()
            raise failure
        second.set()

    async with throttled(edit) as card:
        card.show(message("1"))
        await first.wait()
        card.show(message("2"))
        await second.wait()

    assert len(tried) == 2
