"""Question words ask wherever they stand; without their accents, or joining clauses, only first."""

from __future__ import annotations

import pytest

from bot.answer.question.parts import split_parts
from bot.search.question_analysis import AnswerType, analyze
from bot.text.question_words import is_question_word


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("¿Quién fue el alcalde?", AnswerType.PERSON),
        ("Quien fue el alcalde?", AnswerType.PERSON),
        ("Donde vive la nutria?", AnswerType.PLACE),
        ("Por que cerraron el puente?", AnswerType.REASON),
        ("Cuantos puentes hay?", AnswerType.COUNT),
        ("En que año abrió el puente?", AnswerType.ANYTHING),
        ("Qui a construit le pont ?", AnswerType.PERSON),
        ("Quem construiu a ponte?", AnswerType.PERSON),
        ("Ou est le pont ?", AnswerType.PLACE),
        ("Perche il ponte è chiuso?", AnswerType.REASON),
        ("Кого выбрали мэром?", AnswerType.PERSON),
    ],
)
def test_a_question_is_known_by_its_question_word(question: str, expected: AnswerType) -> None:
    assert analyze(question).answer_type is expected


@pytest.mark.parametrize(
    "question",
    [
        "¿Qué pasa cuando llueve?",
        "Quel est le pont qui relie les rives ?",
        "Qual é a cidade onde ela vive?",
    ],
)
def test_a_word_that_joins_clauses_does_not_ask(question: str) -> None:
    kinds = (AnswerType.DATE, AnswerType.PERSON, AnswerType.PLACE)
    assert analyze(question).answer_type not in kinds


@pytest.mark.parametrize("word", ["who", "welches", "donde", "quelle", "почему", "какои"])
def test_tokens_that_ask(word: str) -> None:
    assert is_question_word(word)


@pytest.mark.parametrize("word", ["bridge", "die", "come", "year"])
def test_tokens_that_do_not(word: str) -> None:
    assert not is_question_word(word)


def test_parts_without_accents_are_split() -> None:
    assert len(split_parts("Quien construyo el puente y cuando abrieron la torre?")) == 2
