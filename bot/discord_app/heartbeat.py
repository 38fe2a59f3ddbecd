"""Notices a gateway connection that is dead but not closed, within 30 s.

Discord asks for a heartbeat every 41 s and acknowledges each. In a quiet server nothing else may
come, so discord.py, which waits 60 s for anything, notices a dead connection only after a minute.
With a heartbeat every 10 s something always comes, and a wait of 25 s is enough.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import discord
from discord.gateway import DiscordWebSocket

from bot.discord_app.sharding import ShardedClient

HEARTBEAT_TIMEOUT_S = 25.0
INTERVAL_S = 10.0  # Discord allows 120 events in 60 s


async def keep_beating(client: ShardedClient) -> None:
    """Sends heartbeats beside discord.py's own, until it is cancelled."""
    while True:
        await asyncio.sleep(INTERVAL_S)
        for socket in client.sockets():
            with suppress(ConnectionError, RuntimeError, discord.ConnectionClosed):
                await _beat(socket)


async def _beat(socket: DiscordWebSocket) -> None:
    if socket.open and socket._keep_alive is not None:
        await socket.send_heartbeat(socket._keep_alive.beat())
