"""Gates how much of an article's key facts six sentences hold; ``python -m bench.summaries``."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

import pytest

from bench.summaries import marked_articles, measure

# Of 20 articles: .690 without a model, lead-6 .359, TextRank alone .623; the oracle 1.0 and .96.
LEAST_WITHOUT_MODEL, LEAST_WITH_ORACLE = 0.65, 0.9


@pytest.mark.quality
async def test_six_sentences_hold_most_of_the_facts_and_more_than_the_first_six(
    tmp_path: Path,
) -> None:
    async with marked_articles("looked_at", tmp_path) as (app, library, articles):
        shares = await measure(app, library, articles)
    found = {method: mean(values) for method, values in shares.items()}
    assert found["footnote summarise"] >= LEAST_WITHOUT_MODEL
    assert found["footnote summarise"] > found["lead-6"]
    assert found["oracle"] >= LEAST_WITH_ORACLE
    assert found["oracle, in parts"] >= LEAST_WITH_ORACLE
