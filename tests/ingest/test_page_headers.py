"""What is a page's header, at the borders of how often and how far apart it stands."""

from __future__ import annotations

import pytest

from bot.ingest.extract.pdf.layout import LayoutLine
from bot.ingest.extract.pdf.page_headers import strip_page_headers


def line(text: str, base: float) -> LayoutLine:
    return LayoutLine(text, 50, 300, base + 8, base - 2, base, 10)


def page(head: str, foot: str = "", lines: int = 8, gap: float = 30) -> list[LayoutLine]:
    """A page with lines 10 pt apart, a header above and a footer below them."""
    body = [line(f"Body line {number} of {head}", 700 - 10 * number) for number in range(lines)]
    top = [line(head, 700 + gap)] if head else []
    bottom = [line(foot, body[-1].base - gap)] if foot else []
    return [*top, *body, *bottom]


def kept(pages: list[list[LayoutLine]]) -> list[str]:
    """What is left at the edges of each page."""
    stripped = [[line.text for line in lines] for lines in strip_page_headers(pages)]
    return [" ".join(text for text in texts if not text.startswith("Body")) for texts in stripped]


@pytest.mark.parametrize(("pages", "left"), [(2, "Annual report"), (3, "")])
def test_a_line_is_a_header_from_three_pages_on(pages: int, left: str) -> None:
    assert kept([page("Annual report")] * pages) == [left] * pages


def test_a_whole_sentence_stays_however_often_it_stands_there() -> None:
    sentence = "This report was not yet audited."
    assert kept([page(sentence)] * 4) == [sentence] * 4
    assert kept([page("This report was not audited.")] * 4) == [""] * 4  # five words


@pytest.mark.parametrize(("gap", "left"), [(13, "Annual report"), (14, "")])
def test_a_header_is_set_apart_by_more_than_a_third_of_a_line(gap: float, left: str) -> None:
    assert kept([page("Annual report", gap=gap)] * 3) == [left] * 3


@pytest.mark.parametrize(("lines", "left"), [(4, "Annual report"), (5, "")])
def test_a_page_of_fewer_than_six_lines_has_no_header(lines: int, left: str) -> None:
    assert kept([page("Annual report", lines=lines)] * 3) == [left] * 3


@pytest.mark.parametrize("first", [1, 7])
def test_numbers_that_count_up_with_the_pages_are_dropped(first: int) -> None:
    assert kept([page("", f"{number}") for number in (first, first + 1)]) == ["", ""]
    assert kept([page("", f"Page {number} of 9") for number in (first, first + 1)]) == ["", ""]


def test_other_numbers_stay() -> None:
    assert kept([page("", "7"), page("", "19")]) == ["7", "19"]
    assert kept([page("", "7")]) == ["7"]
    assert kept([page("", "1")]) == [""]  # of a single page
