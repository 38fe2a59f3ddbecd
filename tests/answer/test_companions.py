"""A sentence that corrects a quoted one comes with it; one that only goes on does not."""

from __future__ import annotations

import pytest

from bot.answer.companions import add_companions
from tests.answer.library import passage


async def quoted(*sentences: str) -> list[str]:
    """What is quoted of a passage if its first sentence answers."""
    found = passage(1, sentences)
    quotes = await add_companions([(found, found.sentences[0])])
    return [found.quote(sentence) for _, sentence in quotes]


@pytest.mark.parametrize(
    ("answer", "correction"),
    [
        ("The bridge is safe, the mayor said.", "But the inspectors found cracks in two pillars."),
        ("The ferry leaves at 9.", "However, on Sundays it leaves at 10."),
        ("Der Eintritt kostet 8 Euro.", "Allerdings zahlen Kinder nur die Hälfte."),
        ("El puente cuesta 4 millones.", "Sin embargo, el puente costará 6 millones."),
    ],
)
async def test_what_corrects_a_quote_comes_with_it(answer: str, correction: str) -> None:
    assert await quoted(answer, correction, "It rained.") == [answer, correction]


@pytest.mark.parametrize(
    "following",
    [
        "It was built in 1902.",
        "Then the mayor went home.",
        "Because of the rain, few people came.",
        "The council meets on Monday.",
    ],
)
async def test_what_only_goes_on_does_not(following: str) -> None:
    assert await quoted("The bridge is safe, the mayor said.", following) == [
        "The bridge is safe, the mayor said."
    ]


async def test_a_later_contrast_comes_along_only_if_it_is_about_the_same() -> None:
    answer = "The engineer blamed quicksand that the test drillings had missed."
    about = "However, the auditors found that two of the test drillings had been skipped."
    other = "However, the fish soup of the harbour café was excellent this year."
    assert await quoted(answer, "Work goes on.", about) == [answer, about]
    assert await quoted(answer, "Work goes on.", other) == [answer]
