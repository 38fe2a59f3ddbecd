"""``footnote usage``: what the questions cost and how they were answered, by day and person."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bot import json_output
from bot.answer_records import to_money
from bot.app import App
from bot.store.ledger_protocol import Outcomes, Spent
from bot.strings import _
from bot.terminal.output import DONE, Result


async def usage(app: App, arguments: argparse.Namespace) -> Result:
    """Show what the last days cost."""
    first = datetime.now(UTC).date() - timedelta(days=arguments.days - 1)
    async with app.store.library(arguments.server) as library:
        days = await library.ledger.spent_by_day(first.isoformat())
        outcomes = await library.ledger.outcomes_by_day(first.isoformat())
        users = await library.ledger.spent_by_user(first.isoformat()) if arguments.users else {}
    rows = [(day, spent, outcomes.get(day, Outcomes())) for day, spent in days.items()]
    document = {
        "days": [
            {"day": d, **json_output.usage_json(s), **json_output.outcomes_json(o)}
            for d, s, o in rows
        ]
    }
    tables = [_spent_table(_("day"), days), _outcome_table(outcomes)]
    if arguments.users:
        document["users"] = [
            {"user_id": user, **json_output.usage_json(spent)} for user, spent in users.items()
        ]
        by_name = {str(user or _("the operator")): spent for user, spent in users.items()}
        tables.append(_spent_table(_("person"), by_name))
    return DONE, document, "\n\n".join(tables) if days else _("No questions were asked.")


def _spent_table(heading: str, rows: Mapping[str, Spent]) -> str:
    lines = [f"{heading:<20} " + _("questions  input tokens  output tokens        cost")]
    for name, spent in rows.items():
        cost = "" if spent.cost is None else f"{to_money(spent.cost):,.6f}"
        lines.append(
            f"{name:<20} {spent.questions:>9,}  {spent.usage.prompt_tokens:>12,}"
            f"  {spent.usage.completion_tokens:>13,}  {cost:>10}"
        )
    return "\n".join(lines)


def _outcome_table(days: Mapping[str, Outcomes]) -> str:
    lines = [_("day").ljust(20) + " " + _("by the model  fell back  no answer  median seconds")]
    for day, row in sorted(days.items(), reverse=True):
        seconds = "" if row.median_seconds is None else f"{row.median_seconds:,.1f}"
        lines.append(
            f"{day:<20} {row.by_model:>12,}  {row.fell_back:>9,}  {row.refused:>9,}  {seconds:>14}"
        )
    return "\n".join(lines)
