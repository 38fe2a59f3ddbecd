"""A question that says little is asked back only where no single article answers it."""

from __future__ import annotations

import pytest

from bot.answer.strategies.clarification import plan_clarification
from bot.records import Candidate, SearchResult
from tests.answer.library import hits, passage

HIVES = passage(1, ["He keeps nine hives on the roof."], title="Bees in town")
FLOOD = passage(2, ["The flood took two hives."], title="The flood")
QUESTION = "how many hives does he have"


def findings(likelihood: float, *log_odds: float) -> SearchResult:
    """Both passages, with the log odds of a sentence in each."""
    found = (HIVES, FLOOD)
    candidates = tuple(
        Candidate(p, p.sentences[0], odds) for p, odds in zip(found, log_odds, strict=True)
    )
    return SearchResult(hits(*found), likelihood, 2, candidates)


def test_where_one_article_answers_nothing_is_asked_back() -> None:
    assert plan_clarification(QUESTION, findings(0.8, 1.2, -3.0)) is None


@pytest.mark.parametrize(("likelihood", "log_odds"), [(0.8, (1.2, 0.4)), (0.3, (-1.0, -4.0))])
def test_where_two_answer_or_none_the_topic_is_asked_for(
    likelihood: float, log_odds: tuple[float, float]
) -> None:
    plan = plan_clarification(QUESTION, findings(likelihood, *log_odds))

    assert plan is not None
    assert "“hives”" in plan.clarification
