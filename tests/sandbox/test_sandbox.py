"""The sandbox as a user starts it, and each of its changes to simcord."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
from simcord.preview import Preview

from bot.answer.writing.citation_markers import SENTINEL
from bot.app import App, open_app
from bot.errors import AddressRefused, SettingsError
from bot.ingest.fetch.fetch import Fetched, Fetcher
from bot.sandbox import LOOPBACK, MAX_PORT, PORTS_TRIED, free_port, run_sandbox, world
from bot.sandbox.page import LivePage
from bot.sandbox.scripted_model import MODEL_NAME, scripted_model, write_answer
from bot.sandbox.site import ADDRESS, NAME, Site
from bot.sandbox.welcome import SAMPLES, welcome_card
from bot.settings import Settings
from tests.quick import QuickEmbedder

START_S = 300.0  # for a fault: it takes one second, and the machine may be busy
PAGE_URL = "http://127.0.0.1:1/tidal-mill"
THREAD = discord.ChannelType.public_thread
END_S = 300.0  # likewise; the bot itself gives up after nine seconds


@asynccontextmanager
async def started(
    *arguments: str, data: Path
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Runs the sandbox in its own process; its URL."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments, "--port", "0", "--data", str(data),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(START_S):
            while "Open http" not in (line := (await process.stdout.readline()).decode()):
                assert line, (await process.communicate())[1].decode()
        yield process, line.split()[1]
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize(
    ("command", "number"),
    [("sandbox", signal.SIGTERM), ("run", signal.SIGINT)],  # run: there is no token
)
async def test_it_starts_shows_its_page_and_ends_cleanly(
    tmp_path: Path, command: str, number: signal.Signals
) -> None:
    async with started(command, data=tmp_path) as (process, address):
        assert address.startswith("http://127.0.0.1:")
        async with aiohttp.ClientSession() as session, session.get(address) as page:
            assert page.status == 200
            assert "<html" in await page.text()
        process.send_signal(number)
        async with asyncio.timeout(END_S):
            _, errors = await process.communicate()

    assert process.returncode == 0
    assert "Traceback" not in errors.decode()


async def test_the_ids_are_the_same_in_every_run(app: App) -> None:
    seen = []
    for _ in range(2):
        async with world.open_page(app, 0) as page:
            assert isinstance(page, Preview)
            guild = page.env.backend.get_guild(world.GUILD_ID)
            seen.append((sorted(guild.members), guild.channel_ids, sorted(guild.roles)))

    assert seen[0] == seen[1]


def test_real_time_passes_while_a_thread_works() -> None:
    clock = world.WallClock()
    before = clock.elapsed
    real = time.perf_counter()
    while time.perf_counter() - real < 0.01:
        pass

    assert clock.elapsed - before >= 0.009


def test_what_is_changed_in_simcord_is_there() -> None:
    for name in (
        *("_publish", "_initial_target", "_PAGE_LEASE_SECONDS"),
        *("_clear_page_assets", "_reset_queries", "_advance_presentation_time"),
    ):
        assert hasattr(Preview, name), name
    assert callable(LivePage.run)


def test_every_sample_is_there_and_the_welcome_fits() -> None:
    assert all(len(sample.data()) > 500 for sample in SAMPLES.values())
    assert len(_text(welcome_card(3, MODEL_NAME, PAGE_URL))) < 2_000


def test_the_welcome_tells_what_is_there() -> None:
    first, later = welcome_card(0, "", PAGE_URL), welcome_card(3, MODEL_NAME, PAGE_URL)

    assert "Answers are quotes" in _text(first)
    assert "last time" not in _text(first)
    assert "from last time is here: 3 articles" in _text(later)
    assert "by a script" in _text(later)


def _text(card: Any) -> str:
    return "\n".join(item.content for item in card.walk_children() if hasattr(item, "content"))


async def test_a_thread_can_be_entered_and_left(app: App) -> None:
    async with world.open_page(app, 0) as page:
        sandbox: Any = page
        shown = sandbox._open_page(sandbox.viewers[0].id, None)
        channel = sandbox.env.bot.get_channel(shown.channel_id)
        live = LivePage(sandbox.env)
        live.attach(sandbox)

        thread = await channel.create_thread(name="Ferry", message=None, type=THREAD)
        await sandbox.env.settle()
        live._enter_new_threads()
        live._move()
        inside = shown.channel_id
        sent_to = sandbox.channel.id
        live.go(channel.id)
        live._move()

    assert inside == sent_to == thread.id
    assert shown.channel_id == channel.id


async def test_what_was_just_sent_is_not_from_the_future(app: App) -> None:
    async with world.open_page(app, 0) as page:
        sandbox: Any = page
        shown = sandbox._open_page(sandbox.viewers[0].id, None)
        opened = sandbox.capture_time
        sent_at = sandbox.env.backend.now_iso()
        sandbox._publish(shown, reason="refresh")

    assert opened < datetime.fromisoformat(sent_at) <= sandbox.capture_time


@pytest.mark.parametrize("typed", ["ferry", "12"])
async def test_a_place_that_is_not_there_is_not_gone_to(app: App, typed: str) -> None:
    async with world.open_page(app, 0) as page:
        sandbox: Any = page
        ada, channel = sandbox.viewers[0], sandbox.channel
        shown = await ada.slash(channel, "go", place=typed)

    assert "no such channel or thread" in str(shown.response.components)


async def test_the_menu_of_a_message_is_a_command(app: App) -> None:
    async with world.open_page(app, 0) as page:
        sandbox: Any = page
        ada, channel = sandbox.viewers[0], sandbox.channel
        written = await ada.send(
            channel, "The boathouse opens at nine. The key is with Ada Brandt."
        )
        shown = await ada.slash(channel, "apps", item="Ask about this", message=str(written.id))
        gone = await ada.slash(channel, "apps", item="Add to library", message="12")

    assert shown.modal is not None
    assert "isn't here anymore" in str(gone.response.components)


async def test_what_the_board_adds_is_not_told_to_others(app: App) -> None:
    async with world.open_page(app, 0) as page:
        sandbox: Any = page
        ada, _grace, lena = sandbox.viewers
        board = sandbox.channel.guild.channels["board"]
        note = ("treasurer.txt", b"The treasurer, Ida Moreau, leaves on 3 March. " * 3)
        await lena.slash(board, "article add", file=note)
        question = "When does the treasurer leave?"
        told = await lena.slash(board, "ask", question=question)
        hidden = await ada.slash(sandbox.channel, "ask", question=question)

    assert "3 March" in str(told.response.components)
    assert "3 March" not in str(hidden.response.components)


# --- its site ----------------------------------------------------------------------------------


async def test_its_page_is_added_by_its_address_and_changes() -> None:
    site = Site(LOOPBACK)
    fetcher = Fetcher(max_bytes=10**6, resolve=site.resolve, public=site.is_reachable)
    async with site.running():
        first = await fetcher.fetch(ADDRESS)
        async with aiohttp.ClientSession() as browser, browser.post(site.url) as page:
            shown = await page.text()
        second = await fetcher.fetch(ADDRESS)
        with pytest.raises(AddressRefused):  # the same page, but no public address
            await fetcher.fetch(site.url)
        await fetcher.close()

    assert isinstance(first, Fetched)
    assert isinstance(second, Fetched)
    assert b"310,000, most" in first.data
    assert b"340,000, most" in second.data
    assert "Correction" in shown


@pytest.mark.parametrize("address", [LOOPBACK, "10.0.0.1"])
async def test_no_other_name_leads_to_this_machine(address: str) -> None:
    async def look_up(name: str, port: int) -> list[tuple[str, int]]:
        return [(address, port)]

    site = Site(LOOPBACK, look_up)
    fetcher = Fetcher(max_bytes=10**6, resolve=site.resolve, public=site.is_reachable)
    async with site.running():
        with pytest.raises(AddressRefused):
            await fetcher.fetch(f"http://localtest.example/{ADDRESS.rpartition('/')[2]}")
        await fetcher.close()

    assert await site.resolve(NAME, 80) != await site.resolve("localtest.example", 80)
    assert not site.is_reachable(ip_address("127.0.0.2"))


# --- the scripted model ------------------------------------------------------------------------


async def test_the_scripted_model_writes_from_the_library(settings: Settings) -> None:
    async with scripted_model(LOOPBACK) as server:
        scripted = replace(settings, openai_base_url=server, openai_model=MODEL_NAME)
        async with (
            open_app(scripted, embedder=QuickEmbedder()) as app,
            world.open_page(app, 0) as page,
        ):
            sandbox: Any = page
            ada, channel = sandbox.viewers[0], sandbox.channel
            light = ("light.md", SAMPLES["lighthouse"].data())
            await ada.slash(channel, "article add", file=light)
            answer = await ada.slash(channel, "ask", question=SAMPLES["lighthouse"].question)

    assert "£1.4 million" in str(answer.response.components)
    assert "checked against its source" in str(answer.response.components)


LAMP = "[1.1] The lamp is new."
TICKETS = "[1.2] Tickets cost £6."


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        (f"{LAMP}\n{TICKETS}\n\nQuestion: what does a ticket cost", "Tickets cost £6. [1.2]"),
        (f"{LAMP}\n\nQuestion: who painted the boat house", SENTINEL),
        (f"{LAMP}\n\nQuestion: is the lamp new (shorter)", "The lamp is new. [1.1]"),
        (f"{LAMP}\n</passages>", "The lamp is new. [1.1]"),
        (f"[1.0] A lamp\n{LAMP}\n{TICKETS}\n[2.1] It is lit in June.\n</passages>",
         "The lamp is new. [1.1]\nTickets cost £6. [1.2]\nIt is lit in June. [2.1]"),
        ("Write five questions.", ""),
    ],
)  # fmt: skip
def test_what_the_script_says(prompt: str, said: str) -> None:
    assert write_answer(prompt) == said


def test_a_script_beside_a_model_is_refused(settings: Settings) -> None:
    with_key = replace(settings, openai_api_key="sk-1")
    with pytest.raises(SettingsError, match="scripted-model"):
        run_sandbox(with_key, port=0, requested=True, scripted=True)


# --- the port ----------------------------------------------------------------------------------


def test_a_port_that_is_in_use_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert port < free_port(port) < port + PORTS_TRIED


def test_any_port_stays_any() -> None:
    assert free_port(0) == 0


def test_when_every_port_is_in_use_it_is_said_in_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, MAX_PORT))
        taken.listen()

        with pytest.raises(SettingsError, match="Choose another with --port"):
            free_port(MAX_PORT)
