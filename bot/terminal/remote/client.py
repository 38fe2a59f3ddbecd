"""Has the running bot carry out a command, and shows what it prints."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path

from bot import __version__
from bot.answer.model_stream import StopSignal
from bot.errors import ArticleRefused, BotUnavailable, FootnoteError
from bot.strings import N_, _
from bot.terminal.console import console
from bot.terminal.output import Result
from bot.terminal.remote.frames import DATA_BYTES, BrokenFrame, Json, address_in, pack, receive

LOST = N_(
    "The bot ended before this command did. What it had stored is kept; look at its log, and try "
    "again."
)
NOT_NAMED = N_("The bot asked for a file that this command doesn't name.")
FAR_TOO_LARGE = N_("The file is far larger than any limit, so it wasn't sent to the bot.")


async def run_in_bot(
    folder: Path, arguments: argparse.Namespace, files: Collection[str] = ()
) -> Result | None:
    """What the running bot's command ends with; None if no bot uses the data folder.

    ``files`` are the ones that it may read. Raises whatever the command raises, as a FootnoteError
    with the same code and message, and BotUnavailable.
    """
    try:
        with address_in(folder) as address:
            reader, writer = await asyncio.open_unix_connection(address)
    except (OSError, AttributeError):  # none, or one left over by a dead process; or on Windows
        return None
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
                    error = FootnoteError(text)
                    error.code = code
                    raise error
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
