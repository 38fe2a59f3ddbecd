"""Jobs in a folder of their own, with a clock and a reader that do as they are told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ingest.jobs import IngestQueue
from bot.store.sqlite.store import SqliteStore
from tests.ingest.job_fakes import (
    Clock,
    Reading,
    Watched,
    made,
    opened,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reading() -> Reading:
    return Reading()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Watched]:
    async with opened(tmp_path) as store:
        yield store


@pytest.fixture
async def jobs(store: SqliteStore, reading: Reading, clock: Clock) -> AsyncIterator[IngestQueue]:
    async with made(store, reading, clock).running() as jobs:
        yield jobs
