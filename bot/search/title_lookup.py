"""Finds the articles whose titles begin with a name. Pure functions of arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

import numpy as np

from bot.store.passage_index import NameTerms
from bot.store.passage_table import NO_ROW, TITLE_SENTENCE, PassageTable, Postings

TITLE_WORDS = 256  # more than a title's words, which are counted in 8 bits


def find_titled(
    names: Sequence[NameTerms], postings: Mapping[str, Postings], table: PassageTable
) -> dict[NameTerms, tuple[int, ...]]:
    """By name, the articles whose titles begin with it, perhaps after one word."""
    titles = {
        term: occurrences[occurrences["sentence"] == TITLE_SENTENCE]
        for term, occurrences in postings.items()
    }
    articles = {name: _begin_with(name, titles, table) for name in names}
    return {name: ids for name, ids in articles.items() if ids}


def _begin_with(
    name: NameTerms, titles: Mapping[str, Postings], table: PassageTable
) -> tuple[int, ...]:
    if any(term not in titles for _, term in name):
        return ()
    starts = reduce(
        np.intersect1d,
        [
            titles[term]["passage"].astype(np.int64) * TITLE_WORDS + titles[term]["word"] - offset
            for offset, term in name
        ],
    )
    first = starts[starts % TITLE_WORDS <= 1] // TITLE_WORDS
    rows = table.rows_of(first)
    articles = table.articles[rows[rows != NO_ROW]]
    return tuple(np.unique(table.article_ids[articles]).tolist())
