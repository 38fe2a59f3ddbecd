"""How often a person may ask and add articles."""

from __future__ import annotations

import pytest

from bot.errors import NotAllowed
from bot.service.limits import TOO_MANY_ARTICLES, TOO_MANY_QUESTIONS, WINDOW_S, Cooldown


def at(time_s: int) -> str:
    return f"at {time_s}"


def test_a_cooldown_counts_a_minute_and_says_when_it_ends() -> None:
    now = [1_000.0]
    cooldown = Cooldown(2, TOO_MANY_QUESTIONS, at, lambda: now[0])
    for second in (0, 10):
        now[0] = 1_000.0 + second
        cooldown.check(("s", 1))
        cooldown.record(("s", 1))

    with pytest.raises(NotAllowed, match=f"Try again at {1_000 + int(WINDOW_S)}."):
        cooldown.check(("s", 1))
    cooldown.check(("s", 2))
    cooldown.check(("other server", 1))
    now[0] = 1_060.0
    cooldown.check(("s", 1))


def test_more_at_once_than_ever_may_be_is_let_through_after_a_pause() -> None:
    cooldown = Cooldown(2, TOO_MANY_ARTICLES, at, lambda: 0.0)

    cooldown.check(("s", 1), 10)
    cooldown.record(("s", 1), 10)

    with pytest.raises(NotAllowed):
        cooldown.check(("s", 1))
