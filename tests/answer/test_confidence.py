"""One of several guesses is not asserted, and nothing stands beside the answer that is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.answer.confidence import FAR_AHEAD, confidence_signals, probability_of_likeliest
from bot.answer.extractive import drop_superfluous, pick_sentences
from bot.records import Candidate, SearchResult
from bot.search.question_analysis import AnswerType
from tests.answer.library import hits, judge, passage
from tests.quick import QuickEmbedder

LINES = [
    "The toll is 4 euros.",
    "It rained a lot in May.",
    "Nobody knows the ferryman.",
    "Its arches are old and rather low.",
]
FOUND = hits(passage(1, LINES))
JUDGED = judge("toll?", FOUND)


def scored(log_odds: Sequence[float], own: Sequence[float]) -> tuple[Candidate, ...]:
    """The sentences, as likely as said and with so much of the question."""
    return tuple(
        replace(candidate, log_odds=odds, signals={**candidate.signals, "own": share})
        for candidate, odds, share in zip(JUDGED, log_odds, own, strict=True)
    )


async def quoted(candidates: tuple[Candidate, ...]) -> tuple[bool, list[str]]:
    findings = SearchResult(FOUND, 0.7, 1, candidates)
    picked = await pick_sentences("What is the toll?", findings, QuickEmbedder())
    return picked.answered, [p.quote(sentence) for p, sentence in picked.quotes]


async def test_the_likeliest_of_several_guesses_is_only_the_closest() -> None:
    guesses = scored([-0.4, -0.5, -0.6, -0.7], [0.0] * 4)
    assert await quoted(guesses) == (False, LINES[:1])


async def test_that_a_foreign_sentence_has_no_word_of_the_question_is_no_sign() -> None:
    guesses = scored([-0.4, -0.5, -0.6, -0.7], [0.0] * 4)
    foreign = (replace(c, is_foreign=True, signals={**c.signals, "alike": 0.5}) for c in guesses)
    assert (await quoted(tuple(foreign)))[0]


@pytest.mark.parametrize(
    ("log_odds", "own"),
    [([-0.4, -3.9, -4.0, -4.1], [0.0] * 4), ([-0.4, -0.5, -0.6, -0.7], [1.0, 0.0, 0.0, 0.0])],
    ids=["far ahead", "says the question"],
)
async def test_a_likely_sentence_answers_if_it_stands_out(
    log_odds: list[float], own: list[float]
) -> None:
    answered, quotes = await quoted(scored(log_odds, own))
    assert (answered, quotes[0]) == (True, LINES[0])


def test_the_lead_is_limited_and_that_of_an_only_sentence_the_most() -> None:
    near, far = scored([1.0, 0.5, 0, 0], [0.5] * 4), scored([9.0, 0.5, 0, 0], [0.5] * 4)
    assert confidence_signals(near)["lead"] == 0.5
    assert confidence_signals(far)["lead"] == confidence_signals(far[:1])["lead"] == FAR_AHEAD
    assert probability_of_likeliest(near) < probability_of_likeliest(far)


def test_a_sentence_without_a_word_of_the_question_does_not_stand_beside_the_answer() -> None:
    first, second, third, _ = scored([2.0, 1.5, 1.0, 0.5], [0.5, 0.0, 0.5, 0.0])
    assert drop_superfluous(AnswerType.MONEY, [first, second, third]) == [first, third]
    likelier = replace(second, log_odds=2.5)  # the first lends it its words
    assert drop_superfluous(AnswerType.MONEY, [first, likelier]) == [first, likelier]
    foreign = replace(second, is_foreign=True)
    assert drop_superfluous(AnswerType.MONEY, [first, foreign]) == [first, foreign]
    row = replace(second, sentence=replace(second.sentence, kind="table_row"))
    assert drop_superfluous(AnswerType.MONEY, [first, row]) == [first, row]


def test_beside_an_answer_that_says_nothing_of_an_open_question_others_may_stand() -> None:
    first, second, *_ = scored([2.0, 1.5, 1.0, 0.5], [0.0] * 4)
    assert drop_superfluous(AnswerType.ANYTHING, [first, second]) == [first, second]
    assert drop_superfluous(AnswerType.MONEY, [first, second]) == [first]
