"""A model that takes its time, and the quotes that are shown until it has said something.

The model writes in a task of its own, so that quotes, its place in the queue and *Stop* need not
wait for it. Whatever ends the wait (an answer, a failure, *Stop*, a front end that is gone), the
call is closed, and what it cost is booked, before another word is said. Knows nothing of prompts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from enum import Enum, auto

from bot.answer.answer_draft import CLOSEST_SHOWN, AnswerDraft
from bot.answer.events import Event, Preview, Queued
from bot.answer.plan import ExtractiveAnswer, Plan
from bot.answer.server_queue import OnPosition
from bot.errors import FootnoteError
from bot.records import AnswerSentence

log = logging.getLogger(__name__)

BEGIN_AT = 0.5  # of the patience: quotes take .2 s, and a quick model needs none
UNTIL_A_SENTENCE = 3  # times the patience, for a model whose first words are there
STOPPED = "The language model was stopped."

Writing = Callable[[OnPosition], AsyncGenerator[Event]]
"""The model's events, for who is told its place in the queue."""


class _Sign(Enum):
    WRITTEN = auto()
    STOP = auto()


class StopSignal:
    """Ends a model's writing: what it has said by then stands, else quotes answer."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self.reason = STOPPED

    @property
    def is_set(self) -> bool:
        return self._asked.is_set()

    def set(self, reason: str = STOPPED) -> None:
        """``reason`` stands in the answer's note. The first one counts."""
        if not self.is_set:
            self.reason = reason
            self._asked.set()

    async def wait(self) -> None:
        await self._asked.wait()


class QuotesOnce:
    """The quotes of one question, chosen once, whoever needs them first."""

    def __init__(self, plan: Plan, choose: Callable[[], Awaitable[ExtractiveAnswer]]):
        self._plan, self._choose = plan, choose
        self._chosen: asyncio.Future[ExtractiveAnswer] | None = None

    async def get(self) -> ExtractiveAnswer:
        if self._chosen is None:
            self._chosen = asyncio.ensure_future(self._choose())
        return await asyncio.shield(self._chosen)  # one who gives up ends it for no other

    async def preliminary(self) -> Preview:
        """As they are shown in the meantime."""
        written = (await self.get()).sentences
        if not written:
            return Preview((), self._plan.findings.hits[:CLOSEST_SHOWN])
        return Preview(tuple(AnswerSentence(w.text, (), w.paragraph) for w in written))

    async def aclose(self) -> None:
        """Nobody needs them any more. Idempotent."""
        if self._chosen is not None:
            self._chosen.cancel()
            await asyncio.wait([self._chosen])


class ModelStream:
    """The events of a model's answer, with those of the wait for it.

    ``patience_s`` is how long its first words are waited for before quotes are shown; where a
    question has to queue they are shown at once.
    """

    def __init__(self, draft: AnswerDraft, quotes: QuotesOnce, stop: StopSignal, patience_s: float):
        self._draft, self._quotes, self._stop = draft, quotes, stop
        self._patience_s = patience_s
        self._happened: asyncio.Queue[Event | _Sign | Exception] = asyncio.Queue()
        self._busy = asyncio.Event()  # the server, with others
        self._began = 0.0

    async def events(self, writing: Writing) -> AsyncGenerator[Event]:
        """Ends without ``Finished`` where the model has none, or was stopped."""
        self._began = asyncio.get_running_loop().time()
        # Not a TaskGroup around the loop: it would end the consumer's work with ours (PEP 789).
        working = asyncio.ensure_future(self._work(writing))
        try:
            while not isinstance(happened := await self._happened.get(), _Sign):
                if isinstance(happened, Exception):
                    raise happened
                yield happened
        finally:
            working.cancel()
            await asyncio.wait([working])  # closed and booked
        for event in self._left():
            yield event

    def _left(self) -> list[Event]:
        """What had happened by the time that the model was stopped."""
        left = [self._happened.get_nowait() for _ in range(self._happened.qsize())]
        return [event for event in left if not isinstance(event, _Sign | Exception | Preview)]

    async def _work(self, writing: Writing) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._write(writing))
                group.create_task(self._show_quotes())
                group.create_task(self._heed_stop())
        except* Exception as failed:  # noqa: BLE001 - handed on
            self._happened.put_nowait(failed.exceptions[0])  # raised where the events are read

    async def _write(self, writing: Writing) -> None:
        async with aclosing(writing(self._queued)) as events:
            async for event in events:
                self._happened.put_nowait(event)
        self._happened.put_nowait(_Sign.WRITTEN)

    def _queued(self, before: int) -> None:
        self._happened.put_nowait(Queued(before))
        if before:
            self._busy.set()

    async def _show_quotes(self) -> None:
        await self._patience(BEGIN_AT)
        try:
            shown = await self._quotes.preliminary()
        except FootnoteError as error:  # the model may answer all the same
            log.warning("no quotes in the meantime: %s", error.message)
            return
        await self._patience(1)
        if self._draft.first_token_s is not None:
            await self._patience(UNTIL_A_SENTENCE)
        if not self._draft.sentences:
            self._happened.put_nowait(shown)

    async def _patience(self, times: float) -> None:
        """Waits until that much of the patience is over since the beginning."""
        left_s = self._began + times * self._patience_s - asyncio.get_running_loop().time()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._busy.wait(), left_s)

    async def _heed_stop(self) -> None:
        await self._stop.wait()
        self._happened.put_nowait(_Sign.STOP)
