"""Articles are trashed with their Discord message, and can be restored."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from bot.errors import ReadingCancelled
from bot.records import Scope, SourceMessage
from bot.store.protocols import Library
from bot.store.values import JobPayload, JobResult, NewArticle
from tests.contract.samples import ALL, MARS, SERVER, new_article, trashed_ids

DAY_S = 24 * 3600.0
WEEK_S = 7 * DAY_S


def taken(message_id: int, text: str = MARS, *, channel: int = 5) -> NewArticle:
    return replace(new_article(text, channel=channel), message=SourceMessage(message_id, 8))


async def delete(library: Library, *ids: int, removal: int = 1, scope: Scope = ALL) -> list[int]:
    return await library.messages.trash_articles_of(
        ids, scope, removal_id=removal, extra_s=WEEK_S - DAY_S
    )


async def test_an_article_knows_its_message_and_who_wrote_it(library: Library) -> None:
    added = await library.articles.add(taken(77), ALL)
    assert added.article.message == SourceMessage(77, 8)
    assert (await library.articles.add(new_article("Venus."), ALL)).article.message is None


async def test_articles_are_trashed_with_their_message(library: Library) -> None:
    await library.articles.add(taken(77, "One."), ALL)
    await library.articles.add(taken(77, "Two."), ALL)
    await library.articles.add(taken(78, "Three."), ALL)
    assert await delete(library, 77, 99) == [1, 2]
    assert [article.id for article in await library.articles.select(ALL)] == [3]
    assert await delete(library, 77) == []


async def test_one_removal_can_be_restored_together(library: Library) -> None:
    await library.articles.add(taken(77, "One.", channel=5), ALL)
    await library.articles.add(taken(78, "Two.", channel=6), ALL)
    await delete(library, 77, 78, removal=4)
    here = Scope(SERVER, frozenset({5}))
    assert [a.id for a in await library.messages.trashed_by_removal(4, here)] == [1]
    assert await library.articles.restore([1, 2], ALL) == [1, 2]
    assert await library.messages.trashed_by_removal(4, ALL) == []


@pytest.mark.parametrize(
    ("calls", "days"), [([[77]], 1), ([[77, 78]], 7), ([[77], [78]], 7)], ids=str
)
async def test_several_can_be_restored_for_a_week(
    calls: list[list[int]], days: int, library: Library
) -> None:
    await library.articles.add(taken(77, "One."), ALL)
    await library.articles.add(taken(78, "Two."), ALL)
    for ids in calls:
        await delete(library, *ids)
    ends = time.time() + days * DAY_S
    gone = len(await library.messages.trashed_by_removal(1, ALL))
    assert await library.articles.purge(ends - DAY_S - 60, ALL) == 0
    assert await library.articles.purge(ends - DAY_S + 60, ALL) == gone


async def test_one_that_was_restored_has_a_day_when_it_is_removed_again(library: Library) -> None:
    await library.articles.add(taken(77, "One."), ALL)
    await library.articles.add(taken(78, "Two."), ALL)
    await delete(library, 77, 78)
    await library.articles.restore([1], ALL)
    await library.articles.trash([1], ALL)
    assert await library.articles.purge(time.time() + 60, ALL) == 1
    assert await trashed_ids(library) == [2]


async def test_a_pending_job_of_a_deleted_message_stores_nothing(
    library: Library,
) -> None:
    order = JobPayload("{}", "A text.", 7, 3, message_id=77)
    job_id = await library.jobs.enqueue(order, now=0, most=9)
    assert await delete(library, 77) == []
    with pytest.raises(ReadingCancelled, match="message was deleted"):
        await library.articles.add(replace(taken(77), job_id=job_id), ALL)
    assert await library.articles.select(ALL) == []


async def test_what_is_similar_is_not_kept_after_its_message_was_deleted(
    library: Library,
) -> None:
    payload = JobPayload('{"submission": {}}', "A text.", 7, 3, message_id=77)
    job_id = await library.jobs.enqueue(payload, now=0, most=9)
    await library.jobs.claim(1)
    await delete(library, 77)
    await library.jobs.finish(job_id, JobResult("done", status="similar", reason=".9"), 2)
    job = await library.jobs.keep_similar(job_id, 3)
    assert job is not None
    assert job.has_ended


async def test_another_servers_scope_deletes_nothing(library: Library) -> None:
    await library.articles.add(taken(77), ALL)
    assert await delete(library, 77, scope=Scope("2002")) == []
    assert len(await library.articles.select(ALL)) == 1
