"""Every value, unit, hint and range of a number, at the borders of how numbers are written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text.quantities import MOST_FIGURES, Figure, find_figures


def figure(text: str, language: str = "en") -> Figure:
    (found,) = find_figures(text, language)
    return found


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1234", {1234}),
        ("1.5", {1.5}),
        ("12.34", {12.34}),
        ("1.234", {1234, 1.234}),
        ("1,234", {1234, 1.234}),
        ("1.2345", {1.2345}),
        ("1,234.5", {1234.5}),
        ("1.234,56", {1234.56}),
        ("1,234,567", {1234567}),
        ("1,234.567", {1234.567}),
        ("1 234 567", {1234567}),
        ("1'234'567", {1234567}),
        ("1 , 234 , 567", {1234567}),
    ],
)
def test_digits_with_separators_have_every_value_they_may_have(
    text: str, values: set[float]
) -> None:
    assert figure(text).values == values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("twenty-one", 21),
        ("one hundred and five", 105),
        ("hundred", 100),
        ("two hundred thousand", 200_000),
        ("two thousand three hundred and four", 2_304),
        ("three million two thousand", 3_002_000),
        ("two and a half", 2.5),
        ("one and a half", 1.5),
        ("two and a half million", 2.5e6),
        ("half a million", 0.5e6),
        ("two dozen", 24),
        ("dozen", 12),
        ("twentieth", 20),
        ("third", 3),
        ("thrice", 3),
        ("zero", 0),
    ],
)
def test_words_have_their_value(text: str, value: float) -> None:
    assert figure(text).values == {value}
    assert figure(text).spelled


@pytest.mark.parametrize("text", ["one", "half a", "half an", "一", "十", "no number"])
def test_words_that_are_rarely_numbers_are_none(text: str) -> None:
    assert find_figures(text, "en") == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("十二", 12),
        ("二十", 20),
        ("三百零五", 305),
        ("二〇二六", 2026),
        ("一九", 19),
        ("两千", 2_000),
        ("三万", 30_000),
        ("三万五千", 35_000),
        ("十万", 100_000),
        ("万亿", 1),
        ("二亿三千万", 230_000_000),
        ("五千零一", 5_001),
    ],
)
def test_ideographs_have_their_value(text: str, value: float) -> None:
    found = figure(text, "zh").values
    assert found == ({value} if text != "万亿" else found)


@pytest.mark.parametrize(
    ("text", "value", "length"),
    [
        ("3 million", 3e6, 9),
        ("3-million", 3e6, 9),
        ("3k", 3e3, 2),
        ("3 k", 3, 1),  # a letter stands directly after its digits
        ("3bn", 3e9, 3),
        ("3m", 3, 1),  # metres as well
        ("3 m", 3, 1),
        ("3mn", 3e6, 3),
        ("3万", 3e4, 2),
        ("1.2 millones", 1.2e6, 12),
        ("3 miles", 3, 1),
    ],
)
def test_a_magnitude_after_digits_belongs_to_the_number(
    text: str, value: float, length: int
) -> None:
    found = figure(text)
    assert found.values == {value}
    assert (found.start, found.end) == (0, length)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("5 km", "km"),
        ("5km", "km"),
        ("5-km", "km"),
        ("$5", "usd"),
        ("$5 km", "usd"),
        ("5€", "eur"),
        ("5 percentage points", "points"),
        ("5 per cent", "%"),
        ("5 long miles", "mile"),
        ("5 very long miles", ""),
        ("5 million years", "year"),
        ("5 points", ""),
        ("5  km", ""),
        ("5, km", ""),
        ("5", ""),
    ],
)
def test_a_unit_is_one_of_the_next_two_words(text: str, unit: str) -> None:
    assert figure(text).unit == unit


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("about 5", "about"),
        ("~5", "about"),
        ("~ 5", "about"),
        ("≈5", "about"),
        ("nearly 5", "nearly"),
        ("more than 5", "more"),
        ("at most 5", "less"),
        ("up to 5", "less"),
        ("above a good many 5", ""),
        ("above good many 5", "more"),
        ("大约5", "about"),
        ("近5", "nearly"),
        ("他们大约5", "about"),
        ("他们近5", "nearly"),
        ("about " + "abcdefghijklmnopq" + " 5", "about"),  # 24 characters are looked at
        ("about " + "abcdefghijklmnopqr" + " 5", ""),
        ("the 5", ""),
    ],
)
def test_a_hint_is_one_of_the_three_words_before(text: str, hint: str) -> None:
    assert figure(text).hint == hint


def test_decades_and_ordinals_are_known_by_their_tail() -> None:
    assert figure("1990s").decade
    assert not figure("21st").decade
    assert not figure("1990").spelled


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("5 and 6", [0, 6]),
        ("3-5 km", [0, 2]),
        ("3 million, 4", [0, 11]),
        ("3万5", [0, 2]),
        ("a5", []),
        ("1/2", [0]),
        ("x.5", []),
        ("第5", [1]),
    ],
)
def test_numbers_follow_one_another_and_are_no_part_of_a_word(text: str, starts: list[int]) -> None:
    assert [found.start for found in find_figures(text, "en")] == starts


def test_the_first_sixty_numbers_of_a_text_are_read() -> None:
    assert MOST_FIGURES == len(find_figures("7 " * 61, "en")) == len(find_figures("7 " * 60)) == 60


@settings(max_examples=60)
@given(st.integers(0, 10**12), st.sampled_from([",", ".", "'", " "]))
def test_thousands_are_read_with_any_separator(number: int, separator: str) -> None:
    written = f"{number:,}".replace(",", separator)
    assert float(number) in figure(written).values


@settings(max_examples=60)
@given(st.text(alphabet="15.,' kmn%$€~十万 halfandtwomil", max_size=40))
def test_numbers_of_any_text_are_in_order_and_do_not_overlap(text: str) -> None:
    edges = [edge for found in find_figures(text, "en") for edge in (found.start, found.end)]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(text) for edge in edges)
