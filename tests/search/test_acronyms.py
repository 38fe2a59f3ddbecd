"""An acronym of a question is spelled out as the library does."""

from __future__ import annotations

import pytest

from bot.search.acronyms import spell_out
from tests.answer.library import passage


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        (
            "Who leads the FSA?",
            "In May the Food Standards Agency (FSA) moved.",
            "Who leads the FSA? (Food Standards Agency)",
        ),
        (
            "Was sagt das BAG?",
            "Das Bundesamt für Gesundheit (BAG) und das Amt.",
            "",  # its letters are not those of its words
        ),
        (
            "UNICEF and WHO",
            "The World Health Organization (WHO) and the Fund (UNICEF).",
            "UNICEF and WHO (World Health Organization)",
        ),
        (
            "What does the BHRC say?",
            "Rules of the Board of the Harbour and River Commission (BHRC).",
            "What does the BHRC say? (Board of the Harbour and River Commission)",
        ),
        ("Who leads the FSA?", "The Food Agency (FSA) moved.", ""),
        ("Food Standards Agency FSA", "The Food Standards Agency (FSA) moved.", ""),
        ("who leads it", "The Food Standards Agency (FSA) moved.", ""),
    ],
)
def test_an_acronym_is_spelled_out(question: str, text: str, expected: str) -> None:
    assert spell_out(question, [passage(1, [text])]) == expected
