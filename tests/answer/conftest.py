"""A model's server, and an App with one article that asks it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from bot import json_output
from bot.answer.events import Checking, Completed, Event, Retracted, Retrieved, SentenceAdded
from bot.answer_records import Answer, AnswerSentence
from bot.app import App, open_app
from bot.ingest.submission import Submission
from bot.records import Scope
from bot.settings import Settings, describe
from bot.store.ledger_protocol import Spent
from bot.store.protocols import Library
from tests.answer.harms import harms
from tests.model_server import HANG, Reply, ScriptedServer, model_server

SCOPE = Scope("1")
PATIENT_S = 600.0  # for a fault: however busy the machine is, a reply comes in time
HURRIED_S = 1.0  # how long a reply that never comes is waited for
TEXT = re.compile(rb'"content": "[^"]')
ALL_TIME = "0000"
ARTICLE = (
    "The Forth Bridge opened to trains in 1890. It was built of steel by William Arrol. "
    "The bridge cost three million pounds. Road traffic crosses on another bridge since 1964."
)


@dataclass
class Harness:
    """Where a test asks, and what it may look at."""

    app: App
    server: ScriptedServer

    async def add(self, text: str, title: str = "", published: str | None = None) -> None:
        async with self.app.store.library(SCOPE.server_id) as library:
            submission = Submission("text.txt", text, title, published)
            await self.app.ingest.add(submission, library, SCOPE)

    async def ask(self, question: str = "When did the Forth Bridge open?") -> list[Event]:
        """The events of a question, after checking what holds for every answer."""
        self._limit_waiting()
        async with self.app.store.library(SCOPE.server_id) as library:
            asking = self.app.answerer.answer(question, library, SCOPE)
            async with aclosing(asking):
                events = [event async for event in asking]
        await self._check(events)
        return events

    async def answer(self, question: str = "When did the Forth Bridge open?") -> Answer:
        return finished(await self.ask(question))

    def _limit_waiting(self) -> None:
        """A model that hangs is waited for a second: from its last text on, if it says any."""
        hanging = [reply for reply in self.server.replies if HANG in reply.steps]
        is_hurried = any(map(is_silent, hanging))
        self.app.server.timeout_s = HURRIED_S if is_hurried else PATIENT_S
        self.app.server._idle_s = HURRIED_S if hanging else PATIENT_S

    async def _check(self, events: list[Event]) -> None:
        first, *middle, last = events
        assert isinstance(first, Retrieved)
        assert isinstance(last, Completed)
        said: list[SentenceAdded] = []
        for event in middle:
            assert isinstance(event, Checking | SentenceAdded | Retracted)
            said = [*said, event] if isinstance(event, SentenceAdded) else []
            shown = replace(last.answer, sentences=tuple(s.sentence for s in said))
            # Quotes are the stored text, letter for letter; the front ends disarm them.
            assert shown.mode == "quotes" or harms(json_output.answer_text(shown)) == []
        # The closest sentences of an answer that isn't sure come with it, not one by one.
        answer = last.answer if last.answer.answered else replace(last.answer, sentences=())
        assert tuple(event.sentence for event in said) == answer.sentences
        if last.answer.answered:
            assert tuple(c for event in said for c in event.citations) == last.answer.citations
        for event in said:
            assert {c.n for c in event.citations} <= set(event.sentence.footnotes)
        found = {hit.passage.version_id: hit.passage for hit in first.findings.hits}
        async with self.app.store.library(SCOPE.server_id) as library:
            for cited in last.answer.citations:
                version = await library.articles.version(cited.article_id, SCOPE, cited.version)
                assert cited.version_id in found
                assert version.text[cited.start : cited.end] == cited.quote


def is_silent(reply: Reply) -> bool:
    """Whether it hangs before it has said anything."""
    said = b"".join(step for step in reply.steps if isinstance(step, bytes))
    return HANG in reply.steps and not TEXT.search(said)


def finished(events: list[Event]) -> Answer:
    """The answer that the events end in."""
    assert isinstance(events[-1], Completed)
    return events[-1].answer


def words(answer: Answer) -> list[str]:
    """The sentences of an answer without their footnotes."""
    return [sentence.text for sentence in answer.sentences]


def sentences(events: list[Event]) -> list[AnswerSentence]:
    """What was said, in order."""
    return [event.sentence for event in events if isinstance(event, SentenceAdded)]


async def spent(library: Library) -> Spent:
    """What the only day of a library took."""
    (day,) = (await library.ledger.spent_by_day(ALL_TIME)).values()
    return day


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with model_server() as running:
        yield running


@pytest.fixture
def settings(server: ScriptedServer, settings: Settings) -> Settings:
    return asking(settings, server)


def asking(settings: Settings, server: ScriptedServer) -> Settings:
    """The settings with the server as the model's and the embeddings' own."""
    return replace(
        settings,
        openai_base_url=server.url,
        openai_api_key="test",
        openai_model="scripted",
        embedding_model="hashed",
        model_timeout_s=PATIENT_S,
        model_idle_s=PATIENT_S,
        model_first_words_s=PATIENT_S,  # no quotes come in between
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[Harness]:
    """One desk for all tests of a module that only ask: a reader process takes a second."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for name, _, _ in describe():
            patch.delenv(name, raising=False)
        settings = Settings(data_dir=Path(folder))
        async with model_server() as server, open_app(asking(settings, server)) as app:
            opened = Harness(app, server)
            await opened.add(ARTICLE, "The Forth Bridge")
            yield opened


@pytest.fixture
def harness(shared: Harness) -> Harness:
    """The module's desk, with nothing scripted and nothing asked."""
    shared.server.forget()
    shared.app.server.timeout_s = PATIENT_S
    return shared
