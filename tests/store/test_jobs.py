"""Jobs are stored atomically, claimed once, ended once, blanked, and erased with their article."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import QueueFull
from bot.search.memory_index import MemoryIndex
from bot.store.parts.jobs import SqlJobs
from bot.store.sqlite.library import SqliteLibrary
from bot.store.sqlite.store import SqliteStore
from bot.store.values import JobPayload, JobResult, NewArticle, Totals
from tests.contract.samples import ALL, MARS, SERVER, new_article
from tests.store.fault_injection import Kind, cancelled, cancelled_twice, lost, outcome, refused
from tests.store.fault_injection import troubled_library as troubled
from tests.store.open_files import open_library

CANARY = "qz7canary4xk"
KINDS: list[Kind] = [refused, lost, cancelled, cancelled_twice]


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[SqliteLibrary]:
    async with open_library(tmp_path / "1.db") as (library, _):
        yield library


@pytest.fixture
def jobs(library: SqliteLibrary) -> SqlJobs:
    return library.jobs


async def _queue(jobs: SqlJobs, data: bytes | str | None = b"x", event: int | None = None) -> int:
    return await jobs.enqueue(JobPayload("{}", data, 7, event), now=100.0, most=9)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00\xff", "", "naïve \U0001d49c", "half \ud835", None],
    ids=["no bytes", "bytes", "no text", "text", "half a character", "nothing"],
)
async def test_a_payload_is_returned_unchanged(data: bytes | str | None, jobs: SqlJobs) -> None:
    order = JobPayload('{"title": "Mars"}', data, 7, 2**62)
    job_id = await jobs.enqueue(order, now=100.0, most=9)
    claimed = await jobs.claim(100.0)
    assert claimed is not None
    assert (claimed[0].id, claimed[0].state, claimed[1]) == (job_id, "running", order)


async def test_jobs_are_claimed_in_order_and_only_once(jobs: SqlJobs) -> None:
    queued = [await _queue(jobs) for _ in range(6)]
    claims = await asyncio.gather(*(jobs.claim(100.0) for _ in range(9)))
    assert [claim[0].id for claim in claims if claim] == queued


async def test_an_event_makes_one_job_even_when_the_queue_is_full(jobs: SqlJobs) -> None:
    first = await _queue(jobs, event=5)
    again = await jobs.enqueue(JobPayload("{}", b"x", 7, 5), now=100.0, most=1)
    assert again == first
    assert await jobs.pending() == (1, 100.0)


async def test_a_full_queue_is_refused_and_ended_jobs_do_not_count(jobs: SqlJobs) -> None:
    full = [await _queue(jobs) for _ in range(9)]
    with pytest.raises(QueueFull, match=r"^9 articles .* in a few minutes"):
        await _queue(jobs)
    await jobs.finish(full[0], JobResult("cancelled"), 100.0)
    await _queue(jobs)


async def test_a_postponed_job_waits_and_others_go_first(jobs: SqlJobs) -> None:
    first, second = await _queue(jobs), await _queue(jobs)
    await jobs.claim(100.0)
    postponed = await jobs.retry_later(first, 130.0, "page_unavailable", "It did not answer.")
    assert postponed is not None
    assert (postponed.state, postponed.failures, postponed.not_before) == ("queued", 1, 130.0)
    assert [claim and claim[0].id for claim in [await jobs.claim(129.0)]] == [second]
    assert await jobs.claim(129.0) is None
    assert await jobs.pending() == (2, 130.0)
    assert [claim and claim[0].id for claim in [await jobs.claim(130.0)]] == [first]


async def test_orphaned_running_jobs_are_requeued_and_counted(
    jobs: SqlJobs,
) -> None:
    held, orphan = await _queue(jobs), await _queue(jobs)
    await jobs.claim(100.0)
    await jobs.claim(100.0)
    await jobs.requeue_orphans([held])
    claimed = await jobs.claim(100.0)
    assert claimed is not None
    assert (claimed[0].id, claimed[0].interrupted) == (orphan, 1)
    await jobs.release(orphan)
    claimed = await jobs.claim(100.0)
    assert claimed is not None
    assert claimed[0].interrupted == 1


@pytest.mark.parametrize("later", [JobResult("refused"), JobResult("cancelled"), JobResult("done")])
async def test_the_first_end_counts(later: JobResult, jobs: SqlJobs) -> None:
    job_id = await _queue(jobs)
    first = await jobs.finish(
        job_id, JobResult("refused", code="empty_article", reason="No."), 100.0
    )
    assert first is not None
    assert (first.state, first.code, first.reason) == ("refused", "empty_article", "No.")
    assert await jobs.finish(job_id, later, 101.0) == first
    assert await jobs.retry_later(job_id, 130.0, "", "") == first
    assert await jobs.pending() == (0, None)


async def test_an_ended_job_is_forgotten_after_a_while_and_a_pending_one_never(
    jobs: SqlJobs,
) -> None:
    ended, pending = await _queue(jobs), await _queue(jobs)
    await jobs.finish(ended, JobResult("cancelled"), 100.0)
    await jobs.forget(100.0)
    assert await jobs.job(ended) is not None
    await jobs.forget(100.1)
    assert await jobs.job(ended) is None
    assert await jobs.job(pending) is not None


async def test_a_job_does_not_reference_an_erased_article(
    library: SqliteLibrary,
) -> None:
    job_id = await _queue(library.jobs)
    job = await library.jobs.finish(job_id, JobResult("done", 99, "duplicate"), 100.0)
    assert job is not None
    assert (job.state, job.article_id) == ("done", None)


@pytest.mark.parametrize(("twice", "status"), [(False, "added"), (True, "duplicate")])
async def test_storing_an_article_and_ending_its_job_is_one_transaction(
    twice: bool, status: str, library: SqliteLibrary
) -> None:
    if twice:
        await library.articles.add(new_article(), ALL)
    job_id = await _queue(library.jobs)
    added = await library.articles.add(replace(new_article(), job_id=job_id), ALL)
    job = await library.jobs.job(job_id)
    assert job is not None
    assert (job.state, job.article_id, job.status) == ("done", added.article.id, status)


# --- no trace --------------------------------------------------------------------------------


def _hits(folder: Path) -> int:
    return sum(file.read_bytes().count(CANARY.encode()) for file in folder.rglob("*.db*"))


def _marked(job_id: int) -> NewArticle:
    return replace(new_article(f"{MARS}\n\nIt says {CANARY}."), job_id=job_id)


async def test_an_erased_article_leaves_no_trace_of_its_jobs(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path, MemoryIndex)
    try:
        async with store.library(SERVER) as library:
            for data in (f"{CANARY} " * 3000, CANARY.encode()):
                order = JobPayload(f'{{"title": "{CANARY}"}}', data)
                job_id = await library.jobs.enqueue(order, now=100.0, most=9)
                await library.jobs.claim(100.0)
                assert _hits(tmp_path) > 0
                added = await library.articles.add(_marked(job_id), ALL)
            assert await library.articles.erase([added.article.id], ALL) == [1]
            assert [await library.jobs.job(i) for i in (1, 2)] == [None, None]
            assert _hits(tmp_path) == 0
    finally:
        await store.close()
    assert _hits(tmp_path) == 0


async def test_a_payload_is_blanked_when_its_job_ends(tmp_path: Path) -> None:
    async with open_library(tmp_path / "1.db") as (library, database):
        await _queue(library.jobs, CANARY)
        await library.jobs.finish(1, JobResult("refused", reason="No."), 100.0)
        (row,) = await database.fetch("SELECT details, data FROM job")
        assert tuple(row) == ("", None)


# --- faults ----------------------------------------------------------------------------------


async def _states(library: SqliteLibrary) -> list[str]:
    found = await library.jobs._database.fetch("SELECT state FROM job ORDER BY id")
    return [row["state"] for row in found]


@pytest.mark.parametrize("kind", KINDS)
async def test_an_article_exists_if_and_only_if_its_job_is_done(kind: Kind, tmp_path: Path) -> None:
    async with troubled(tmp_path / "1.db") as (library, trouble):
        for n in range(1, 60):
            job_id = await _queue(library.jobs)
            await library.jobs.claim(100.0)
            trouble.arm(kind, n)
            await outcome(
                library.articles.add(replace(new_article(f"Number {n}."), job_id=job_id), ALL)
            )
            done = (await _states(library)).count("done")
            assert await library.articles.totals(ALL) == Totals(done, done)
            if not trouble.met:
                break
            await library.jobs.finish(job_id, JobResult("cancelled"), 100.0)
        assert n > 10


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", ["queue", "claim", "postpone", "end"])
async def test_each_job_transition_is_atomic(step: str, kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "1.db"
    before, after = {
        "queue": ([], ["queued"]),
        "claim": (["queued"], ["running"]),
        "postpone": (["running"], ["queued"]),
        "end": (["running"], ["done"]),
    }[step]
    async with troubled(path) as (library, trouble):
        for n in range(1, 9):
            await _reset(library, before)
            trouble.arm(kind, n)
            error = await outcome(_step(library.jobs, step))
            assert await _states(library) in (before, after)
            if not trouble.met:
                assert error is None
                break
        assert n > 3
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def _step(jobs: SqlJobs, step: str) -> object:
    match step:
        case "queue":
            return await _queue(jobs)
        case "claim":
            return await jobs.claim(100.0)
        case "postpone":
            return await jobs.retry_later(1, 130.0, "", "")
    return await jobs.finish(1, JobResult("done"), 100.0)


async def _reset(library: SqliteLibrary, states: list[str]) -> None:
    async with library.jobs._database.transaction() as writer:
        await writer.execute("DELETE FROM job")
        for i, state in enumerate(states, 1):
            values = (i, state, 100.0, "{}", 0)
            await writer.execute(
                "INSERT INTO job (id, state, not_before, details, is_text) VALUES (?, ?, ?, ?, ?)",
                values,
            )


# --- the hint --------------------------------------------------------------------------------


async def test_servers_with_pending_jobs_are_known_after_a_restart(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path, MemoryIndex)
    for server_id in ("1", "2", "3"):
        async with store.library(server_id):
            await store.mark_pending(server_id)
    await store.clear_pending("2")
    await store.close()
    store = await SqliteStore.open(tmp_path, MemoryIndex)
    try:
        assert sorted(await store.pending_servers()) == ["1", "3"]
    finally:
        await store.close()


async def test_without_hints_every_library_counts_as_pending(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path, MemoryIndex)
    for server_id in ("1", "2"):
        async with store.library(server_id):
            pass
    await store.close()
    (tmp_path / "footnote.db").unlink()
    for left in ("1.before-3.db", "1.db-rewriting", "1.db-rewriting-journal"):
        (tmp_path / "libraries" / left).touch()
    store = await SqliteStore.open(tmp_path, MemoryIndex)
    try:
        assert sorted(await store.pending_servers()) == ["1", "2"]
    finally:
        await store.close()
