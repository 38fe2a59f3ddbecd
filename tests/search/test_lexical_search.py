"""Lexical scores, compared with BM25 computed term by term."""

from __future__ import annotations

from math import log
from pathlib import Path

import numpy as np
import pytest

from bot.search.features import SIGNALS, compute_signals
from bot.search.lexical_search import K1, TITLE_WEIGHT, B, LexicalScores, union_of_rows
from bot.search.query_terms import MAX_TERMS, parse_query
from bot.store.passage_table import PassageTable
from tests.contract.samples import ALL, memory_index, new_article
from tests.store.open_files import open_library

# Articles and their passages. "Rover" is in two titles, in one of them twice.
TEXTS = {
    "Rover on rover": ["Rovers found ice. Ice is old.", "Water flows."],
    "The rover": ["Nothing here.", "A rover, and water, and a rover.", "Ice."],
    "Venus": ["Venus is hot, without water."],
}


async def _scores(path: Path, question: str) -> LexicalScores:
    async with open_library(path) as (library, _):
        for title, passages in TEXTS.items():
            await library.articles.add(new_article("\n\n".join(passages), title=title), ALL)
        query = parse_query(question)
        return LexicalScores(
            query,
            await memory_index(library).postings(query.terms, ALL),
            await memory_index(library).passage_table(ALL),
        )


def _bm25(counts: list[list[int]], lengths: np.ndarray) -> list[float]:
    """The BM25 of each text, from (term, text) counts."""
    total, mean = [0.0] * len(lengths), float(np.mean(lengths))
    for term_counts in counts:
        frequency = sum(n > 0 for n in term_counts)
        idf = log(1 + (len(term_counts) - frequency + 0.5) / (frequency + 0.5))
        for i, n in enumerate(term_counts):
            total[i] += idf * n * (K1 + 1) / (n + K1 * (1 - B + B * lengths[i] / mean))
    return total


def _counts(texts: list[str]) -> list[list[int]]:
    return [[text.lower().count(word) for text in texts] for word in ("rover", "ice", "water")]


async def test_bm25_of_passages_titles_and_articles_is_the_same_as_term_by_term(
    tmp_path: Path,
) -> None:
    scores = await _scores(tmp_path / "a.db", "rover ice water")
    table: PassageTable = scores.table
    passages = [passage for each in TEXTS.values() for passage in each]
    titles = [[min(n, 1) for n in counts] for counts in _counts(list(TEXTS))]
    articles = _counts([" ".join(each) for each in TEXTS.values()])
    assert scores.bm25 == pytest.approx(_bm25(_counts(passages), table.token_counts))
    assert scores.title_bm25 == pytest.approx(_bm25(titles, table.title_lengths))
    assert scores.article_bm25 == pytest.approx(_bm25(articles, table.article_tokens))
    combined = scores.bm25 + TITLE_WEIGHT * scores.title_bm25[table.articles]
    assert scores.titled_bm25 == pytest.approx(combined / combined.max())


async def test_coverage_does_not_depend_on_the_order_of_the_words(tmp_path: Path) -> None:
    scores = await _scores(tmp_path / "a.db", "rover ice water")
    reordered = await _scores(tmp_path / "b.db", "water ice rover")
    assert scores.rare_coverage == pytest.approx(reordered.rare_coverage)
    first, second, last = (scores.rare_coverage[i] for i in (0, 1, 5))
    assert first > second > last  # two words; one and the title; one


async def test_the_maximum_number_of_terms_fits_into_the_masks(tmp_path: Path) -> None:
    words = [f"w{number}x" for number in range(MAX_TERMS)]
    async with open_library(tmp_path / "a.db") as (library, _):
        await library.articles.add(new_article("\n\n".join(f"Of {word}." for word in words)), ALL)
        query = parse_query(" ".join(words))
        scores = LexicalScores(
            query,
            await memory_index(library).postings(query.terms, ALL),
            await memory_index(library).passage_table(ALL),
        )
    assert scores.passage_masks.tolist() == [1 << number for number in range(MAX_TERMS)]
    signals = compute_signals(scores, np.arange(MAX_TERMS), np.zeros(MAX_TERMS, np.float32))
    assert signals[:, SIGNALS.index("coverage")] == pytest.approx(1 / MAX_TERMS)


def test_the_union_of_rows_is_sorted_and_without_duplicates() -> None:
    parts = [np.array([4, 1]), np.array([1, 3]), np.array([], np.int32)]
    assert union_of_rows(parts, 5).tolist() == [1, 3, 4]
