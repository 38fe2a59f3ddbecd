"""The most likely English sentences are rescored by meaning."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.records import Candidate
from bot.search.answerability import (
    answer_probability,
    is_english,
    score_sentences,
    score_sentences_stage_1,
)
from bot.search.question_analysis import analyze
from bot.search.sentence_rerank import RERANKED_SENTENCES, rerank_sentences
from tests.answer.library import hits, passage

SENTENCES = [
    "The ferry leaves the harbour every hour.",
    "Its crossing lasts forty minutes.",
    "The boat was painted last spring.",
    "An island of the same name lies in the lake.",
    "It rained for long in May.",
    "Tickets are sold on board.",
]
QUESTION = "How long does the boat to the island take?"


def test_the_best_sentences_are_rescored_in_order() -> None:
    stage_1 = score_sentences_stage_1(analyze(QUESTION), hits(passage(1, SENTENCES)))
    stage_2 = rerank_sentences(QUESTION, stage_1)
    assert len(stage_1) == len(SENTENCES)
    assert len(stage_2) == RERANKED_SENTENCES
    assert all("meant" in candidate.signals for candidate in stage_2)
    reranked = [candidate.text for candidate in stage_2]
    assert reranked == [candidate.text for candidate in stage_1 if candidate.text in reranked]
    best_left_out = max(c.log_odds for c in stage_1 if c.text not in reranked)
    assert all(c.log_odds >= best_left_out for c in stage_1 if c.text in reranked)


def test_a_paraphrase_gains_by_reranking() -> None:
    ranked_hits = hits(passage(1, SENTENCES))

    def lead(candidates: Sequence[Candidate]) -> float:
        log_odds = {candidate.text: candidate.log_odds for candidate in candidates}
        return log_odds[SENTENCES[1]] - log_odds[SENTENCES[2]]

    stage_1 = score_sentences_stage_1(analyze(QUESTION), ranked_hits)
    assert lead(score_sentences(analyze(QUESTION), ranked_hits)) > lead(stage_1)


def test_sentences_in_another_language_are_unchanged() -> None:
    (spanish,) = hits(passage(2, ["La travesía dura cuarenta minutos en verano."]))
    foreign = replace(spanish, cosine=0.4)
    stage_1 = score_sentences_stage_1(analyze(QUESTION), (*hits(passage(1, SENTENCES)), foreign))
    stage_2 = rerank_sentences(QUESTION, stage_1)
    assert [c for c in stage_2 if c.is_foreign] == [c for c in stage_1 if c.is_foreign]


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        (QUESTION, SENTENCES[0], True),
        ("ferry harbour departure", SENTENCES[0], True),
        ("¿Cuánto dura la travesía a la isla?", SENTENCES[0], False),
        ("Wie lange dauert die Fahrt zur Insel?", "Die Fähre fährt jede Stunde zur Insel.", False),
        ("Jak długo płynie prom na wyspę?", SENTENCES[0], False),
        ("Mennyi ideig tart a hajóút a szigetre?", SENTENCES[0], False),
        ("从北京到上海要多久？", "从北京到上海坐火车要四个半小时。", False),
    ],
)
def test_only_english_is_reranked(question: str, sentence: str, expected: bool) -> None:
    ranked_hits = hits(passage(1, [sentence]))
    assert (
        is_english(question, ranked_hits, score_sentences_stage_1(analyze(question), ranked_hits))
        == expected
    )
    assert ("meant" in score_sentences(analyze(question), ranked_hits)[0].signals) == expected


def test_no_candidates_stay_none() -> None:
    assert rerank_sentences(QUESTION, ()) == ()
    assert answer_probability(score_sentences(analyze(QUESTION), ())) == 0
