"""``footnote forget``: a person is erased from every library, and from every file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from bot.answer_records import Answer, AnswerSentence, Citation
from bot.records import Scope, Submitter
from bot.search.memory_index import MemoryIndex
from bot.service.saved_answers import answer_to_json
from bot.store.ledger_protocol import Charge, DailyLimits
from bot.store.lock import lock_folder
from bot.store.protocols import Library
from bot.store.sqlite.store import SqliteStore
from bot.store.values import JobPayload, NewArticle, StoredAnswer
from tests.contract.samples import citation_of, new_article
from tests.store.test_erase import hits

ADA, BEN = 4_242_424_242, 5_353_535_353
NAME = 'qz"7canary\\4xk'
STEM = "7canary"
SERVERS = ("11", "22")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two libraries in which Ada, whose name is the canary, has done everything one can do."""

    async def fill() -> None:
        store = await SqliteStore.open(tmp_path / "data", MemoryIndex)
        for server in SERVERS:
            async with store.library(server) as library:
                await _fill(library, Scope(server))
        await store.close()

    asyncio.run(fill())
    return tmp_path / "data"


async def _fill(library: Library, scope: Scope) -> None:
    await library.articles.add(_by(ADA, NAME, "Mars is cold."), scope)
    await library.articles.add(_by(BEN, "Ben", "Venus is hot."), scope)
    mars, venus = await library.articles.passages([1, 2], scope)
    cited = replace(citation_of(mars), submitter=mars.submitter)
    for private in (False, True):
        given = _given(ADA, f"What does {NAME} know?", cited, private=private)
        await library.answers.save(given, [cited])
    await library.answers.save(_given(BEN, "What is cold?", cited), [cited])
    listed = _given(BEN, "Who added how many?", citation_of(venus), text=f"{NAME} added 1.")
    await library.answers.save(listed, [citation_of(venus)])
    for user in (ADA, BEN):
        await library.answers.rate(3, user, "helpful")
        charge = Charge("2026-11-01", user_id=user, event_id=user + 1)
        await library.ledger.reserve(charge, DailyLimits())
    details = {"submission": {"submitter": {"user_id": ADA, "name": NAME, "channel_id": 5}}}
    await library.jobs.enqueue(JobPayload(json.dumps(details), "A text.", ADA), now=0, most=9)
    await library.articles.trash([2], scope)


def _by(user_id: int, name: str, text: str) -> NewArticle:
    return replace(new_article(text, title=text), submitter=Submitter(user_id, name, 5))


def _given(
    asker: int, question: str, cited: Citation, *, text: str = "It is cold.", private: bool = False
) -> StoredAnswer:
    answer = Answer(question, True, "quotes", (AnswerSentence(text, (1,)),), (cited,))
    body = answer_to_json(answer, "")
    return StoredAnswer(asker, 5, private, question, question, body)


def _look(folder: Path, look: Callable[[Library], Awaitable[Any]], server: str = "11") -> Any:
    async def opened() -> Any:
        store = await SqliteStore.open(folder, MemoryIndex)
        async with store.library(server) as library:
            result = await look(library)
        await store.close()
        return result

    return asyncio.run(opened())


def test_the_canary_would_be_seen(folder: Path) -> None:
    assert sum(hits(folder, STEM).values()) > 12
    assert sum(hits(folder, str(ADA)).values()) > 2


def test_a_person_leaves_no_trace_in_any_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["forget", str(ADA), "--json"]) == 0

    assert json.loads(capsys.readouterr().out) == {
        "forgotten": {
            "libraries": 2,
            "questions": 4,
            "answers": 6,
            "articles": 2,
            "charges": 2,
            "ratings": 2,
        }
    }
    assert hits(folder, STEM) == {}
    assert hits(folder, str(ADA)) == {}


def test_what_others_asked_and_what_was_added_stays(folder: Path) -> None:
    main(["forget", str(ADA)])

    async def look(library: Library) -> None:
        scope = Scope("11")
        assert (await library.articles.get(1, scope)).submitter == Submitter(None, "", 5)
        public, private, bens, named = [await library.answers.answer(i, scope) for i in range(1, 5)]
        assert public is not None
        assert (public.asker_id, public.question, public.body) == (None, "", "")
        assert (await library.answers.cited_passage(1, 1, scope)).citation.quote == "Mars is cold."
        assert private is None
        assert bens is not None
        assert "It is cold." in bens.body
        assert named is None or named.body == ""
        assert list(await library.ledger.spent_by_user("2026-11-01")) == [None, BEN]
        assert await library.answers.ratings(scope) == {"helpful": 1}

    _look(folder, look)


def test_nobody_can_be_forgotten_while_the_bot_runs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with lock_folder(folder):
        assert main(["forget", str(ADA), "--json"]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert "Stop it first" in error["message"]
    assert sum(hits(folder, STEM).values()) > 12


def test_a_person_of_whom_nothing_is_kept_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["forget", "77"]) == 0
    assert capsys.readouterr().out == "No library contains anything about this person.\n"
