"""The bot in its own process, started as a user starts it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from pathlib import Path

from bot.setting_values import parse_shard_ids
from tests.wire.discord_server import Discord

FAULTS = ("Traceback (most recent call last)", "Task was destroyed")


class Bot:
    """A bot that runs ``footnote run`` over a data folder; it can be ended and started again."""

    def __init__(
        self,
        discord: Discord,
        folder: Path,
        settings: dict[str, str],
        launcher: str = "tests.wire.launch",
    ):
        self._launcher = launcher
        self._discord, self._folder, self._settings = discord, folder, settings
        self._process: Process | None = None
        self.log_file = folder / "bot.log"

    async def start(self) -> None:
        """Starts the process and waits until it has a session at the gateway."""
        handshakes = len(self._discord.handshakes)
        environment = {
            "PATH": os.environ["PATH"],  # noqa: TID251 - of the child
            "DISCORD_TOKEN": self.token,
            "DATA_DIR": str(self._folder / "data"),
            "SUGGESTIONS": "article",
            **self._settings,
        }
        with self.log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", self._launcher, self._discord.url, "run"),
                env=environment,
                stdout=log,
                stderr=log,
            )
        ended = asyncio.ensure_future(self._wake_when_ended(self._process))
        process = self._process
        await self._discord.until(
            lambda: len(self._discord.handshakes) > handshakes or process.returncode is not None
        )
        assert process.returncode is None, self.log
        self._ended = ended

    async def _wake_when_ended(self, process: Process) -> None:
        await process.wait()
        await self._discord.changed()

    @property
    def token(self) -> str:
        """What it identifies itself with."""
        return self._settings.get("DISCORD_TOKEN", "token")

    @property
    def log(self) -> str:
        """All that it has written."""
        return self.log_file.read_text()

    @property
    def process(self) -> Process:
        assert self._process is not None
        return self._process

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ends the process with a signal; its exit status."""
        process = self.process
        if process.returncode is None:
            process.send_signal(number)
        status = await process.wait()
        own = parse_shard_ids(self._settings.get("SHARD_IDS", ""))
        shares = "DATABASE_URL" in self._settings and not own  # which, only their sockets say
        for shard, session in self._discord.shards.items():
            if not shares and (not own or shard in own):
                session.socket = None
        return status

    async def stop(self) -> None:
        """Ends it if it runs; checks that it wrote of no fault."""
        if self._process is not None and self._process.returncode is None:
            await self.end()
        assert not any(fault in self.log for fault in FAULTS), self.log
