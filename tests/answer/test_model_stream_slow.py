"""A model that keeps one waiting: quotes meanwhile, the written answer in their place, *Stop*."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import pytest

from bot.answer import budget, extractive
from bot.answer.answer_draft import AnswerDraft
from bot.answer.events import Completed, Event, Preview, Queued, Retrieved, SentenceAdded
from bot.answer.model_stream import ModelStream, QuotesOnce, StopSignal
from bot.answer.request_queue import OnPosition
from bot.answer.strategies.extractive_answer import ExtractiveAnswer
from bot.answer_records import Answer, Usage
from bot.app import App
from bot.records import SearchResult
from bot.settings import Settings
from bot.tokens import count_tokens
from tests.answer.conftest import ARTICLE, SCOPE, Harness, finished, sentences, spent
from tests.inside import open_inside
from tests.model_server import (
    DONE,
    HANG,
    RESET,
    Reply,
    ScriptedServer,
    Step,
    answer,
    broken,
    delta,
    usage,
)
from tests.model_server import words as chunks

QUESTION = "When did the Forth Bridge open?"
OPENED = "It opened to trains in 1890 [1.1]."
COST = "It cost three million pounds [1.3]."
QUOTED = "The Forth Bridge opened to trains in 1890."
MORE = "And it was painted red by many people"
ENDED = [delta("stop"), usage(100, 10), DONE]


def late(verifier: asyncio.Event, *said: str) -> Reply:
    """A whole answer, whose first words wait for the gate."""
    return broken(verifier, *chunks(*said), *ENDED)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Quotes are shown as soon as they are chosen, unless the model has said something."""
    return replace(settings, model_first_words_s=0.0, model_timeout_s=60.0, embedding_model="")


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[App]:
    async with open_inside(settings) as app:
        await Harness(app, ScriptedServer()).add(ARTICLE, "The Forth Bridge")
        yield app


@asynccontextmanager
async def asking(
    app: App, question: str = QUESTION, stop: StopSignal | None = None
) -> AsyncIterator[AsyncGenerator[Event]]:
    async with app.store.library(SCOPE.server_id) as library:
        events = app.answerer.answer(question, library, SCOPE, stop=stop)
        async with aclosing(events):
            yield events


async def until(events: AsyncGenerator[Event], kind: type[Event]) -> list[Event]:
    """What happens up to the first event of a kind."""
    seen: list[Event] = []
    while not seen or not isinstance(seen[-1], kind):
        seen.append(await anext(events))
    return seen


async def booked(app: App) -> Usage:
    async with app.store.library(SCOPE.server_id) as library:
        return (await spent(library)).usage


# --- quotes meanwhile -------------------------------------------------------------------------


async def test_a_preview_is_shown_if_the_models_first_words_are_late(
    app: App, server: ScriptedServer
) -> None:
    verifier = asyncio.Event()
    server.put(late(verifier, OPENED))
    async with asking(app) as events:
        *_, shown = await until(events, Preview)
        assert isinstance(shown, Preview)
        assert [(s.text, s.footnotes) for s in shown.sentences] == [(QUOTED, ())]
        verifier.set()
        rest = await until(events, Completed)
    given = finished(rest)
    assert (given.mode, given.outcome, given.note) == ("model", "written", "")
    assert [s.text for s in sentences(rest)] == ["It opened to trains in 1890."]
    assert [c.quote for c in given.citations] == [QUOTED]


async def test_a_quick_model_needs_no_preview(settings: Settings, server: ScriptedServer) -> None:
    async with open_inside(replace(settings, model_first_words_s=60.0)) as app:
        await Harness(app, server).add(ARTICLE, "The Forth Bridge")
        server.say(OPENED)
        async with asking(app) as events:
            kinds = [type(event) for event in await until(events, Completed)]
    assert kinds == [Retrieved, SentenceAdded, Completed]


async def test_written_sentences_are_never_replaced_by_quotes(
    app: App, server: ScriptedServer
) -> None:
    """Whatever comes after the first sentence: more, a break, a failure, *Stop*."""
    ends: list[list[bytes | Step]] = [
        [*chunks(f" {COST}"), *ENDED],
        [RESET],
        [],  # without a reason
        [*chunks(" It was 90 years old."), *ENDED],
    ]
    for end in ends:
        verifier = asyncio.Event()
        server.put(broken(*chunks(f"{OPENED} {COST} {MORE}"), verifier, *end))
        async with asking(app) as events:
            before = await until(events, SentenceAdded)
            verifier.set()
            after = await until(events, Completed)
        given = finished(after)
        assert not [e for e in after if not isinstance(e, SentenceAdded | Completed)]
        assert tuple(sentences([*before, *after])) == given.sentences
        assert (given.mode, given.outcome) == ("model", "written")


