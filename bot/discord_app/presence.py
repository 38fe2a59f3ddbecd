"""Tells the maintenance tasks which servers the bot is in (implements ``maintenance.Presence``).

A server that is missing from the list at start-up is not necessarily gone: with another token,
another shard or an outage, servers are left out. So Discord is asked about that server. Only two
error codes mean that the bot was removed; any other error says nothing.
"""

from __future__ import annotations

import asyncio

import discord

from bot.discord_app import replies

NOT_A_MEMBER = (10004, 50001)  # Discord's codes: unknown server, missing access


class ClientPresence:
    """The servers that a client is in."""

    def __init__(self, client: discord.Client):
        self._client = client
        self.ready = asyncio.Event()  # set by the client, whose own cannot be awaited before login

    async def application_id(self) -> int:
        await self.ready.wait()
        assert self._client.application_id is not None
        return self._client.application_id

    async def is_member(self, server_id: str) -> bool | None:
        if self._client.get_guild(int(server_id)) is not None:
            return True
        try:
            await self._client.fetch_guild(int(server_id), with_counts=False)
        except discord.HTTPException as error:
            was_removed = error.status in (403, 404) and error.code in NOT_A_MEMBER
            return False if was_removed else None
        except replies.SEND_ERRORS:
            return None
        return True
