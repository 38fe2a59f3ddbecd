"""Probes the model in the background: server and speed at the start, the exam when the bot is idle.

A server that does not answer yet is tried again. A model takes the exam once, and its questions
wait while members ask theirs. The bot answers questions all the while.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot.answer_records import ModelProfile
from bot.app import App
from bot.errors import FootnoteError
from bot.evaluate.exam import take_exam
from bot.evaluate.model_checks import probe_model, summarize
from bot.llm.probe import fetch_server_facts, operator_warnings

log = logging.getLogger(__name__)

RETRY_S = 300.0  # for a server that is started after the bot
EXAM_RETRY_S = 3_600.0  # after an exam that could not be finished or paid for
QUIET_S = 60.0  # without questions, before the exam begins
CLOSING_S = 1.0


class ModelProbing:
    """Probes the model of the settings while the bot runs."""

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
        self._logged_warnings: set[str] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[ModelProbing]:
        """Probe inside the block; does nothing without a model."""
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
        """Probe the server, and have a new model take the exam; what fails is tried again."""
        await self._until_done(self._probe, RETRY_S)
        if self._profile.cites is None:
            await self._until_done(self._take_exam, EXAM_RETRY_S)

    @property
    def _profile(self) -> ModelProfile:
        return self._app.budget.profiles.get(self._app.settings.openai_model)

    async def _until_done(self, step: Callable[[], Awaitable[None]], retry_s: float) -> None:
        while True:
            try:
                await step()
            except FootnoteError as error:
                log.warning("model: %s", error.message)
            except Exception:  # an outermost layer: the bot answers without
                log.exception("probing the model failed")
                return
            else:
                return
            await self._sleep(retry_s)

    async def _probe(self) -> None:
        await self._app.answerer.activity.wait_until_idle(0)
        model = self._app.settings.openai_model
        facts = await fetch_server_facts(self._app.server, model)
        if facts.slots is not None and self._app.settings.model_slots == "":
            self._app.answerer.set_slots(facts.slots)
        for line in operator_warnings(facts, model):
            if line not in self._logged_warnings:
                log.warning("model: %s", line)
            self._logged_warnings.add(line)
        await probe_model(self._app, facts)
        log.info("model %s: %s", model, summarize(self._profile, self._prompt_tokens))

    async def _take_exam(self) -> None:
        activity = self._app.answerer.activity
        await activity.wait_until_idle(self._quiet_s)
        profile = await take_exam(self._app, lambda: activity.wait_until_idle(0))
        log.info("model: %s", summarize(profile, self._prompt_tokens))

    @property
    def _prompt_tokens(self) -> int:
        return self._app.settings.max_prompt_tokens
