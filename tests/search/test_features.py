"""The signals of an article that is small enough to compute by hand."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from bot.search.features import SIGNALS, SIMILARITY_SIGNALS, compute_signals
from bot.search.lexical_search import K1, LexicalScores, top_by_bm25
from bot.search.query_terms import parse_query
from bot.search.ranker import load_weights, score
from tests.contract.samples import ALL, memory_index, new_article
from tests.store.open_files import open_library

ICE = "Rovers found ice.\nThe ice is old.\n\nWater flows.\n\nNothing here.\n\nIce and water."


async def _signals(path: Path, question: str) -> tuple[LexicalScores, dict[str, list[float]]]:
    """Every signal of all passages: rows 0 to 3 are of ICE, 4 and 5 of an article on Venus."""
    async with open_library(path) as (library, _):
        await library.articles.add(new_article(ICE, title="Polar water"), ALL)
        await library.articles.add(
            new_article("Venus is hot.\n\nIts days are long.", title="Venus"), ALL
        )
        query = parse_query(question)
        scores = LexicalScores(
            query,
            await memory_index(library).postings(query.terms, ALL),
            await memory_index(library).passage_table(ALL),
        )
    signals = compute_signals(scores, np.arange(6), np.zeros(6, np.float32))
    assert np.isfinite(signals).all()
    return scores, {name: signals[:, i].tolist() for i, name in enumerate(SIGNALS)}


async def test_coverage_counts_passage_title_and_adjacent_passages(tmp_path: Path) -> None:
    _, signals = await _signals(tmp_path / "a.db", "ice water")
    assert signals["coverage"][3] == pytest.approx(1)
    assert signals["coverage"][2] == 0
    assert signals["titled_coverage"][0] == pytest.approx(1)  # ice, and water in the title
    assert signals["nearby_coverage"][2] == pytest.approx(1)
    assert signals["nearby_coverage"][4] == 0  # belongs to the next article


async def test_sentence_coverage_is_that_of_a_single_sentence(tmp_path: Path) -> None:
    _, signals = await _signals(tmp_path / "a.db", "rovers old")
    assert signals["coverage"][0] == pytest.approx(1)
    assert signals["sentence_coverage"][0] == pytest.approx(0.5, abs=0.01)
    assert signals["two_sentence_coverage"][0] == pytest.approx(1)


async def test_a_word_counts_less_each_time_that_a_sentence_repeats_it(tmp_path: Path) -> None:
    async with open_library(tmp_path / "a.db") as (library, _):
        text = "Ice, ice, ice and ice.\n\nIce and ice.\n\nIce."
        await library.articles.add(new_article(text, title="Poles"), ALL)
        query = parse_query("ice")
        index = memory_index(library)
        scores = LexicalScores(
            query, await index.postings(query.terms, ALL), await index.passage_table(ALL)
        )
    signals = compute_signals(scores, np.arange(3), np.zeros(3, np.float32))
    most, twice, once = signals[:, SIGNALS.index("sentence_bm25")].tolist()
    saturated = [count * (K1 + 1) / (count + K1) for count in (4, 2, 1)]
    assert [most, twice, once] == pytest.approx([share / saturated[0] for share in saturated])


async def test_pairs_must_be_in_the_order_of_the_question(tmp_path: Path) -> None:
    _, signals = await _signals(tmp_path / "a.db", "ice and water?")
    assert signals["pairs"][3] == pytest.approx(1)
    assert sum(signals["pairs"]) == pytest.approx(1)
    _, reversed_signals = await _signals(tmp_path / "b.db", "water and ice?")
    assert sum(reversed_signals["pairs"]) == 0


async def test_position_and_article_signals(tmp_path: Path) -> None:
    _, signals = await _signals(tmp_path / "a.db", "ice")
    assert signals["first"] == [1, 0, 0, 0, 1, 0]
    assert signals["late"] == pytest.approx([3 / 5, 2 / 5, 1 / 5, 0, 1 / 5, 0])
    assert signals["article_bm25"] == pytest.approx([1, 1, 1, 1, 0, 0])


async def test_candidates_match_by_text_or_title(
    tmp_path: Path,
) -> None:
    scores, _ = await _signals(tmp_path / "a.db", "ice")
    assert top_by_bm25(scores, 50).tolist() == [0, 3]
    scores, _ = await _signals(tmp_path / "b.db", "venus")
    assert top_by_bm25(scores, 50).tolist() == [4, 5]


async def test_a_question_without_any_known_word_has_signals(tmp_path: Path) -> None:
    scores, signals = await _signals(tmp_path / "a.db", "zyzzyva?")
    assert top_by_bm25(scores, 50).tolist() == []
    assert signals["coverage"] == [0] * 6


def test_every_signal_has_a_trained_weight() -> None:
    text = resources.files("bot.search").joinpath("ranker_weights.json").read_text("utf-8")
    weights = json.loads(text)
    assert list(weights["weights"]) == list(SIGNALS)
    assert list(weights["reranking"]) == [*SIGNALS, *SIMILARITY_SIGNALS]
    assert len(text) < 4_096
    assert load_weights("weights", SIGNALS).all()
    assert load_weights("reranking", (*SIGNALS, *SIMILARITY_SIGNALS)).all()


def test_scores_are_probabilities() -> None:
    probabilities = score(
        np.random.default_rng(1).normal(size=(9, len(SIGNALS))).astype(np.float32)
    )
    assert float(probabilities.sum()) == pytest.approx(1, abs=1e-5)
    assert len(score(np.empty((0, len(SIGNALS)), np.float32))) == 0


async def test_two_sentences_must_follow_one_another(tmp_path: Path) -> None:
    async with open_library(tmp_path / "a.db") as (library, _):
        texts = "Rain fell.\nRovers came.\nWater flows.", "Rovers came.\nRain fell.\nWater flows."
        await library.articles.add(new_article("\n\n".join(texts), title="Mars"), ALL)
        query = parse_query("rovers water")
        index = memory_index(library)
        scores = LexicalScores(
            query, await index.postings(query.terms, ALL), await index.passage_table(ALL)
        )
    signals = compute_signals(scores, np.arange(2), np.zeros(2, np.float32))
    coverage = signals[:, SIGNALS.index("two_sentence_coverage")].tolist()
    assert coverage == pytest.approx([1, 0.5])
