"""Which servers the bot is in, for who looks after their libraries (the Presence of ``upkeep``).

That a server is missing in the list at the start proves nothing: another token, another shard or
an outage leaves servers out. So Discord is asked for the very server. What it answers for one
that the bot was removed from is one of two codes; anything else is no answer.
"""

from __future__ import annotations

import asyncio

import discord

NOT_A_MEMBER = (10004, 50001)  # unknown server; a server that the bot may not look at


class ClientPresence:
    """The servers of a client."""

    def __init__(self, client: discord.Client):
        self._client = client
        self.ready = asyncio.Event()  # set by the client: its own can be waited for after login

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
            gone = error.status in (403, 404) and error.code in NOT_A_MEMBER
            return False if gone else None
        return True
