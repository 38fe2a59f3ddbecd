"""Numbers are read in words and digits of several languages, with the units behind them."""

from __future__ import annotations

import pytest
import regex

from bot.search.answer_type import answer_type_score
from bot.search.question_analysis import analyze
from bot.text.quantities import find_figures, number_words, unit_pattern


@pytest.mark.parametrize(
    ("text", "language", "value", "unit"),
    [
        ("one and a half million people", "en", 1.5e6, ""),
        ("1,500,000 euros", "en", 1.5e6, "eur"),
        ("fünf Kilometer", "de", 5.0, "km"),
        ("funf Kilometer", "de", 5.0, "km"),
        ("três horas", "pt", 3.0, "hour"),
        ("12 ounces", "en", 12.0, "ounce"),
        ("三千二百米", "zh", 3200.0, ""),
        ("価格は500円", "ja", 500.0, ""),
    ],
)
def test_a_figure_is_read(text: str, language: str, value: float, unit: str) -> None:
    (figure,) = find_figures(text, language)
    assert value in figure.values
    assert figure.unit == unit


def test_words_of_other_languages_are_no_numbers_in_english() -> None:
    assert not {"due", "once", "sei", "one", "zero", "fourth"} & number_words("en")
    assert {"due", "sei", "two", "million"} <= number_words("it")


def test_a_unit_is_known_in_several_languages() -> None:
    assert regex.fullmatch(unit_pattern("km", "hour"), "kilómetros")
    assert not regex.fullmatch(unit_pattern("km", "hour"), "miles")


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("How many people came?", "They stayed at home due to rain.", 0.0),
        ("How many people came?", "In May 300 people came.", 1.0),
        ("Wie viele Räder hat der Wagen?", "Der Wagen hat fünf Räder.", 1.0),
        ("Quanti ponti ci sono nella città?", "Ci sono due ponti.", 1.0),
        ("How long is the pipe?", "The pipe is twelve yards long.", 1.0),
        ("How heavy is it?", "It is made of 12 parts.", 0.3),
    ],
)
def test_an_answer_has_the_number_that_is_asked_for(
    question: str, sentence: str, expected: float
) -> None:
    assert answer_type_score(analyze(question), sentence) == expected
