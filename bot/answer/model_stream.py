"""The events of a model's answer, with a preview of quotes while the model is slow.

The model writes in its own task, so previews, queue positions and *Stop* do not wait for it.
However the wait ends (an answer, an error, *Stop*, a front end that went away), the call is closed
and its cost booked before the next event. Knows nothing of prompts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from enum import Enum, auto

from bot.answer.answer_draft import CLOSEST_SHOWN, AnswerDraft
from bot.answer.events import Event, Preview, Queued
from bot.answer.request_queue import OnPosition
from bot.answer.strategies.extractive_answer import ExtractiveAnswer
from bot.answer_records import AnswerSentence
from bot.errors import FootnoteError
from bot.records import SearchResult
from bot.strings import N_, _

log = logging.getLogger(__name__)

CHOOSE_QUOTES_AT = 0.5  # of the patience: quotes take .2 s, and a quick model needs none
PATIENCE_FOR_A_SENTENCE = 3  # times the patience, once the model's first words have come
STOPPED = N_("The language model was stopped.")

StartWriting = Callable[[OnPosition], AsyncGenerator[Event]]
"""Starts the model; it reports its place in the server's queue."""


class _Signal(Enum):
    WRITTEN = auto()
    STOP = auto()


class StopSignal:
    """Stops a model while it writes: its sentences so far are kept; without any, quotes answer."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.reason = ""

    @property
    def is_set(self) -> bool:
        return self._event.is_set()

    def set(self, reason: str = "") -> None:
        """Stop, with ``reason`` as the answer's note. Later calls do nothing."""
        if not self.is_set:
            self.reason = reason or _(STOPPED)
            self._event.set()

    async def wait(self) -> None:
        await self._event.wait()


class QuotesOnce:
    """The quotes for one question, chosen the first time that they are needed."""

    def __init__(self, findings: SearchResult, choose: Callable[[], Awaitable[ExtractiveAnswer]]):
        self._findings, self._choose = findings, choose
        self._task: asyncio.Future[ExtractiveAnswer] | None = None

    async def get(self) -> ExtractiveAnswer:
        if self._task is None:
            self._task = asyncio.ensure_future(self._choose())
        return await asyncio.shield(self._task)  # a cancelled caller does not cancel the others

    async def preview(self) -> Preview:
        """The quotes without footnotes, or the closest passages if they hardly answer."""
        quotes = await self.get()
        if quotes.unsure:
            return Preview((), self._findings.hits[:CLOSEST_SHOWN])
        return Preview(tuple(AnswerSentence(s.text, (), s.paragraph) for s in quotes.sentences))

    async def aclose(self) -> None:
        """Cancel the choosing. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])


class ModelStream:
    """Merges a model's events with its queue positions and a preview.

    The preview comes when the model's first words have not come within ``patience_s``; at once if
    the question has to queue.
    """

    def __init__(self, draft: AnswerDraft, quotes: QuotesOnce, stop: StopSignal, patience_s: float):
        self._draft, self._quotes, self._stop = draft, quotes, stop
        self._patience_s = patience_s
        self._events: asyncio.Queue[Event | _Signal | Exception] = asyncio.Queue()
        self._has_to_queue = asyncio.Event()
        self._began = 0.0

    async def events(self, start_writing: StartWriting) -> AsyncGenerator[Event]:
        """Ends without ``Completed`` if the model has no answer or was stopped."""
        self._began = asyncio.get_running_loop().time()
        # Not a TaskGroup around the loop: it would cancel the consumer with our tasks (PEP 789).
        working = asyncio.ensure_future(self._work(start_writing))
        try:
            while not isinstance(event := await self._events.get(), _Signal):
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            working.cancel()
            await asyncio.wait([working])  # closed and booked
        for event in self._remaining_events():
            yield event

    def _remaining_events(self) -> list[Event]:
        """The events that came before the model was stopped and were not yielded yet."""
        events = [self._events.get_nowait() for _i in range(self._events.qsize())]
        return [event for event in events if not isinstance(event, _Signal | Exception | Preview)]

    async def _work(self, start_writing: StartWriting) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._write(start_writing))
                group.create_task(self._show_preview())
                group.create_task(self._wait_for_stop())
        except* Exception as errors:  # noqa: BLE001 - raised again in events()
            self._events.put_nowait(errors.exceptions[0])

    async def _write(self, start_writing: StartWriting) -> None:
        async with aclosing(start_writing(self._report_position)) as events:
            async for event in events:
                self._events.put_nowait(event)
        self._events.put_nowait(_Signal.WRITTEN)

    def _report_position(self, ahead: int) -> None:
        self._events.put_nowait(Queued(ahead))
        if ahead:
            self._has_to_queue.set()

    async def _show_preview(self) -> None:
        await self._wait_patience(CHOOSE_QUOTES_AT)
        try:
            preview = await self._quotes.preview()
        except FootnoteError as error:  # the model may still answer
            log.warning("no preview: %s", error.message)
            return
        await self._wait_patience(1)
        if self._draft.first_token_s is not None:
            await self._wait_patience(PATIENCE_FOR_A_SENTENCE)
        if not self._draft.sentences:
            self._events.put_nowait(preview)

    async def _wait_patience(self, times: float) -> None:
        """Wait until ``times`` the patience has passed since the start, or there is a queue."""
        left_s = self._began + times * self._patience_s - asyncio.get_running_loop().time()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._has_to_queue.wait(), left_s)

    async def _wait_for_stop(self) -> None:
        await self._stop.wait()
        self._events.put_nowait(_Signal.STOP)
