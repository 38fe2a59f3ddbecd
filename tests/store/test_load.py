"""A long article does not block the event loop, and a full disk does not stop the bot."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.store.values import NewArticle, Totals
from tests.contract.samples import ALL, memory_index, new_article, unit_vectors
from tests.steps import steps
from tests.store.open_files import open_library

LONGEST_S = 0.020  # the promise, in CPU of the loop's own
MOST_LINES = 20_000  # 6,500 are run at most


def _long(passages: int) -> NewArticle:
    """Eleven sentences and a thousand characters a passage, with vectors as long as real ones."""
    line = "Word and more of it, Mars and 火星 and the rest." * 2
    paragraph = "\n".join([line] * 11)
    long = new_article("\n\n".join(f"{i} {paragraph}" for i in range(passages)))
    return replace(long, vectors=unit_vectors(passages, 512))


class Loop(asyncio.SelectorEventLoop):
    """Remembers the most that ran between two looks at what is ready."""

    longest = 0.0

    def measured(self, turn: Callable[[], None]) -> float:
        """The lines of Python in a turn."""
        return steps(turn)

    def _run_once(self) -> None:
        turn: Callable[[], None] = super()._run_once  # type: ignore[misc]
        self.longest = max(self.longest, self.measured(turn))


class TimedLoop(Loop):
    def measured(self, turn: Callable[[], None]) -> float:
        """The seconds of CPU in a turn, of the loop's own."""
        began = time.thread_time()
        turn()
        return time.thread_time() - began


async def _add_read_remove(path: Path, long: NewArticle) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Loop)
    longest = {}
    async with open_library(path) as (library, _):
        for name, work in (
            ("add", lambda: library.articles.add(long, ALL)),
            ("vectors", lambda: memory_index(library).quantized_vectors(long.embedder, 512, ALL)),
            ("read", lambda: library.articles.passages_of(1, ALL)),
            ("find", lambda: memory_index(library).postings(["mar"], ALL)),
            ("remove", lambda: library.articles.erase([1], ALL)),
        ):
            await asyncio.sleep(0)
            loop.longest = 0.0
            await work()
            await asyncio.sleep(0)  # the last step counts, too
            longest[name] = loop.longest
    return longest


@pytest.fixture
def no_collection() -> Iterator[None]:
    """The collector would look through what other tests left: 60 ms, and not the store's."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize(
    ("loop", "passages", "most"),
    [
        (Loop, 600, MOST_LINES),
        pytest.param(TimedLoop, 2_000, LONGEST_S, marks=pytest.mark.quality),
    ],
)
@pytest.mark.usefixtures("no_collection")
def test_a_long_article_does_not_block_the_event_loop(
    loop: type[Loop], passages: int, most: float, tmp_path: Path
) -> None:
    long = _long(passages)
    with asyncio.Runner(loop_factory=loop) as runner:
        longest = runner.run(_add_read_remove(tmp_path / "1.db", long))
    assert {name: turn for name, turn in longest.items() if turn > most} == {}


FULL_DISK = """
import asyncio, resource, signal, sys
from pathlib import Path
from bot.errors import StoreError
from tests.contract.samples import ALL, new_article
from tests.steps import steps
from tests.store.open_files import open_library

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
large = new_article("\\n\\n".join(f"Mars {i} {'x' * 3000}." for i in range(300)))

async def main():
    async with open_library(Path(sys.argv[1])) as (library, _):
        await library.articles.add(new_article("Venus is hot."), ALL)
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
        try:
            await library.articles.add(large, ALL)
        except StoreError as error:
            print(error)
        print(await library.articles.totals(ALL))
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        await library.articles.add(large, ALL)
        print(await library.articles.totals(ALL))

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE")
def test_a_full_disk_is_reported_and_recovers(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path / "1.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said, before, after = done.stdout.splitlines()
    assert said.startswith("The library could not be used (")
    assert (before, after) == (repr(Totals(1, 1)), repr(Totals(2, 301)))
