"""Check that the figures of a sentence are in its sources.

A claim that rounds a value must say so ("about", "nearly", "more than"). The digits of dates are
left to ``dates``. An ambiguous figure ("1.234") agrees if one of its values does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import isclose
from typing import Literal

import regex

from bot.text.dates import find_dates
from bot.text.quantities import Figure, find_figures
from bot.verify.analyzed_text import AnalyzedText

MAX_ABOUT_ERROR = 0.1  # relative: 9 to 11 are "about 10"
MAX_NEARLY_ERROR = 0.15  # the same for "nearly", "more than" and "less than", in one direction
SOURCE_NUMBER = regex.compile(r"\b(?:passage|source|article|sentence)s? $", regex.IGNORECASE)
MAX_COUNT = 12  # in words, that a writer may have counted in the source
FigureRule = Literal["number", "unit"]


def figures_outside_dates(text: AnalyzedText) -> list[Figure]:
    """The figures of a text that are no part of a date, and don't number a source ("passage 1")."""
    dates = find_dates(text.text)
    return [
        figure
        for figure in find_figures(text.text, text.language)
        if not any(date.start <= figure.start < date.end for date in dates)
        and not SOURCE_NUMBER.search(text.text, max(0, figure.start - 12), figure.start)
    ]


def agrees(claimed: Figure, cited: Figure) -> bool:
    """Whether the cited figure supports the claimed one."""
    return any(_values_agree(claimed, a, b) for a in claimed.values for b in cited.values)


def _values_agree(claimed: Figure, claimed_value: float, cited_value: float) -> bool:
    """Whether they are equal, or the claim rounds the cited value and says so."""
    if isclose(claimed_value, cited_value, rel_tol=1e-9, abs_tol=1e-9):
        return True
    if claimed.decade and claimed_value % 10 == 0:
        return claimed_value <= cited_value < claimed_value + 10
    if not claimed_value or _significant_digits(claimed_value) >= _significant_digits(cited_value):
        return False  # nothing was rounded
    error = (cited_value - claimed_value) / claimed_value
    match claimed.hint:
        case "about":
            return abs(error) <= MAX_ABOUT_ERROR
        case "nearly" | "less":
            return -MAX_NEARLY_ERROR <= error <= 0
        case "more":
            return 0 <= error <= MAX_NEARLY_ERROR
    return False


def _significant_digits(value: float) -> int:
    return len(f"{value:.6f}".rstrip("0").replace(".", "").strip("0"))


def units_agree(claimed: Figure, cited: Figure) -> bool:
    """Whether they have the same unit, or one of them has none."""
    return not claimed.unit or not cited.unit or claimed.unit == cited.unit


def _is_count(figure: Figure, cited: Sequence[Figure], counts: Collection[int]) -> bool:
    """Whether it counts a list of a source that has no small number itself ("the two pigments")."""
    if not figure.spelled or figure.unit or figure.values.isdisjoint(counts):
        return False
    return not any(min(other.values) <= MAX_COUNT for other in cited)


def find_unsupported(
    claim: Sequence[Figure], cited: Sequence[Figure], counts: Collection[int] = ()
) -> list[tuple[FigureRule, Figure]]:
    """The claimed figures that the cited ones don't support.

    ``counts``: the lengths of the lists in the sources.
    """
    unsupported: list[tuple[FigureRule, Figure]] = []
    for figure in claim:
        agreeing = [other for other in cited if agrees(figure, other)]
        if not agreeing:
            if not _is_count(figure, cited, counts):
                unsupported.append(("number", figure))
        elif not any(units_agree(figure, other) for other in agreeing):
            unsupported.append(("unit", figure))
    return unsupported
