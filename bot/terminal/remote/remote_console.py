"""The bot's end of a command: what it prints goes to the terminal at the other end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from bot.answer.model_stream import StopSignal
from bot.errors import ArticleRefused
from bot.terminal.console import Abilities
from bot.terminal.remote.frames import Json, pack, receive


class RemoteConsole:
    """See ``console.Console``. ``listen`` has to run beside the command."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, abilities: Abilities
    ):
        self.abilities = abilities
        self._reader, self._writer = reader, writer
        self._replies: asyncio.Queue[tuple[Json, bytes]] = asyncio.Queue()
        self._stop: StopSignal | None = None

    def write(self, text: str, end: str = "\n") -> None:
        self.send({"write": text, "end": end})

    def write_error(self, text: str, end: str = "\n") -> None:
        self.send({"write_error": text, "end": end})

    async def read_line(self) -> str | None:
        line, _data = await self._ask({"read": "line"})
        text = line["line"]
        return None if text is None else str(text)

    async def read_file(self, source: str, most: int) -> bytes:
        answer, data = await self._ask({"read": "file", "source": source, "most": most})
        if "refused" in answer:
            raise ArticleRefused(str(answer["refused"]))
        return data

    @contextmanager
    def stopped_by_interrupt(self, stop: StopSignal) -> Iterator[None]:
        self._stop = stop
        self.send({"interruptible": True})
        try:
            yield
        finally:
            self._stop = None
            self.send({"interruptible": False})

    async def listen(self) -> None:
        """Take what the other end sends. Raises EOFError when it is gone."""
        while True:
            message, data = await receive(self._reader)
            if "interrupt" not in message:
                self._replies.put_nowait((message, data))
            elif self._stop is not None:
                self._stop.set()

    def send(self, message: Json) -> None:
        """Send a message soon."""
        self._writer.write(pack(message))

    async def _ask(self, message: Json) -> tuple[Json, bytes]:
        self.send(message)
        return await self._replies.get()
