"""A question about several things has sides, which are searched for one by one."""

from __future__ import annotations

import pytest

from bot.search.sides import find_lacking_names, find_sides, question_names, without_terms
from tests.answer.library import passage

MARINE = passage(1, ["Profit was 46 million."], title="Norvik Marine: report 2018")
MARITIME = passage(2, ["Profit was 12."], title="Norvik Maritime: report 2020")


def test_a_question_about_two_titles_has_two_sides() -> None:
    sides = find_sides("profit of norvik marine in 2018 vs maritime in 2020", [MARINE, MARITIME])
    assert [side.question.split() for side in sides] == [
        ["profit", "of", "norvik", "marine", "in", "2018", "vs", "in"],
        ["profit", "of", "norvik", "in", "vs", "maritime", "in", "2020"],
    ]
    assert [side.article_ids for side in sides] == [(1,), (2,)]


@pytest.mark.parametrize(
    "question",
    [
        "profit of norvik marine in 2018",
        "what was the profit",
        "which company had a report",  # every title has the word
    ],
)
def test_a_question_about_one_title_has_none(question: str) -> None:
    assert find_sides(question, [MARINE, MARITIME]) == []


@pytest.mark.parametrize(
    ("question", "titles"),
    [
        (
            "what if the rain stopped and the stores were empty",
            ("Clocks that stopped", "The store"),
        ),
        ("what does the reviewer not like in Vennick", ("Vennick's museum", "Chief's Review")),
    ],
)
def test_ordinary_words_of_titles_are_no_sides(question: str, titles: tuple[str, str]) -> None:
    passages = [passage(i, ["Text."], title=title) for i, title in enumerate(titles, 1)]
    assert find_sides(question, passages) == []


def test_a_name_that_the_best_passage_lacks_is_a_side() -> None:
    best = passage(1, ["Brandt led the museum from 1970."])
    (side,) = find_lacking_names("Who came first, Brandt or Kowalski?", best)
    assert side.question == "Who came first, Brandt or Kowalski?".replace("Brandt", "")
    assert find_lacking_names("Who came first, Meyer or Kowalski?", best) == []


def test_a_word_that_only_begins_the_question_is_no_name() -> None:
    assert question_names("Where is Almadra Star moored?") == [frozenset({"almadr", "star"})]


def test_a_question_keeps_its_words_if_none_were_left() -> None:
    assert without_terms("norvik marine?", frozenset({"norvik", "marin"})) == "norvik marine?"
