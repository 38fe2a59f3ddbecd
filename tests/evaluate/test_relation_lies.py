"""A true sentence's own words are made a lie."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from bot.evaluate import relation_lies

Change = Callable[[str, Random], str | None]


@pytest.mark.parametrize(
    ("change", "text", "expected"),
    [
        (relation_lies.swap_names, "Later, Ann taught Bob.", "Later, Bob taught Ann."),
        (relation_lies.swap_figures, "It has 12 cats, not 15.", "It has 15 cats, not 12."),
        (relation_lies.reverse_order, "It ran from May to June.", "It ran from June to May."),
        (relation_lies.reverse_order, "They won 7 to 4.", "They won 4 to 7."),
        (relation_lies.make_certain, "It may be closed.", "It is closed."),
        (relation_lies.make_certain, "It might not rain.", "It will not rain."),
        (relation_lies.make_universal, "Some cats sleep.", "All cats sleep."),
    ],
)
def test_the_sentence_says_something_else(change: Change, text: str, expected: str) -> None:
    assert change(text, Random(1)) == expected


@pytest.mark.parametrize(
    ("change", "text", "word"),
    [
        (relation_lies.change_relative, "Her brother sang.", "brother"),
        (relation_lies.change_rate, "It costs 5 a month.", "month"),
        (relation_lies.change_currency, "It costs $5.", "$"),
    ],
)
def test_a_word_is_replaced_by_another_of_its_kind(change: Change, text: str, word: str) -> None:
    lie = change(text, Random(1))
    assert lie is not None
    assert word not in lie


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (relation_lies.swap_names, "Then Ann and Bob sang."),  # still true
        (relation_lies.swap_figures, "It has 12 cats."),
        (relation_lies.reverse_order, "It came from Rome."),
        (relation_lies.change_relative, "She sang."),
        (relation_lies.change_rate, "It lasts long."),
        (relation_lies.change_currency, "It costs 5 dollars."),
        (relation_lies.make_certain, "It is closed."),
        (relation_lies.make_universal, "Cats sleep."),
    ],
)
def test_a_sentence_without_what_is_changed_stays(change: Change, text: str) -> None:
    assert change(text, Random(1)) is None


def test_two_sentences_are_joined() -> None:
    first, second = "The old bridge was painted red in the spring.", "Nobody came to see the fair."
    assert relation_lies.invent_cause(first, second) == (
        "The old bridge was painted red in the spring because nobody came to see the fair."
    )
    assert relation_lies.merge_facts(first, "A dog of the baker barked at all of us.") == (
        "The old bridge was barked at all of us."
    )
    assert relation_lies.merge_facts(first, "It rained.") is None
