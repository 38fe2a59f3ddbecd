"""A lie differs from its sentence in what it says, and in nothing but that."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluate.perturbations import Claim, Material, PerturbationKind, perturb

TRUE = (
    "In March 1890, after 8 years, the Forth Bridge was opened by Prince Edward with 54,000 more "
    "rivets than planned."
)
MATERIAL = Material(
    sentences=("It is red.", "It was never closed."),
    near_names=("William Arrol", "Forth Bridge"),
    far_names=("Marie Curie",),
)
ADDED = (
    PerturbationKind.ANSWER,
    PerturbationKind.PREMISE,
    PerturbationKind.SPEAKER,
    PerturbationKind.FIRST,
    PerturbationKind.COUNT,
)
OTHERS = (PerturbationKind.SWAPPED, PerturbationKind.INVENTED, PerturbationKind.UNCITED)
WORDS = (
    "The Forth Bridge opened In 1890 March 4 , . not never without more larger before was is 3 "
    "3,000 1.5 twenty two (2) [3] can't does n't cannot no Marie Curie said NASA 12% May"
)
SENTENCES = st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=25).map(" ".join)


def _said(text: str) -> list[str]:
    return regex.findall(r"\w+", text.lower())


def test_one_sentence_makes_a_lie_of_every_kind() -> None:
    told = perturb(Claim(TRUE, (TRUE,)), MATERIAL, "seed")
    assert [lie.kind for lie in told if lie.kind not in ADDED] == [
        PerturbationKind.NUMBER,
        PerturbationKind.DATE,
        PerturbationKind.NAME,
        PerturbationKind.NEGATION,
        PerturbationKind.COMPARATIVE,
        *OTHERS,
    ]


@given(SENTENCES, st.integers(0, 99))
def test_a_lie_always_says_something_else_or_cites_something_else(text: str, seed: int) -> None:
    claim = Claim(text, (text,), title="T", question="Q?")
    for lie in perturb(claim, MATERIAL, str(seed)):
        if lie.kind in (
            PerturbationKind.ANSWER,
            PerturbationKind.PREMISE,
        ):  # the question is another, too
            assert lie.claim.question != claim.question
            continue
        if lie.kind in OTHERS:
            assert lie.claim.text == text
            assert lie.claim.cited != claim.cited
        else:
            assert _said(lie.claim.text) != _said(text)
            assert lie.claim.cited == claim.cited
        assert (lie.claim.title, lie.claim.question) == ("T", "Q?")


@given(SENTENCES)
def test_the_same_seed_makes_the_same_lies(text: str) -> None:
    claim = Claim(text, (text,))
    assert perturb(claim, MATERIAL, "a") == perturb(claim, MATERIAL, "a")


@pytest.mark.parametrize(
    ("text", "kind", "lie"),
    [
        ("It was never closed.", PerturbationKind.NEGATION, "It was closed."),
        ("It cannot float.", PerturbationKind.NEGATION, "It can float."),
        ("He came without a hat.", PerturbationKind.NEGATION, "He came with a hat."),
        ("The bridge is red.", PerturbationKind.NEGATION, "The bridge is not red."),
        ("It did n't rain.", PerturbationKind.NEGATION, "It did rain."),
        ("Sales rose.", PerturbationKind.COMPARATIVE, "Sales fell."),
        ("It is older.", PerturbationKind.COMPARATIVE, "It is younger."),
    ],
)
def test_a_lie_is_what_it_is_called(text: str, kind: PerturbationKind, lie: str) -> None:
    told = perturb(Claim(text, (text,)), MATERIAL, "seed")
    assert [one.claim.text for one in told if one.kind is kind] == [lie]


def test_names_of_the_question_speakers_counts_and_answer_words_are_lies_too() -> None:
    text = "Curie saw that the bridges were opened by Prince Edward in 1890."
    material = Material((), ("Arrol", "Curie"), ("Marie",))
    told = {lie.kind: lie.claim for lie in perturb(Claim(text, (text,)), material, "seed")}
    assert told[PerturbationKind.PREMISE].text in told[PerturbationKind.PREMISE].question
    assert told[PerturbationKind.FIRST].text.split()[0] in ("Arrol", "Marie")
    assert told[PerturbationKind.SPEAKER].text.startswith("According to ")
    assert told[PerturbationKind.SPEAKER].text.endswith(text)
    assert _said(told[PerturbationKind.COUNT].text) != _said(text)
    assert told[PerturbationKind.ANSWER].text in (f"Yes, {text}", f"No, {text}")


def test_a_year_is_a_date_and_a_mark_of_a_reference_is_no_number() -> None:
    told = perturb(Claim("In 1890 it opened [3] (2).", ("x",)), MATERIAL, "seed")
    assert PerturbationKind.DATE in [lie.kind for lie in told]
    assert PerturbationKind.NUMBER not in [lie.kind for lie in told]
