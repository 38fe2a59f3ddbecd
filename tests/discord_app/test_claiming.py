"""Shards that come and go while the client runs, on a Discord on loopback."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager

import discord

from bot.discord_app.claiming import claim_once, keep_claiming
from bot.discord_app.sharding import ShardedClient
from bot.errors import FootnoteError
from bot.shards import Shards
from tests.discord_app.loopback import Network, Turns, network, server
from tests.discord_app.test_sharding import add_guilds, guild_of
from tests.wire.discord_server import Discord
from tests.wire.faults import Fault

__all__ = ["network", "server"]
COUNT = 4


class Claims:
    """What a process has been given, as a test says. ``steps``: what was done, in order."""

    def __init__(self) -> None:
        self.own: tuple[int, ...] = ()
        self.serving = Shards(COUNT, ())
        self.lost: set[int] = set()
        self.steps: list[str] = []
        self.before_taking_over: Callable[[], Awaitable[object]] | None = None

    async def join(self, count: int | None, recommended: int) -> int:
        return COUNT

    async def settle(self) -> Shards:
        self.serving = Shards(COUNT, tuple(sorted({*self.own, *self.serving.ids} - self.lost)))
        return Shards(COUNT, tuple(i for i in self.own if i not in self.lost))

    async def holds(self, shard_id: int) -> bool:
        return shard_id not in self.lost

    async def give_back(self, shard_ids: Collection[int]) -> None:
        self.steps.append(f"give back {list(shard_ids)}")
        self.serving = Shards(COUNT, tuple(i for i in self.serving.ids if i not in shard_ids))

    async def leave(self) -> None:
        self.steps.append("leave")

    async def take_over(self, shards: Shards) -> None:
        if self.before_taking_over:
            await self.before_taking_over()
        self.steps.append(f"take over {list(shards.ids)}")

    async def finish(self, shards: Shards) -> None:
        self.steps.append(f"finish {list(shards.ids)}")

    def settled(self) -> None:
        self.steps.append("settled")


class SharingClient(ShardedClient):
    """A client whose shards a test claims, and what it hears."""

    def __init__(self, claims: Claims) -> None:
        self.waited_s: list[float] = []
        self.heard: asyncio.Queue[int] = asyncio.Queue()
        self.ready: asyncio.Queue[int] = asyncio.Queue()
        super().__init__(
            None,
            Turns(),
            self._wait,
            claims,
            intents=discord.Intents(guilds=True, guild_messages=True),
            guild_ready_timeout=0.0,
        )

    async def _wait(self, seconds: float) -> None:
        self.waited_s.append(round(seconds))

    async def on_shard_ready(self, shard_id: int) -> None:
        self.ready.put_nowait(shard_id)

    async def on_message(self, message: discord.Message) -> None:
        assert message.guild is not None
        self.heard.put_nowait(message.guild.id)


@asynccontextmanager
async def connected(server: Discord) -> AsyncIterator[tuple[SharingClient, Claims]]:
    add_guilds(server, COUNT)
    claims = Claims()
    client = SharingClient(claims)
    await client.login("token")
    async with asyncio.TaskGroup() as group:
        group.create_task(client.connect())
        await client.has_joined.wait()
        yield client, claims
        await client.close()


async def claim(client: SharingClient, claims: Claims, *own: int) -> None:
    claims.own = own
    while await claim_once(client, claims, claims):
        pass


def servers_of(client: SharingClient) -> set[int]:
    return {guild.id for guild in client.guilds}


async def say_in(server: Discord, shard: int) -> None:
    await server.say("hello", channel_id=guild_of(shard) + 1)


async def test_shards_that_are_claimed_later_are_connected_beside_the_others(
    network: Network, server: Discord
) -> None:
    async with connected(server) as (client, claims):
        await claim(client, claims, 1)
        await claim(client, claims, 1, 3)
        for shard in (1, 3):
            assert await client.ready.get() == shard
            await say_in(server, shard)
            assert await client.heard.get() == guild_of(shard)
        assert claims.steps == ["take over [1]", "take over [3]"]
        assert server.identified == [(1, COUNT), (3, COUNT)]
        assert client.waited_s == [5]  # the second one's turn to identify
        assert client.closed_shards() == []


async def test_a_shard_that_is_given_up_is_closed_before_another_process_may_have_it(
    network: Network, server: Discord
) -> None:
    async with connected(server) as (client, claims):
        await claim(client, claims, 1, 3)
        assert {await client.ready.get(), await client.ready.get()} == {1, 3}
        await claim(client, claims, 3)
        await server.until(lambda: server.shards[1].socket is None)
        assert claims.steps[2:] == ["finish [1]", "give back [1]"]
        assert (servers_of(client), list(client.shards)) == ({guild_of(3)}, [3])
        await claim(client, claims, 1, 3)
        assert await client.ready.get() == 1
        assert servers_of(client) == {guild_of(1), guild_of(3)}


async def test_nothing_is_heard_of_a_shard_that_another_process_took_during_a_pause(
    network: Network, server: Discord
) -> None:
    async with connected(server) as (client, claims):
        await claim(client, claims, 1, 3)
        assert {await client.ready.get(), await client.ready.get()} == {1, 3}
        claims.lost = {1}
        await say_in(server, 1)
        await server.until(lambda: server.shards[1].socket is None)
        await say_in(server, 3)
        assert await client.heard.get() == guild_of(3)
        assert client.heard.empty()
        await claim(client, claims, 1, 3)
        assert (servers_of(client), list(client.shards)) == ({guild_of(3)}, [3])
        assert server.handshakes == ["identify", "identify"]  # it does not come back by itself


async def test_a_process_without_shards_waits_and_is_ready(
    network: Network, server: Discord
) -> None:
    async with connected(server) as (client, claims):
        await claim(client, claims)
        assert (server.identified, client.closed_shards()) == ([], [])


async def keep_for(client: SharingClient, claims: Claims, rounds: int) -> FootnoteError | None:
    """Claims for so many rounds. Returns why it ended before, if it did."""
    left = rounds

    async def sleep(_seconds: float) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise asyncio.CancelledError

    claims.before_taking_over = client.application_info
    with contextlib.suppress(asyncio.CancelledError):
        return await keep_claiming(client, claims, claims, sleep)
    return None


async def test_a_shard_is_connected_once_discord_no_longer_has_too_many_requests(
    network: Network, server: Discord
) -> None:
    async with connected(server) as (client, claims):
        claims.own = (1, 3)
        server.faults = [Fault("banned", where="applications", times=2)]
        assert await keep_for(client, claims, 3) is None
        assert claims.steps == ["take over [1]", "take over [3]", "settled"]


async def test_what_discord_refuses_of_a_shard_is_explained_and_ends_the_claiming(
    network: Network, server: Discord
) -> None:
    async with connected(server) as (client, claims):
        claims.own = (1,)
        server.faults = [Fault(0, where="applications")]
        assert "status 403" in str(await keep_for(client, claims, 3))
        assert claims.steps == []
