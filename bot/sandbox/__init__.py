"""A Discord channel in your browser: the real bot in a simulated Discord, no account needed.

Everything a person does on the page runs through the real discord.py client and the real
library; only Discord itself is simulated (by simcord, which comes with the extra
``sandbox``). The library lasts between runs; old messages do not.
"""

from __future__ import annotations

import asyncio
import importlib.util
import signal
import sys

from bot.app import open_app
from bot.errors import SettingsError
from bot.evaluate.acquaintance import Acquaintance
from bot.logs import set_up_logging
from bot.settings import Settings


def run_sandbox(settings: Settings, *, port: int, wanted: bool) -> int:
    """Blocks until Ctrl-C, SIGTERM or the end of the page. Raises FootnoteError in words."""
    if importlib.util.find_spec("simcord") is None:
        raise SettingsError(
            ("" if wanted else "DISCORD_TOKEN is not set, and the ")
            + ("The " if wanted else "")
            + "sandbox is not installed. Set the token, or: pip install 'footnote-bot[sandbox]'"
        )
    set_up_logging(settings.log_level)
    if not wanted:
        _print(
            "DISCORD_TOKEN is not set, so this is the sandbox: the real bot, a simulated Discord."
        )
        _print("To run it on Discord put DISCORD_TOKEN=… into .env (see README, “On Discord”).")
    asyncio.run(_serve(settings, port))
    return 0


async def _serve(settings: Settings, port: int) -> None:
    from bot.sandbox.world import open_page  # noqa: PLC0415 - simcord is an extra

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with (
        open_app(settings) as app,
        open_page(app, port) as page,
        app.maintenance.running(),
        Acquaintance(app).running(),
    ):
        _print(f"\n  Open {page.url}\n\nCtrl-C ends it. The library stays in {settings.data_dir}.")
        app.ingest.warm()
        await app.jobs.resume()
        async with asyncio.TaskGroup() as group:
            ends = [group.create_task(stop.wait()), group.create_task(page.wait_closed())]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for end in ends:
                end.cancel()
        _print("Stopping …")


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
