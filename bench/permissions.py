"""What deciding about permissions costs an action: ``python -m bench.permissions``.

A server of 500 channels and 250 roles in a simulated Discord, ten overwrites a channel; the time
of one action's private and public scope, CPU time, medians.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import discord
import simcord

from bot.app import open_app
from bot.discord_app.access import private_scope, public_scope
from bot.discord_app.client import create_bot
from bot.discord_app.readable_channels import ReadableChannels
from bot.settings import Settings

CHANNELS, ROLES, OVERWRITES, ROUNDS = 500, 250, 10, 30


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measured(Path(folder)))


async def _measured(folder: Path) -> None:
    async with open_app(Settings(data_dir=folder)) as app:
        env: Any = simcord.Env(create_bot(app), shard_count=1, settle_timeout=600)
        await env.start()
        member, place = await _server(env)
        guild = member.guild
        _tell("anew", lambda: ReadableChannels(guild, object()).for_member(member))
        _tell("kept", lambda: (private_scope(member, place), public_scope(place)))
        await env.shutdown()


async def _server(env: Any) -> tuple[discord.Member, discord.TextChannel]:
    guild = env.create_guild("Large")
    roles = [guild.create_role(f"role {n}") for n in range(ROLES)]
    seen = discord.PermissionOverwrite(view_channel=True)
    for n in range(CHANNELS):
        some = [roles[(n * 7 + k) % ROLES] for k in range(OVERWRITES)]
        guild.create_text_channel(f"channel-{n}", overwrites=dict.fromkeys(some, seen))
    person = guild.add_member(env.create_user("ada"), roles=roles[:5])
    await env.settle()
    there = env.bot.get_guild(guild.id)
    return await there.fetch_member(person.id), there.text_channels[-1]


def _tell(name: str, action: Callable[[], object]) -> None:
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        action()
        times.append(time.process_time() - began)
    print(f"{name}: {statistics.median(times) * 1000:.2f} ms an action")


if __name__ == "__main__":
    main()
