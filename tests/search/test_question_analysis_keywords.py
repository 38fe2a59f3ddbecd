"""Which words of a question are looked for, and how much each counts."""

from __future__ import annotations

import pytest

from bot.search.question_analysis import analyze
from bot.text.morphology import word_weight


def weights(question: str) -> dict[str, float]:
    return {keyword.word: keyword.weight for keyword in analyze(question).keywords}


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("火山 水", {"火山"}),  # the index has pairs of characters
        ("水", {"水"}),  # unless there is nothing else
        ("한 물", {"한", "물"}),  # Korean has spaces
        ("火山口 水", {"火山", "山口"}),
        ("a 5 b", {"b", "5"}),
    ],
)
def test_single_characters_of_scripts_without_spaces_are_not_looked_for(
    question: str, words: set[str]
) -> None:
    assert weights(question).keys() == words


def test_names_and_numbers_count_in_full_and_common_words_less() -> None:
    found = weights("Which ship left Water for 3 old ports in 1912?")
    assert found["water"] == found["3"] == found["1912"] == 1
    assert found["left"] == pytest.approx(word_weight("left"))
    assert found["left"] < 1
    assert found["ship"] == pytest.approx(word_weight("ship") / 2)  # what is asked for


def test_a_capital_at_the_beginning_is_no_name() -> None:
    assert weights("Water left the ports?")["water"] == pytest.approx(word_weight("water"))
    assert weights("“Water left the ports?")["water"] == pytest.approx(word_weight("water"))


def test_words_that_ask_about_the_others_count_for_a_third() -> None:
    found = weights("What is the purpose of a lighthouse?")
    assert found["purpose"] == pytest.approx(0.35 * word_weight("purpose"))
    assert found["lighthouse"] == pytest.approx(word_weight("lighthouse"))
