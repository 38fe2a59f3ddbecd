"""What a question offers with "or", and the sentences about either."""

from __future__ import annotations

import pytest

from bot.answer.extractive import choose_sides
from bot.search.alternatives import Alternative, alternatives
from tests.answer.library import hits, judge, passage


@pytest.mark.parametrize(
    ("question", "offered"),
    [
        ("more flu cases in week 18 or 19", [("18", "week"), ("19", "week")]),
        ("which is cheaper, museum or camping", [("museum", "cheaper"), ("camping", "")]),
        ("¿es más barata la dune 3 o la dune 5?", [("3", "dune"), ("5", "dune")]),
        ("revenue q3 against q1", [("q3", "revenue"), ("q1", "")]),
        ("the national fund or the town?", [("fund", "national"), ("town", "")]),
        ("does a heat pump save money or not?", []),
        ("o que falou abilio sobre o preço", []),
    ],
)
def test_what_a_question_offers(question: str, offered: list[tuple[str, str]]) -> None:
    pair = alternatives(question)
    assert list(pair or ()) == [Alternative(*each) for each in offered]


def test_a_sentence_about_each_of_two_things_is_quoted() -> None:
    question = "Were there more cases in week 18 or 19?"
    weeks = [f"In week {n} there were {cases} cases." for n, cases in ((18, 212), (19, 187))]
    candidates = judge(question, hits(passage(1, [*weeks, "Week 20 was calm in all homes."])))
    assert sorted(c.text for c in choose_sides(question, candidates)) == weeks


def test_a_sentence_about_both_things_needs_no_other() -> None:
    question = "Is it 18 or 26 million?"
    found = hits(passage(1, ["It costs 26 million, and not 18.", "Lind told the council so."]))
    assert choose_sides(question, judge(question, found)) == []
