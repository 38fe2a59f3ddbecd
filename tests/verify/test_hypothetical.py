"""What a source only weighs is no fact."""

from __future__ import annotations

import pytest

from bot.verify.check import check
from bot.verify.claim_context import ClaimContext

LIFT = (
    "We had also wanted a lift to the upper floor, but it was left out because it would have cost "
    "52,000 pounds."
)
BUILDING = (
    "A new building would have cost 1.1 million pounds by his estimate, which the club could never "
    "have raised."
)
TRAIN = "Had the driver braked, the train could have stopped 40 metres before the bridge."
AUFZUG = "Der Aufzug wurde nicht gebaut, weil er 52.000 Euro gekostet hätte."
ASCENSEUR = "L'ascenseur fut abandonné, car il aurait coûté 52 000 euros."


@pytest.mark.parametrize(
    ("question", "claim", "source"),
    [
        ("What did the club pay for the new lift?", "The club paid 52,000 pounds.", LIFT),
        ("What did the lift cost?", "The lift cost 52,000 pounds.", LIFT),
        ("What did the building cost?", "The new building cost 1.1 million pounds.", BUILDING),
        ("Where did the train stop?", "The train stopped 40 metres before the bridge.", TRAIN),
        ("Was kostete der Aufzug?", "Der Aufzug kostete 52.000 Euro.", AUFZUG),
        ("Combien a coûté l'ascenseur ?", "L'ascenseur a coûté 52 000 euros.", ASCENSEUR),
    ],
)
def test_a_hypothetical_is_not_a_fact(question: str, claim: str, source: str) -> None:
    verdict = check(claim, [source], ClaimContext(question=question))
    assert "hypothetical" in [reason.rule for reason in verdict.reasons]


@pytest.mark.parametrize(
    ("question", "claim", "source"),
    [
        ("Why was the lift left out?", "It would have cost 52,000 pounds.", LIFT),
        ("Why is there no lift?", "It was left out because of its cost of 52,000 pounds.", LIFT),
        ("Which lift was wanted?", "A lift to the upper floor was wanted.", LIFT),
        ("What did he say of a new building?", "He estimated 1.1 million pounds.", BUILDING),
        (
            "Where did the album stand?",
            "In its third week the album dropped to number two.",
            "In its third week the album would drop down to number two.",
        ),
        ("Warum kein Aufzug?", "Er hätte 52.000 Euro gekostet.", AUFZUG),
    ],
)
def test_a_claim_with_the_condition_or_the_facts_passes(
    question: str, claim: str, source: str
) -> None:
    verdict = check(claim, [source], ClaimContext(question=question))
    assert "hypothetical" not in [reason.rule for reason in verdict.reasons]
