"""What an answer to an everyday question is worth."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench.everyday_scoring import Asked, Category, Place, categorize, quotes_another_subject
from bench.everyday_sets import read_questions
from bot.answer_records import Answer, AnswerSentence, Citation

TEXT = "Adults pay 4 crowns. Children pay 2. It rained. It snowed. It thundered."
TEXTS = {"fees.md": (1, TEXT)}
ADULTS, CHILDREN, RAIN, SNOW, THUNDER = (part + "." for part in TEXT[:-1].split(". "))


def answer(*quotes: str, answered: bool = True) -> Answer:
    citations = tuple(
        Citation(n, 1, 1, 1, "Fees", None, None, None, TEXT.index(q), TEXT.index(q) + len(q), q)
        for n, q in enumerate(quotes, 1)
    )
    sentences = tuple(AnswerSentence(c.quote, (c.n,)) for c in citations)
    return Answer("?", answered, "quotes", sentences, citations)


def asked(*evidence: str, answerable: bool = True) -> Asked:
    places = tuple(Place("fees.md", text) for text in evidence)
    return Asked("1", "?", "fact", "en", answerable, places, (Place("fees.md", "Children pay 2"),))


@pytest.mark.parametrize(
    ("quotes", "answered", "category"),
    [
        ([ADULTS], True, "well"),
        ([ADULTS, RAIN, SNOW], True, "well"),
        ([ADULTS, RAIN, SNOW, THUNDER], True, "partly"),
        ([ADULTS, CHILDREN], True, "wrong"),
        ([RAIN], True, "wrong"),
        ([ADULTS], False, "unsure right"),
        ([RAIN], False, "refused"),
        ([], False, "refused"),
    ],
)
def test_an_answer_is_worth_what_it_quotes(
    quotes: list[str], answered: bool, category: Category
) -> None:
    assert categorize(asked("adults pay 4 crowns"), answer(*quotes, answered=answered), TEXTS) == (
        category
    )


def test_all_of_the_evidence_must_be_quoted() -> None:
    assert categorize(asked(ADULTS, RAIN), answer(ADULTS), TEXTS) == "partly"


def test_one_piece_is_enough_where_any_suffices() -> None:
    question = replace(asked(ADULTS, RAIN), any_suffices=True)
    assert categorize(question, answer(RAIN), TEXTS) == "well"
    assert categorize(question, answer(SNOW), TEXTS) == "wrong"


@pytest.mark.parametrize(
    ("quotes", "answered", "category"),
    [
        ([RAIN], True, "asserted"),
        ([CHILDREN], False, "unsure shown"),
        ([RAIN], False, "nothing"),
        ([], False, "nothing"),
    ],
)
def test_without_an_answer_nothing_must_be_asserted(
    quotes: list[str], answered: bool, category: Category
) -> None:
    question = asked(answerable=False)
    assert categorize(question, answer(*quotes, answered=answered), TEXTS) == category


def test_what_no_longer_holds_may_only_be_quoted_beside_what_does() -> None:
    question = replace(asked(ADULTS), superseded=(Place("fees.md", RAIN),))
    beside = replace(answer(ADULTS, RAIN), note="It rained earlier.")

    assert categorize(question, answer(ADULTS, RAIN), TEXTS) == "wrong"
    assert categorize(question, replace(answer(RAIN), note="Earlier."), TEXTS) == "wrong"
    assert categorize(question, beside, TEXTS) == "well"


def test_the_header_of_a_cell_must_stand_in_the_answer() -> None:
    assert categorize(replace(asked(ADULTS), shown=("4 crowns",)), answer(ADULTS), TEXTS) == "well"
    assert categorize(replace(asked(ADULTS), shown=("Price",)), answer(ADULTS), TEXTS) == "partly"


def test_an_article_about_somebody_else_is_told_by_its_name_or_by_the_evidence() -> None:
    texts = {**TEXTS, "bus-fares.md": (2, "x"), "fees-old.md": (3, "y")}
    other = replace(answer(ADULTS), citations=(replace(answer(ADULTS).citations[0], article_id=3),))

    assert not quotes_another_subject(asked(ADULTS), answer(ADULTS), texts)
    assert quotes_another_subject(asked(ADULTS), other, texts)
    assert not quotes_another_subject(replace(asked(ADULTS), subject="fees"), other, texts)


def test_a_question_for_a_cell_wants_its_row_and_header(tmp_path: Path) -> None:
    row = {
        "id": "t1", "question": "?", "language": "en", "file": "sky.csv", "answerable": True,
        "row": ["Moon", "12"], "header": ["Object", "Size / in px"], "column": "Size / in px",
        "value": "12", "must_not": [["Sun", "13"]],
    }  # fmt: skip
    file = tmp_path / "tables" / "looked_at.jsonl"
    file.parent.mkdir()
    file.write_text(json.dumps(row))

    [question] = read_questions(file)

    assert question.evidence == (Place("sky.csv", "Moon | 12"),)
    assert question.must_not == (Place("sky.csv", "Sun | 13"),)
    assert question.shown == ("Size", "in px")


def test_words_that_the_evidence_has_too_are_not_forbidden() -> None:
    question = replace(asked(ADULTS), must_not=(Place("fees.md", "pay 4 crowns"),))

    assert categorize(question, answer(ADULTS), TEXTS) == "well"


def test_of_a_brief_a_row_with_the_same_figure_is_as_good() -> None:
    text = "Sales | 8,420 | 7,960"
    row = replace(answer(ADULTS).citations[0], quote=text, start=28, end=49)
    question = asked("Sales rose to 8.42 million.")
    texts = {"fees.md": (1, f"Sales rose to 8.42 million. {text}")}
    given = replace(answer(ADULTS), citations=(row,))

    assert categorize(replace(question, brief="b1"), given, texts) == "well"
    assert categorize(question, given, texts) == "wrong"
