"""What the question's words say of every passage, against BM25 reckoned word by word."""

from __future__ import annotations

from math import log
from pathlib import Path

import numpy as np
import pytest

from bot.search.features import SIGNALS, compute_signals
from bot.search.lexical_search import K1, TITLE_WEIGHT, B, LexicalScores, concatenate
from bot.search.query_terms import MAX_TERMS, parse_query
from bot.store.passage_table import PassageTable
from tests.contract.samples import ALL, new_article
from tests.store.open_files import open_library

# Articles and their passages. "Rover" stands in two titles, in one of them twice.
TEXTS = {
    "Rover on rover": ["Rovers found ice. Ice is old.", "Water flows."],
    "The rover": ["Nothing here.", "A rover, and water, and a rover.", "Ice."],
    "Venus": ["Venus is hot, without water."],
}


async def _evidence(path: Path, question: str) -> LexicalScores:
    async with open_library(path) as (library, _):
        for title, passages in TEXTS.items():
            await library.add(new_article("\n\n".join(passages), title=title), ALL)
        wanted = parse_query(question)
        return LexicalScores(
            wanted, await library.postings(wanted.terms, ALL), await library.passage_table(ALL)
        )


def _bm25(counts: list[list[int]], lengths: np.ndarray) -> list[float]:
    """Of each text, by (word, text) how often it is held."""
    total, mean = [0.0] * len(lengths), float(np.mean(lengths))
    for word in counts:
        holding = sum(n > 0 for n in word)
        rarity = log(1 + (len(word) - holding + 0.5) / (holding + 0.5))
        for i, n in enumerate(word):
            total[i] += rarity * n * (K1 + 1) / (n + K1 * (1 - B + B * lengths[i] / mean))
    return total


def _counts(texts: list[str]) -> list[list[int]]:
    return [[text.lower().count(word) for text in texts] for word in ("rover", "ice", "water")]


async def test_passages_titles_and_articles_score_as_word_by_word(tmp_path: Path) -> None:
    evidence = await _evidence(tmp_path / "a.db", "rover ice water")
    table: PassageTable = evidence.catalogue
    passages = [passage for each in TEXTS.values() for passage in each]
    once = [[min(n, 1) for n in word] for word in _counts(list(TEXTS))]
    articles = _counts([" ".join(each) for each in TEXTS.values()])
    assert evidence.bm25 == pytest.approx(_bm25(_counts(passages), table.token_counts))
    assert evidence.title_bm25 == pytest.approx(_bm25(once, table.title_lengths))
    assert evidence.article_bm25 == pytest.approx(_bm25(articles, table.article_tokens))
    both = evidence.bm25 + TITLE_WEIGHT * evidence.title_bm25[table.articles]
    assert evidence.best == pytest.approx(both / both.max())


async def test_the_order_of_the_words_changes_no_coverage(tmp_path: Path) -> None:
    one = await _evidence(tmp_path / "a.db", "rover ice water")
    other = await _evidence(tmp_path / "b.db", "water ice rover")
    assert one.coverage == pytest.approx(other.coverage)
    assert one.coverage[0] > one.coverage[1] > one.coverage[5]  # two words; title too; water alone


async def test_each_of_as_many_words_as_a_question_may_have_is_told_apart(tmp_path: Path) -> None:
    words = [f"w{number}x" for number in range(MAX_TERMS)]
    async with open_library(tmp_path / "a.db") as (library, _):
        await library.add(new_article("\n\n".join(f"Of {word}." for word in words)), ALL)
        wanted = parse_query(" ".join(words))
        evidence = LexicalScores(
            wanted, await library.postings(wanted.terms, ALL), await library.passage_table(ALL)
        )
    assert evidence.held.tolist() == [1 << number for number in range(MAX_TERMS)]
    table = compute_signals(evidence, np.arange(MAX_TERMS), np.zeros(MAX_TERMS, np.float32))
    assert table[:, SIGNALS.index("coverage")] == pytest.approx(1 / MAX_TERMS)


def test_rows_found_twice_are_joined() -> None:
    assert concatenate(
        [np.array([4, 1]), np.array([1, 3]), np.array([], np.int32)], 5
    ).tolist() == [
        1,
        3,
        4,
    ]
