"""What a library's ledger promises: its Protocol, and the values that go in and out.

Knows nothing of SQLite, models or prices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from bot.answer_records import Outcome, Usage

ChargeKind = Literal["question", "embedding", "exam", "suggestion"]


@dataclass(frozen=True, slots=True)
class Charge:
    """The most that a question, the embedding of articles or the exam of a model can cost.

    ``cost`` is in millionths of the operator's currency; None if no price is known.
    """

    day: str  # UTC, YYYY-MM-DD
    usage: Usage = Usage()
    cost: int | None = 0
    user_id: int | None = None  # None: the operator
    event_id: int | None = None  # a second charge for the same event is refused
    kind: ChargeKind = "question"


@dataclass(frozen=True, slots=True)
class DailyLimits:
    """The most that a day may cost; None means no limit."""

    server_tokens: int | None = None
    server_cost: int | None = None
    user_tokens: int | None = None  # does not apply to the operator


@dataclass(frozen=True, slots=True)
class Spent:
    """What a day or a person has cost, for how many questions. ``cost`` as in ``Charge``."""

    questions: int
    usage: Usage
    cost: int | None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How the questions of a day ended, with their median time (None if none was measured).

    ``fell_back``: answered with quotes because the model failed. ``refused``: not answered.
    """

    by_model: int = 0
    fell_back: int = 0
    refused: int = 0
    median_seconds: float | None = None


class Ledger(Protocol):
    """What one server's questions cost. A charge that was never settled counts in full."""

    async def reserve(self, charge: Charge, limits: DailyLimits) -> int:
        """Charge the most that a question can cost, unless that breaks a limit of its day.

        Returns the charge's id. Raises BudgetSpent or AlreadyCharged; then nothing is charged.
        """

    async def reserve_more(self, charge_id: int, charge: Charge, limits: DailyLimits) -> None:
        """Add to what a question can cost. Raises BudgetSpent; then nothing is added."""

    async def settle(self, charge_id: int, usage: Usage, cost: int | None) -> None:
        """Replace the most that a question can cost by what it did cost."""

    async def record_outcome(self, charge_id: int, outcome: Outcome, seconds: float) -> None:
        """Store how a question ended, and after how long."""

    async def outcomes_by_day(self, since: str) -> dict[str, Outcomes]:
        """How each day's questions ended, from ``since`` on."""

    async def spent_by_day(self, since: str) -> dict[str, Spent]:
        """What each day cost, from ``since`` on, newest first."""

    async def spent_by_user(self, since: str) -> dict[int | None, Spent]:
        """What each person's questions cost from ``since`` on, the most expensive first."""
