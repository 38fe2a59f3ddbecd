"""Gets to know the model in the background: looks and measures at the start, examines when idle.

A server that is not there yet is tried again; the exam is held once, for a model that never had
it, and waits whenever somebody asks. Nothing of it keeps the bot from answering.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot.app import App
from bot.errors import FootnoteError
from bot.evaluate.doctor import probe_model, summary_of
from bot.evaluate.exam import examine
from bot.llm.probe import fetch_server_facts, operator_warnings
from bot.records import ModelProfile

log = logging.getLogger(__name__)

RETRY_S = 300.0  # for a server that is started after the bot
EXAM_RETRY_S = 3_600.0  # after an exam that could not be held, or paid
QUIET_S = 60.0  # without a question, before the exam begins
CLOSING_S = 1.0


class ModelProbing:
    """One model, as long as the bot runs."""

    def __init__(
        self,
        app: App,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        quiet_s: float = QUIET_S,
    ):
        self._app = app
        self._sleep = sleep
        self._quiet_s = quiet_s
        self._told: set[str] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[ModelProbing]:
        """It goes on inside; nothing without a model."""
        if not self._app.settings.has_model:
            yield self
            return
        work = asyncio.ensure_future(self.work())
        try:
            yield self
        finally:
            work.cancel()
            await asyncio.wait([work], timeout=CLOSING_S)

    async def work(self) -> None:
        """Looks, measures, examines; whatever fails is tried again."""
        await self._until_done(self._look, RETRY_S)
        if self._profile.cites is None:
            await self._until_done(self._examine, EXAM_RETRY_S)

    @property
    def _profile(self) -> ModelProfile:
        return self._app.budget.profiles.get(self._app.settings.openai_model)

    async def _until_done(self, step: Callable[[], Awaitable[None]], retry_s: float) -> None:
        while True:
            try:
                await step()
            except FootnoteError as error:
                log.warning("model: %s", error.message)
            except Exception:  # a rim: the bot answers all the same
                log.exception("getting to know the model failed")
                return
            else:
                return
            await self._sleep(retry_s)

    async def _look(self) -> None:
        await self._app.answerer.activity.wait_until_idle(0)
        model = self._app.settings.openai_model
        facts = await fetch_server_facts(self._app.server, model)
        if facts.slots is not None and self._app.settings.model_slots == "":
            self._app.answerer.set_slots(facts.slots)
        for line in operator_warnings(facts, model):
            if line not in self._told:
                log.warning("model: %s", line)
            self._told.add(line)
        await probe_model(self._app, facts)
        log.info("model %s: %s", model, summary_of(self._profile, self._prompt_tokens))

    async def _examine(self) -> None:
        await self._app.answerer.activity.wait_until_idle(self._quiet_s)
        profile = await examine(self._app, lambda: self._app.answerer.activity.wait_until_idle(0))
        log.info("model: %s", summary_of(profile, self._prompt_tokens))

    @property
    def _prompt_tokens(self) -> int:
        return self._app.settings.max_prompt_tokens
