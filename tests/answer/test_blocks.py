"""Which rows of a table, and which items of a list, a question asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.answer.blocks import narrow_rows
from bot.records import Sentence
from tests.answer.library import hits, judge, passage

TRIPS = ["- 6a: camping, 28 to 30 September", "- 6b: the same, 5 to 7 October"]
ROWS = ["Revenue | 48.7 | 45.9", "– Marine | 8.8 | 8.4", "– Industry | 39.9 | 37.5"]


def test_a_row_that_is_a_part_of_another_also_says_what_that_one_does() -> None:
    found = passage(1, ROWS, title="Quarter")
    rows = tuple(Sentence(s.start, s.end, kind="table_row") for s in found.sentences)
    question = "marine revenue of the quarter"
    candidates = judge(question, hits(replace(found, sentences=rows)))
    assert [row.text for row in narrow_rows(question, candidates)] == [ROWS[1]]


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("which dates is 6b going camping", [TRIPS[1]]),
        ("when do 6a and 6b go camping", TRIPS),
        ("when is the class camping", TRIPS),
    ],
)
def test_an_item_of_another_code_is_left_out(question: str, texts: Sequence[str]) -> None:
    found = passage(1, TRIPS)
    items = tuple(Sentence(s.start, s.end, kind="list_item") for s in found.sentences)
    candidates = judge(question, hits(replace(found, sentences=items)))
    assert [item.text for item in narrow_rows(question, candidates)] == texts


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("who is on call on sunday", "Sun 15 Nov | Lena"),
        ("wer hat am sonntag dienst", "So 15. Nov | Lena"),
        ("qui travaille le dimanche", "dim. | Lena"),
        ("¿quién trabaja el domingo?", "dom | Lena"),
        ("кто работает в воскресенье", "вс | Лена"),
        ("who is on call in april", "2026-04 | Lena"),
        ("quem trabalha em setembro", "set | Lena"),
    ],
)
def test_a_row_is_the_asked_day_or_month_by_any_of_its_names(question: str, row: str) -> None:
    rows = ["1 | Piet", row, "2 | Oona"]
    found = passage(1, rows)
    sentences = tuple(Sentence(s.start, s.end, kind="table_row") for s in found.sentences)
    candidates = judge(question, hits(replace(found, sentences=sentences)))
    assert [each.text for each in narrow_rows(question, candidates)] == [row]
    assert max(candidates, key=lambda c: c.signals["own"]).text == row
