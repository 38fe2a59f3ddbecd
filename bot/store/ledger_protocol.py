"""What a library's ledger promises: the Protocol, and the values that go in and out.

A part of ``base``: any store keeps these promises. Knows nothing of SQLite, models or prices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from bot.records import Outcome, Usage

ChargeKind = Literal["question", "embedding", "exam"]


@dataclass(frozen=True, slots=True)
class Charge:
    """The most that a question can cost, or the embedding of articles, or the exam of a model.

    ``cost`` is in millionths of the operator's currency; None: no price is known.
    """

    day: str  # UTC, as ISO writes it
    usage: Usage = Usage()
    cost: int | None = 0
    user_id: int | None = None  # None: the operator
    event_id: int | None = None  # of two charges for the same one, the second is refused
    kind: ChargeKind = "question"


@dataclass(frozen=True, slots=True)
class DailyLimits:
    """The most that a day may cost; None: without a limit."""

    server_tokens: int | None = None
    server_cost: int | None = None
    user_tokens: int | None = None  # not the operator's


@dataclass(frozen=True, slots=True)
class Spent:
    """What a day or a person cost, and for how many questions. ``cost``: as in ``Charge``."""

    questions: int
    usage: Usage
    cost: int | None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How the questions of a day ended: written by a model, answered by quotes because the model
    failed, not answered; and their median time (None where none was taken)."""

    by_model: int = 0
    fell_back: int = 0
    refused: int = 0
    median_seconds: float | None = None


class Ledger(Protocol):
    """What one server's questions cost. A charge that is never settled counts in full."""

    async def reserve(self, charge: Charge, limits: DailyLimits) -> int:
        """Notes the most that a question can cost, unless that breaks a limit of its day.

        Returns the charge's id. Raises BudgetSpent, or AlreadyCharged; then nothing is noted.
        """

    async def reserve_more(self, charge_id: int, charge: Charge, limits: DailyLimits) -> None:
        """Adds to what a question can cost. Raises BudgetSpent; then nothing is added."""

    async def settle(self, charge_id: int, usage: Usage, cost: int | None) -> None:
        """Notes what a question did cost, in place of the most that it could."""

    async def record_outcome(self, charge_id: int, outcome: Outcome, seconds: float) -> None:
        """Notes how a question ended, and after how long."""

    async def outcomes_by_day(self, since: str) -> dict[str, Outcomes]:
        """How the questions of each day from one on ended."""

    async def spent_by_day(self, since: str) -> dict[str, Spent]:
        """What each day from one on cost, the newest first."""

    async def spent_by_user(self, since: str) -> dict[int | None, Spent]:
        """What each person's questions cost from a day on, the dearest first."""
