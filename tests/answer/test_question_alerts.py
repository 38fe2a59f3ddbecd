"""Whoever asked in vain is told, once, when a later article answers."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from bot.answer import question_alerts
from bot.answer.question_alerts import MAX_QUESTIONS_TRIED, Alert, awaits_answer, newly_answered
from bot.answer_records import Answer
from bot.app import App, open_app
from bot.ingest.submission import Submission
from bot.records import Scope, Submitter
from bot.service.alerts import mark_notified
from bot.settings import Settings, describe
from bot.store.protocols import Library
from bot.store.values import StoredAnswer
from tests.answer.test_suggested_questions import note_turns

pytestmark = pytest.mark.asyncio(loop_scope="module")

HERE, ELSEWHERE = 21, 22  # channels
FERRY = (
    "The last ferry across Harlen Sound sailed on Sunday. The crossing was started in 1912 by the "
    "brothers Nils and Peder Vang. Captain Halvard Moen is 61 years old."
)
WAITING = StoredAnswer(
    asker_id=5, channel_id=HERE, question="Who started the ferry?", awaits_answer=True
)


@dataclass
class Room:
    """One server's library, and who waits in it."""

    app: App
    library: Library
    scope: Scope

    async def wait(self, answer: StoredAnswer = WAITING) -> None:
        await self.library.answers.save(answer, ())

    async def waiting(self) -> int:
        return len(await self.library.answers.unanswered(self.scope, limit=9))

    async def add(self, text: str, channel: int | None = None) -> int:
        submission = Submission("text.txt", text, submitter=Submitter(1, "Ada", channel))
        return (await self.app.ingest.add(submission, self.library, self.scope)).article.id

    async def alerts(
        self, article_id: int, scope_of: Callable[[StoredAnswer], Scope | None] | None = None
    ) -> list[Alert]:
        seen = scope_of or (lambda answer: self.scope)
        embedder = self.app.embedder
        searches = self.app.answerer.searches
        found = newly_answered(article_id, self.library, self.scope, seen, embedder, searches)
        async with aclosing(found):
            alerts = [alert async for alert in found]
        for alert in alerts:
            await mark_notified(self.library, alert)
        return alerts


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[App]:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for name, _, _ in describe():
            patch.delenv(name, raising=False)
        async with open_app(Settings(data_dir=Path(folder))) as app:
            yield app


@pytest_asyncio.fixture(loop_scope="module")
async def room(shared: App, request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    server = str(zlib.crc32(request.node.name.encode()))
    async with shared.store.library(server) as library:
        yield Room(shared, library, Scope(server))


async def test_an_asker_is_alerted_once_with_the_sentence_that_answers(room: Room) -> None:
    await room.wait()
    article = await room.add(FERRY)
    (alert,) = await room.alerts(article)
    assert (alert.stored_answer.asker_id, alert.stored_answer.channel_id) == (5, HERE)
    assert any("Nils and Peder Vang" in cited.quote for cited in alert.answer.citations)
    for cited in alert.answer.citations:
        assert FERRY[cited.start : cited.end] == cited.quote
    assert await room.alerts(article) == []


async def test_each_question_is_tried_in_a_turn_of_its_own(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = note_turns(question_alerts, room.app.answerer.searches, monkeypatch)
    for asker in (5, 6):
        await room.wait(replace(WAITING, asker_id=asker))
    assert len(await room.alerts(await room.add(FERRY))) == 2
    assert turns == [True] * 2


async def test_an_article_about_something_else_alerts_nobody(room: Room) -> None:
    await room.wait()
    bees = await room.add("Tomasz Wilk keeps sixty hives. Bees love the lime trees.")
    assert await room.alerts(bees) == []
    assert await room.waiting() == 1


async def test_a_question_is_answered_only_within_its_scope(room: Room) -> None:
    await room.wait()
    hidden = await room.add(FERRY, ELSEWHERE)
    only_here = Scope(room.scope.server_id, frozenset({HERE}))
    assert await room.alerts(hidden, lambda answer: only_here) == []
    assert await room.alerts(hidden, lambda answer: None) == []
    assert len(await room.alerts(hidden)) == 1


async def test_the_standalone_question_is_searched_for(room: Room) -> None:
    understood = "How old is he? (Captain Moen)"
    await room.wait(replace(WAITING, question="How old is he?", standalone_question=understood))
    (alert,) = await room.alerts(await room.add(FERRY))
    assert alert.answer.standalone_question == understood
    assert "61 years old" in alert.answer.citations[-1].quote


async def test_only_the_newest_questions_are_tried(room: Room) -> None:
    for number in range(MAX_QUESTIONS_TRIED + 2):
        await room.wait(replace(WAITING, asker_id=number))
    told = await room.alerts(await room.add(FERRY))
    assert [alert.stored_answer.asker_id for alert in told] == list(
        range(MAX_QUESTIONS_TRIED + 1, 1, -1)
    )


async def test_questions_expire_after_a_month(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("bot.store.parts.answers.utc_now", lambda: "2020-01-01T00:00:00+00:00")
        await room.wait()
    assert await room.alerts(await room.add(FERRY)) == []
    assert await room.waiting() == 0


async def test_only_a_clear_unanswered_question_awaits_an_answer() -> None:
    abstained = Answer("Who?", answered=False, mode="quotes")
    assert awaits_answer(abstained)
    assert not awaits_answer(replace(abstained, clarification="What would you like to know?"))
    assert not awaits_answer(replace(abstained, answered=True))
