"""What a sentence has from the question alone gets no footnote found by code."""

from __future__ import annotations

import pytest

from bot.verify.check import check
from bot.verify.claim_context import ClaimContext

SHOW = "The show is set at a waterfront resort at Lake of the Ozarks, a town in Missouri."
TOWER = "One of these developments was the iron framed building."
PLANTS = "In trees and other plants that develop wood, vascular tissue produces woody growth."
FIRM = "Anna Berg established the firm in Perth and bought a bakery."


def rules(question: str, claim: str, source: str, *, found: bool = True) -> set[str]:
    verdict = check(claim, [source], ClaimContext(question=question, source_was_inferred=found))
    return {reason.rule for reason in verdict.reasons}


@pytest.mark.parametrize(
    ("question", "claim", "source"),
    [
        ("where is the show filmed", "The show is filmed at Lake of the Ozarks.", SHOW),
        (
            "who contributed most to the design of skyscrapers",
            "The iron framed building was among the developments that contributed.",
            TOWER,
        ),
        ("which plants are eaten by cows", "Trees and plants that develop wood are eaten.", PLANTS),
    ],
)
def test_a_word_that_only_the_question_has_is_an_echo(
    question: str, claim: str, source: str
) -> None:
    assert "question_echo" in rules(question, claim, source)
    assert "question_echo" not in rules(question, claim, source, found=False)


@pytest.mark.parametrize(
    ("question", "claim", "source"),
    [
        ("where is the show set", "The show is set at Lake of the Ozarks.", SHOW),
        ("who founded the firm", "Anna Berg founded the firm in Perth.", FIRM),  # established
        ("who acquired a bakery", "Anna Berg acquired a bakery.", FIRM),  # bought
        ("what is the name of the town in Missouri called", "It is called Ozarks.", SHOW),
        ("", "The show is filmed at Lake of the Ozarks.", SHOW),
    ],
)
def test_a_synonym_of_the_source_or_a_light_word_is_no_echo(
    question: str, claim: str, source: str
) -> None:
    assert "question_echo" not in rules(question, claim, source)
