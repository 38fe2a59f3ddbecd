"""Random walks of two servers: people hand in, again and anew, ask, mention, list, press whatever
button, share and remove while channels open and close, become channels for adults or go, roles are
taken away, members leave and the bot restarts. Every article has canaries in its title, text,
author, tag and figure: none is seen, among all or alone, where its article may not be.

500 steps, or as many as ``--walk-steps`` says (``make quality``: 10,000).
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.discord_app.walking.town import CHANNELS, MOST_ARTICLES, PEOPLE
from tests.discord_app.walking.walk import Walk, walk

STEPS = 25  # of a walk
PLACES = ("library", "staff", "side", "adult", "quiet", "post", "den", "thread")
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # to shrink a walk would take many minutes

person = st.sampled_from(PEOPLE)
place = st.sampled_from(PLACES)
number = st.integers(1, MOST_ARTICLES + 3)
kind = st.integers(0, 6)
how = st.sampled_from(("public", "private", "private tag", "public tag", "private article"))
by = st.sampled_from(("file", "address", "again", "again"))
menu = st.sampled_from(("Add to library", "Ask about this"))
command = st.sampled_from(("article show", "article remove"))
changes = st.sampled_from(("door", "ban", "adult", "role", "role", "leave", "delete"))
step = st.tuples(
    st.integers(0, 1),
    st.one_of(
        st.tuples(st.just("add"), person, place, number, by),
        st.tuples(st.just("message"), person, place, number, menu),
        st.tuples(st.just("ask"), person, place, number, kind, how),
        st.tuples(st.just("mention"), person, place, number, kind),
        st.tuples(st.just("look"), person, place),
        st.tuples(st.just("show"), person, place, number, command),
        st.tuples(st.just("press"), person, st.integers(0, 9), st.integers(0, 9)),
        st.tuples(st.just("press"), person, st.integers(0, 99), st.integers(0, 9)),
        st.tuples(st.just("revise"), number, st.integers(0, 9)),
        st.tuples(st.just("change"), changes, st.sampled_from(CHANNELS), person, st.booleans()),
        st.tuples(st.just("restart")),
    ),
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "walks" in metafunc.fixturenames:
        steps = metafunc.config.getoption("--walk-steps")
        apart = 4  # walks in one test: some run beside each other
        runs = max(1, steps // (STEPS * apart))
        metafunc.parametrize("walks", [apart] * runs, ids=map(str, range(runs)))


@pytest.mark.timeout(600)
def test_a_canary_never_crosses(walks: int) -> None:
    @settings(max_examples=walks, deadline=None, phases=QUICK, database=None)
    @given(st.lists(step, min_size=STEPS, max_size=STEPS))
    def go(steps: list[tuple[int, tuple[Any, ...]]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(_walk(Path(folder), steps))

    go()


async def _walk(folder: Path, steps: list[tuple[int, tuple[Any, ...]]]) -> None:
    async with walk(folder) as going:
        for at, (act, *given_with) in steps:
            await _step(going, at, act, given_with)
        for town in going.towns:
            for who in list(town.people):
                if town.can_act(who, "library"):
                    await going.look(town, who, "library")


async def _step(going: Walk, at: int, act: str, given_with: list[Any]) -> None:
    town = going.towns[at]
    if act == "revise":
        going.revise(town, *given_with)
    elif act in ("change", "restart", "press"):
        if act != "press" or given_with[0] in town.people:
            await getattr(going, act)(town, *given_with)
    else:
        who, place, *more = given_with
        names = [name for name in town.places if name.startswith(place)]
        if names and town.can_act(who, names[-1]):
            await getattr(going, act)(town, who, names[-1], *more)
