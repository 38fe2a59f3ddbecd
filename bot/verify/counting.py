"""Count the items of the lists in a source, since a writer may have counted them.

"Chlorophyll a, chlorophyll b and two carotenes" is a list of three. Lists are recognized by commas
and by "and" and "or" in some languages. A list's first item may be the beginning of the sentence
instead, so one item less is a possible count, too. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

MAX_ITEM_WORDS = 8  # longer ones are clauses
MAX_PARTS = 40  # of a text
ITEM_SEPARATOR = regex.compile(
    r"\s*[,;、，；]\s*(?:(?:and|or|und|oder|y|e|o|et|ou|и|или)\b)?|"
    r"\s+(?:and|or|und|oder|y|e|o|et|ou|и|или|&|/|as well as)\s+|[和与或]",
    regex.IGNORECASE,
)
LIST_BOUNDARY = regex.compile(r"[.!?:。！？](?=\s|$)|[()\n—]|(?<=[。！？])")


def list_lengths(texts: Sequence[str]) -> frozenset[int]:
    """The possible lengths of the lists in the texts, and the number of texts."""
    lengths = {len(texts)} if len(texts) > 1 else set()
    for text in texts:
        lines = [line for line in text.splitlines() if line.strip()]
        lengths |= {len(lines), len(lines) - 1} if len(lines) > 2 else set()
        for length in _inline_lists(text):
            lengths |= {length, length - 1}
    return frozenset(length for length in lengths if length > 1)


def _inline_lists(text: str) -> Iterator[int]:
    """The numbers of short items in a row, in the first ``MAX_PARTS`` parts of the text."""
    for part in LIST_BOUNDARY.split(text)[:MAX_PARTS]:
        length = 0
        for item in ITEM_SEPARATOR.split(part):
            n_words = len(item.split())
            if 0 < n_words <= MAX_ITEM_WORDS:
                length += 1
            elif n_words:
                # A long clause may hold the first item at its end, or the last at its beginning.
                yield length + 1
                length = 1
        yield length
