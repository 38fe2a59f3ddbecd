"""What one question may take: calls of a model, seconds, tokens and money.

Every call is reserved in the library's ledger with the most that it can cost, made, and settled
with what it did cost; what nobody can know (a call that broke off) stays at the most, and one
that was cut here counts as far as it was read. A call that
the server turned away costs nothing and is made once more, if there is time; after that nothing
optional is asked. Every question leaves one row in the ledger, one without a model, too.
Knows nothing of prompts and of what is written.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from bot.answer.writing.prompt_builder import message_tokens
from bot.embedding import Embedder, Floats, embed_question, with_meter
from bot.errors import AlreadyCharged, ModelError, ModelTooSlow, ModelUnavailable, StoreError
from bot.llm import Chunk, EmbeddingResponse, Message, Model, Profiles
from bot.records import Answer, Usage
from bot.store.ledger_protocol import Charge, ChargeKind, DailyLimits, Ledger
from bot.tokens import count_tokens

log = logging.getLogger(__name__)

MAX_CALLS = 3  # of one question, a repeated one included
MAX_RETRY_WAIT_S = 5.0  # a server that wants a longer rest is not asked again
MIN_RETRY_TIME_S = 1.0  # of a question's time, for a call that is made once more
EMBEDDING_TIMEOUT_S = 15.0  # of one question, so that its quotes come within 90 s
ANSWER_DEADLINE_S = 870.0  # of asking, a queue included: an interaction can be answered for 900
TOO_SLOW = "The embeddings took too long."
TOKENS_PRICED = 1_000_000  # prices are for a million

Prices = Mapping[str, tuple[int, int]]
"""Model → millionths of a currency for a million tokens, read and written."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: nothing of it is the operator. Of one ``event_id`` a model is asked once."""

    user_id: int | None = None
    roles: frozenset[int] = frozenset()
    event_id: int | None = None


@dataclass(slots=True)
class Budget:
    """What the operator allows. ``roles``: a role's limit for a person, in place of the usual."""

    prices: Prices = field(default_factory=dict)
    limits: DailyLimits = field(default_factory=DailyLimits)
    role_limits: Mapping[int, int | None] = field(default_factory=dict)
    today: Callable[[], str] = lambda: datetime.now(UTC).date().isoformat()
    profiles: Profiles = field(default_factory=Profiles)

    def limits_for(self, asker: Asker) -> DailyLimits:
        """The limits of a day for who asks: the best of their roles'."""
        found = [limit for role, limit in self.role_limits.items() if role in asker.roles]
        if not found:
            return self.limits
        best = None if None in found else max(limit for limit in found if limit is not None)
        return replace(self.limits, user_tokens=best)

    def cost(self, model: str, usage: Usage) -> int | None:
        """In millionths of the currency, rounded up; None for a model without a price."""
        if usage == Usage():
            return 0
        if model not in self.prices:
            return None
        read, written = self.prices[model]
        return ceil_div(
            usage.prompt_tokens * read + usage.completion_tokens * written, TOKENS_PRICED
        )

    def metered_embedder(self, embedder: Embedder, ledger: Ledger) -> Embedder:
        """An embedder whose calls are booked as what finding costs, in a row of its own."""
        return with_meter(embedder, QuestionBudget(self, ledger, None, kind="embedding"))


