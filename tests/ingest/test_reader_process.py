"""The end of the bot is the end of its reader."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

BOT = """
import asyncio
from bot.ingest.worker.pool import Reader

async def main():
    reader = Reader(extract="tests.ingest.hostile_extract:extract")
    print((await reader.read(b"", "who")).document.text, flush=True)
    await reader.read(b"", "wait")

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="waits with a pidfd")
def test_a_reader_does_not_outlive_the_bot() -> None:
    bot = subprocess.Popen(
        [sys.executable, "-c", BOT], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE
    )
    with bot:
        assert bot.stdout
        reader = os.pidfd_open(int(bot.stdout.readline()))
        bot.kill()

    ended = select.poll()
    ended.register(reader, select.POLLIN)
    assert ended.poll()  # without an end the suite ends it
    os.close(reader)
