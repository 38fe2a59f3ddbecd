"""The answer type and the keywords of a question."""

from __future__ import annotations

import pytest

from bot.search.question_analysis import AnswerType, analyze


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
        # a "when" may only join a clause to what is asked
        ("What did it show when it was hot?", AnswerType.ANYTHING),
        ("Que faire quand il pleut?", AnswerType.ANYTHING),
        ("что делать когда идёт дождь", AnswerType.ANYTHING),
        ("How long does it take, when does it start?", AnswerType.DATE),
        ("Do you know when it opens?", AnswerType.DATE),
        ("the museum opens when", AnswerType.DATE),
    ],
)
def test_a_question_has_an_answer_type(question: str, answer_type: AnswerType) -> None:
    assert analyze(question).answer_type is answer_type


def test_a_name_weighs_more_than_the_question_word() -> None:
    weights = {
        keyword.word: keyword.weight for keyword in analyze("How long did Moen steer it?").keywords
    }
    assert weights["moen"] > 2 * weights["long"]


@pytest.mark.parametrize(
    ("question", "neighbour"),
    [
        ("who led it after brandt", {"brandt"}),
        ("who looks after the stalls?", set()),
        ("who is the bridge named after", set()),
    ],
)
def test_who_looks_after_something_succeeds_nobody(question: str, neighbour: set[str]) -> None:
    assert analyze(question).neighbour_words == neighbour


def test_chinese_question_words_are_not_keywords() -> None:
    assert [keyword.word for keyword in analyze("现任老板是谁？").keywords] == [
        "现任",
        "任老",
        "老板",
    ]


@pytest.mark.parametrize(
    ("question", "has_single"),
    [("종이 한 장을 만드는 데 며칠이 걸립니까?", True), ("这座桥多长？", False)],
)
def test_a_single_character_is_a_keyword_only_in_korean(question: str, has_single: bool) -> None:
    assert any(len(keyword.word) == 1 for keyword in analyze(question).keywords) is has_single
