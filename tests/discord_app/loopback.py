"""discord.py's own client on a Discord on loopback, in this process: fixtures and a client."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import discord
import pytest
from discord import gateway, http
from discord.backoff import ExponentialBackoff
from yarl import URL

from bot.discord_app.sharding import ShardedClient
from bot.shards import Shards
from tests.wire.discord_server import Discord
from tests.wire.rest import discord_server


class Turns:
    """Turns to identify, as the store gives them, with a clock that stands still."""

    def __init__(self) -> None:
        self.taken: dict[int, int] = {}

    async def take_identify_turn(self, key: int, now: float, interval_s: float) -> float:
        self.taken[key] = self.taken.get(key, 0) + 1
        return now + (self.taken[key] - 1) * interval_s


class Client(ShardedClient):
    """A client that closes as soon as all its shards are ready."""

    def __init__(self, shards: Shards | None = None) -> None:
        self.turns = Turns()
        self.waited_s: list[float] = []
        self.servers: set[int] = set()
        super().__init__(
            shards,
            self.turns,
            self._wait,
            intents=discord.Intents(guilds=True),
            guild_ready_timeout=0.0,
        )

    async def _wait(self, seconds: float) -> None:
        self.waited_s.append(round(seconds))

    async def on_ready(self) -> None:
        self.servers = {guild.id for guild in self.guilds}
        await self.close()


@pytest.fixture
async def server() -> AsyncIterator[Discord]:
    async with discord_server() as running:
        yield running


class Network:
    """Where discord.py looks for Discord: nowhere, until so many delays have passed."""

    def __init__(self, server: Discord, monkeypatch: pytest.MonkeyPatch):
        self._server, self._monkeypatch = server, monkeypatch
        self.delays: list[float] = []
        self.comes_after = 0
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            self.nowhere = f"http://127.0.0.1:{unused.getsockname()[1]}"

    def rest_at(self, url: str) -> None:
        self._monkeypatch.setattr(http.Route, "BASE", f"{url}/api/v10")

    def gateway_at(self, url: str) -> None:
        address = URL(url).with_scheme("ws") / "gateway"
        self._monkeypatch.setattr(gateway.DiscordWebSocket, "DEFAULT_GATEWAY", address)

    async def sleep(self, seconds: float) -> None:
        self.delays.append(seconds)
        if len(self.delays) == self.comes_after:
            self.rest_at(self._server.url)
            self.gateway_at(self._server.url)


@pytest.fixture
def network(server: Discord, monkeypatch: pytest.MonkeyPatch) -> Network:
    made = Network(server, monkeypatch)
    made.rest_at(server.url)
    made.gateway_at(server.url)
    monkeypatch.setattr(ExponentialBackoff, "delay", lambda _self: 0.0)
    return made
