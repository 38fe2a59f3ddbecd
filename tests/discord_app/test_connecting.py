"""The start of the bot while Discord, or this machine's network, is down."""

from __future__ import annotations

from typing import Literal

import pytest

from bot.discord_app.connecting import stay_connected
from bot.errors import FootnoteError
from tests.discord_app.loopback import Client, Network, network, server
from tests.wire.discord_server import Discord
from tests.wire.faults import Fault

__all__ = ["network", "server"]


async def connect(network: Network) -> tuple[FootnoteError | None, list[str]]:
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
