"""Has the running bot carry out a command, and shows what it prints."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

from bot import __version__
from bot.answer.model_stream import StopSignal
from bot.errors import ArticleRefused, BotUnavailable, FootnoteError
from bot.shards import Shards
from bot.strings import N_, _
from bot.terminal.console import console
from bot.terminal.output import Result
from bot.terminal.remote.frames import (
    ALL_NAMES,
    DATA_BYTES,
    BrokenFrame,
    Json,
    address_in,
    pack,
    receive,
)

LOST = N_(
    "The bot ended before this command did. What it had stored is kept; look at its log, and try "
    "again."
)
NOT_NAMED = N_("The bot asked for a file that this command doesn't name.")
FAR_TOO_LARGE = N_("The file is far larger than any limit, so it wasn't sent to the bot.")


@dataclass(frozen=True, slots=True)
class RunningBot:
    """A process of the bot that uses a data folder: its socket's name, and its shards."""

    socket: str
    shards: Shards


async def find_bots(folder: Path) -> list[RunningBot]:
    """The processes of the bot that use a data folder.

    Raises bot_unavailable if one is of another version.
    """
    names = await asyncio.to_thread(lambda: sorted(path.name for path in folder.glob(ALL_NAMES)))
    return [bot for name in names if (bot := await _ask_for_shards(folder, name)) is not None]


async def _ask_for_shards(folder: Path, name: str) -> RunningBot | None:
    """Who listens on a socket; None if it was left over by a process that is gone."""
    try:
        reader, writer = await _connect(folder, name)
    except (OSError, AttributeError):  # the latter on Windows
        return None
    try:
        writer.write(pack({"version": __version__, "shards": True}))
        message, _data = await receive(reader)
    except (EOFError, BrokenFrame, ConnectionError):
        return None
    finally:
        writer.close()
    match message:
        case {"shards": {"count": int(count), "ids": list(ids)}}:
            return RunningBot(name, Shards(count, tuple(ids)))
        case {"error": {"code": str(code), "message": str(text)}}:
            raise _error(code, text)
    return None


async def _connect(folder: Path, name: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    with address_in(folder, name) as address:
        return await asyncio.open_unix_connection(address)


async def run_in_bot(
    folder: Path, bot: RunningBot, arguments: argparse.Namespace, files: Collection[str] = ()
) -> Result:
    """What a running bot's command ends with. ``files`` are the ones that it may read.

    Raises whatever the command raises, as a FootnoteError with the same code and message, and
    BotUnavailable.
    """
    try:
        reader, writer = await _connect(folder, bot.socket)
    except OSError as error:
        raise BotUnavailable(_(LOST)) from error
    try:
        writer.write(pack(_request(arguments)))
        result = await _Relay(reader, writer, files).run()
    except (EOFError, BrokenFrame, ConnectionError) as error:
        raise BotUnavailable(_(LOST)) from error
    finally:
        writer.close()
    if result is None:
        raise BotUnavailable(_(LOST))
    return result


def _error(code: str, text: str) -> FootnoteError:
    error = FootnoteError(text)
    error.code = code
    return error


def _request(arguments: argparse.Namespace) -> Json:
    return {
        "version": __version__,
        "arguments": vars(arguments),
        "abilities": asdict(console().abilities),
    }


class _ForwardedStop(StopSignal):
    """Tells the bot, too, that the model is to stop."""

    def __init__(self, writer: asyncio.StreamWriter):
        super().__init__()
        self._writer = writer

    def set(self, reason: str = "") -> None:
        if not self.is_set:
            self._writer.write(pack({"interrupt": True}))
        super().set(reason)


class _Relay:
    """Prints what the bot sends, and reads for it what the command names."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        files: Collection[str],
    ):
        self._reader, self._writer, self._files = reader, writer, files

    async def run(self) -> Result | None:
        """The result of the command; None at the end of a part that can be interrupted."""
        while True:
            message, _data = await receive(self._reader)
            match message:
                case {"write": str(text), "end": str(end)}:
                    console().write(text, end)
                case {"write_error": str(text), "end": str(end)}:
                    console().write_error(text, end)
                case {"read": str()}:
                    self._writer.write(await self._read(message))
                case {"interruptible": True}:
                    with console().stopped_by_interrupt(_ForwardedStop(self._writer)):
                        await self.run()
                case {"interruptible": False}:
                    return None
                case {"status": int(status), "document": document, "text": str(text)}:
                    return status, document, text
                case {"error": {"code": str(code), "message": str(text)}}:
                    raise _error(code, text)
                case _:
                    raise BrokenFrame("not a message")

    async def _read(self, request: Json) -> bytes:
        """The frame with a line or a file."""
        if request["read"] == "line":
            return pack({"line": await console().read_line()})
        try:
            if request["source"] not in self._files:
                raise ArticleRefused(_(NOT_NAMED))
            data = await console().read_file(request["source"], request["most"])
            if len(data) > DATA_BYTES:
                raise ArticleRefused(_(FAR_TOO_LARGE))
        except ArticleRefused as error:
            return pack({"refused": error.message})
        return pack({}, data)