async def test_quotes_and_a_note_replace_a_model_that_fails_late(
    app: App, server: ScriptedServer
) -> None:
    verifier = asyncio.Event()
    server.put(broken(verifier, RESET))
    async with asking(app) as events:
        await until(events, Preview)
        verifier.set()
        given = finished(await until(events, Completed))
    assert (given.mode, given.outcome) == ("quotes", "fell back")
    assert "quotes from the sources instead" in given.note
    assert [(s.text, s.footnotes) for s in given.sentences] == [(QUOTED, (1,))]


async def test_a_late_refusal_is_a_refusal(app: App, server: ScriptedServer) -> None:
    verifier = asyncio.Event()
    server.put(late(verifier, "NOT_IN_THE_LIBRARY"))
    async with asking(app, "Why do whales sing about bridges?") as events:
        await until(events, Preview)
        verifier.set()
        given = finished(await until(events, Completed))
    assert (given.answered, given.outcome) == (False, "refused")


async def test_the_preview_has_the_closest_passages_if_there_are_no_quotes(
    app: App, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extractive, "UNSURE_BELOW", 0.0)  # whatever is there is near enough
    verifier = asyncio.Event()
    server.put(late(verifier, OPENED))
    async with asking(app, "Why do whales sing about bridges?") as events:
        *_, shown = await until(events, Preview)
        verifier.set()
    assert isinstance(shown, Preview)
    assert shown.sentences == ()
    assert shown.nearest[0].passage.title == "The Forth Bridge"


# --- Stop, and whoever is gone ----------------------------------------------------------------


async def test_stop_ends_the_model_and_quotes_are_the_answer(
    app: App, server: ScriptedServer
) -> None:
    stop = StopSignal()
    server.put(broken(HANG))
    async with asking(app, stop=stop) as events:
        await until(events, Preview)
        await server.asked.wait()
        stop.set()
        given = finished(await until(events, Completed))
    await server.requests[0].gone.wait()
    assert (given.mode, given.outcome) == ("quotes", "stopped")
    assert given.note.startswith("The language model was stopped.")
    assert [(s.text, s.footnotes) for s in given.sentences] == [(QUOTED, (1,))]


async def test_stop_keeps_the_written_sentences(app: App, server: ScriptedServer) -> None:
    stop = StopSignal()
    server.put(broken(*chunks(f"{OPENED} {COST} {MORE}"), HANG))
    async with asking(app, stop=stop) as events:
        before = await until(events, SentenceAdded)
        stop.set()
        after = await until(events, Completed)
    given = finished(after)
    assert (given.mode, given.outcome) == ("model", "stopped")
    assert given.note == "The language model was stopped. This is what it had written so far."
    assert tuple(sentences([*before, *after])) == given.sentences
    await server.requests[0].gone.wait()


async def test_closing_the_events_ends_the_models_call(app: App, server: ScriptedServer) -> None:
    server.put(broken(*chunks(OPENED), HANG), answer(OPENED))
    async with asking(app) as events:
        await until(events, Preview)
        await server.asked.wait()
    await server.requests[0].gone.wait()
    async with asking(app) as events:  # the slot is free again
        assert finished(await until(events, Completed)).mode == "model"


# --- what a cut answer costs ------------------------------------------------------------------


async def test_a_stopped_answer_is_charged_for_what_was_read(
    app: App, server: ScriptedServer
) -> None:
    stop = StopSignal()
    said = f"{OPENED} {COST} {MORE}"
    server.put(broken(*chunks(said), HANG))
    async with asking(app, stop=stop) as events:
        await until(events, SentenceAdded)
        stop.set()
        given = finished(await until(events, Completed))
    assert given.usage.completion_tokens == count_tokens(said)
    assert await booked(app) == given.usage


