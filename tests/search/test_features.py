"""The signals, on an article small enough to reckon by hand."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from bot.search.features import SIGNALS, SIMILARITY_SIGNALS, compute_signals
from bot.search.lexical_search import LexicalScores, top_by_bm25
from bot.search.query_terms import parse_query
from bot.search.ranker import load_weights, score
from tests.contract.samples import ALL, new_article
from tests.store.open_files import open_library

ICE = "Rovers found ice.\nThe ice is old.\n\nWater flows.\n\nNothing here.\n\nIce and water."


async def _table(path: Path, question: str) -> tuple[LexicalScores, dict[str, list[float]]]:
    """Every signal of all passages: those of ICE (rows 0 to 3), and of an article on Venus."""
    async with open_library(path) as (library, _):
        await library.add(new_article(ICE, title="Polar water"), ALL)
        await library.add(new_article("Venus is hot.\n\nIts days are long.", title="Venus"), ALL)
        wanted = parse_query(question)
        evidence = LexicalScores(
            wanted, await library.postings(wanted.terms, ALL), await library.passage_table(ALL)
        )
    table = compute_signals(evidence, np.arange(6), np.zeros(6, np.float32))
    assert np.isfinite(table).all()
    return evidence, {name: table[:, i].tolist() for i, name in enumerate(SIGNALS)}


async def test_coverage_counts_passage_title_and_neighbours(tmp_path: Path) -> None:
    _, found = await _table(tmp_path / "a.db", "ice water")
    assert found["coverage"][3] == pytest.approx(1)
    assert found["coverage"][2] == 0
    assert found["titled_coverage"][0] == pytest.approx(1)  # ice, and water in the title
    assert found["nearby_coverage"][2] == pytest.approx(1)
    assert found["nearby_coverage"][4] == 0  # another article begins


async def test_a_sentence_is_judged_by_itself(tmp_path: Path) -> None:
    _, found = await _table(tmp_path / "a.db", "rovers old")
    assert found["coverage"][0] == pytest.approx(1)
    assert found["sentence_coverage"][0] == pytest.approx(0.5, abs=0.01)
    assert found["two_sentence_coverage"][0] == pytest.approx(1)


async def test_pairs_must_stand_as_in_the_question(tmp_path: Path) -> None:
    _, found = await _table(tmp_path / "a.db", "ice and water?")
    assert found["pairs"][3] == pytest.approx(1)
    assert sum(found["pairs"]) == pytest.approx(1)
    _, turned = await _table(tmp_path / "b.db", "water and ice?")
    assert sum(turned["pairs"]) == 0


async def test_position_and_article(tmp_path: Path) -> None:
    _, found = await _table(tmp_path / "a.db", "ice")
    assert found["first"] == [1, 0, 0, 0, 1, 0]
    assert found["late"] == pytest.approx([3 / 5, 2 / 5, 1 / 5, 0, 1 / 5, 0])
    assert found["article_bm25"] == pytest.approx([1, 1, 1, 1, 0, 0])


async def test_the_strongest_hold_words_of_the_question_or_stand_under_its_title(
    tmp_path: Path,
) -> None:
    evidence, _ = await _table(tmp_path / "a.db", "ice")
    assert top_by_bm25(evidence, 50).tolist() == [0, 3]
    evidence, _ = await _table(tmp_path / "b.db", "venus")
    assert top_by_bm25(evidence, 50).tolist() == [4, 5]


async def test_a_question_without_any_known_word_has_signals_all_the_same(tmp_path: Path) -> None:
    evidence, found = await _table(tmp_path / "a.db", "zyzzyva?")
    assert top_by_bm25(evidence, 50).tolist() == []
    assert found["coverage"] == [0] * 6


def test_every_signal_has_a_trained_weight() -> None:
    text = resources.files("bot.search").joinpath("ranker_weights.json").read_text("utf-8")
    found = json.loads(text)
    assert list(found["weights"]) == list(SIGNALS)
    assert list(found["reranking"]) == [*SIGNALS, *SIMILARITY_SIGNALS]
    assert len(text) < 4_096
    assert load_weights("weights", SIGNALS).all()
    assert load_weights("reranking", (*SIGNALS, *SIMILARITY_SIGNALS)).all()


def test_the_blend_gives_chances() -> None:
    chances = score(np.random.default_rng(1).normal(size=(9, len(SIGNALS))).astype(np.float32))
    assert float(chances.sum()) == pytest.approx(1, abs=1e-5)
    assert len(score(np.empty((0, len(SIGNALS)), np.float32))) == 0
