"""The start of the bot while Discord, or this machine's network, is down."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from typing import Literal

import discord
import pytest
from discord import gateway, http
from discord.backoff import ExponentialBackoff
from yarl import URL

from bot.discord_app.connecting import stay_connected
from bot.errors import SettingsError
from tests.wire.discord_server import Discord
from tests.wire.faults import Fault
from tests.wire.rest import discord_server


class Client(discord.Client):
    """A client that closes as soon as it is connected."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True), guild_ready_timeout=0.0)

    async def on_ready(self) -> None:
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


async def connect(network: Network) -> tuple[SettingsError | None, list[str]]:
    logged_in: list[str] = []
    failure = await stay_connected(
        Client(), "token", lambda: logged_in.append("yes"), network.sleep
    )
    return failure, logged_in


async def test_a_network_that_is_down_at_the_start_is_waited_for_longer_each_time(
    network: Network, server: Discord
) -> None:
    network.rest_at(network.nowhere)
    network.comes_after = 8
    assert await connect(network) == (None, ["yes"])
    assert network.delays == [1, 2, 4, 8, 16, 32, 60, 60]
    assert server.handshakes == ["identify"]


async def test_a_gateway_that_is_down_at_the_start_is_waited_for(
    network: Network, server: Discord
) -> None:
    network.gateway_at(network.nowhere)
    network.comes_after = 2
    assert await connect(network) == (None, ["yes"])
    assert network.delays == [1, 2]
    assert server.handshakes == ["identify"]


async def test_an_address_with_too_many_requests_waits_until_discord_lets_it_in(
    network: Network, server: Discord
) -> None:
    server.faults.append(Fault("banned", times=2))
    assert await connect(network) == (None, ["yes"])
    assert network.delays == [1, 2]
    assert server.handshakes == ["identify"]


@pytest.mark.parametrize(("kind", "told"), [("401", "rejected DISCORD_TOKEN"), (0, "status 403")])
async def test_what_discord_itself_refuses_ends_the_bot_at_once(
    kind: Literal["401", 0], told: str, network: Network, server: Discord
) -> None:
    server.faults.append(Fault(kind))
    failure, logged_in = await connect(network)
    assert told in str(failure)
    assert (network.delays, logged_in) == ([], [])
