"""Which rows of a table a question asks for."""

from __future__ import annotations

from dataclasses import replace

from bot.answer.blocks import narrow_rows
from bot.records import Sentence
from tests.answer.library import hits, judge, passage

ROWS = ["Revenue | 48.7 | 45.9", "– Marine | 8.8 | 8.4", "– Industry | 39.9 | 37.5"]


def test_a_row_that_is_a_part_of_another_also_says_what_that_one_does() -> None:
    found = passage(1, ROWS, title="Quarter")
    rows = tuple(Sentence(s.start, s.end, kind="table_row") for s in found.sentences)
    question = "marine revenue of the quarter"
    candidates = judge(question, hits(replace(found, sentences=rows)))
    assert [row.text for row in narrow_rows(question, candidates)] == [ROWS[1]]
