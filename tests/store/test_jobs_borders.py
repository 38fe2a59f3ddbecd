"""The queue at its borders: the last place, the very second, what a choice leaves behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import QueueFull, ReadingCancelled
from bot.store.parts.jobs import SqlJobs
from bot.store.values import JobPayload, JobResult
from tests.contract.samples import ALL, new_article
from tests.store.open_files import open_library


@pytest.fixture
async def jobs(tmp_path: Path) -> AsyncIterator[SqlJobs]:
    async with open_library(tmp_path / "1.db") as (library, _):
        yield library.jobs


async def queue(jobs: SqlJobs, most: int = 9) -> int:
    return await jobs.enqueue(
        JobPayload('{"submission": {}}', b"text", 7, None), now=100, most=most
    )


async def test_the_last_place_of_a_queue_can_be_taken(jobs: SqlJobs) -> None:
    await queue(jobs, most=2)
    await queue(jobs, most=2)
    with pytest.raises(QueueFull, match="2 articles"):
        await queue(jobs, most=2)


async def test_what_is_attached_is_withdrawn_if_the_message_was_deleted_while_its_mail_was_read(
    tmp_path: Path,
) -> None:
    async with open_library(tmp_path / "1.db") as (library, _):
        payload = JobPayload('{"submission": {}}', b"text", 7, None, message_id=99)
        mail = await library.jobs.enqueue(payload, now=100, most=9)
        await library.messages.trash_articles_of([99], ALL, removal_id=99, extra_s=0)

        await library.jobs.queue_attached(mail, [replace(payload, event_id=-1, name="file")])

        (file,) = await library.jobs.attached(mail)
        with pytest.raises(ReadingCancelled):
            await library.articles.add(replace(new_article(), job_id=file.id), ALL)


async def test_a_job_is_due_at_its_very_second(jobs: SqlJobs) -> None:
    job_id = await queue(jobs)
    await jobs.claim(100)
    await jobs.retry_later(job_id, 200, "timeout", "later")
    assert await jobs.claim(199.9) is None
    claimed = await jobs.claim(200)
    assert claimed is not None
    assert (claimed[0].id, claimed[0].failures) == (job_id, 1)


async def test_a_dropped_near_duplicate_keeps_no_text_and_cannot_be_stored(
    jobs: SqlJobs,
) -> None:
    dropped, stored = await queue(jobs), await queue(jobs)
    for job_id in (dropped, stored):
        await jobs.finish(job_id, JobResult("done", status="similar"), 101)
    await jobs.drop_similar(dropped)
    await jobs.keep_similar(dropped, 102)
    await jobs.keep_similar(stored, 102)
    claimed = await jobs.claim(102)
    assert claimed is not None
    assert (claimed[0].id, claimed[1].data) == (stored, b"text")
    assert await jobs.claim(102) is None


async def test_an_ended_job_is_kept_up_to_the_time_given(jobs: SqlJobs) -> None:
    job_id = await queue(jobs)
    await jobs.finish(job_id, JobResult("done", status="added"), 150)
    await jobs.forget(150)
    assert await jobs.job(job_id) is not None
    await jobs.forget(150.1)
    assert await jobs.job(job_id) is None


async def test_recognized_pages_are_kept_until_the_job_ends(jobs: SqlJobs) -> None:
    job_id = await queue(jobs)
    await jobs.save_recognized(job_id, 2, "two")
    await jobs.save_recognized(job_id, 2, "second")
    assert await jobs.recognized_pages(job_id) == {2: "second"}
    await jobs.finish(job_id, JobResult("done", status="added"), 150)
    await jobs.save_recognized(job_id, 3, "three")
    assert await jobs.recognized_pages(job_id) == {}
