"""Floors under small talk, references to articles and whole conversations.

The benches print the figures: ``python -m bench.small_talk``, ``bench.article_references``,
``bench.conversations``. Floors stand a little below what was measured on the half that may be
looked at.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bench import article_references, conversations, small_talk, which_one

SHARED = Path(__file__).parents[3] / "shared" / "data"
HALF = "looked_at"  # the other half is counted by hand, and seldom
LEAST_FOUND = 0.9
MOST_NEAR_MISSES = 0.12  # of 75; 1 on the half that was looked at
MOST_OF_A_THOUSAND = 2
LEAST_REFERENCES = 0.95  # measured .975 on the half that was looked at
LEAST_OF_MORE_KINDS = 0.9  # measured .929
# Measured .700 of 120 and .570 of 100.
LEAST_GOOD_FOLLOW_UPS = {"looked_at": 0.68, "looked_at_2": 0.55}
LEAST_ASKED_BACK, MOST_ASKED_WRONGLY = 0.82, 1  # measured .870 of 23, and 0 of 38
# Of the questions after the first that stand alone; measured 1 of 11 ("which bus goes there", which
# does not) and 0 of 18. The goal is .01.
MOST_CHANGED = {"looked_at": 0.1, "looked_at_2": 0.0}
# Answered well alone, and not in the conversation; measured 1 and 2.
MOST_LOST = {"looked_at": 1, "looked_at_2": 2}


def test_small_talk_is_told_from_questions() -> None:
    measured = small_talk.measure(HALF)

    assert measured.found >= LEAST_FOUND * measured.small_talk
    assert measured.mistaken <= MOST_NEAR_MISSES * measured.questions


@pytest.mark.quality
def test_hardly_any_public_question_is_taken_for_small_talk() -> None:
    folders = [SHARED / name for name in ("clapnq", "covidqa")]
    if not all(folder.is_dir() for folder in folders):
        pytest.skip("the shared data sets are not here")
    taken = [question for f in folders for question in small_talk.mistaken_questions(f)[0]]

    assert len(taken) <= MOST_OF_A_THOUSAND, taken


def test_references_find_their_articles() -> None:
    for name, least in ((HALF, LEAST_REFERENCES), ("more_kinds", LEAST_OF_MORE_KINDS)):
        right, lines, _ = article_references.measure(name)

        assert sum(right.values()) >= least * sum(lines.values())


@pytest.mark.quality
@pytest.mark.parametrize("name", LEAST_GOOD_FOLLOW_UPS)
def test_follow_ups_of_whole_conversations(name: str) -> None:
    measured = asyncio.run(conversations.measure(name))
    good, n = measured.follow_ups

    assert good >= LEAST_GOOD_FOLLOW_UPS[name] * n
    assert measured.changed <= MOST_CHANGED[name] * measured.whole_questions
    assert measured.lost <= MOST_LOST[name]


@pytest.mark.quality
def test_which_of_several_is_meant_is_asked_back() -> None:
    measured = asyncio.run(which_one.measure())

    assert measured.right >= LEAST_ASKED_BACK * measured.ambiguous
    assert measured.wrongly <= MOST_ASKED_WRONGLY
