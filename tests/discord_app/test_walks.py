"""Random walks in two servers. People add articles (new, known and changed ones), refresh, ask,
mention, list, press any button, share and remove. Meanwhile channels open, close, become
age-restricted or are deleted, settings change, people erase themselves, roles are taken away,
members leave and the bot restarts. Every
article has a key in its title, text, author, tag and figure: it must not appear, in public or in
private, where its article may not be seen. Where additions wait for approval, it appears nowhere
but on the moderators' cards, and to those who may decide.

A walk is determined by its seed: ``make test`` takes 500 steps, ``make quality`` 10,000 others.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.discord_app.walking.town import CHANNELS, MOST_ARTICLES, PEOPLE
from tests.discord_app.walking.walk import HOW, MENUS, QUESTIONS, Walk, walk

STEPS = 100  # of a walk
SHORT, LONG = range(1, 6), range(1_000, 1_100)  # seeds
PLACES = ("library", "staff", "side", "adult", "quiet", "post", "den", "thread")
WHO = (*PEOPLE, "ben", "grace")  # these two see more than others
SETTINGS = ("library_channels", "announcements", "visibility", "removal", "alerts")
CHANGES = ("door", "ban", "adult", "role", "role", "role", "leave", "delete")

Draw = Callable[[Random], tuple[Any, ...]]
ACTS: dict[str, Draw] = {
    "add": lambda r: (r.choice(("file", "address")),),
    "again": lambda r: (_number(r), r.random() < 0.7),
    "refresh": lambda r: (_number(r),),
    "message": lambda r: (_number(r), r.choice(MENUS)),
    "ask": lambda r: (_number(r), _kind(r), r.choice(HOW)),
    "share": lambda r: (_number(r), _kind(r)),
    "mention": lambda r: (_number(r), _kind(r)),
    "look": lambda r: (),
    "show": lambda r: (_number(r), r.choice(("article show", "article remove"))),
    "press": lambda r: (r.choice((r.randrange(10), r.randrange(100))), r.randrange(9)),
    "change": lambda r: (r.choice(CHANGES), r.choice(CHANNELS), r.random() < 0.5),
    "approval": lambda r: (r.choice((*CHANNELS, "nowhere")),),
    "decide": lambda r: (r.choice(("Approve", "Decline", "Read")),),
    "settings": lambda r: (r.choice(SETTINGS), r.randrange(10)),
    "personal": lambda r: (r.choice(("My data", "Erase my data", "Library", "History")),),
    "review": lambda r: (),
    "restart": lambda r: (),
}
WEIGHTS = {"press": 4, "again": 2, "share": 3, "ask": 2, "change": 2, "approval": 2, "decide": 3}


def _number(random: Random) -> int:
    return random.randint(1, MOST_ARTICLES + 3)


def _kind(random: Random) -> int:
    return random.randrange(len(QUESTIONS))


@pytest.mark.parametrize("seed", SHORT)
async def test_a_canary_never_crosses(seed: int, tmp_path: Path) -> None:
    await _take(seed, tmp_path)


@pytest.mark.quality
@pytest.mark.parametrize("seed", LONG)
async def test_a_canary_never_crosses_in_10_000_steps(seed: int, tmp_path: Path) -> None:
    await _take(seed, tmp_path)


async def _take(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    async with walk(tmp_path) as going:
        for _ in range(STEPS):
            await _step(going, random)
        for town in going.towns:
            for who in list(town.people):
                if town.can_act(who, "library"):
                    await going.look(town, who, "library")


async def _step(going: Walk, random: Random) -> None:
    """One act of somebody, somewhere, who may be there."""
    acts = list(ACTS)
    (act,) = random.choices(acts, [WEIGHTS.get(name, 1) for name in acts])
    town, who, place = random.choice(going.towns), random.choice(WHO), random.choice(PLACES)
    drawn = ACTS[act](random)
    if act == "restart":
        await going.restart(town)
    elif act == "settings":
        await going.settings(town, *drawn)
    elif act == "review" and town.can_act("zoe", "library"):
        await going.review(town, "library")
    elif act == "change":
        await going.change(town, who, *drawn)
    elif act == "press" and who in town.people:
        await going.press(town, who, *drawn)
    elif act not in ("press", "review"):
        names = [name for name in town.places if name.startswith(place)]
        if names and town.can_act(who, names[-1]):
            await getattr(going, act)(town, who, names[-1], *drawn)
