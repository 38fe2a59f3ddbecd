"""English sentences are judged twice: the likeliest once more, by what they mean."""

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
from bot.search.sentence_rerank import SENTENCES_READ, rerank_sentences
from tests.answer.library import hits, passage

SAID = [
    "The ferry leaves the harbour every hour.",
    "Its crossing lasts forty minutes.",
    "The boat was painted last spring.",
    "An island of the same name lies in the lake.",
    "It rained for long in May.",
    "Tickets are sold on board.",
]
QUESTION = "How long does the boat to the island take?"


def test_the_likeliest_are_judged_anew_in_their_order() -> None:
    once = score_sentences_stage_1(analyze(QUESTION), hits(passage(1, SAID)))
    twice = rerank_sentences(QUESTION, once)
    assert len(once) == len(SAID)
    assert len(twice) == SENTENCES_READ
    texts = [one.text for one in once]
    assert [one.text for one in twice] == sorted((one.text for one in twice), key=texts.index)
    assert all("meant" in one.signals for one in twice)
    kept = {one.text for one in twice}
    left = max(one.log_odds for one in once if one.text not in kept)
    assert all(one.log_odds >= left for one in once if one.text in kept)


def test_what_means_the_same_is_worth_more_than_by_its_words() -> None:
    found = hits(passage(1, SAID))
    once, twice = (
        score_sentences_stage_1(analyze(QUESTION), found),
        score_sentences(analyze(QUESTION), found),
    )

    def lead(judged: Sequence[Candidate]) -> float:
        worth = {one.text: one.log_odds for one in judged}
        return worth[SAID[1]] - worth[SAID[2]]

    assert lead(twice) > lead(once)


def test_sentences_in_another_language_stay_as_they_are() -> None:
    (spanish,) = hits(passage(2, ["La travesía dura cuarenta minutos en verano."]))
    foreign = replace(spanish, cosine=0.4)
    once = score_sentences_stage_1(analyze(QUESTION), (*hits(passage(1, SAID)), foreign))
    twice = rerank_sentences(QUESTION, once)
    assert [one for one in twice if one.is_foreign] == [one for one in once if one.is_foreign]


@pytest.mark.parametrize(
    ("question", "sentence", "english"),
    [
        (QUESTION, SAID[0], True),
        ("ferry harbour departure", SAID[0], True),
        ("¿Cuánto dura la travesía a la isla?", SAID[0], False),
        ("Wie lange dauert die Fahrt zur Insel?", "Die Fähre fährt jede Stunde zur Insel.", False),
        ("Jak długo płynie prom na wyspę?", SAID[0], False),
        ("Mennyi ideig tart a hajóút a szigetre?", SAID[0], False),
        ("从北京到上海要多久？", "从北京到上海坐火车要四个半小时。", False),
    ],
)
def test_only_english_is_read_again(question: str, sentence: str, english: bool) -> None:
    found = hits(passage(1, [sentence]))
    assert is_english(question, found, score_sentences_stage_1(analyze(question), found)) == english
    assert ("meant" in score_sentences(analyze(question), found)[0].signals) == english


def test_nothing_to_judge_stays_nothing() -> None:
    assert rerank_sentences(QUESTION, ()) == ()
    assert answer_probability(score_sentences(analyze(QUESTION), ())) == 0
