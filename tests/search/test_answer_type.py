"""Whether a sentence has the answer type that a question asks for."""

from __future__ import annotations

import pytest

from bot.search.answer_type import answer_type_score
from bot.search.question_analysis import analyze


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("How much money was offered?", "He offered 4.50 euros.", "He offered Russian money."),
        ("How old is Moen?", "Moen, 61, will retire.", "Moen bought it in 1961."),
        ("When was it founded?", "It was founded in 1912.", "It was founded on Tuesday."),
        ("How many cars cross?", "Each day 900 cars cross.", "Cars crossed until 1974."),
        ("How deep is the sound?", "It is 40 metres deep.", "It ended after 112 years."),
        ("How long did he serve?", "He served for three years.", "He served three kings."),
        ("Who heads the fund?", "The head is Kirill Dmitriev.", "The head of the fund spoke."),
        ("Where was he born?", "He was born in Bergen.", "He was born in a storm."),
        ("Why did it close?", "It closed because of the toll.", "It closed."),
        ("Who opened it?", "Ingrid Solheim opened it.", "She opened it."),
        ("How long is it?", "It is half a metre long.", "It is long."),
        ("What did Moen say?", "Halvard Moen said it was cold.", "Moen left when Brandt spoke."),
        ("Who led it before Moen?", "Brandt led it before Captain Moen.", "Brandt chose Moen."),
        ("Who led it before Moen?", "Moen replaced Tove Brandt.", "Brandt knew Moen."),
    ],
)
def test_a_sentence_has_the_answer_type_or_not(question: str, right: str, wrong: str) -> None:
    analyzed = analyze(question)
    high, low = answer_type_score(analyzed, right), answer_type_score(analyzed, wrong)
    assert high is not None
    assert low is not None
    assert high >= 0.7 > 0.35 > low


def test_a_name_in_the_question_does_not_answer_it() -> None:
    assert answer_type_score(analyze("Who wrote to Musk?"), "A letter was written to Musk.") == 0


def test_names_are_unknown_in_scripts_without_capitals() -> None:
    assert answer_type_score(analyze("茶馆是谁开办的？"), "茶馆由龚先生在1923年开办。") is None
