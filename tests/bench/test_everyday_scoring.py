"""What an answer to an everyday question is worth."""

from __future__ import annotations

import pytest

from bench.everyday_scoring import Asked, Category, Place, categorize
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
