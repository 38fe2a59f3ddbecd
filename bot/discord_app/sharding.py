"""A client of several shards, each a connection of its own to Discord's gateway.

discord.py's client does the work. Here: Discord is asked how many shards there are to be; a shard
that can't connect raises instead of retrying, so that ``connecting`` waits; shards identify no
faster than Discord lets all processes of a bot together; and where processes share the shards
(``claiming``), they come and go while the client runs.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import discord
import yarl
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.shard import Shard

from bot.shards import Shards
from bot.store.lease_protocol import ShardClaims

IDENTIFY_INTERVAL_S = 5.0  # Discord's, for each of ``max_concurrency`` turns
CONNECT_S = 180.0  # discord.py's limit for a shard's first connection


class IdentifyTurns(Protocol):
    """Who may identify when, for all processes of a bot."""

    async def take_identify_turn(self, key: int, now: float, interval_s: float) -> float:
        """The time of this caller's turn, at least ``interval_s`` after that of another caller."""


class OwnShard(Shard):
    """A shard that hears nothing, and does not connect again, once another process has it."""

    _client: ShardedClient

    @property
    def ws(self) -> DiscordWebSocket:
        return self._socket

    @ws.setter
    def ws(self, socket: DiscordWebSocket) -> None:
        self._socket = socket
        hear = socket.received_message

        async def hear_if_own(message: Any, /) -> None:
            if await self._client.serves(self.id):
                await hear(message)
            else:
                await socket.close()

        socket.received_message = hear_if_own  # type: ignore[method-assign]

    async def reidentify(self, exc: ReconnectWebSocket) -> None:
        if await self._client.serves(self.id):
            await super().reidentify(exc)

    async def reconnect(self) -> None:
        if await self._client.serves(self.id):
            await super().reconnect()


class ShardedClient(discord.AutoShardedClient):
    """Connects ``shards``; without any, as many as Discord recommends.

    With ``claims`` it connects none by itself: ``claiming`` does.
    """

    def __init__(
        self,
        shards: Shards | None,
        turns: IdentifyTurns,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        claims: ShardClaims | None = None,
        **options: Any,
    ):
        if shards:
            options |= {"shard_count": shards.count, "shard_ids": list(shards.ids)}
        super().__init__(**options)
        self.claims = claims
        self.has_joined = asyncio.Event()  # the shards may be claimed
        self._turns = turns
        self._sleep = sleep
        self._max_concurrency = 1

    def sockets(self) -> list[DiscordWebSocket]:
        """The connections of the shards that have connected."""
        return [self._get_websocket(shard_id=shard_id) for shard_id in self.shards]

    def closed_shards(self) -> list[int]:
        """The shards of this process that are not connected; before the first connection, 0."""
        expected: Sequence[int] = self.shard_ids or range(self.shard_count or 1)
        if self.claims is not None and self.has_joined.is_set():
            expected = self.claims.serving.ids
        connected = {shard_id for shard_id, shard in self.shards.items() if not shard.is_closed()}
        return [shard_id for shard_id in expected if shard_id not in connected]

    async def launch_shards(self) -> None:
        """Asks Discord for its limits, then connects each shard.

        Raises OSError, aiohttp.ClientError or GatewayNotFound if Discord can't be reached.
        """
        recommended, _url, limits = await self.http.get_bot_gateway()
        self._max_concurrency = limits["max_concurrency"]
        if self.claims is None:
            self.shard_count = self.shard_count or recommended
            await super().launch_shards()
        else:
            self.shard_count = await self.claims.join(self.shard_count, recommended)
            self._connection.shard_count = self.shard_count
            self.has_joined.set()

    async def serves(self, shard_id: int) -> bool:
        """Whether this process may hear of a shard's servers."""
        return self.claims is None or await self.claims.holds(shard_id)

    async def connect_shard(self, shard_id: int) -> None:
        """Connects one more shard. Raises as ``launch_shards`` does."""
        await self.launch_shard(DiscordWebSocket.DEFAULT_GATEWAY, shard_id)

    async def disconnect_shard(self, shard_id: int) -> None:
        """Closes a shard's connection, and forgets its servers. Does nothing without one."""
        shard: OwnShard | None = self._own_shards.pop(shard_id, None)
        if shard is None:
            return
        await shard.close()
        for guild in [guild for guild in self.guilds if guild.shard_id == shard_id]:
            self._connection._remove_guild(guild)

    async def launch_shard(
        self, gateway: yarl.URL, shard_id: int, *, initial: bool = False
    ) -> None:
        """Connects a shard, unless an earlier attempt at connecting all of them has."""
        if shard_id in self.shards:
            return
        connecting = DiscordWebSocket.from_client(
            self, initial=initial, gateway=gateway, shard_id=shard_id
        )
        try:
            socket = await asyncio.wait_for(connecting, CONNECT_S)
        except (discord.ConnectionClosed, ReconnectWebSocket) as error:
            raise ConnectionError("the gateway closed the connection") from error
        # As the base class does, which would catch and log every error here.
        queue: asyncio.PriorityQueue[Any] = vars(self)["_AutoShardedClient__queue"]
        self._own_shards[shard_id] = OwnShard(socket, self, queue.put_nowait)
        self._own_shards[shard_id].launch()

    @property
    def _own_shards(self) -> dict[int, OwnShard]:
        """Where the base class keeps them."""
        shards: dict[int, OwnShard] = vars(self)["_AutoShardedClient__shards"]
        return shards

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Waits until this shard may identify."""
        if self.shard_count == 1:  # there is nobody to wait for
            await super().before_identify_hook(shard_id, initial=initial)
            return
        key, now = (shard_id or 0) % self._max_concurrency, time.time()
        turn = await self._turns.take_identify_turn(key, now, IDENTIFY_INTERVAL_S)
        if turn > now:
            await self._sleep(turn - now)
