"""A client of several shards, each a connection of its own to Discord's gateway.

discord.py's client does the work. Here: Discord is asked how many shards there are to be; a shard
that can't connect raises instead of retrying, so that ``connecting`` waits; and shards identify no
faster than Discord lets all processes of a bot together.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import discord
import yarl
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.shard import Shard

from bot.shards import Shards

IDENTIFY_INTERVAL_S = 5.0  # Discord's, for each of ``max_concurrency`` turns
CONNECT_S = 180.0  # discord.py's limit for a shard's first connection


class IdentifyTurns(Protocol):
    """Who may identify when, for all processes of a bot."""

    async def take_identify_turn(self, key: int, now: float, interval_s: float) -> float:
        """The time of this caller's turn, at least ``interval_s`` after that of another caller."""


class ShardedClient(discord.AutoShardedClient):
    """Connects ``shards``; without any, as many as Discord recommends."""

    def __init__(
        self,
        shards: Shards | None,
        turns: IdentifyTurns,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        **options: Any,
    ):
        if shards:
            options |= {"shard_count": shards.count, "shard_ids": list(shards.ids)}
        super().__init__(**options)
        self._turns = turns
        self._sleep = sleep
        self._max_concurrency = 1

    def sockets(self) -> list[DiscordWebSocket]:
        """The connections of the shards that have connected."""
        return [self._get_websocket(shard_id=shard_id) for shard_id in self.shards]

    def closed_shards(self) -> list[int]:
        """The shards of this process that are not connected; before the first connection, 0."""
        expected = self.shard_ids or range(self.shard_count or 1)
        connected = {shard_id for shard_id, shard in self.shards.items() if not shard.is_closed()}
        return [shard_id for shard_id in expected if shard_id not in connected]

    async def launch_shards(self) -> None:
        """Asks Discord for its limits, then connects each shard.

        Raises OSError, aiohttp.ClientError or GatewayNotFound if Discord can't be reached.
        """
        recommended, _url, limits = await self.http.get_bot_gateway()
        self.shard_count = self.shard_count or recommended
        self._max_concurrency = limits["max_concurrency"]
        await super().launch_shards()

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
        # Where the base class keeps them, which would catch and log every error here.
        private: dict[str, Any] = vars(self)
        shard = Shard(socket, self, private["_AutoShardedClient__queue"].put_nowait)
        private["_AutoShardedClient__shards"][shard_id] = shard
        shard.launch()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Waits until this shard may identify."""
        if self.shard_count == 1:  # there is nobody to wait for
            await super().before_identify_hook(shard_id, initial=initial)
            return
        key, now = (shard_id or 0) % self._max_concurrency, time.time()
        turn = await self._turns.take_identify_turn(key, now, IDENTIFY_INTERVAL_S)
        if turn > now:
            await self._sleep(turn - now)
