"""The other engines that Footnote is compared with."""

from __future__ import annotations

from bot.evaluate.dataset import GoldEvidence, Question
from bot.evaluate.peers import Fts5, measure
from bot.evaluate.scoring import RetrievedPassage
from bot.search.rank_fusion import fuse_ranks

TITLES = ["Ferry", "Harbour", "Ferry"]
TEXTS = ["It sails at nine.", "The ferry moors here.", "It has a new engine."]


def test_fts5_finds_words_of_the_title_and_of_the_text() -> None:
    engine = Fts5(TITLES, TEXTS)

    assert engine("Which engine has the ferry?", 10)[0] == 2
    assert set(engine("ferries", 10)) == {0, 1, 2}
    assert engine('"*? :', 10) == []


def test_a_passage_that_two_rankings_have_goes_before_the_best_of_one() -> None:
    assert fuse_ranks([[1, 2], [3, 2]])[0] == 2
    assert len(fuse_ranks([[1, 2], [3, 2]])) == 3


async def test_an_engine_is_scored_like_footnote() -> None:
    passages = [RetrievedPassage(str(i), text, 0.0) for i, text in enumerate(TEXTS)]
    question = Question("q", "new engine?", "", True, (GoldEvidence("2", "a new engine"),))

    scores, _milliseconds = await measure(Fts5(TITLES, TEXTS), [question], passages)

    assert scores == {"hits@4": 1, "hits@10": 1, "all@10": 1, "mrr@10": 1}
