"""Backups beside a busy store: are they whole, do they disturb, does memory grow?

Articles are added, and every fifth is erased, while a backup is made every few seconds. Each backup
must have everything that was acknowledged before it began, and no erased article that was erased
before. Memory is measured once the library has its full size: from then on, each article that comes
sends the oldest away. At the end the first backup is restored: nothing erased may come back.
``python -m bench.backups --minutes 30 --every 60``
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sqlite3
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from bench.kill import ALL, SERVER, TAKEN_OUT, handed_in
from bot.errors import FootnoteError
from bot.search.memory_index import MemoryIndex
from bot.store.sqlite.backups import SqliteBackups
from bot.store.sqlite.store import SqliteStore

MOST_ARTICLES = 300  # in the library at once
LAG_STEP_S = 0.005


@dataclass(slots=True)
class Soak:
    """What was done and measured."""

    there: set[int] = field(default_factory=set)  # article ids
    leaving: set[int] = field(default_factory=set)  # being erased, or erased
    erased: set[int] = field(default_factory=set)
    is_full: bool = False  # the library is as large as it gets
    errors: int = 0
    bad_backups: int = 0
    backup_s: list[float] = field(default_factory=list)
    rss_mb: list[float] = field(default_factory=list)
    lags: Counter[int] = field(default_factory=Counter)  # by tenths of a millisecond
    sizes: list[int] = field(default_factory=list)


async def write(store: SqliteStore, soak: Soak, stop: asyncio.Event) -> None:
    """Add and erase until told to stop."""
    number = 0
    async with store.library(SERVER) as library:
        while not stop.is_set():
            number += 1
            try:
                added = (await library.articles.add(handed_in(number), ALL)).article.id
                soak.there.add(added)
                soak.is_full = soak.is_full or len(soak.there) > MOST_ARTICLES
                if number % TAKEN_OUT == 0 or len(soak.there) > MOST_ARTICLES:
                    oldest = min(soak.there)
                    soak.there.discard(oldest)  # before: it may go before the call returns
                    soak.leaving.add(oldest)
                    await library.articles.erase([oldest], ALL)
                    soak.erased.add(oldest)
            except FootnoteError as error:
                print("error:", error.message)
                soak.errors += 1
            await asyncio.sleep(0.02)


async def measure_lag(soak: Soak, stop: asyncio.Event) -> None:
    """How late the event loop is."""
    while not stop.is_set():
        before = time.perf_counter()
        await asyncio.sleep(LAG_STEP_S)
        soak.lags[round((time.perf_counter() - before - LAG_STEP_S) * 10_000)] += 1


async def back_up(backups: SqliteBackups, folder: Path, soak: Soak) -> Path | None:
    """One backup, checked."""
    there, erased = set(soak.there), set(soak.erased)
    began = time.perf_counter()
    try:
        made = await backups.back_up(folder)
    except FootnoteError as error:
        print("error:", error.message)
        soak.errors += 1
        return None
    soak.backup_s.append(time.perf_counter() - began)
    soak.sizes.append(made.size_bytes)
    soak.rss_mb += [_rss_mb()] * soak.is_full
    ids = await asyncio.to_thread(_ids, made.path)
    soak.bad_backups += bool(there - soak.leaving - ids or ids & erased)
    return made.path


def _ids(backup: Path) -> set[int]:
    with closing(sqlite3.connect(backup / f"libraries/{SERVER}.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {row[0] for row in connection.execute("SELECT id FROM article")}


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


async def run(folder: Path, minutes: float, every_s: float) -> None:
    """Soak, then restore the first backup."""
    soak, stop = Soak(), asyncio.Event()
    backups = SqliteBackups(folder / "data", folder / "to", 7)
    store = await SqliteStore.open(folder / "data", MemoryIndex, folder / "to")
    first: Path | None = None
    async with asyncio.TaskGroup() as group:
        group.create_task(write(store, soak, stop))
        group.create_task(measure_lag(soak, stop))
        ends = time.monotonic() + minutes * 60
        while time.monotonic() < ends:
            await asyncio.sleep(every_s)
            made = await back_up(backups, folder / "to", soak)
            first = first or made
        stop.set()
    await store.close()
    _print(soak)
    assert first is not None
    restored = await backups.restore(first)
    ids = _ids(folder / "data")
    print(
        f"restored the first: {restored.erased_again} erased again, {len(ids & soak.erased)} back"
    )


def _print(soak: Soak) -> None:
    half = len(soak.rss_mb) // 2
    early, late = (
        sum(part) / max(len(part), 1) for part in (soak.rss_mb[:half], soak.rss_mb[half:])
    )
    growth = f"{late / early - 1:+.1%}" if early else "too short to tell"
    print(
        f"backups {len(soak.backup_s)}, bad {soak.bad_backups}, errors {soak.errors}, "
        f"added {len(soak.there) + len(soak.erased)}, erased {len(soak.erased)}\n"
        f"seconds each: most {max(soak.backup_s):.2f}; MB: last {soak.sizes[-1] / 1e6:.1f}\n"
        f"memory: first half {early:.0f} MB, second {late:.0f} MB ({growth})\n"
        f"event loop late: p99 {_percentile(soak.lags, 0.99) / 10:.1f} ms, "
        f"most {max(soak.lags) / 10:.1f} ms"
    )


def _percentile(counts: Counter[int], share: float) -> int:
    """The value below which that share of the counted values lies."""
    ordered, left = sorted(counts), share * counts.total()
    for value in ordered:
        left -= counts[value]
        if left <= 0:
            return value
    return ordered[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--every", type=float, default=5.0, help="seconds between two backups")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder), arguments.minutes, arguments.every))


if __name__ == "__main__":
    main()
