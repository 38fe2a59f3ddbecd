"""The commands in a terminal: text for people, or one document with ``--json``.

Results go to standard output, progress and errors to standard error. Exit status: 0 done (also
if no answer was found), 1 the command failed or a source was refused, 2 wrong usage. A command
that only reads works beside a running bot; any other is carried out by it, if one is running.
Knows nothing of Discord.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bot.app import App, open_app
from bot.errors import DatabaseOutdated, FootnoteError
from bot.maintenance import renew_tokens
from bot.settings import Settings, settings_in, with_shards
from bot.shards import Shards, shard_of
from bot.terminal.commands import COMMANDS, only_reads
from bot.terminal.console import console
from bot.terminal.forget import add_results
from bot.terminal.output import FAILED, Result
from bot.terminal.remote.client import RunningBot, find_bots, run_in_bot
from bot.terminal.sources import find_sources

RENEWING_S = 2.0  # after each command that writes


def execute(arguments: argparse.Namespace) -> int:
    """Run one command, print its result and return the exit status."""
    if arguments.command in ("export", "import"):  # the bot may run in another folder
        arguments.dir = str(Path(arguments.dir).absolute())
    try:
        return asyncio.run(_run(arguments))
    except FootnoteError as error:
        return report_error(error, as_document=arguments.json)


def report_error(error: FootnoteError, *, as_document: bool) -> int:
    """Print an error as JSON or as text, and return the exit status."""
    if as_document:
        print(json.dumps({"error": {"code": error.code, "message": error.message}}))
    else:
        print(error.message, file=sys.stderr)
    return FAILED


async def _run(arguments: argparse.Namespace) -> int:
    settings = settings_in(arguments.data)
    if arguments.command == "add":
        arguments.sources = await find_sources(arguments)
    if only_reads(arguments.command, settings):
        with suppress(DatabaseOutdated):  # reading it takes a process that may write
            return await _run_here(settings, arguments, read_only=True)
    bots = await find_bots(settings.data_dir)
    if "server" not in arguments:
        return _print(await _run_everywhere(settings, bots, arguments), arguments)
    files = [source for source, from_web in getattr(arguments, "sources", ()) if not from_web]
    for bot in bots:
        if arguments.server in bot.shards:
            return _print(await run_in_bot(settings.data_dir, bot, arguments, files), arguments)
    if bots:  # but not the one of this server
        count = bots[0].shards.count
        own = Shards(count, (shard_of(arguments.server, count),))
        settings = with_shards(settings, own)
    return await _run_here(settings, arguments)


async def _run_everywhere(
    settings: Settings, bots: Sequence[RunningBot], arguments: argparse.Namespace
) -> Result:
    """Have each running process carry out the command for its libraries; do the rest here."""
    results = [await run_in_bot(settings.data_dir, bot, arguments) for bot in bots]
    if bots:
        served = {shard for bot in bots for shard in bot.shards.ids}
        rest = tuple(i for i in range(bots[0].shards.count) if i not in served)
        if not rest:
            return add_results(results)
        settings = with_shards(settings, Shards(bots[0].shards.count, rest))
    async with open_app(settings) as app:
        results.append(await COMMANDS[arguments.command](app, arguments))
    return add_results(results)


async def _run_here(
    settings: Settings, arguments: argparse.Namespace, *, read_only: bool = False
) -> int:
    async with open_app(settings, read_only=read_only) as app:
        status = _print(await COMMANDS[arguments.command](app, arguments), arguments)
        if "server" in arguments and not read_only:
            await _renew_index(app, arguments.server)
    return status


def _print(result: Result, arguments: argparse.Namespace) -> int:
    status, document, text = result
    if arguments.json:
        text = json.dumps(document, ensure_ascii=False)
    if text:
        console().write(text)
    return status


async def _renew_index(app: App, server: str) -> None:
    """Index a few more articles again after an update of Footnote, behind the printed result."""
    with suppress(FootnoteError):  # the next command goes on
        async with app.store.library(server, background=True) as library:
            await renew_tokens(server, library, seconds=RENEWING_S)
