"""Leaves out what cannot answer a question whatever it says: another code, period or issue.

Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.records import Hit
from bot.search.exact_match import OPEN_ENDED, asked_units, keep_exact
from bot.search.series import asks_newest, leave_out_older

POOL = 40  # hits that are narrowed, where others of a kind may crowd out the one asked for


def hits_needed(question: str, limit: int, today: date) -> int:
    """How many hits to narrow so that ``limit`` may remain."""
    crowded = bool(asked_units(question, today)) or asks_newest(question)
    return max(limit, POOL) if crowded else limit


def narrow(
    question: str, hits: Sequence[Hit], today: date, days: Mapping[int, date]
) -> tuple[Hit, ...]:
    """The hits with the sentences that are about the unit, or the newest of a series.

    ``days``: the day of each article, by its id.
    """
    target = asked_units(question, today)
    return leave_out_older(question, keep_exact(target, hits, days), days, target.periods)


def prefers_newest(question: str) -> bool:
    """Whether the newest of a series answers: "since 2019" asks for more."""
    return not OPEN_ENDED.search(question)
