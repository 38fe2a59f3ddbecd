"""Leaves out what cannot answer a question whatever it says: another code, period or issue.

Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.records import Hit
from bot.search.exact_match import OPEN_ENDED, article_days, asked_units, keep_exact
from bot.search.series import asks_newest, leave_out_older

POOL = 40  # hits that are narrowed, where others of a kind may crowd out the one asked for


def hits_needed(question: str, limit: int, today: date) -> int:
    """How many hits to narrow so that ``limit`` may remain."""
    crowded = bool(asked_units(question, today)) or asks_newest(question)
    return max(limit, POOL) if crowded else limit


def narrow(question: str, hits: Sequence[Hit], today: date) -> tuple[Hit, ...]:
    """The hits with the sentences that are about the unit, or the newest of a series."""
    target = asked_units(question, today)
    exact = keep_exact(target, hits)
    return exact if target.periods else leave_out_older(question, exact, article_days(hits))


def prefers_newest(question: str, today: date) -> bool:
    """Whether the newest of a series answers: the question names no period."""
    return not asked_units(question, today).periods and not OPEN_ENDED.search(question)
