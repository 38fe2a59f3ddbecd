"""A ceiling on open databases: at the ceiling a query waits, and nothing fails."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.records import Scope
from bot.search.memory_index import MemoryIndex
from bot.store.sqlite.connection import Database
from bot.store.sqlite.open_files import OpenFiles
from bot.store.sqlite.store import SqliteStore

MOST = 3


class Counted:
    """Connections that count how many of them are open at once."""

    now = most = 0

    def __init__(self) -> None:
        self.is_open = False

    async def connect(self) -> None:
        await asyncio.sleep(0)
        assert not self.is_open
        self.is_open = True
        type(self).now += 1
        type(self).most = max(self.most, self.now)

    async def disconnect(self) -> None:
        await asyncio.sleep(0)
        assert self.is_open
        self.is_open = False
        type(self).now -= 1


@pytest.fixture(autouse=True)
def none_open() -> None:
    Counted.now = Counted.most = 0


async def _use(files: OpenFiles, database: Counted, steps: int) -> None:
    async with files.using(database):
        for _ in range(steps):
            assert database.is_open
            await asyncio.sleep(0)


@settings(phases=[Phase.explicit, Phase.reuse, Phase.generate])  # an event loop shrinks slowly
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4), st.booleans()), max_size=60))
def test_never_more_than_the_ceiling_are_open_and_everybody_gets_a_turn(
    uses: list[tuple[int, int, bool]],
) -> None:
    async def run() -> None:
        Counted.now = Counted.most = 0
        files, databases = OpenFiles(MOST), [Counted() for _ in range(10)]
        tasks = []
        for number, steps, is_cancelled in uses:
            task = asyncio.ensure_future(_use(files, databases[number], steps))
            tasks.append(task)
            if is_cancelled:
                await asyncio.sleep(0)
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        failures = [t for t in tasks if not t.cancelled() and t.exception() is not None]
        assert not failures
        assert Counted.most <= MOST
        for database in databases:
            await files.forget(database)
        assert Counted.now == files.count == 0

    asyncio.run(run())


async def test_what_nobody_uses_makes_room_the_least_recently_used_first() -> None:
    files, databases = OpenFiles(2), [Counted() for _ in range(3)]
    for number in (0, 1, 0, 2):
        await _use(files, databases[number], 1)
    assert [database.is_open for database in databases] == [True, False, True]


async def test_one_that_cannot_be_opened_gives_its_place_back() -> None:
    class Broken(Counted):
        async def connect(self) -> None:
            raise OSError

    files = OpenFiles(1)
    for _ in range(2):
        with pytest.raises(OSError):  # noqa: PT011
            await _use(files, Broken(), 1)
    await _use(files, Counted(), 1)


async def test_libraries_beyond_the_ceiling_answer_and_keep_what_was_written(
    tmp_path: Path,
) -> None:
    files = OpenFiles(MOST)
    databases = [
        await Database.open(tmp_path / f"{n}.db", "footnote", files) for n in range(3 * MOST)
    ]

    async def write(number: int) -> None:
        async with databases[number].transaction() as writer:
            await writer.execute("INSERT INTO note VALUES ('number', ?)", (number,))

    await _all(write, range(3 * MOST))
    rows = [await database.fetch("SELECT value FROM note") for database in databases]
    assert [row[0]["value"] for row in rows] == [str(n) for n in range(3 * MOST)]
    assert files.count <= MOST
    for database in databases:
        await database.close()
    assert files.count == 0


async def _all(call: Callable[[int], Awaitable[None]], numbers: range) -> None:
    await asyncio.gather(*(call(number) for number in numbers))


async def _visit_all(folder: Path, servers: int) -> None:
    """Every server's library is leased at the same moment, and used."""
    store = await SqliteStore.open(folder, MemoryIndex)
    leased = asyncio.Barrier(servers)

    async def visit(number: int) -> None:
        async with store.library(str(number)) as library:
            await leased.wait()
            await library.articles.totals(Scope(str(number)))

    try:
        await _all(visit, range(servers))
    finally:
        await store.close()


SERVERS = 130  # of five handles each


def test_many_libraries_at_once_stay_under_512_handles(tmp_path: Path) -> None:
    program = (
        "import asyncio, resource, sys; from pathlib import Path;"
        "from tests.store.test_open_files import _visit_all;"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (512, 512));"
        f"asyncio.run(_visit_all(Path(sys.argv[1]), {SERVERS}))"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, timeout=600)
