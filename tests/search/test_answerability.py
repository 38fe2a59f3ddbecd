"""How likely a sentence answers a question, and whether the hits answer it at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.records import Hit
from bot.search.answerability import answer_probability
from bot.search.question_analysis import analyze
from tests.answer.library import hits, judge, passage


def probability(question: str, ranked_hits: Sequence[Hit]) -> float:
    return answer_probability(judge(question, ranked_hits))


def test_the_previous_sentence_supports_one_with_a_pronoun() -> None:
    ranked_hits = hits(
        passage(1, ["Tove Brandt is harbour master.", "She was paid well.", "Rain fell all night."])
    )
    brandt, she, rain = judge("Was Brandt paid well?", ranked_hits)
    assert she.log_odds > brandt.log_odds > rain.log_odds
    assert she.signals["before"] > rain.signals["before"]


def test_a_sentence_should_repeat_the_questions_qualifiers() -> None:
    ranked_hits = hits(passage(1, ["The biggest bridge is new.", "A bridge crosses the bay."]))
    question = "Which is the biggest bridge of 2018?"
    assert analyze(question).qualifiers == {"biggest", "2018"}
    candidates = judge(question, ranked_hits)
    assert [candidate.signals["unqualified"] for candidate in candidates] == [0.5, 1]


def test_a_run_of_shared_words_counts_its_content_words() -> None:
    ranked_hits = hits(passage(1, ["He lit the end of the line.", "The line was lit at its end."]))
    line, lit = judge("What is the end of the line?", ranked_hits)
    assert line.signals["run"] == 2 / 5
    assert lit.signals["run"] == 1 / 5


def test_hits_in_another_language_are_judged_by_cosine() -> None:
    ranked_hits = hits(passage(1, ["The toll of the bridge is 4 euros.", "It was built in 1912."]))
    near, far = (tuple(replace(hit, cosine=m) for hit in ranked_hits) for m in (0.4, 0.1))
    question = "¿Cuánto cuesta cruzar el puente?"
    assert probability(question, near) > 0.8 > 0.2 > probability(question, far)


def test_what_states_nothing_is_never_read_again() -> None:
    lines = ["gullwing · 5 May 2026, 07:55", "Not audited."]
    ranked_hits = hits(passage(1, [*lines, "The coil shows 8.8 when it is warm."]))
    candidates = judge("What did gullwing find in May 2026?", ranked_hits)
    assert [candidate.text for candidate in candidates] == ["The coil shows 8.8 when it is warm."]


def test_a_title_made_from_the_first_line_is_ignored() -> None:
    question = "Where is Harlen?"
    real = judge(question, hits(passage(1, ["It lies north."], title="Harlen")))
    made = judge(question, hits(passage(1, ["It lies north."], title="Harlen and more…")))
    assert real[0].signals["title"] > 0
    assert made[0].signals["title"] == 0


def test_no_sentences_do_not_answer() -> None:
    assert probability("Who heads the fund?", ()) == 0
    assert probability("Who heads the fund?", hits(passage(1, []))) == 0


@pytest.mark.parametrize("question", ["?", "the of and", "🦦", "x" * 4000, "是谁", "(((", "5"])
def test_any_question_gets_a_probability(question: str) -> None:
    ranked_hits = hits(passage(1, ["The fund has 5 heads.", "是谁"]))
    assert 0 <= probability(question, ranked_hits) <= 1


def test_a_question_that_is_answered_is_more_probable_than_one_that_is_not() -> None:
    ranked_hits = hits(
        passage(1, ["The toll of the new bridge is 4.50 euros.", "Rain fell on Sunday."])
    )
    answered = probability("How much is the toll of the bridge?", ranked_hits)
    other = probability("Who designed the towers of the tunnel?", ranked_hits)
    without_number = probability("How many people saw the rain?", ranked_hits)
    assert answered > 0.6 > 0.4 > max(other, without_number)


def test_a_name_that_no_hit_mentions_makes_an_answer_unlikely() -> None:
    ranked_hits = hits(passage(1, ["The tower is 34 metres high and has 176 steps."]))
    known, unknown = (
        answer_probability(judge(f"How tall is the {name}?", ranked_hits))
        for name in ("old tower", "Eiffel tower")
    )
    in_lower_case = answer_probability(judge("How tall is the eiffel tower?", ranked_hits))
    assert unknown < in_lower_case < known


@pytest.mark.parametrize(
    ("other", "refused"),
    [
        ("Nach 16 Jahren fährt wieder ein Zug von Wien nach Triest, und er hält in Graz.", True),
        ("Der Eiffelturm in Paris ist der höchste Turm, und er ist aus Eisen.", False),
        ("Эйфелева башня стоит в Париже, и она сделана из железа.", False),
    ],
)
def test_a_hit_in_another_script_may_spell_the_name_differently(other: str, refused: bool) -> None:
    ranked_hits = hits(
        passage(1, ["The tower is 34 metres high and has 176 steps."]), passage(2, [other])
    )
    tower, *_ = judge("How tall is the Eiffel Tower?", ranked_hits)
    assert bool(tower.signals["unnamed"]) == refused
