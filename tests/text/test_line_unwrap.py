"""When a line break inside a block is mere white space, at each border of the rule."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text.line_unwrap import TextBlock, document_width, unwrapped_ranges, wrapped_width


def line(columns: int, first: str = "x") -> str:
    """A line of prose that is ``columns`` wide, ending in a word of two letters."""
    return first + "o" * (columns - 4) + " ab"


def pieces(text: str, width: float | None = None) -> list[str]:
    return [text[a:b] for a, b in unwrapped_ranges(TextBlock(0, text), width)]


@pytest.mark.parametrize(("columns", "wrapped"), [(39, False), (40, True), (120, True)])
def test_lines_of_40_to_120_columns_are_wrapped(columns: int, wrapped: bool) -> None:
    width = wrapped_width([line(columns)] * 3)
    assert width == (columns if wrapped else None)


def test_lines_wider_than_120_columns_are_paragraphs() -> None:
    assert wrapped_width([line(121)] * 3) is None


@pytest.mark.parametrize(("columns", "pieces_left"), [(29, 2), (30, 1)])
def test_a_line_that_goes_on_in_lower_case_is_joined_from_30_columns_on(
    columns: int, pieces_left: int
) -> None:
    assert len(pieces(f"{line(columns)}\nand goes on")) == pieces_left


@pytest.mark.parametrize("ending", ["of", "the", "and", "were"])
def test_a_line_that_ends_in_a_small_word_goes_on_with_a_capital(ending: str) -> None:
    assert len(pieces(f"The committee met in the old house {ending}\nVienna")) == 1
    assert len(pieces(f"The committee met in the old house {ending}x\nVienna")) == 2


@pytest.mark.parametrize(("columns", "pieces_left"), [(86, 2), (87, 1)])
def test_a_short_line_ends_where_the_next_word_would_have_fitted(
    columns: int, pieces_left: int
) -> None:
    # 87 columns, a blank and a word of three are 91: more than nine tenths of 100.
    assert len(pieces(f"{line(columns)}\nThe", width=100.0)) == pieces_left


@pytest.mark.parametrize(("full", "wrapped"), [(3, True), (2, False)])
def test_three_of_four_breaks_must_be_where_the_next_word_did_not_fit(
    full: int, wrapped: bool
) -> None:
    columns = [60] * full + [31] * (4 - full) + [60]
    lines = [f"x {line(wide - 2)}" for wide in columns]
    assert (wrapped_width(lines) is not None) == wrapped


@pytest.mark.parametrize(("capitals", "wrapped"), [(3, True), (4, False)])
def test_four_of_five_lines_with_a_capital_are_verse(capitals: int, wrapped: bool) -> None:
    lines = [line(60, "X")] * capitals + [line(60)] * (5 - capitals)
    assert (wrapped_width(lines) is not None) == wrapped


def test_breaks_before_items_do_not_count() -> None:
    lines = [line(60), line(31), f"- {line(50)}", f"- {line(50)}", line(60), line(60), line(60)]
    assert wrapped_width(lines) == 60


def test_an_address_does_not_tell_the_width() -> None:
    address = "https://example.com/" + "a" * 80
    assert wrapped_width([line(60), line(60), address]) == 60
    assert wrapped_width([address] * 3) is None


def test_ideographs_take_two_columns() -> None:
    assert wrapped_width(["漢" * 30] * 3) == 60
    assert wrapped_width(["漢" * 19] * 3) is None


def test_a_document_has_the_width_of_its_middle_block() -> None:
    def block(columns: int, count: int = 3) -> TextBlock:
        return TextBlock(0, "\n".join([line(columns)] * count))

    assert document_width([block(50), block(60), block(90)]) == 60
    assert document_width([block(50), block(90, 2)]) == 50  # two lines don't tell
    assert document_width([block(30), TextBlock(0, "one line")]) is None


def test_two_lines_are_judged_by_the_width_of_the_document() -> None:
    text = f"{line(60)}\nThe next"
    assert len(pieces(text, width=60.0)) == 1
    assert len(pieces(text, width=None)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "# A heading that is long enough to be\nfollowed by a text in lower case",
        "Anna: she came in the morning of that day\nBert: and left in the evening of it",
        "the list of what was bought for the house\n- bread",
        "the list of what was bought for the house\n12. bread",
    ],
)
def test_headings_items_and_speakers_stand_alone(text: str) -> None:
    assert len(pieces(text)) == 2


@pytest.mark.parametrize("bullet", ["-", "•", "12.", "(3)"])
def test_a_bullet_alone_on_its_line_belongs_to_the_next(bullet: str) -> None:
    assert pieces(f"{bullet}\nBread") == [f"{bullet}\nBread"]


@settings(max_examples=50)
@given(st.text(alphabet="aB .-\n漢", max_size=300), st.integers(0, 50))
def test_ranges_are_whole_lines_and_only_breaks_lie_between(text: str, start: int) -> None:
    ranges = list(unwrapped_ranges(TextBlock(start, text), None))
    assert ranges[0][0] == start
    assert ranges[-1][1] == start + len(text)
    for (_, end), (following, _) in pairwise(ranges):
        assert following == end + 1
        assert text[end - start] == "\n"
