"""Connects the shards that this process claims, and closes those that it loses or gives up.

Where several processes share a bot's shards, each one's shards change while it runs: those of a
process that dies are taken over by the others, and a new process is given some of theirs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

import discord

from bot.discord_app.connecting import UNREACHABLE, explain, may_pass
from bot.discord_app.sharding import ShardedClient
from bot.errors import FootnoteError, StoreError
from bot.shards import Shards
from bot.store.lease_protocol import ShardClaims

log = logging.getLogger(__name__)
ROUND_S = 2.0  # after a lease has ended, until somebody takes it
Sleep = Callable[[float], Awaitable[object]]


class Servers(Protocol):
    """Does what the servers need whose shards are taken over or given up."""

    async def take_over(self, shards: Shards) -> None:
        """Called before the first event of some shards."""

    async def finish(self, shards: Shards) -> None:
        """Called when no more events come from some shards, before another process takes them."""

    def settled(self) -> None:
        """Called when all shards of this process are connected, and they are others than before."""


async def keep_claiming(
    client: ShardedClient, claims: ShardClaims, servers: Servers, sleep: Sleep = asyncio.sleep
) -> FootnoteError:
    """Keeps the client's shards to what this process has; returns an error if Discord refuses."""
    await client.has_joined.wait()
    settled = None
    while True:
        try:
            while await claim_once(client, claims, servers):
                pass
            if claims.serving != settled:
                settled = claims.serving
                servers.settled()
        except (discord.HTTPException, StoreError, *UNREACHABLE) as error:
            if not may_pass(error):
                return explain(error)
            log.warning("the shards could not be settled: %s", error)
        await sleep(ROUND_S)


async def claim_once(client: ShardedClient, claims: ShardClaims, servers: Servers) -> bool:
    """Closes what is no longer to be served, and connects one shard.

    One at a time: another may wait 5 s for its turn to identify, and be given away meanwhile.
    Returns whether more are left to connect.
    """
    own = await claims.settle()
    for shard_id in [*client.shards.keys() - set(own.ids)]:
        await _give_up(Shards(own.count, (shard_id,)), client, claims, servers)
    unconnected = [Shards(own.count, (i,)) for i in own.ids if i not in client.shards]
    surplus = [i for i in claims.serving.ids if i not in own.ids]
    if surplus:
        await claims.give_back(surplus)
    for shard in unconnected[:1]:
        await servers.take_over(shard)
        await client.connect_shard(shard.ids[0])
    return len(unconnected) > 1


async def _give_up(
    shard: Shards, client: ShardedClient, claims: ShardClaims, servers: Servers
) -> None:
    await client.disconnect_shard(shard.ids[0])
    await servers.finish(shard)
    await claims.give_back(shard.ids)
