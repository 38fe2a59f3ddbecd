"""The charges of one library (``ledger_protocol.Ledger``).

Reading the amount spent and adding a charge are one transaction, which no other writer can
enter, so concurrent questions cannot exceed a limit together. Holds no text of any question.
Knows nothing of models and prices.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from bot.answer_records import Outcome, Usage
from bot.errors import AlreadyCharged, BudgetSpent
from bot.store.ledger_protocol import Charge, DailyLimits, Outcomes, Spent
from bot.store.parts.database import Row, SqlDatabase, Transaction
from bot.store.parts.statements import fetch_first
from bot.strings import _

KEPT_DAYS = 400  # a year, plus the same month of last year to compare with


class SqlLedger:
    """See ``ledger_protocol.Ledger``."""

    def __init__(self, database: SqlDatabase):
        self._database = database

    async def reserve(self, charge: Charge, limits: DailyLimits) -> int:
        values = _amounts(charge.usage, charge.cost) | {
            "day": charge.day,
            "event_id": charge.event_id,
            "user_id": charge.user_id,
            "kind": charge.kind,
        }
        oldest = date.fromisoformat(charge.day) - timedelta(days=KEPT_DAYS)
        async with self._database.transaction() as writer:
            if await fetch_first(writer, "charge_of_event", {"event_id": charge.event_id}):
                raise AlreadyCharged(
                    _("A written answer to this question has already been paid for.")
                )
            await _check_limits(writer, charge, limits)
            await writer.execute("forget_charges", {"before": oldest.isoformat()})
            return await writer.insert("add_charge", values)

    async def reserve_more(self, charge_id: int, charge: Charge, limits: DailyLimits) -> None:
        values = _amounts(charge.usage, charge.cost) | {"id": charge_id}
        async with self._database.transaction() as writer:
            await _check_limits(writer, charge, limits)
            await writer.execute("raise_charge", values)

    async def settle(self, charge_id: int, usage: Usage, cost: int | None) -> None:
        async with self._database.transaction() as writer:
            values = _amounts(usage, cost) | {"id": charge_id}
            await writer.execute("settle_charge", values)

    async def record_outcome(self, charge_id: int, outcome: Outcome, seconds: float) -> None:
        values = {"id": charge_id, "outcome": outcome, "seconds": seconds}
        async with self._database.transaction() as writer:
            await writer.execute("record_outcome", values)

    async def outcomes_by_day(self, since: str) -> dict[str, Outcomes]:
        rows = await self._database.fetch("outcomes_by_day", {"since": since})
        return {row["day"]: _outcomes(row) for row in rows}

    async def spent_by_day(self, since: str) -> dict[str, Spent]:
        rows = await self._database.fetch("spent_by_day", {"since": since})
        return {row["day"]: _spent(row) for row in rows}

    async def spent_by_user(self, since: str) -> dict[int | None, Spent]:
        rows = await self._database.fetch("spent_by_user", {"since": since})
        return {row["user_id"]: _spent(row) for row in rows}


async def _check_limits(writer: Transaction, charge: Charge, limits: DailyLimits) -> None:
    """Raise BudgetSpent if the charge breaks a limit. What costs nothing is always allowed."""
    tokens = charge.usage.prompt_tokens + charge.usage.completion_tokens
    if not tokens:
        return
    spent = await fetch_first(writer, "spent", {"day": charge.day, "user_id": charge.user_id})
    assert spent is not None
    user_limit = limits.user_tokens if charge.user_id is not None else None
    if _exceeds(user_limit, spent["user_tokens"] + tokens):
        raise BudgetSpent(_("Your budget for written answers is used up until 00:00 UTC."))
    if _exceeds(limits.server_tokens, spent["tokens"] + tokens) or _exceeds(
        limits.server_cost, spent["cost"] + (charge.cost or 0)
    ):
        raise BudgetSpent(_("Today's budget for written answers is used up until 00:00 UTC."))


def _exceeds(limit: int | None, amount: int) -> bool:
    return limit is not None and amount > limit


def _amounts(usage: Usage, cost: int | None) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "cost": cost,
    }


def _spent(row: Row) -> Spent:
    usage = Usage(row["prompt_tokens"], row["completion_tokens"])
    return Spent(row["questions"], usage, row["cost"])


def _outcomes(row: Row) -> Outcomes:
    return Outcomes(row["by_model"], row["fell_back"], row["refused"], row["median_seconds"])
