"""The dates that a person may type as a limit or as a date of publication."""

from __future__ import annotations

import re
from datetime import date

DATE = re.compile(r"\d{4}(?:-\d\d){0,2}", re.ASCII)


def is_date(typed: str) -> bool:
    """Whether this is a day, a month or a year that exists: 2025-03-01, 2025-03 or 2025."""
    if not DATE.fullmatch(typed):
        return False
    try:
        date.fromisoformat(typed + "-01-01"[len(typed) - len("2025") :])
    except ValueError:
        return False
    return True
