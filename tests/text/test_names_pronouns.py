"""One pattern of names and titles, one list of pronouns, for searching, judging and rewriting."""

from __future__ import annotations

import pytest
import regex

from bot.answer.question.follow_up import FollowUpKind, classify_follow_up
from bot.text.names import NAME, TITLE
from bot.text.pronouns import REFERS_BACK, SUBJECTS


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Who met Ludwig van Beethoven in Łódź?", ["Who", "Ludwig van Beethoven", "Łódź"]),
        ("Gdynia and Hel", ["Gdynia", "Hel"]),
        ("the Bank of the West, O’Brien-Núñez", ["Bank of the West", "O’Brien-Núñez"]),
    ],
)
def test_names_are_runs_of_capitalized_words(text: str, names: list[str]) -> None:
    assert regex.findall(NAME, text) == names


def test_a_title_has_two_capitalized_words_and_small_ones_between_them() -> None:
    assert regex.findall(TITLE, "in Salt and Silence, by Ada") == ["Salt and Silence"]


@pytest.mark.parametrize(
    ("sentence", "refers"),
    [("She left.", True), ("Ella volvió.", True), ("它很大。", True), ("The boat left.", False)],
)
def test_a_pronoun_refers_back(sentence: str, refers: bool) -> None:
    assert bool(REFERS_BACK.search(sentence)) is refers


def test_a_possessive_in_a_question_makes_a_follow_up_in_each_language() -> None:
    for question in ("When did she die?", "Wann starb er?", "¿Cuándo murió ella?"):
        assert classify_follow_up(question).kind is FollowUpKind.PRONOUN
    assert {"she", "él", "el", "она"} <= SUBJECTS
