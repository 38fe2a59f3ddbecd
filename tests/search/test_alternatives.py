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
        ("Who won against Leeds on Saturday?", []),
        ("Wer spielte am Samstag gegen Leeds?", []),
        ("la ville où est né Hugo", []),
        ("train ou bus", [("train", ""), ("bus", "")]),
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


@pytest.mark.parametrize(
    ("question", "sentences"),
    [
        ("Is it 18 or 26 million?", ["It costs 26 million, and not 18."]),
        (
            "What happens if I lose my key or card?",
            [
                "If you lose your key or card, call the office at once.",
                "A key costs 20 euros.",
                "The card opens the gym.",
            ],
        ),
        (
            "Which is longer, the harbour bridge or the tunnel?",
            [
                "The tunnel is longer than the harbour bridge.",
                "The harbour bridge is open.",
                "The tunnel is shut.",
            ],
        ),
    ],
)
def test_a_sentence_about_both_things_needs_no_other(question: str, sentences: list[str]) -> None:
    found = hits(passage(1, [*sentences, "Lind told the council so."]))
    assert choose_sides(question, judge(question, found)) == []
