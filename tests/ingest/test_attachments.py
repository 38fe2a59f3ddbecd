"""Files attached to a mail: queued with it, read once each, whatever happens to the process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiosqlite
import pytest

from bot.ingest.job_payload import attached_payloads
from bot.ingest.job_progress import Ticket
from bot.ingest.jobs import IngestQueue
from bot.ingest.pipeline import Ingest, Limits
from bot.ingest.submission import IngestResult, Submission
from bot.ingest.worker.pool import Reader
from bot.records import Scope, SourceMessage
from bot.search.memory_index import MemoryIndex
from bot.store.protocols import Library
from bot.store.sqlite import connection
from bot.store.sqlite.store import SqliteStore
from bot.store.values import StatusMessage
from tests.contract.samples import ALL, SERVER, new_article
from tests.ingest.job_fakes import ADA, Clock, OnProgress, end_of, kept, made, opened, titles
from tests.ingest.test_jobs_killed import Mortal, Thread, until_dead
from tests.ingest.test_mail import attach, message
from tests.quick import QuickEmbedder
from tests.web_server import fetcher

TABLE = b"Port;Tonnes\nSelby;640\n"


def mail(attachments: int = 2, subject: str = "F\u00e4hre") -> bytes:
    sent = message(subject=subject)
    for number in range(attachments):
        attach(sent, TABLE + f"Hull;{number}\n".encode(), f"t{number}.csv", "text/csv")
    return sent.as_bytes()


def nested(depth: int) -> bytes:
    sent = message("The end.", "Mail 0")
    for number in range(1, depth):
        outer = message(f"See the mail number {number} below.", f"Mail {number}")
        outer.add_attachment(sent)
        sent = outer
    return sent.as_bytes()


@asynccontextmanager
async def queue(folder: Path) -> AsyncIterator[tuple[IngestQueue, Library]]:
    """A queue with the real readers."""
    reader, store = Reader(wall_s=100), await SqliteStore.open(folder, MemoryIndex)
    limits = Limits(file_mb=10, characters=100_000)
    try:
        async with fetcher(0) as web, store.library(SERVER) as library:
            ingest = Ingest(QuickEmbedder(), reader, web, limits)
            async with IngestQueue(store, ingest.add, most_queued_per_server=5).running() as jobs:
                yield jobs, library
    finally:
        await reader.close()
        await store.close()


async def all_ends(jobs: IngestQueue, ticket: Ticket) -> list[IngestResult]:
    """How a submission and all that is attached to it ended."""
    result = await end_of(jobs, ticket)
    ends = [result]
    for job in result.attached_jobs:
        ends += await all_ends(jobs, Ticket(ticket.server_id, job.id))
    return ends


async def test_what_is_attached_is_added_like_the_mail(tmp_path: Path) -> None:
    async with queue(tmp_path) as (jobs, _library):
        submission = Submission("a.eml", mail(), tags=("harbour",), submitter=ADA)
        ticket = await jobs.submit(submission, ALL)
        ends = await all_ends(jobs, ticket)
        articles = [end.article for end in ends]

        assert [article.title for article in articles] == ["F\u00e4hre", "t0", "t1"]
        assert {article.tags for article in articles} == {("harbour",)}
        assert {article.submitter for article in articles} == {ADA}
        assert articles[0].notes == ("The attached files are separate articles: t0.csv, t1.csv.",)
        assert articles[1].notes == ("Attached to the email \u201cF\u00e4hre\u201d.",)


async def test_removing_the_mail_keeps_what_was_attached(tmp_path: Path) -> None:
    async with queue(tmp_path) as (jobs, library):
        first, *others = await all_ends(jobs, await jobs.submit(Submission("a.eml", mail()), ALL))
        await library.articles.erase([first.article.id], ALL)
        left = await library.articles.select(ALL, sort="oldest")
        assert [article.id for article in left] == [end.article.id for end in others]


async def test_a_mail_added_again_adds_what_of_it_is_missing(tmp_path: Path) -> None:
    async with queue(tmp_path) as (jobs, library):
        first = await all_ends(jobs, await jobs.submit(Submission("a.eml", mail()), ALL))
        await library.articles.erase([first[2].article.id], ALL)
        again = await all_ends(jobs, await jobs.submit(Submission("a.eml", mail()), ALL))
        assert [end.status for end in again] == ["duplicate", "duplicate", "added"]


async def test_mails_in_mails_are_articles_down_to_a_limit(tmp_path: Path) -> None:
    async with queue(tmp_path) as (jobs, _library):
        ends = await all_ends(jobs, await jobs.submit(Submission("a.eml", nested(24)), ALL))
        assert [end.article.title for end in ends] == [f"Mail {n}" for n in range(23, 2, -1)]
        assert any("left out: Mail 2.eml" in note for note in ends[-1].article.notes)


async def test_a_bad_attachment_leaves_the_mail_and_the_others(tmp_path: Path) -> None:
    sent = message()
    attach(sent, b"%PDF-1.4 broken", "broken.pdf", "application/pdf")
    attach(sent, TABLE, "t.csv", "text/csv")
    async with queue(tmp_path) as (jobs, library):
        result = await end_of(jobs, await jobs.submit(Submission("a.eml", sent.as_bytes()), ALL))
        bad, good = (Ticket(SERVER, job.id) for job in result.attached_jobs)
        with pytest.raises(Exception, match="PDF"):
            await end_of(jobs, bad)
        assert (await end_of(jobs, good)).status == "added"
        assert len(await library.articles.select(ALL)) == 2


async def test_a_deleted_message_withdraws_what_is_attached_to_its_mail(
    tmp_path: Path, clock: Clock
) -> None:
    handler = Mails()
    async with opened(tmp_path) as store, made(store, handler, clock).running() as jobs:
        gate = handler.gate = asyncio.Event()
        submission = Submission("mail", "Words.", submitter=ADA, message=SourceMessage(99, 7))
        ticket = await jobs.submit(submission, Scope("1"))
        result = await end_of(jobs, ticket)
        async with store.library("1") as library:
            await library.messages.trash_articles_of([99], Scope("1"), removal_id=99, extra_s=0)
        gate.set()
        for job in result.attached_jobs:
            with pytest.raises(Exception, match="deleted"):
                await end_of(jobs, Ticket("1", job.id))
        assert await titles(store) == []


async def test_what_is_attached_is_shown_on_the_card_of_the_mail(
    tmp_path: Path, clock: Clock
) -> None:
    async with opened(tmp_path) as store, made(store, Mails(), clock).running() as jobs:
        shown = StatusMessage(11, 12, "mail")
        submission = Submission("mail", "Words.", submitter=ADA)
        await all_ends(jobs, await jobs.submit(submission, Scope("1"), shown=shown))
        async with store.library("1") as library:
            cards = [card for _job, card in await library.jobs.undisplayed()]
        assert cards == [StatusMessage(11, 12, name) for name in ("mail", "first", "second")]


class Mails:
    """A handler: a submission called "mail" has two files attached."""

    def __init__(self) -> None:
        self.gate: asyncio.Event | None = None  # what is attached waits for it

    async def __call__(
        self, submission: Submission, library: Library, scope: Scope, tell: OnProgress
    ) -> IngestResult:
        if submission.source != "mail":
            if self.gate is not None:
                await self.gate.wait()
            return await kept(submission, library, scope)
        files = tuple(
            replace(submission, source=name, data=f"This is {name}.", job_id=None)
            for name in ("first", "second")
        )
        draft = replace(
            new_article(str(submission.data), title="mail"),
            job_id=submission.job_id,
            submitter=submission.submitter,
            message=submission.message,
            attached=attached_payloads(files, scope, submission.job_id),
        )
        added = await library.articles.add(draft, scope)
        return IngestResult(added.article, added.status, attachments=files)


async def life(folder: Path, clock: Clock, accepted: list[Ticket]) -> None:
    """Hands in a mail and reads it with what is attached."""
    async with opened(folder) as store, made(store, Mails(), clock).running() as jobs:
        await jobs.resume()
        submission = Submission("mail", "Words.", submitter=ADA)
        accepted.append(await jobs.submit(submission, Scope("1"), event_id=5))
        await all_ends(jobs, accepted[0])
        await store.rested.wait()


async def test_killed_at_any_call_the_mail_and_what_is_attached_are_kept_once(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = connection._connect
    for n in range(1, 300, 2):  # test_jobs_killed does it at each call
        folder = tmp_path / str(n)
        mortal = Mortal(n)

        async def mortally(path: Path, pragmas: tuple[str, ...], mortal: Mortal = mortal) -> Thread:
            opened_connection: aiosqlite.Connection = await connect(path, pragmas)
            return mortal.connected(opened_connection)

        accepted: list[Ticket] = []
        with monkeypatch.context() as process:
            process.setattr(connection, "_connect", mortally)
            await until_dead(life(folder, clock, accepted), mortal)
        async with opened(folder) as store, made(store, Mails(), clock).running() as jobs:
            await jobs.resume()
            for ticket in accepted:
                ends = await all_ends(jobs, ticket)
                assert [end.status for end in ends] == ["added"] * 3
                assert await titles(store) == ["mail", "first", "second"]
        if not mortal.dead.is_set():
            break
    assert n > 40
