"""Whether the figures of a sentence stand in its sources.

A value that the claim rounds must say so ("about", "nearly", "more than"). Digits that a date is
made of are left to ``dates``. A figure that may be read in two ways ("1.234") agrees where one of
them does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from bot.text.quantities import Figure

ABOUT_SHARE = 0.1  # what "about" may be off: 9 to 11 are "about 10"
NEARLY_SHARE = 0.15  # and "nearly", "more than" and "less than", in their own direction
MOST_COUNTED = 12  # in words: what a writer may have counted in the source
Unlike = Literal["number", "unit"]


def agrees(claimed: Figure, cited: Figure) -> bool:
    """Whether the cited figure supports the claimed one."""
    return any(_agrees(claimed, one, other) for one in claimed.values for other in cited.values)


def _agrees(claimed: Figure, one: float, other: float) -> bool:
    if abs(one - other) <= 1e-9 * max(abs(one), abs(other), 1):
        return True
    if claimed.decade and one % 10 == 0:
        return one <= other < one + 10
    if not one or _digits(one) >= _digits(other):
        return False  # nothing was rounded
    off = (other - one) / one
    match claimed.hint:
        case "about":
            return abs(off) <= ABOUT_SHARE
        case "nearly":
            return -NEARLY_SHARE <= off <= 0
        case "more":
            return 0 <= off <= NEARLY_SHARE
        case "less":
            return -NEARLY_SHARE <= off <= 0
    return False


def _digits(value: float) -> int:
    """How many digits tell the value."""
    return len(f"{value:.6f}".rstrip("0").replace(".", "").strip("0"))


def same_unit(claimed: Figure, cited: Figure) -> bool:
    """Whether their units do not speak against each other."""
    return not claimed.unit or not cited.unit or claimed.unit == cited.unit


def _counted(one: Figure, cited: Sequence[Figure], counts: Collection[int]) -> bool:
    """ "The two pigments" of a source that names two, and has no small number of its own."""
    if not one.spelled or one.unit or one.values.isdisjoint(counts):
        return False
    return not any(min(other.values) <= MOST_COUNTED for other in cited)


def find_unsupported(
    claim: Sequence[Figure], cited: Sequence[Figure], counts: Collection[int] = ()
) -> list[tuple[Unlike, Figure]]:
    """The claimed figures that the cited ones don't support.

    ``counts``: how many things the sources name in a row.
    """
    odd: list[tuple[Unlike, Figure]] = []
    for one in claim:
        agreeing = [other for other in cited if agrees(one, other)]
        if not agreeing:
            if not _counted(one, cited, counts):
                odd.append(("number", one))
        elif not any(same_unit(one, other) for other in agreeing):
            odd.append(("unit", one))
    return odd
