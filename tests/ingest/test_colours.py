"""Which letters can't be told from their background: WCAG 2's contrast ratio."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ingest.extract.colours import BLACK, WHITE, Colour, is_unseen, parse_colour


@pytest.mark.parametrize(
    ("value", "colour"),
    [
        ("#f00", (255, 0, 0, 1)),
        ("#ff0000", (255, 0, 0, 1)),
        ("#ff000080", (255, 0, 0, 128 / 255)),
        ("#f008", (255, 0, 0, 136 / 255)),
        ("#ff00", (255, 255, 0, 0)),
        ("#ff000", None),
        ("rgb(255, 0, 0)", (255, 0, 0, 1)),
        ("rgb(100% 50% 0% / 50%)", (255, 127.5, 0, 0.5)),
        ("rgba(1,2,3,.25)", (1, 2, 3, 0.25)),
        ("rgb(1, 2)", None),
        ("hsl(120, 100%, 50%)", (0, 255, 0, 1)),
        ("hsl(0.5turn 100% 50%)", (0, 255, 255, 1)),
        ("hsl(480deg 100% 25%)", (0, 127.5, 0, 1)),
        ("1px solid black", (0, 0, 0, 1)),
        ("transparent", (0, 0, 0, 0)),
        ("none", None),
    ],
)
def test_the_first_colour_of_a_value_is_read(value: str, colour: Colour | None) -> None:
    found = parse_colour(value)
    assert found == (colour if colour is None else pytest.approx(colour))


def grey(value: float) -> Colour:
    return (value, value, value, 1)


@pytest.mark.parametrize(
    ("ink", "paper", "unseen"),
    [
        (grey(245), WHITE, True),  # 1.09
        (grey(243), WHITE, False),  # 1.11
        (WHITE, grey(245), True),
        (WHITE, grey(243), False),
        (grey(7), BLACK, True),  # 1.04: the straight part of the curve
        (grey(20), BLACK, False),  # 1.14
        (grey(15), BLACK, True),  # 1.09
        (grey(16), BLACK, False),  # 1.104
        ((255, 255, 0, 1), WHITE, True),  # 1.07
        ((0, 255, 255, 1), WHITE, False),  # 1.25
        ((0, 0, 0, 0.05), WHITE, True),
        ((0, 0, 0, 0.07), WHITE, False),
        ((255, 255, 255, 0.05), BLACK, True),
    ],
)
def test_letters_below_a_contrast_of_1_1_are_unseen(
    ink: Colour, paper: Colour, unseen: bool
) -> None:
    assert is_unseen(ink, paper) == unseen


@settings(max_examples=30)
@given(*[st.tuples(*[st.floats(0, 255)] * 3)] * 2)
def test_contrast_is_the_same_both_ways(
    a: tuple[float, float, float], b: tuple[float, float, float]
) -> None:
    assert is_unseen((*a, 1), (*a, 1))
    assert is_unseen((*a, 1), (*b, 1)) == is_unseen((*b, 1), (*a, 1))
