"""The events beside a model that writes: whatever happens when, nothing is lost or taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer.answer_draft import AnswerDraft
from bot.answer.events import Event, Preview, Queued, SentenceAdded
from bot.answer.model_stream import ModelStream, QuotesOnce, StopSignal
from bot.answer.request_queue import OnPosition
from bot.answer.strategies.extractive_answer import ExtractiveAnswer
from bot.answer_records import AnswerSentence
from bot.errors import StoreError
from bot.records import SearchResult

TURNS = 10  # of the loop: quotes come in between
STEPS = ("turn", "queue", "say", "stop", "leave", "fail")


class Model:
    """Writes by a script of steps; notes how it was ended."""

    def __init__(self, script: Sequence[str], draft: AnswerDraft, stop: StopSignal):
        self._script, self._draft, self._stop = script, draft, stop
        self.closed = False

    async def writing(self, tell: OnPosition) -> AsyncGenerator[Event]:
        try:
            for step in self._script:
                for _ in range(TURNS if step == "turn" else 1):
                    await asyncio.sleep(0)
                if step == "queue":
                    tell(1)
                elif step == "say":
                    sentence = AnswerSentence(f"{len(self._draft.sentences)}", ())
                    self._draft.sentences.append(sentence)
                    yield SentenceAdded(sentence, ())
                elif step == "stop":
                    self._stop.set()
                elif step == "fail":
                    raise StoreError("The disk is full.")
        finally:
            self.closed = True


def quotes(turns: int, *, fail: bool) -> QuotesOnce:
    """Chosen after some turns of the loop."""

    async def choose() -> ExtractiveAnswer:
        for _ in range(turns):
            await asyncio.sleep(0)
        if fail:
            raise StoreError("The disk is full.")
        return ExtractiveAnswer(())

    return QuotesOnce(SearchResult((), 0.0, 0), choose)


@given(
    st.lists(st.sampled_from(STEPS), max_size=12),
    st.integers(0, 6),
    st.booleans(),
    st.booleans(),
)
def test_sentences_come_in_order_and_a_preview_only_before_them(
    script: list[str], turns: int, fail: bool, leave: bool
) -> None:
    async def walk() -> None:
        draft, stop = AnswerDraft("?"), StopSignal()
        model = Model(script, draft, stop)
        seen: list[Event] = []
        failed = left = False
        async with aclosing(quotes(turns, fail=fail)) as chosen:
            events = ModelStream(draft, chosen, stop, 0.0).events(model.writing)
            async with aclosing(events):
                try:
                    async for event in events:
                        seen.append(event)
                        if leave and "leave" in script[: len(seen)]:
                            left = True
                            break
                except StoreError:
                    failed = True
        said = [event.sentence for event in seen if isinstance(event, SentenceAdded)]
        assert said == draft.sentences[: len(said)]
        assert left or failed or said == draft.sentences, "something was said and not shown"
        assert sum(isinstance(event, Preview) for event in seen) <= 1
        first = next(
            (i for i, event in enumerate(seen) if isinstance(event, SentenceAdded)), len(seen)
        )
        assert not any(isinstance(event, Preview) for event in seen[first:])
        assert all(isinstance(event, SentenceAdded | Preview | Queued) for event in seen)
        assert model.closed or not model_began(script, stop)
        assert len(asyncio.all_tasks()) == 1, "something goes on"

    asyncio.run(walk())


def model_began(script: Sequence[str], stop: StopSignal) -> bool:
    return bool(script) and not stop.is_set


async def test_an_error_in_the_models_task_is_raised_to_the_consumer() -> None:
    draft, stop = AnswerDraft("?"), StopSignal()
    model = Model(["say", "fail"], draft, stop)
    async with aclosing(quotes(0, fail=False)) as chosen:
        with pytest.raises(StoreError):
            async for _ in ModelStream(draft, chosen, stop, 60.0).events(model.writing):
                pass
    assert model.closed


async def test_a_failed_preview_does_not_stop_the_model() -> None:
    draft, stop = AnswerDraft("?"), StopSignal()
    model = Model(["turn"] * 9 + ["say"], draft, stop)
    async with aclosing(quotes(0, fail=True)) as chosen:
        meanwhile = ModelStream(draft, chosen, stop, 0.0)
        seen = [event async for event in meanwhile.events(model.writing)]
    assert [type(event) for event in seen] == [SentenceAdded]


async def test_a_queued_question_gets_its_preview_at_once() -> None:
    draft, stop = AnswerDraft("?"), StopSignal()
    hung = asyncio.Event()

    async def writing(tell: OnPosition) -> AsyncGenerator[Event]:
        tell(2)
        await hung.wait()
        yield SentenceAdded(AnswerSentence("late", ()), ())

    async with aclosing(quotes(0, fail=False)) as chosen:
        events = ModelStream(draft, chosen, stop, 3_600.0).events(writing)
        async with aclosing(events):
            assert await anext(events) == Queued(2)
            assert isinstance(await anext(events), Preview)
