"""A perturbed sentence differs from the true one in one place only."""

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
    article_names=("William Arrol", "Forth Bridge"),
    other_names=("Marie Curie",),
)
ADDED = (
    PerturbationKind.ANSWER,
    PerturbationKind.PREMISE,
    PerturbationKind.SPEAKER,
    PerturbationKind.LEADING_NAME,
    PerturbationKind.COUNT,
    PerturbationKind.ROLES,
    PerturbationKind.FIGURES,
)
JOINED = (PerturbationKind.MERGED, PerturbationKind.CAUSE)
OTHERS = (PerturbationKind.SWAPPED, PerturbationKind.UNCITED)
WORDS = (
    "The Forth Bridge opened In 1890 March 4 , . not never without more larger before was is 3 "
    "3,000 1.5 twenty two (2) [3] can't does n't cannot no Marie Curie said NASA 12% May"
)
SENTENCES = st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=25).map(" ".join)


def _words(text: str) -> list[str]:
    return regex.findall(r"\w+", text.lower())


def test_a_sentence_is_perturbed_in_every_kind() -> None:
    perturbed = perturb(Claim(TRUE, (TRUE,)), MATERIAL, "seed")
    assert [each.kind for each in perturbed if each.kind not in ADDED + JOINED] == [
        PerturbationKind.NUMBER,
        PerturbationKind.DATE,
        PerturbationKind.NAME,
        PerturbationKind.NEGATION,
        PerturbationKind.COMPARATIVE,
        *OTHERS,
    ]


@given(SENTENCES, st.integers(0, 99))
def test_a_perturbed_claim_has_other_words_or_another_citation(text: str, seed: int) -> None:
    claim = Claim(text, (text,), title="T", question="Q?")
    for perturbation in perturb(claim, MATERIAL, str(seed)):
        perturbed = perturbation.claim
        if perturbation.kind in (PerturbationKind.ANSWER, PerturbationKind.PREMISE):
            assert perturbed.question != claim.question
            continue
        if perturbation.kind in OTHERS:
            assert perturbed.text == text
            assert perturbed.cited != claim.cited
        else:
            assert _words(perturbed.text) != _words(text)
            joined = perturbation.kind in JOINED
            assert perturbed.cited[: len(claim.cited)] == claim.cited
            assert joined == (perturbed.cited != claim.cited)
        assert (perturbed.title, perturbed.question) == ("T", "Q?")


@given(SENTENCES)
def test_the_same_seed_gives_the_same_sentences(text: str) -> None:
    claim = Claim(text, (text,))
    assert perturb(claim, MATERIAL, "a") == perturb(claim, MATERIAL, "a")


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
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
def test_negations_and_comparatives(text: str, kind: PerturbationKind, expected: str) -> None:
    perturbed = perturb(Claim(text, (text,)), MATERIAL, "seed")
    assert [each.claim.text for each in perturbed if each.kind is kind] == [expected]


def test_names_in_the_question_speakers_counts_and_answer_words_are_perturbed() -> None:
    text = "Curie saw that the bridges were opened by Prince Edward in 1890."
    material = Material((), ("Arrol", "Curie"), ("Marie",))
    claims = {each.kind: each.claim for each in perturb(Claim(text, (text,)), material, "seed")}
    assert claims[PerturbationKind.PREMISE].text in claims[PerturbationKind.PREMISE].question
    assert claims[PerturbationKind.LEADING_NAME].text.split()[0] in ("Arrol", "Marie")
    assert claims[PerturbationKind.SPEAKER].text.startswith("According to ")
    assert claims[PerturbationKind.SPEAKER].text.endswith(text)
    assert _words(claims[PerturbationKind.COUNT].text) != _words(text)
    assert claims[PerturbationKind.ANSWER].text in (f"Yes, {text}", f"No, {text}")


def test_a_year_is_perturbed_as_a_date_and_a_reference_not_as_a_number() -> None:
    perturbed = perturb(Claim("In 1890 it opened [3] (2).", ("x",)), MATERIAL, "seed")
    kinds = [each.kind for each in perturbed]
    assert PerturbationKind.DATE in kinds
    assert PerturbationKind.NUMBER not in kinds
