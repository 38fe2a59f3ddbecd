"""How many things a source names one after the other: what a writer may have counted in it.

"Chlorophyll a, chlorophyll b and two carotenes" names three. Knows commas and the "and" and "or"
of some languages; of a list's first item it is not known whether it begins the sentence or the
list, so one less is a count, too. Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

LONGEST_ITEM = 8  # words; what is longer is a clause, and no thing
MOST_LISTS = 40  # of a text that are looked at
JOINED = regex.compile(
    r"\s*[,;、，；]\s*(?:(?:and|or|und|oder|y|e|o|et|ou|и|или)\b)?|"
    r"\s+(?:and|or|und|oder|y|e|o|et|ou|и|или|&|/|as well as)\s+|[和与或]",
    regex.IGNORECASE,
)
APART = regex.compile(r"[.!?:。！？](?=\s|$)|[()\n—]|(?<=[。！？])")


def counts(texts: Sequence[str]) -> frozenset[int]:
    """The numbers of things that these name in a row; their own number is one of them."""
    found = {len(texts)} if len(texts) > 1 else set()
    for text in texts:
        lines = [line for line in text.splitlines() if line.strip()]
        found |= {len(lines), len(lines) - 1} if len(lines) > 2 else set()
        for length in _lists(text):
            found |= {length, length - 1}
    return frozenset(n for n in found if n > 1)


def _lists(text: str) -> Iterator[int]:
    """The lengths of the rows of short items, ``MOST_LISTS`` at most."""
    for part in APART.split(text)[:MOST_LISTS]:
        length = 0
        for item in JOINED.split(part):
            words = len(item.split())
            if 0 < words <= LONGEST_ITEM:
                length += 1
            elif words:
                # A long clause may hold the first item at its end, or the last at its beginning.
                yield length + 1
                length = 1
        yield length
