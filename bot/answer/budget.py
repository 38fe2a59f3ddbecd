"""The limits of one question: calls to a model, seconds, tokens and money.

Each call is reserved in the library's ledger at its highest possible cost, made, and settled at its
actual cost. If the cost is unknown (the connection broke), the reservation stands; a call that we
ended counts up to where we read it. A call that the server rejects for load is free and retried
once, time permitting; after that, optional calls are no longer made. Every question has one row in
the ledger, even one that used no model. Knows nothing of prompts and answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from bot.answer.reservations import Amount, Call, Reservation, increase, without_share
from bot.answer.writing.prompt_builder import message_tokens
from bot.answer_records import Answer, Spending, Usage
from bot.embedding import Embedder, with_meter
from bot.errors import (
    AlreadyCharged,
    BudgetSpent,
    ModelError,
    ModelTooSlow,
    ModelUnavailable,
    StoreError,
)
from bot.llm import Chunk, EmbeddingResponse, Message, Model, Profiles, Schema
from bot.llm.profile import TokenLimits
from bot.store.ledger_protocol import Charge, ChargeKind, DailyLimits, Ledger
from bot.strings import _
from bot.tokens import count_tokens

log = logging.getLogger(__name__)

MAX_CALLS = 3  # per question, a retry included, and beside those that look for passages
MAX_RETRY_WAIT_S = 5.0  # a server that asks for a longer wait is not called again
MIN_RETRY_TIME_S = 1.0  # that must be left for a retry
ANSWER_DEADLINE_S = 870.0  # from asking, queueing included: an interaction expires after 900 s
TOKENS_PER_PRICE = 1_000_000

Prices = Mapping[str, tuple[int, int]]
"""Model → price of a million tokens (prompt, completion) in millionths of the currency."""


@dataclass(frozen=True, slots=True)
class Asker:
    """The person asking; without a ``user_id``, the operator.

    The model is called only once per ``event_id``. ``kind``: what the calls are charged as.
    ``manages``: may manage the server.
    """

    user_id: int | None = None
    roles: frozenset[int] = frozenset()
    event_id: int | None = None
    kind: ChargeKind = "question"
    manages: bool = False


OPERATOR = Asker()


@dataclass(slots=True)
class Budget:
    """The operator's prices and limits.

    ``role_limits``: a role's daily tokens in place of the usual limit; None: no limit.
    """

    prices: Prices = field(default_factory=dict)
    limits: DailyLimits = field(default_factory=DailyLimits)
    role_limits: Mapping[int, int | None] = field(default_factory=dict)
    today: Callable[[], str] = lambda: datetime.now(UTC).date().isoformat()
    profiles: Profiles = field(default_factory=Profiles)

    def limits_for(self, asker: Asker) -> DailyLimits:
        """The asker's daily limits; of several roles, the highest limit applies."""
        limits = [limit for role, limit in self.role_limits.items() if role in asker.roles]
        if not limits:
            return self.limits
        highest = None if None in limits else max(limit for limit in limits if limit is not None)
        return replace(self.limits, user_tokens=highest)

    def cost(self, model: str, usage: Usage) -> int | None:
        """The cost in millionths of the currency, rounded up; None for a model without a price."""
        if usage == Usage():
            return 0
        if model not in self.prices:
            return None
        prompt_price, completion_price = self.prices[model]
        prompt, completion = usage.prompt_tokens, usage.completion_tokens
        price = prompt * prompt_price + completion * completion_price
        return -(-price // TOKENS_PER_PRICE)  # exact, and rounded up

    def metered_embedder(
        self, embedder: Embedder, ledger: Ledger, spent: Spending | None = None
    ) -> Embedder:
        """The embedder; its calls have a ledger row of their own and are added to ``spent``."""
        return with_meter(embedder, QuestionBudget(self, ledger, Asker(kind="embedding"), spent))


class QuestionBudget:
    """What one question has spent and may still spend; also a ``Meter`` for its embeddings.

    Calls to the model come one at a time; embeddings may run beside them.
    """

    def __init__(
        self,
        budget: Budget,
        ledger: Ledger,
        asker: Asker = OPERATOR,
        spent: Spending | None = None,
    ):
        self._budget = budget
        self._ledger = ledger
        self._charge = Charge(
            budget.today(), user_id=asker.user_id, event_id=asker.event_id, kind=asker.kind
        )
        self._limits = budget.limits_for(asker)
        self.deadline = asyncio.get_running_loop().time() + ANSWER_DEADLINE_S
        self._began: float | None = None
        self._id: int | None = None
        self._calls = 0
        self._was_rejected = False
        self._open: list[Call] = []  # made, not settled yet
        self._planned: list[Reservation] = []  # the answer, then its judgement and repair
        self._looking = 0  # calls that may look for passages, before the answer
        self._max_calls = MAX_CALLS
        self._reserved_together = False
        self._prereserved: list[Reservation] = []  # of them: reserved, not made yet
        self._booking = asyncio.Lock()
        self.spent = spent or Spending()
        self._embedded_tokens = 0  # part of what was spent

    @property
    def profiles(self) -> Profiles:
        """What is known of the models."""
        return self._budget.profiles

    def metered_model(self, server: Model) -> MeteredModel:
        """The server with its calls charged to this question."""
        return MeteredModel(self, server)

    def plan_calls(self, model: str, limits: TokenLimits, calls: int, looking: int = 0) -> None:
        """Expect ``calls`` to a model: the answer, and what may follow it.

        ``looking``: optional ones before, that look for passages. All are reserved with the first
        call that is made, so that no daily limit comes between.
        """
        usage = self._max_usage(model, limits.prompt, limits.answer)
        self._planned = [Reservation(model, usage)] * calls
        self._looking = looking
        self._max_calls = MAX_CALLS + looking

    async def reserve_calls(self, model: str, sizes: Sequence[tuple[int, int]]) -> None:
        """Reserve all calls of a summary together; they may run in parallel. Raises ModelError.

        ``sizes``: of each, the tokens of its prompt (in our count) and those it may write.
        """
        reservations = [Reservation(model, self._max_usage(model, *size)) for size in sizes]
        try:
            async with self._booking:
                before = self._total(self._prereserved)
                await self._book(increase(before, self._total(reservations)))
                self._prereserved = reservations
        except StoreError as error:
            raise ModelUnavailable(error.message, free=True) from error
        self._max_calls, self._reserved_together = len(sizes) + 1, True  # and one retry

    async def stream(
        self,
        metered: MeteredModel,
        model: str,
        messages: Sequence[Message],
        max_tokens: int,
        deadline: float | None,
        schema: Schema | None,
    ) -> AsyncGenerator[Chunk]:
        """The model's answer. Raises BudgetSpent, ModelUnavailable or ModelRejected."""
        server, optional = metered.server, metered.is_optional
        prompt_tokens = await asyncio.to_thread(message_tokens, messages)
        call_deadline = self._deadline_of_call(server.timeout_s, deadline, optional)
        while True:
            self._check_limits(call_deadline, optional)
            retry_in_s: float | None = None
            call = await self._reserve_call(model, prompt_tokens, max_tokens, optional)
            self._calls += 1
            chunks = server.stream(
                model, messages, max_tokens, deadline=call_deadline, schema=schema
            )
            try:
                async with aclosing(chunks):
                    async for chunk in chunks:
                        call.record(chunk)
                        yield chunk
                        if call.exceeds_limit(self._budget.profiles):
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
                retry_in_s = None if optional else self._retry_delay_s(error, call_deadline)
                if retry_in_s is None:
                    raise
            finally:
                await self._settle(call, retries=retry_in_s is not None)
            if retry_in_s:
                await asyncio.sleep(retry_in_s)

    def _deadline_of_call(self, timeout_s: float, deadline: float | None, optional: bool) -> float:
        """When a call has to end, by the event loop's clock.

        All calls share one timeout, unless they were reserved together. It starts with the first
        call that writes an answer: rewriting and queueing do not count.
        """
        now = asyncio.get_running_loop().time()
        if self._reserved_together or (self._began is None and not optional):
            self._began = now
        began = now if self._began is None else self._began
        call_deadline = min(began + timeout_s, self.deadline)
        return call_deadline if deadline is None else min(deadline, call_deadline)

    def _check_limits(self, deadline: float, optional: bool) -> None:
        if asyncio.get_running_loop().time() >= deadline:
            raise ModelUnavailable(_("The time for this answer is up."), free=True)
        if self._calls >= self._max_calls or (optional and self._was_rejected):
            raise ModelUnavailable(
                _("This question has no calls to the language model left."), free=True
            )

    def _retry_delay_s(self, error: ModelError, deadline: float) -> float | None:
        """How long to wait before the one retry; None if a retry makes no sense."""
        if self._was_rejected or not (error.is_transient and error.free):
            return None
        self._was_rejected = True
        wait_s = error.retry_after_s or 0.0
        left_s = deadline - asyncio.get_running_loop().time() - wait_s
        return wait_s if wait_s <= MAX_RETRY_WAIT_S and left_s > MIN_RETRY_TIME_S else None

    async def embed(
        self, model: str, texts: Sequence[str], call: Callable[[], Awaitable[EmbeddingResponse]]
    ) -> EmbeddingResponse:
        """See ``llm.Meter``."""
        counts = await asyncio.to_thread(lambda: [count_tokens(text) for text in texts])
        charged = await self._reserve(model, sum(counts), 0, None)
        try:
            response = await call()
            charged.reported, charged.finished = Usage(response.tokens or 0), True
            return response
        except ModelError as error:
            charged.free = error.free
            raise
        finally:
            await self._settle(charged)

    async def _reserve_call(
        self, model: str, prompt_tokens: int, max_tokens: int, optional: bool
    ) -> Call:
        """Reserve a call to the model with those planned after it. Raises BudgetSpent.

        Where there is no room for an answer and all that may follow, the last are left out.
        """
        if self._reserved_together:
            return await self._reserve(model, prompt_tokens, max_tokens, None)
        if optional and self._began is None:
            self._looking = max(self._looking - 1, 0)
            following = self._planned + self._planned[:1] * self._looking
        else:
            following = self._prereserved[1:] if optional else self._planned[1:]
        while True:
            try:
                return await self._reserve(model, prompt_tokens, max_tokens, following)
            except BudgetSpent:
                if optional or not following:
                    raise
                following = following[:-1]

    async def _reserve(
        self,
        model: str,
        prompt_tokens: int,
        max_tokens: int,
        prereserved: Sequence[Reservation] | None,
    ) -> Call:
        """Reserve a call in the ledger and hold ``prereserved``; None: what is held already.

        Raises BudgetSpent.
        """
        likely = self._budget.profiles.likely_read(model, prompt_tokens)
        max_usage = self._max_usage(model, prompt_tokens, max_tokens)
        call = Call(model, max_usage, prompt_tokens, likely, max_tokens)
        try:
            async with self._booking:
                before = self._total([*self._open, *self._prereserved])
                following = self._prereserved if prereserved is None else prereserved
                if self._reserved_together and max_tokens:
                    following = without_share(following, max_usage)
                await self._book(increase(before, self._total([*self._open, call, *following])))
                self._open.append(call)
                self._prereserved = list(following)
        except StoreError as error:
            raise ModelUnavailable(error.message, free=True) from error
        return call

    async def _book(self, more: Amount) -> None:
        charge = replace(self._charge, usage=more.usage, cost=more.cost)
        if self._id is None:
            self._id = await self._ledger.reserve(charge, self._limits)
        else:
            await self._ledger.reserve_more(self._id, charge, self._limits)

    def _max_usage(self, model: str, prompt_tokens: int, max_tokens: int) -> Usage:
        profiles = self._budget.profiles
        return Usage(
            profiles.max_prompt_tokens(model, prompt_tokens),
            profiles.max_answer_tokens(model, max_tokens),
        )

    def _total(self, reservations: Sequence[Reservation]) -> Amount:
        """What was spent, with the most that open and planned calls may take."""
        total = replace(self.spent)
        for reservation in reservations:
            usage = reservation.max_usage
            total.add(usage, self._budget.cost(reservation.model, usage))
        return Amount(total.usage, total.cost)

    async def _settle(self, call: Call, *, retries: bool = False) -> None:
        """Book what a call used; calls still open, and those planned, stay at their maximum.

        A call that is made again keeps its reservation.
        """
        used = await asyncio.to_thread(call.usage, self._budget.profiles)
        if call.reported.prompt_tokens and call.prompt_tokens:
            profiles, writes = self._budget.profiles, call.max_usage.completion_tokens > 0
            learn = profiles.learn_prompt_tokens if writes else profiles.learn_token_ratio
            learn(call.model, call.prompt_tokens, call.reported.prompt_tokens)
        async with self._booking:
            self._open.remove(call)
            if retries:
                self._prereserved.insert(0, Reservation(call.model, call.max_usage))
            self.spent.add(used, self._budget.cost(call.model, used))
            if not call.max_usage.completion_tokens:
                self._embedded_tokens += used.prompt_tokens
            await self._record()

    async def release(self) -> None:
        """Give back what was reserved for calls that are not made any more. Idempotent."""
        async with self._booking:
            if self._prereserved:
                self._prereserved = []
                await self._record()

    async def _record(self) -> None:
        assert self._id is not None
        total = self._total([*self._open, *self._prereserved])
        try:
            await self._ledger.settle(self._id, total.usage, total.cost)
        except StoreError as error:  # the reservation stands
            log.warning("the cost of a question was not recorded: %s", error.message)

    async def bill(self, answer: Answer) -> Answer:
        """The answer with its cost and the model's tokens; records the outcome in the ledger."""
        await self.release()
        try:
            with suppress(AlreadyCharged):
                if self._id is None:
                    self._id = await self._ledger.reserve(self._charge, DailyLimits())
                await self._ledger.record_outcome(self._id, answer.outcome, answer.seconds.total)
        except StoreError as error:
            log.warning("a question was not recorded: %s", error.message)
        read = self.spent.usage.prompt_tokens - self._embedded_tokens
        usage = replace(self.spent.usage, prompt_tokens=read)
        return replace(answer, usage=usage, cost=self.spent.cost)


@dataclass(frozen=True, slots=True)
class MeteredModel:
    """A model's server with its calls charged to a question (the ``Model`` protocol of ``llm``)."""

    budget: QuestionBudget
    server: Model
    is_optional: bool = False

    @property
    def optional(self) -> MeteredModel:
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
        schema: Schema | None = None,
    ) -> AsyncGenerator[Chunk]:
        return self.budget.stream(self, model, messages, max_tokens, deadline, schema)
