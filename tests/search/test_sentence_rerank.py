"""The most likely sentences are rescored by meaning."""

from collections.abc import Sequence

import numpy as np
import pytest

from bot.records import Candidate
from bot.search.answerability import (
    answer_probability,
    is_english,
    score_sentences_stage_1,
)
from bot.search.question_analysis import analyze
from bot.search.sentence_rerank import (
    RERANKED_OTHERS,
    RERANKED_SENTENCES,
    rerank_sentences,
    select_candidates,
)
from bot.search.sentence_vectors import SentenceVectors, missing_texts
from tests.answer.library import hits, judge, passage

SENTENCES = [
    "The ferry leaves the harbour every hour.",
    "Its crossing lasts forty minutes.",
    "The boat was painted last spring.",
    "An island of the same name lies in the lake.",
    "It rained for long in May.",
    "Tickets are sold on board.",
]
QUESTION = "How long does the boat to the island take?"


def test_the_likeliest_sentences_are_read_again_in_order() -> None:
    many = [f"{text} {n}" for n in range(4) for text in SENTENCES]
    stage_1 = score_sentences_stage_1(analyze(QUESTION), hits(passage(1, many)))
    selected = select_candidates(stage_1, english=True)
    assert len(selected) == RERANKED_SENTENCES
    assert len(select_candidates(stage_1, english=False)) == RERANKED_OTHERS
    kept = [candidate.text for candidate in selected]
    assert kept == [candidate.text for candidate in stage_1 if candidate.text in kept]
    best_left_out = max(c.log_odds for c in stage_1 if c.text not in kept)
    assert all(c.log_odds >= best_left_out for c in selected)


def test_a_paraphrase_gains_by_reranking() -> None:
    ranked_hits = hits(passage(1, SENTENCES))

    def lead(candidates: Sequence[Candidate]) -> float:
        log_odds = {candidate.text: candidate.log_odds for candidate in candidates}
        return log_odds[SENTENCES[1]] - log_odds[SENTENCES[2]]

    stage_1 = score_sentences_stage_1(analyze(QUESTION), ranked_hits)
    assert lead(judge(QUESTION, ranked_hits)) > lead(stage_1)


def test_a_sentence_in_another_language_is_judged_by_its_cosine() -> None:
    (spanish,) = hits(passage(2, ["La travesía dura cuarenta minutos en verano."]))
    stage_1 = score_sentences_stage_1(analyze(QUESTION), (*hits(passage(1, SENTENCES)), spanish))
    (foreign,) = [candidate for candidate in stage_1 if candidate.is_foreign]
    near, far = (
        rerank_sentences([foreign], {foreign.text: cosine}, {}, english=True)[0].log_odds
        for cosine in (0.6, 0.2)
    )
    assert near > far

    assert rerank_sentences([foreign], {}, {}, english=True) == (foreign,)


def test_what_was_read_before_is_kept_until_others_were_used_since() -> None:
    vectors = SentenceVectors(capacity=2)
    assert missing_texts(["a", "b", "a"], vectors.find(["a", "b"])) == ["a", "b"]
    vectors.add(["a", "b"], np.eye(2, dtype=np.float32))
    assert vectors.find(["a"])["a"].tolist() == [1.0, 0.0]
    vectors.add(["c"], np.ones((1, 2), np.float32))
    assert list(vectors.find(["a", "b", "c"])) == ["a", "c"]


def test_more_texts_at_once_than_are_kept_all_have_their_vectors() -> None:
    vectors = SentenceVectors(capacity=2)
    texts = ["a", "b", "c"]
    assert list(vectors.add(texts, np.eye(3, dtype=np.float32))) == texts
    assert list(vectors.find(texts)) == ["b", "c"]


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
def test_only_english_is_read_by_the_encoder(question: str, sentence: str, expected: bool) -> None:
    ranked_hits = hits(passage(1, [sentence]))
    assert (
        is_english(question, ranked_hits, score_sentences_stage_1(analyze(question), ranked_hits))
        == expected
    )
    assert bool(judge(question, ranked_hits)[0].signals.get("meant")) == expected


def test_no_candidates_stay_none() -> None:
    assert rerank_sentences((), {}, {}, english=True) == ()
    assert answer_probability(judge(QUESTION, ())) == 0
