"""What is meant instead is understood, whichever way it is put right."""

from __future__ import annotations

import pytest

from bot.answer.question.follow_up import (
    FollowUpKind,
    classify_follow_up,
    is_correction,
    without_correction,
)


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("no no, preguntaba por el ferry", "el ferry"),
        ("sorry, i was thinking of the boat", "the boat"),
        ("nee ich wollt wissen was die brücke kostet", "was die brücke kostet"),
        ("ach quatsch, hühner mein ich", "hühner"),
        ("hens, i mean", "hens"),
        ("non, moi c'était le sentier", "le sentier"),
        ("não, eu queria saber do preço", "do preço"),
        ("нет, я про паром", "паром"),
        ("nein, ich meinte die Brücke", "die Brücke"),
    ],
)
def test_what_is_meant_instead_is_told_from_the_correction(line: str, meant: str) -> None:
    assert is_correction(line)
    assert without_correction(line) == meant


@pytest.mark.parametrize(
    "line",
    [
        "i was thinking of the boat",
        "ich wollte wissen, was die brücke kostet",
        "what do you mean",
        "no man is an island",
        "no ferry runs in winter, does it",
    ],
)
def test_without_a_rejection_nothing_is_put_right(line: str) -> None:
    assert not is_correction(line)
    assert without_correction(line) == line


@pytest.mark.parametrize(
    "line",
    ["y el que va a quarry lane?", "et celui qui part de lisbonne ?", "the one that left in may"],
)
def test_the_one_that_does_something_is_of_what_was_spoken_of(line: str) -> None:
    assert classify_follow_up(line).kind is FollowUpKind.PRONOUN


def test_the_one_that_a_question_names_is_not() -> None:
    line = "quién fue el que inventó la radio"
    assert classify_follow_up(line).kind is FollowUpKind.STANDALONE


def test_only_a_short_line_ends_with_a_correction() -> None:
    assert is_correction("the hens, I mean")
    assert not is_correction("the hens, " * 40 + "I mean")
