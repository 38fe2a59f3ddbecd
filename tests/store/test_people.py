"""What a person wrote as messages, and what others' answers say of them, loses their name."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import discord
import pytest

from bot.answer_records import Answer, AnswerSentence
from bot.discord_app.handlers.submitted_items import SubmittedItem, items_in_message
from bot.ingest.job_payload import to_payload
from bot.ingest.submission import Submission
from bot.records import SourceMessage, Submitter
from bot.service.saved_answers import answer_to_json
from bot.store.sqlite.connection import Database
from bot.store.sqlite.library import SqliteLibrary
from bot.store.values import JobPayload, JobResult, NewArticle, StatusMessage, StoredAnswer
from tests.contract.samples import ALL, citation_of, new_article
from tests.store.open_files import open_library

ADA, BEN = 4_242_424_242, 5_353_535_353
NAME = "qz7canary4xk"
Opened = tuple[SqliteLibrary, Database]


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    async with open_library(tmp_path / "1.db") as opened:
        yield opened


def _adas_message(text: str = "Mars is cold.", *files: str) -> list[SubmittedItem]:
    """What a message by Ada contains to add."""
    message = SimpleNamespace(
        content=text,
        message_snapshots=[],
        embeds=[],
        poll=None,
        reference=None,
        attachments=[SimpleNamespace(filename=name) for name in files],
        author=SimpleNamespace(display_name=NAME),
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
        jump_url="https://discord.com/channels/1001/5/77",
    )
    return items_in_message(cast(discord.Message, message))


def _article(item: SubmittedItem) -> NewArticle:
    """The article that Ben adds from a message by Ada."""
    text = item.data if isinstance(item.data, str) else "Venus is hot."
    return replace(
        new_article(text, title=text),
        source=item.source,
        author=item.author,
        url=item.url,
        submitter=Submitter(BEN, "Ben", 5),
        message=SourceMessage(77, ADA),
    )


async def _queue(library: SqliteLibrary, item: SubmittedItem) -> int:
    """The job of the same article."""
    submission = Submission(
        item.source,
        item.data,
        author=item.author,
        url=item.url,
        submitter=Submitter(BEN, "Ben", 5),
        message=SourceMessage(77, ADA),
    )
    shown = StatusMessage(5, 88, item.name)
    payload = replace(to_payload(submission, ALL, None), status_message=shown)
    return await library.jobs.enqueue(payload, now=0, most=9)


async def _dump(database: Database, *tables: str) -> str:
    rows = [row for table in tables for row in await database.fetch(f"SELECT * FROM {table}")]
    return str([tuple(row) for row in rows])


async def test_an_article_made_from_a_message_no_longer_says_who_wrote_it(opened: Opened) -> None:
    library, database = opened
    (item,) = _adas_message()
    await library.articles.add(_article(item), ALL)
    assert NAME in await _dump(database, "article")
    await library.forget_person(ADA)
    article = await library.articles.get(1, ALL)
    assert (article.author, article.source, article.message) == (
        None,
        "message",
        SourceMessage(77, None),
    )
    dump = await _dump(database, "article")
    assert NAME not in dump
    assert str(ADA) not in dump


async def test_a_message_from_before_its_authors_id_was_stored_loses_the_name(
    opened: Opened,
) -> None:
    library, database = opened
    (item,) = _adas_message()
    await library.articles.add(replace(_article(item), message=SourceMessage(77)), ALL)
    await library.articles.add(
        replace(new_article("Ada's."), submitter=Submitter(ADA, NAME, 5)), ALL
    )
    await library.forget_person(ADA)
    assert NAME not in await _dump(database, "article")


async def test_a_message_that_waits_to_be_read_loses_its_author(opened: Opened) -> None:
    library, database = opened
    (item,) = _adas_message()
    job_id = await _queue(library, item)
    assert NAME in await _dump(database, "job")
    assert NAME in await _dump(database, "job_card")
    await library.forget_person(ADA)
    dump = await _dump(database, "job", "job_card")
    assert NAME not in dump
    assert str(ADA) not in dump
    claimed = await library.jobs.claim(1)
    assert claimed is not None
    assert (claimed[0].id, claimed[1].data) == (job_id, "Mars is cold.")


@pytest.mark.parametrize(
    "message",
    [("See https://example.org/venus",), ("", "venus.pdf")],
    ids=["link", "file"],
)
async def test_a_link_or_file_of_a_message_that_waits_loses_only_who_posted_it(
    message: tuple[str, ...], opened: Opened
) -> None:
    library, database = opened
    (item,) = _adas_message(*message)
    await _queue(library, replace(item, author="E. Halley"))
    await library.forget_person(ADA)
    assert str(ADA) not in await _dump(database, "job")
    claimed = await library.jobs.claim(1)
    assert claimed is not None
    submission = json.loads(claimed[1].details)["submission"]
    assert (submission["author"], submission["source"]) == ("E. Halley", item.source)


async def _answer(library: SqliteLibrary, text: str) -> int:
    """Ben's answer from the library's first article."""
    (passage, *_) = await library.articles.passages([1], ALL)
    cited = replace(citation_of(passage), submitter=Submitter(BEN, "Ben", 5))
    answer = Answer("What is cold?", True, "quotes", (AnswerSentence(text, (1,)),), (cited,))
    given = StoredAnswer(BEN, 5, False, answer.question, "", answer_to_json(answer, ""))
    return await library.answers.save(given, [cited])


async def _is_blanked(library: SqliteLibrary, answer_id: int) -> bool:
    answer = await library.answers.answer(answer_id, ALL)
    return answer is None or not answer.body


async def test_the_author_of_a_document_is_not_taken_for_who_posted_it(opened: Opened) -> None:
    library, _ = opened
    (item,) = _adas_message("", "venus.pdf")
    await library.articles.add(replace(_article(item), author="E. Halley"), ALL)
    answer_id = await _answer(library, "E. Halley says that Venus is hot.")
    await library.forget_person(ADA)
    assert not await _is_blanked(library, answer_id)
    assert (await library.articles.get(1, ALL)).author == "E. Halley"


async def test_a_person_without_a_name_blanks_no_answer(opened: Opened) -> None:
    library, _ = opened
    await library.articles.add(new_article(), ALL)
    answer_id = await _answer(library, "Mars is cold.")
    for name in ("", None):
        payload = to_payload(Submission("x", "A text.", submitter=Submitter(ADA)), ALL, None)
        details = json.loads(payload.details)
        details["submission"]["submitter"]["name"] = name
        unnamed = replace(payload, details=json.dumps(details))
        await library.jobs.enqueue(unnamed, now=0, most=9)
    await library.forget_person(ADA)
    assert not await _is_blanked(library, answer_id)


async def test_what_an_erased_person_leaves_free_in_the_file_is_given_back(opened: Opened) -> None:
    library, database = opened
    for event in range(3):
        payload = JobPayload('{"submission": {"author": "Ada"}}', b"x" * 40_000, ADA, event)
        await library.jobs.finish(
            await library.jobs.enqueue(payload, now=1, most=9), JobResult("done"), 2
        )
    ((free,),) = await database.fetch("PRAGMA freelist_count")
    assert free > 0
    await library.forget_person(ADA)
    ((free,),) = await database.fetch("PRAGMA freelist_count")
    assert free == 0


@pytest.mark.parametrize("name", ['Zoë "Z" Quick', "Zoë\\Quick", "Zoë Quick"])
async def test_a_name_is_found_in_an_answer_whatever_its_letters(name: str, opened: Opened) -> None:
    library, _ = opened
    posted = replace(new_article(), submitter=Submitter(ADA, name, 5))
    await library.articles.add(posted, ALL)
    naming = await _answer(library, f"{name} says that Mars is cold.")
    other = await _answer(library, "Zoë says that Mars is cold.")
    await library.forget_person(ADA)
    assert await _is_blanked(library, naming)
    assert not await _is_blanked(library, other)