def ceil_div(number: int, by: int) -> int:
    """The quotient of whole numbers, rounded up without a detour over floats."""
    return -(-number // by)


@dataclass(slots=True)
class _Call:
    """One call: what was reserved, and what came. ``over``: as much as it may write."""

    model: str
    counted: int  # our count of its prompt
    likely: int  # the same in the model's own count, as far as it is known
    most: Usage
    may_write: int  # as it was told
    told: Usage = Usage()
    pieces: list[str] = field(default_factory=list)
    finished: bool = False
    cut: bool = False  # by us, not by its server
    free: bool = False
    written: int = 0  # in our count, at most

    def take(self, chunk: Chunk) -> None:
        self.pieces += [chunk.reasoning, chunk.text]
        self.told = chunk.usage or self.told
        self.finished = self.finished or chunk.finish_reason is not None
        self.written += count_tokens(chunk.reasoning) + count_tokens(chunk.text)

    def over(self, profiles: Profiles) -> bool:
        """Whether it has written, thoughts included, as much as it may.

        A server that heeds the limit has ended by then. Tokens of pieces are at least the whole's.
        """
        if self.finished or profiles.likely_written(self.model, self.written + 1) <= self.may_write:
            return False
        self.written = count_tokens("".join(self.pieces))
        return profiles.likely_written(self.model, self.written + 1) > self.may_write

    def usage(self, profiles: Profiles) -> Usage:
        """What it took: as the server told; else counted, also where we cut it; else the most:
        where it broke off, or was silent, for it may have thought."""
        if self.free:
            return Usage()
        counted = count_tokens("".join(self.pieces))
        written = self.told.completion_tokens or counted
        read = self.told.prompt_tokens or self.likely
        known = self.finished or self.told.completion_tokens or (self.cut and written)
        if not known:
            written = max(profiles.max_completion_tokens(self.model, counted), self.may_write)
            read = self.told.prompt_tokens or self.most.prompt_tokens
        return Usage(read, written)


class QuestionBudget:
    """What one question has taken, and may still take (a Meter of ``llm``, too).

    Its calls to the model follow one another; embeddings may come between.
    """

    def __init__(
        self,
        budget: Budget,
        ledger: Ledger,
        asker: Asker | None,
        *,
        kind: ChargeKind = "question",
    ):
        asker = asker or Asker()
        self._budget = budget
        self._ledger = ledger
        self._charge = Charge(budget.today(), user_id=asker.user_id, event_id=asker.event_id)
        self._charge = replace(self._charge, kind=kind)
        self._limits = budget.limits_for(asker)
        self.deadline = asyncio.get_running_loop().time() + ANSWER_DEADLINE_S
        self._began: float | None = None
        self._id: int | None = None
        self._calls = 0
        self._turned_away = False
        self._open: list[_Call] = []  # calls that are made, and not settled yet
        self._booking = asyncio.Lock()
        self.usage = Usage()
        self.embedded_tokens = 0  # of them
        self.cost: int | None = 0

    @property
    def profiles(self) -> Profiles:
        """What is known of the models that may be asked."""
        return self._budget.profiles

    def metered_model(self, server: Model) -> MeteredModel:
        """The server, whose calls are now this question's."""
        return MeteredModel(self, server)

    async def stream(
        self,
        metered: MeteredModel,
        model: str,
        messages: Sequence[Message],
        max_tokens: int,
        deadline: float | None,
    ) -> AsyncGenerator[Chunk]:
        """Raises BudgetSpent, ModelUnavailable or ModelRejected."""
        server, optional = metered.server, metered.is_optional
        counted = await asyncio.to_thread(message_tokens, messages)
        ends_at = self._ends_at(server.timeout_s, deadline, optional)
        while True:
            self._check(ends_at, optional)
            call = await self._reserved(model, counted, max_tokens)
            self._calls += 1
            chunks = server.stream(model, messages, max_tokens, deadline=ends_at)
            try:
                async with aclosing(chunks):
                    async for chunk in chunks:
                        call.take(chunk)
                        yield chunk
                        if call.over(self._budget.profiles):
                            yield Chunk(finish_reason="length")
                            return
                return
            except (GeneratorExit, asyncio.CancelledError):
                call.cut = True
                raise
            except ModelError as error:
                call.free, call.cut = error.free, isinstance(error, ModelTooSlow)
                if error.window:
                    self._budget.profiles.update(model, window=error.window)
                again_in_s = None if optional else self._again_in_s(error, ends_at)
                if again_in_s is None:
                    raise
            finally:
                await self._settle(call)
            if again_in_s:
                await asyncio.sleep(again_in_s)

    def _ends_at(self, timeout_s: float, deadline: float | None, optional: bool) -> float:
        """When a call has to end. The time runs from the first one that writes an answer (not
        from rewriting, nor in a queue), over all that come after it."""
        now = asyncio.get_running_loop().time()
        if self._began is None and not optional:
            self._began = now
        began = now if self._began is None else self._began
        ends_at = min(began + timeout_s, self.deadline)
        return ends_at if deadline is None else min(deadline, ends_at)

    def _check(self, deadline: float, optional: bool) -> None:
        if asyncio.get_running_loop().time() >= deadline:
            raise ModelUnavailable("The time for an answer is over.", free=True)
        if self._calls >= MAX_CALLS or (optional and self._turned_away):
            raise ModelUnavailable("The language model has been asked often enough.", free=True)

    def _again_in_s(self, error: ModelError, deadline: float) -> float | None:
        """When to ask once more; None when that is no use."""
        if self._turned_away or not (error.may_pass and error.free):
            return None
        self._turned_away = True
        wait_s = error.retry_after_s or 0.0
        left_s = deadline - asyncio.get_running_loop().time() - wait_s
        return wait_s if wait_s <= MAX_RETRY_WAIT_S and left_s > MIN_RETRY_TIME_S else None

    # --- the ledger ----------------------------------------------------------------------------

    async def embed(
        self, model: str, texts: Sequence[str], call: Callable[[], Awaitable[EmbeddingResponse]]
    ) -> EmbeddingResponse:
        """See ``llm.Meter``."""
        counted = sum(await asyncio.to_thread(lambda: [count_tokens(text) for text in texts]))
        booked = await self._reserved(model, counted, 0)
        try:
            embedded = await call()
            booked.told, booked.finished = Usage(embedded.tokens or 0), True
            return embedded
        except ModelError as error:
            booked.free = error.free
            raise
        finally:
            await self._settle(booked)

    async def _reserved(self, model: str, counted: int, max_tokens: int) -> _Call:
        """A call that the ledger has room for. Raises BudgetSpent."""
        profiles = self._budget.profiles
        written = profiles.max_answer_tokens(model, max_tokens)
        most = Usage(profiles.max_prompt_tokens(model, counted), written)
        call = _Call(model, counted, profiles.likely_read(model, counted), most, max_tokens)
        charge = replace(self._charge, usage=most, cost=self._budget.cost(model, most))
        try:
            async with self._booking:
                if self._id is None:
                    self._id = await self._ledger.reserve(charge, self._limits)
                else:
                    await self._ledger.reserve_more(self._id, charge, self._limits)
                self._open.append(call)
        except StoreError as error:
            raise ModelUnavailable(error.message, free=True) from error
        return call

    async def _settle(self, call: _Call) -> None:
        """Books what a call took; calls that are still open stay at their most."""
        assert self._id is not None
        took = await asyncio.to_thread(call.usage, self._budget.profiles)
        if call.told.prompt_tokens and call.counted:
            profiles, writes = self._budget.profiles, call.most.completion_tokens > 0
            learn = profiles.learn_prompt_tokens if writes else profiles.learn_token_ratio
            learn(call.model, call.counted, call.told.prompt_tokens)
        try:
            async with self._booking:
                self._open.remove(call)
                self.usage += took
                if not call.most.completion_tokens:
                    self.embedded_tokens += took.prompt_tokens
                self.cost = _sum(self.cost, self._budget.cost(call.model, took))
                usage, cost = self.usage, self.cost
                for other in self._open:
                    usage += other.most
                    cost = _sum(cost, self._budget.cost(other.model, other.most))
                await self._ledger.settle(self._id, usage, cost)
        except StoreError as error:  # it stays at the most
            log.warning("what a question cost was not noted: %s", error.message)

    async def bill(self, answer: Answer) -> Answer:
        """The answer with what it cost, and what of it the model read and wrote. Its row in the
        ledger (one without a model gets it now) tells how it ended."""
        try:
            with suppress(AlreadyCharged):
                if self._id is None:
                    self._id = await self._ledger.reserve(self._charge, DailyLimits())
                await self._ledger.record_outcome(self._id, answer.outcome, answer.seconds.total)
        except StoreError as error:
            log.warning("a question was not noted: %s", error.message)
        read = self.usage.prompt_tokens - self.embedded_tokens
        usage = replace(self.usage, prompt_tokens=read)
        return replace(answer, usage=usage, cost=self.cost)


def _sum(one: int | None, other: int | None) -> int | None:
    """Costs together; not known where one is not."""
    return None if one is None or other is None else one + other


@dataclass(frozen=True, slots=True)
class MeteredModel:
    """A model's server within what a question may take (the Model protocol of ``llm``).

    What is ``optional`` fails when there is no room for it, as any call may.
    """

    budget: QuestionBudget
    server: Model
    is_optional: bool = False

    @property
    def spare(self) -> MeteredModel:
        return replace(self, is_optional=True)

    @property
    def timeout_s(self) -> float:
        return self.server.timeout_s

    def stream(
        self,
        model: str,
        messages: Sequence[Message],
        max_tokens: int,
        *,
        deadline: float | None = None,
    ) -> AsyncGenerator[Chunk]:
        return self.budget.stream(self, model, messages, max_tokens, deadline)


class DeadlineEmbedder:
    """An embedder for one question: what it is waited for, over all its calls, has an end.

    Once that is reached, or a call failed, it fails at once: a question goes on by words alone.
    """

    def __init__(self, embedder: Embedder):
        self._embedder = embedder
        self._left_s = EMBEDDING_TIMEOUT_S
        self.model = embedder.model

    async def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> Floats:
        async with self._in_time():
            return await self._embedder.embed(texts, on_progress)

    async def embed_question(self, question: str) -> Floats:
        async with self._in_time():
            return await embed_question(question, self._embedder)

    @asynccontextmanager
    async def _in_time(self) -> AsyncGenerator[None]:
        clock = asyncio.get_running_loop().time
        began = clock()
        if self._left_s <= 0:
            raise ModelUnavailable(TOO_SLOW)
        try:
            async with asyncio.timeout(self._left_s):
                yield
        except TimeoutError as error:
            self._left_s = 0.0
            raise ModelUnavailable(TOO_SLOW) from error
        except (ModelError, asyncio.CancelledError):
            self._left_s = 0.0
            raise
        self._left_s -= clock() - began

    async def close(self) -> None:
        """What it stands for is closed by whoever opened it."""