async def test_an_answer_out_of_time_is_charged_for_what_was_read(
    settings: Settings, server: ScriptedServer
) -> None:
    said = f"{OPENED} {COST} {MORE}"
    async with open_inside(replace(settings, model_idle_s=0.2)) as app:
        await Harness(app, server).add(ARTICLE, "The Forth Bridge")
        server.put(broken(*chunks(said), HANG))
        async with asking(app) as events:
            given = finished(await until(events, Completed))
        assert (given.mode, given.usage) == ("model", await booked(app))
    assert given.usage.completion_tokens == count_tokens(said)
    assert "took too long" in given.note


async def test_a_model_stopped_before_its_first_word_is_charged_the_maximum(
    app: App, settings: Settings, server: ScriptedServer
) -> None:
    """It may have thought in silence."""
    stop = StopSignal()
    server.put(broken(HANG))
    async with asking(app, stop=stop) as events:
        await until(events, Preview)
        await server.asked.wait()
        stop.set()
        given = finished(await until(events, Completed))
    assert given.usage.completion_tokens == settings.answer_tokens
    assert await booked(app) == given.usage


# --- one slot ---------------------------------------------------------------------------------


async def test_a_queued_question_waits_with_its_preview(app: App, server: ScriptedServer) -> None:
    verifier = asyncio.Event()
    server.put(late(verifier, OPENED), answer(COST))
    async with asking(app) as first, asking(app, "What did the bridge cost?") as second:
        await until(first, Preview)
        *_, queued = await until(second, Queued)
        assert queued == Queued(1)
        await until(second, Preview)
        await server.asked.wait()
        assert len(server.requests) == 1
        verifier.set()
        assert finished(await until(first, Completed)).mode == "model"
        rest = await until(second, Completed)
    assert rest[0] == Queued(0)
    assert finished(rest).sentences[0].text == "It cost three million pounds."
    assert finished(rest).seconds.queued > 0
    assert len(server.requests) == 2


async def test_a_question_stopped_in_the_queue_calls_no_model(
    app: App, server: ScriptedServer
) -> None:
    stop = StopSignal()
    server.put(broken(HANG))
    async with asking(app) as first, asking(app, stop=stop) as second:
        await until(first, Preview)
        await until(second, Preview)
        await server.asked.wait()
        stop.set()
        given = finished(await until(second, Completed))
    assert (given.outcome, given.usage) == ("stopped", Usage())
    assert len(server.requests) == 1


async def test_the_time_limit_starts_after_the_queue(
    settings: Settings, server: ScriptedServer
) -> None:
    """The second waits longer than an answer may take, and is still written."""
    async with open_inside(replace(settings, model_timeout_s=2.0)) as app:
        await Harness(app, server).add(ARTICLE, "The Forth Bridge")
        server.put(broken(HANG), answer(COST))
        async with asking(app) as first, asking(app, "What did the bridge cost?") as second:
            await until(first, Preview)
            await until(second, Preview)
            one = finished(await until(first, Completed))
            two = finished(await until(second, Completed))
    assert (one.outcome, two.outcome) == ("fell back", "written")
    assert two.seconds.queued > 1.5


async def test_quotes_answer_a_question_that_was_queued_too_long(
    app: App, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(broken(HANG))
    async with asking(app) as first:
        await until(first, Preview)
        monkeypatch.setattr(budget, "ANSWER_DEADLINE_S", 0.2)
        async with asking(app) as second:
            given = finished(await until(second, Completed))
    assert given.outcome == "fell back"
    assert given.note.startswith("The language model was busy with other questions.")


# --- how long is waited -----------------------------------------------------------------------


async def meanwhile(draft: AnswerDraft, patience_s: float) -> AsyncGenerator[Event]:
    """The events beside a model that says nothing."""

    async def nothing() -> ExtractiveAnswer:
        return ExtractiveAnswer(())

    async def writing(tell: OnPosition) -> AsyncGenerator[Event]:
        await asyncio.Event().wait()
        yield Completed(Answer("", answered=False, mode="model"))

    quotes = QuotesOnce(SearchResult((), 0.0, 0), nothing)
    async with aclosing(
        ModelStream(draft, quotes, StopSignal(), patience_s).events(writing)
    ) as events:
        async for event in events:
            yield event


async def test_a_model_that_has_begun_gets_three_times_the_patience() -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    thinking = AnswerDraft("?", first_token_s=0.01)
    async with aclosing(meanwhile(thinking, 0.1)) as events:
        assert isinstance(await anext(events), Preview)
    assert clock() - began >= 0.3
