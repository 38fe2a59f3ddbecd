"""Answer types, keywords, and how likely sentences and hits are to answer a question."""

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
    ("question", "answer_type"),
    [
        ("Who heads the fund?", AnswerType.PERSON),
        ("Who is Kirill Dmitriev?", AnswerType.ANYTHING),
        ("Who is Dmitriev's wife?", AnswerType.PERSON),
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
        ("Where will the rocket launch from?", AnswerType.PLACE),
        ("Why was he sanctioned?", AnswerType.REASON),
        ("What anniversary was noted?", AnswerType.ANYTHING),
        ("Wann wurde der Betrieb gegründet?", AnswerType.DATE),
        ("Wie viele Uhren hat sie repariert?", AnswerType.COUNT),
        ("¿Quién es la alcaldesa?", AnswerType.PERSON),
        ("¿Cuánto costó la reforma?", AnswerType.MONEY),
        ("搬家花了多少钱？", AnswerType.MONEY),
        ("茶馆是谁开办的？", AnswerType.PERSON),
        ("What did Trump say?", AnswerType.STATEMENT),
        ("What did the head of NASA reply?", AnswerType.STATEMENT),
        ("¿Qué dijo la alcaldesa?", AnswerType.STATEMENT),
        ("Miten kissa nukkuu?", AnswerType.ANYTHING),
    ],
)
def test_a_question_has_an_answer_type(question: str, answer_type: AnswerType) -> None:
    assert analyze(question).answer_type is answer_type


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


@pytest.mark.parametrize(
    ("word", "other"),
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
def test_forms_of_a_word_share_a_stem_variant(word: str, other: str) -> None:
    assert stem_variants(word) & stem_variants(other)


@pytest.mark.parametrize(("word", "other"), [("mission", "missile"), ("fund", "found")])
def test_different_words_share_no_stem_variant(word: str, other: str) -> None:
    assert not stem_variants(word) & stem_variants(other)


def test_forms_of_a_word_share_a_prefix() -> None:
    assert shares_prefix("construyó", "construido")
    assert shares_prefix("gründete", "gegründet")
    assert not shares_prefix("costó", "consto")


def test_rare_words_weigh_more_than_common_ones() -> None:
    assert word_weight("the") < word_weight("people") < word_weight("kelp") == 1


def test_a_name_weighs_more_than_the_question_word() -> None:
    weights = {
        wanted.word: wanted.weight for wanted in analyze("How long did Moen steer it?").keywords
    }
    assert weights["moen"] > 2 * weights["long"]


def test_chinese_question_words_are_not_keywords() -> None:
    assert [wanted.word for wanted in analyze("现任老板是谁？").keywords] == [
        "现任",
        "任老",
        "老板",
    ]


def probability(question: str, ranked_hits: Sequence[Hit]) -> float:
    return answer_probability(score_sentences(analyze(question), ranked_hits))


def test_the_previous_sentence_supports_one_with_a_pronoun() -> None:
    ranked_hits = hits(
        passage(1, ["Tove Brandt is harbour master.", "She was paid well.", "Rain fell."])
    )
    brandt, she, rain = score_sentences(analyze("Was Brandt paid well?"), ranked_hits)
    assert she.log_odds > brandt.log_odds > rain.log_odds
    assert she.signals["before"] > rain.signals["before"]


def test_a_sentence_should_repeat_the_questions_qualifiers() -> None:
    ranked_hits = hits(passage(1, ["The biggest bridge is new.", "A bridge is there."]))
    question = analyze("Which is the biggest bridge of 2018?")
    assert question.qualifiers == {"biggest", "2018"}
    candidates = score_sentences(question, ranked_hits)
    assert [candidate.signals["unqualified"] for candidate in candidates] == [0.5, 1]


def test_a_run_of_shared_words_counts_its_content_words() -> None:
    ranked_hits = hits(passage(1, ["He lit the end of the line.", "The line was lit at its end."]))
    line, lit = score_sentences(analyze("What is the end of the line?"), ranked_hits)
    assert line.signals["run"] == 2 / 5
    assert lit.signals["run"] == 1 / 5


def test_hits_in_another_language_are_judged_by_cosine() -> None:
    ranked_hits = hits(passage(1, ["The toll of the bridge is 4 euros.", "It was built in 1912."]))
    near, far = (tuple(replace(hit, cosine=m) for hit in ranked_hits) for m in (0.4, 0.1))
    question = "¿Cuánto cuesta cruzar el puente?"
    assert probability(question, near) > 0.8 > 0.2 > probability(question, far)


def test_a_title_made_from_the_first_line_is_ignored() -> None:
    question = analyze("Where is Harlen?")
    real = score_sentences(question, hits(passage(1, ["It lies north."], title="Harlen")))
    made = score_sentences(question, hits(passage(1, ["It lies north."], title="Harlen and more…")))
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
        answer_probability(score_sentences(analyze(f"How tall is the {name}?"), ranked_hits))
        for name in ("old tower", "Eiffel tower")
    )
    in_lower_case = answer_probability(
        score_sentences(analyze("How tall is the eiffel tower?"), ranked_hits)
    )
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
    tower, *_ = score_sentences(analyze("How tall is the Eiffel Tower?"), ranked_hits)
    assert bool(tower.signals["unnamed"]) == refused
