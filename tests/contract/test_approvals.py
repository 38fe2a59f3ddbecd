"""An article that waits for approval is nowhere until a moderator approves it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import numpy as np
import pytest

from bot.errors import ArticleNotFound
from bot.records import Scope, SourceMessage
from bot.store.protocols import Library
from bot.store.values import AddResult, JobPayload, MinhashSignature, PostedMessage, text_hash
from tests.contract.samples import (
    ALL,
    MARS,
    SERVER,
    ids_with_term,
    ids_with_vector,
    new_article,
    trashed_ids,
)

SIGNATURE = MinhashSignature(1, np.arange(4, dtype=np.uint32))
HERE = Scope(SERVER, frozenset({5}))
ELSEWHERE = Scope(SERVER, frozenset({6}))


async def _waiting(library: Library, channel: int | None = None) -> AddResult:
    draft = replace(new_article(channel=channel), awaits_approval=True, address="https://a.org/")
    draft = replace(draft, tags=("space",), signature=SIGNATURE)
    return await library.articles.add(draft, ALL)


async def test_nothing_finds_lists_counts_or_compares_it(library: Library) -> None:
    added = await _waiting(library)
    assert (added.status, added.article.title) == ("waiting", "Mars")
    articles = library.articles
    assert await articles.select(ALL) == []
    assert (await articles.totals(ALL)).articles == 0
    assert await articles.tags(ALL) == {}
    assert await articles.submitters(ALL) == []
    assert await articles.search_titles("mars", ALL) == []
    assert await articles.find_same_text(text_hash(MARS), ALL) is None
    assert await articles.find_by_address(["https://a.org/"], ALL) is None
    assert len((await articles.similar_signatures(SIGNATURE, ALL)).articles) == 0
    assert await articles.passages([1, 2], ALL) == []
    assert await ids_with_term(library, "mar", "cold") == []
    assert await ids_with_vector(library) == []
    with pytest.raises(ArticleNotFound):
        await articles.get(1, ALL)


async def test_it_is_in_no_trash_and_is_neither_restored_nor_purged(library: Library) -> None:
    await _waiting(library)
    assert await trashed_ids(library) == []
    assert await library.articles.restore([1], ALL) == []
    assert await library.articles.erase([1], ALL) == []
    assert await library.articles.purge(time.time() + 10**9, ALL) == 0
    assert len(await library.approvals.waiting(ALL)) == 1


async def test_an_approved_article_is_like_any_other(library: Library) -> None:
    await _waiting(library)
    assert await library.approvals.approve(1, ALL)
    assert [article.id for article in await library.articles.select(ALL)] == [1]
    assert await ids_with_term(library, "cold") == [1]
    assert await ids_with_vector(library) == [1, 2]
    assert await library.approvals.waiting(ALL) == []


async def test_a_declined_article_is_erased(library: Library) -> None:
    await _waiting(library)
    assert await library.approvals.decline(1, ALL)
    assert await library.approvals.waiting(ALL) == []
    assert await library.articles.find_same_text(text_hash(MARS), ALL) is None
    assert not await library.approvals.approve(1, ALL)


async def test_of_two_decisions_at_once_one_counts(library: Library) -> None:
    await _waiting(library)
    approvals = library.approvals
    decided = await asyncio.gather(approvals.approve(1, ALL), approvals.decline(1, ALL))
    assert sorted(decided) == [False, True]
    assert await approvals.waiting(ALL) == []


async def test_only_a_scope_that_would_show_it_sees_or_decides(library: Library) -> None:
    await _waiting(library, channel=5)
    assert await library.approvals.waiting(ELSEWHERE) == []
    assert not await library.approvals.approve(1, ELSEWHERE)
    assert not await library.approvals.decline(1, ELSEWHERE)
    with pytest.raises(ArticleNotFound):
        await library.approvals.get(1, ELSEWHERE)
    waiting = await library.approvals.get(1, HERE)
    assert (waiting.beginning, waiting.text_hash) == (MARS, text_hash(MARS))
    assert await library.approvals.approve(1, HERE)


async def test_its_card_is_remembered_until_it_is_deleted(library: Library) -> None:
    await _waiting(library)
    approvals, posted = library.approvals, PostedMessage(8, 80)
    await approvals.record_card(1, posted)
    assert (await approvals.get(1, ALL)).card == posted
    assert not await approvals.forget_cards(message_ids=[81])
    assert await approvals.forget_cards(message_ids=[80, 81])
    await approvals.record_card(1, posted)
    assert await approvals.forget_cards(channel_id=8)
    assert (await approvals.get(1, ALL)).card is None


async def test_it_goes_with_the_message_that_it_was_made_from(library: Library) -> None:
    draft = replace(new_article(), awaits_approval=True, message=SourceMessage(44, 7))
    await library.articles.add(draft, ALL)
    await library.messages.trash_articles_of([44], ALL, removal_id=44, extra_s=0)
    assert await library.approvals.waiting(ALL) == []


async def test_its_job_ends_with_it(library: Library) -> None:
    job_id = await library.jobs.enqueue(JobPayload("{}"), now=1.0, most=5)
    assert await library.jobs.claim(1.0)
    await library.articles.add(replace(new_article(), awaits_approval=True, job_id=job_id), ALL)
    job = await library.jobs.job(job_id)
    assert job is not None
    assert (job.state, job.status, job.article_id) == ("done", "waiting", 1)


async def test_addresses_are_blocked_and_unblocked(library: Library) -> None:
    await library.approvals.block("a.org")
    await library.approvals.block("a.org")
    await library.approvals.block("b.org/x")
    assert await library.approvals.blocked() == ["a.org", "b.org/x"]
    assert await library.approvals.is_blocked(["www.a.org", "a.org"])
    assert not await library.approvals.is_blocked(["c.org", "b.org"])
    await library.approvals.unblock("a.org")
    assert not await library.approvals.is_blocked(["a.org"])
