"""Several shards: who hears of which server, how fast they identify, and what can go wrong."""

from __future__ import annotations

import pytest

from bot.discord_app.connecting import stay_connected
from bot.errors import FootnoteError
from bot.shards import Shards
from tests.discord_app.loopback import Client, Network, network, server
from tests.wire.discord_server import GUILD_ID, Discord

__all__ = ["network", "server"]


async def connect(network: Network, client: Client) -> FootnoteError | None:
    return await stay_connected(client, "token", lambda: None, network.sleep)


def guild_of(shard: int) -> int:
    return (shard << 22) + 5_000


def add_guilds(server: Discord, shards: int) -> None:
    for shard in range(shards):
        server.add_guild(guild_of(shard), guild_of(shard) + 1)


async def test_a_process_connects_its_own_shards_and_hears_of_their_servers_alone(
    network: Network, server: Discord
) -> None:
    server.max_concurrency = 16
    add_guilds(server, 4)
    client = Client(Shards(4, (0, 3)))
    assert await connect(network, client) is None
    assert server.identified == [(0, 4), (3, 4)]
    assert client.servers == {GUILD_ID, guild_of(0), guild_of(3)}


async def test_without_a_setting_there_are_as_many_shards_as_discord_recommends(
    network: Network, server: Discord
) -> None:
    server.recommended_shards = 3
    add_guilds(server, 3)
    client = Client()
    await connect(network, client)
    assert server.identified == [(0, 3), (1, 3), (2, 3)]
    assert len(client.servers) == 4


@pytest.mark.parametrize(("at_once", "waited_s"), [(1, [5, 10, 15]), (2, [5, 5]), (16, [])])
async def test_shards_identify_no_faster_than_discord_lets_them(
    network: Network, server: Discord, at_once: int, waited_s: list[float]
) -> None:
    server.max_concurrency = at_once
    client = Client(Shards(4, (0, 1, 2, 3)))
    await connect(network, client)
    assert client.waited_s == waited_s


async def test_one_shard_alone_takes_no_turn(network: Network, server: Discord) -> None:
    client = Client(Shards(1, (0,)))
    await connect(network, client)
    assert (server.identified, client.turns.taken) == ([(0, 1)], {})


async def test_a_shard_that_cannot_connect_is_tried_again_and_the_others_stay(
    network: Network, server: Discord
) -> None:
    class Interrupted(Client):
        async def _wait(self, seconds: float) -> None:
            server.hang_ups = 2 if len(server.identified) == 1 else 0
            await super()._wait(seconds)

    assert await connect(network, Interrupted(Shards(3, (0, 1, 2)))) is None
    assert network.delays == [1, 2]
    assert server.identified == [(0, 3), (1, 3), (2, 3)]


@pytest.mark.parametrize(
    ("code", "told"), [(4011, "set a higher SHARD_COUNT"), (4004, "Check DISCORD_TOKEN")]
)
async def test_a_connection_that_discord_closes_for_good_is_told(
    network: Network, server: Discord, code: int, told: str
) -> None:
    server.closes_with = code
    assert told in str(await connect(network, Client(Shards(2, (0, 1)))))
