"""A process that makes a library's tokens again and is killed: ``python -m … FOLDER``.

It says so after each step, and goes on when it is told to.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bot.search.memory_index import MemoryIndex
from bot.store.parts import tokens
from bot.store.sqlite.store import SqliteStore
from tests.contract.samples import SERVER


async def _renew(folder: Path) -> None:
    tokens.PASSAGES_PER_STEP = 1
    tokens.POSTINGS_PER_STEP = 20
    store = await SqliteStore.open(folder, MemoryIndex)
    async with store.library(SERVER) as library:
        while await library.tokens.renew():
            _say("renewed")
            sys.stdin.readline()
    await store.close()
    _say("done")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_renew(Path(sys.argv[1])))
