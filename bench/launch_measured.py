"""Starts ``footnote`` against the loopback Discord, and prints how late its event loop was.

As ``tests.wire.launch``; the lag of a sleep of 20 ms is measured all the time. When the bot ends,
``LOOP LAG`` and the milliseconds (p50, p95, p99, most) come last in its log.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

import numpy as np

from bot.__main__ import main
from bot.discord_app import serve
from bot.discord_app.heartbeat import keep_beating
from bot.discord_app.sharding import ShardedClient
from tests.wire.launch import redirect

LOOP_LAG = "LOOP LAG"
SLEEP_S = 0.02


async def beat_and_measure(client: ShardedClient) -> None:
    """In place of the task that sends heartbeats as long as the bot runs."""
    beating = asyncio.ensure_future(keep_beating(client))
    lags = [0.0]
    loop = asyncio.get_running_loop()
    try:
        while True:
            began = loop.time()
            await asyncio.sleep(SLEEP_S)
            lags.append(loop.time() - began - SLEEP_S)
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
        milliseconds = np.percentile(1_000 * np.array(lags), [50, 95, 99, 100]).round(1)
        print(LOOP_LAG, *milliseconds, file=sys.stderr, flush=True)


if __name__ == "__main__":
    redirect(sys.argv[1])
    serve.keep_beating = beat_and_measure  # type: ignore[attr-defined]
    sys.exit(main(sys.argv[2:]))
