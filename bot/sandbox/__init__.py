"""The sandbox: the real bot in a simulated Discord channel in your browser, without an account.

Everything on the page goes through the real discord.py client and the real library. Only Discord
itself is simulated, by simcord, which comes with the ``sandbox`` extra. The library is kept between
runs; messages are not.
"""

from __future__ import annotations

import asyncio
import importlib.util
import signal
import socket
import sys
from contextlib import AsyncExitStack
from dataclasses import replace

from bot.app import open_app
from bot.errors import SettingsError
from bot.evaluate.model_probing import ModelProbing
from bot.ingest.fetch.fetch import MIB, Fetcher
from bot.logs import set_up_logging
from bot.settings import Settings, with_shards
from bot.shards import ALL_SHARDS
from bot.strings import N_, _, preload
from bot.terminal.remote.server import CommandServer
from bot.text.language import load_language_model

NOT_INSTALLED = N_(
    "The sandbox isn't installed. In a checkout of Footnote: pip install '.[sandbox]'"
)
NEITHER = N_(
    "DISCORD_TOKEN isn't set, and the sandbox isn't installed. Set the token; or, in a checkout "
    "of Footnote: pip install '.[sandbox]'"
)
TWO_MODELS = N_(
    "--scripted-model takes the place of a language model, but one is set up. Leave the option "
    "out, or remove OPENAI_API_KEY and OPENAI_BASE_URL."
)
LOOPBACK = "127.0.0.1"
PORTS_TRIED = 20
MAX_PORT = 65_535


def run_sandbox(settings: Settings, *, port: int, requested: bool, scripted: bool) -> int:
    """Blocks until Ctrl-C, SIGTERM or until the page is closed; returns the exit status.

    ``requested``: True if the user asked for the sandbox, False if it starts because there is no
    token. ``scripted``: answers are written by a script. Raises FootnoteError.
    """
    if importlib.util.find_spec("simcord") is None:
        raise SettingsError(_(NOT_INSTALLED if requested else NEITHER))
    if scripted and settings.has_model:
        raise SettingsError(_(TWO_MODELS))
    settings = with_shards(settings, ALL_SHARDS)  # its server is simulated
    set_up_logging(settings.log_level, settings.log_format, settings.data_dir)
    if not requested:
        _print(
            _(
                "DISCORD_TOKEN isn't set, so this is the sandbox: the real bot in a simulated "
                "Discord.\nTo run it on Discord, put DISCORD_TOKEN=… into .env (see “On your "
                "server” in the README)."
            )
        )
    free = free_port(port)
    if free != port:
        text = _("Port {port} is in use, so the page is on port {free}.")
        _print(text.format(port=port, free=free))
    asyncio.run(_serve(settings, free, scripted=scripted))
    return 0


def free_port(port: int) -> int:
    """This port of the loopback address, or the first free one after it; 0 stays 0 (any).

    Raises SettingsError if the next ``PORTS_TRIED`` are all in use.
    """
    for each in range(port, min(port + PORTS_TRIED, MAX_PORT + 1)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, each))
            except OSError:  # in use, or not allowed
                continue
            return each
    raise SettingsError(
        _("Port {port} and those after it are in use. Choose another with --port.").format(
            port=port
        )
    )


async def _serve(settings: Settings, port: int, *, scripted: bool) -> None:
    from bot.sandbox.scripted_model import MODEL_NAME, scripted_model  # noqa: PLC0415 - aiohttp
    from bot.sandbox.site import Site  # noqa: PLC0415 - aiohttp takes a quarter of a second

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    site = Site(LOOPBACK)
    fetcher = Fetcher(
        max_bytes=settings.max_file_mb * MIB,
        proxy=settings.fetch_proxy,
        resolve=site.resolve,
        public=site.is_reachable,
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(site.running())
        if scripted:
            server = await stack.enter_async_context(scripted_model(LOOPBACK))
            settings = replace(settings, openai_base_url=server, openai_model=MODEL_NAME)
        await _show(settings, fetcher, site.url, port, stop)


async def _show(
    settings: Settings, fetcher: Fetcher, site_url: str, port: int, stop: asyncio.Event
) -> None:
    """Shows the page until it is closed, or until ``stop`` is set."""
    from bot.sandbox.world import open_page  # noqa: PLC0415 - simcord is an extra

    async with (
        open_app(settings, fetcher=fetcher) as app,
        open_page(app, port, site_url) as page,
        app.maintenance.running(),
        ModelProbing(app).running(),
        CommandServer(app).running(),
    ):
        text = _("Open {url}\n\nPress Ctrl-C to stop. The library is kept in {folder}.")
        _print("\n  " + text.format(url=page.url, folder=settings.data_dir))
        app.ingest.warm()
        await app.jobs.resume()
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(preload))
            group.create_task(asyncio.to_thread(load_language_model))
            waits = [group.create_task(stop.wait()), group.create_task(page.wait_closed())]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
        _print(_("Stopping …"))


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
