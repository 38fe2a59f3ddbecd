"""What a question asks for, what a sentence holds of it, and what that is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.records import Hit
from bot.search.answer_type import answer_type_score
from bot.search.answerability import answer_probability, score_sentences
from bot.search.question_analysis import AnswerType, analyze
from bot.text.morphology import shares_prefix, stem_variants, word_weight
from tests.answer.library import hits, passage


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who heads the fund?", AnswerType.WHO),
        ("Who is Kirill Dmitriev?", AnswerType.ANYTHING),
        ("Who is Dmitriev's wife?", AnswerType.WHO),
        ("When did the council vote?", AnswerType.DATE),
        ("When was Putin born?", AnswerType.YEAR),
        ("What year was suggested?", AnswerType.YEAR),
        ("How many cars cross the bridge?", AnswerType.COUNT),
        ("How much money was offered?", AnswerType.MONEY),
        ("How much did the bridge cost?", AnswerType.MONEY),
        ("What is Elon Musk's net worth?", AnswerType.MONEY),
        ("How much do otters eat?", AnswerType.QUANTITY),
        ("How long is the bridge?", AnswerType.QUANTITY),
        ("How old is the captain?", AnswerType.AGE),
        ("Where will the rocket launch from?", AnswerType.WHERE),
        ("Why was he sanctioned?", AnswerType.WHY),
        ("What anniversary was noted?", AnswerType.ANYTHING),
        ("Wann wurde der Betrieb gegründet?", AnswerType.DATE),
        ("Wie viele Uhren hat sie repariert?", AnswerType.COUNT),
        ("¿Quién es la alcaldesa?", AnswerType.WHO),
        ("¿Cuánto costó la reforma?", AnswerType.MONEY),
        ("搬家花了多少钱？", AnswerType.MONEY),
        ("茶馆是谁开办的？", AnswerType.WHO),
        ("What did Trump say?", AnswerType.SAYING),
        ("What did the head of NASA reply?", AnswerType.SAYING),
        ("¿Qué dijo la alcaldesa?", AnswerType.SAYING),
        ("Miten kissa nukkuu?", AnswerType.ANYTHING),
    ],
)
def test_a_question_asks_for_a_kind_of_answer(question: str, kind: AnswerType) -> None:
    assert analyze(question).answer_type is kind


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
def test_a_sentence_holds_what_is_asked_for_or_not(question: str, right: str, wrong: str) -> None:
    asked = analyze(question)
    good, bad = answer_type_score(asked, right), answer_type_score(asked, wrong)
    assert good is not None
    assert bad is not None
    assert good >= 0.7 > 0.35 > bad


def test_a_name_of_the_question_is_no_answer_to_who() -> None:
    assert answer_type_score(analyze("Who wrote to Musk?"), "A letter was written to Musk.") == 0


def test_scripts_without_capitals_are_not_judged_by_capitals() -> None:
    assert answer_type_score(analyze("茶馆是谁开办的？"), "茶馆由龚先生在1923年开办。") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("appointed", "appoint"),
        ("universities", "university"),
        ("planned", "plan"),
        ("wrote", "write"),
        ("leads", "head"),
        ("ukrainian", "ukraine"),
        ("dmitriev's", "dmitriev"),
        ("replied", "reply"),
    ],
)
def test_words_meet_in_spite_of_their_endings(one: str, other: str) -> None:
    assert stem_variants(one) & stem_variants(other)


@pytest.mark.parametrize(("one", "other"), [("mission", "missile"), ("fund", "found")])
def test_other_words_do_not_meet(one: str, other: str) -> None:
    assert not stem_variants(one) & stem_variants(other)


def test_forms_of_languages_without_rules_are_alike() -> None:
    assert shares_prefix("construyó", "construido")
    assert shares_prefix("gründete", "gegründet")
    assert not shares_prefix("costó", "consto")


def test_rare_words_tell_more_than_common_ones() -> None:
    assert word_weight("the") < word_weight("people") < word_weight("kelp") == 1


def test_what_is_asked_weighs_more_than_how() -> None:
    weights = {
        wanted.word: wanted.weight for wanted in analyze("How long did Moen steer it?").keywords
    }
    assert weights["moen"] > 2 * weights["long"]


def test_question_words_of_chinese_are_not_looked_for() -> None:
    assert [wanted.word for wanted in analyze("现任老板是谁？").keywords] == [
        "现任",
        "任老",
        "老板",
    ]


def judged(question: str, found: Sequence[Hit]) -> float:
    return answer_probability(score_sentences(analyze(question), found))


def test_the_sentence_before_helps_one_that_leans_on_it() -> None:
    found = hits(passage(1, ["Tove Brandt is harbour master.", "She was paid well.", "Rain fell."]))
    brandt, she, rain = score_sentences(analyze("Was Brandt paid well?"), found)
    assert she.log_odds > brandt.log_odds > rain.log_odds
    assert she.signals["before"] > rain.signals["before"]


def test_what_a_question_sets_apart_is_looked_for() -> None:
    found = hits(passage(1, ["The biggest bridge is new.", "A bridge is there."]))
    asked = analyze("Which is the biggest bridge of 2018?")
    assert asked.qualifiers == {"biggest", "2018"}
    assert [one.signals["unqualified"] for one in score_sentences(asked, found)] == [0.5, 1]


def test_a_run_of_the_questions_words_counts_its_content() -> None:
    found = hits(passage(1, ["He lit the end of the line.", "The line was lit at its end."]))
    line, lit = score_sentences(analyze("What is the end of the line?"), found)
    assert line.signals["run"] == 2 / 5
    assert lit.signals["run"] == 1 / 5


def test_another_language_is_judged_by_meaning() -> None:
    found = hits(passage(1, ["The toll of the bridge is 4 euros.", "It was built in 1912."]))
    near, far = (tuple(replace(hit, cosine=m) for hit in found) for m in (0.4, 0.1))
    question = "¿Cuánto cuesta cruzar el puente?"
    assert judged(question, near) > 0.8 > 0.2 > judged(question, far)


def test_a_title_made_from_the_first_line_says_nothing_new() -> None:
    question = analyze("Where is Harlen?")
    real = score_sentences(question, hits(passage(1, ["It lies north."], title="Harlen")))
    made = score_sentences(question, hits(passage(1, ["It lies north."], title="Harlen and more…")))
    assert real[0].signals["title"] > 0
    assert made[0].signals["title"] == 0


def test_nothing_found_answers_nothing() -> None:
    assert judged("Who heads the fund?", ()) == 0
    assert judged("Who heads the fund?", hits(passage(1, []))) == 0


@pytest.mark.parametrize("question", ["?", "the of and", "🦦", "x" * 4000, "是谁", "(((", "5"])
def test_any_question_gets_a_likelihood(question: str) -> None:
    found = hits(passage(1, ["The fund has 5 heads.", "是谁"]))
    assert 0 <= judged(question, found) <= 1


def test_what_is_said_is_likelier_than_what_is_not() -> None:
    found = hits(passage(1, ["The toll of the new bridge is 4.50 euros.", "Rain fell on Sunday."]))
    said = judged("How much is the toll of the bridge?", found)
    unsaid = judged("Who designed the towers of the tunnel?", found)
    no_figure = judged("How many people saw the rain?", found)
    assert said > 0.6 > 0.4 > max(unsaid, no_figure)


def test_a_name_that_nothing_says_speaks_against_an_answer() -> None:
    found = hits(passage(1, ["The tower is 34 metres high and has 176 steps."]))
    known, unknown = (
        answer_probability(score_sentences(analyze(f"How tall is the {name}?"), found))
        for name in ("old tower", "Eiffel tower")
    )
    lower = answer_probability(score_sentences(analyze("How tall is the eiffel tower?"), found))
    assert unknown < lower < known


@pytest.mark.parametrize(
    ("other", "refused"),
    [
        ("Nach 16 Jahren fährt wieder ein Zug von Wien nach Triest, und er hält in Graz.", True),
        ("Der Eiffelturm in Paris ist der höchste Turm, und er ist aus Eisen.", False),
        ("Эйфелева башня стоит в Париже, и она сделана из железа.", False),
    ],
)
def test_a_page_in_another_language_may_say_the_name_in_its_own_way(
    other: str, refused: bool
) -> None:
    found = hits(
        passage(1, ["The tower is 34 metres high and has 176 steps."]), passage(2, [other])
    )
    tower, *_ = score_sentences(analyze("How tall is the Eiffel Tower?"), found)
    assert bool(tower.signals["unnamed"]) == refused
