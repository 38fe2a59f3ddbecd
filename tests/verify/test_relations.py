"""A sentence in its source's own words may still relate them otherwise."""

from __future__ import annotations

import pytest

from bot.verify.analyzed_text import analyze
from bot.verify.claim_context import ClaimContext
from bot.verify.support_signals import gather

TRIAL = "The trial had two groups: 412 took the drug and 409 took a placebo."
VOTE = "The treasurer opposed the plan, and the mayor supported it."
SALE = "The hotel bought the barn from the board in May."


def signals(text: str, *cited: str) -> set[str]:
    """What the rules find in a sentence."""
    evidence = gather(analyze(text), cited, ClaimContext())
    return {finding.signal for finding in evidence.findings}


@pytest.mark.parametrize(
    ("true", "lie", "cited", "signal"),
    [
        ("412 took the drug.", "409 took the drug.", TRIAL, "bound_figure"),
        ("In winter 900 people came.", "In winter 4,800 people came.",
         "In summer 4,800 people came and in winter 900.", "bound_figure"),
        ("41% of those on the placebo slept well.", "41% of those on the drug slept well.",
         "63% of the drug group slept well, against 41% of the placebo group.", "bound_figure"),
        ("The treasurer opposed the plan.", "The mayor opposed the plan.", VOTE, "subject"),
        ("The mayor, Tom Brand, sang.", "The mayor, Ines Hall, sang.",
         "The treasurer, Ines Hall, danced, and the mayor, Tom Brand, sang.", "role"),
        ("The board voted 7 to 4.", "The board voted 4 to 7.", "The board voted 7 to 4 on it.",
         "reversed_figures"),
        ("It runs from April to October.", "It runs from October to April.",
         "The work runs from April to October.", "reversed_words"),
        ("The hotel bought the barn from the board.", "The board bought the barn from the hotel.",
         SALE, "reversed_words"),
        ("Der Verein wurde von Anna Berg an Karl Lund verkauft.",
         "Der Verein wurde von Karl Lund an Anna Berg verkauft.",
         "Der Verein wurde 2019 von Anna Berg an Karl Lund verkauft.", "reversed_words"),
        ("Hall's brother owns the yard.", "Hall's husband owns the yard.",
         "Hall's brother owns the smaller yard.", "exclusive_word"),
        ("Le frère de Berg dirige le musée.", "Le mari de Berg dirige le musée.",
         "Le frère de Berg dirige le petit musée.", "exclusive_word"),
        ("The board denied that it took money.", "The board admitted that it took money.",
         "The board denied that it took money.", "exclusive_word"),
        ("Most stalls stayed open.", "All stalls stayed open.", "Most stalls stayed open all day.",
         "overstated"),
        ("Some parents went to court.", "All parents went to court.",
         "Some parents went to court.", "overstated"),
        ("They paid £340 a year.", "They paid £340 a month.", "They paid a fee of £340 a year.",
         "rate"),
        ("On payait 620 francs par an.", "On payait 620 francs par mois.",
         "On payait 620 francs par an.", "rate"),
        ("The slip may collapse.", "The slip will collapse.", "The slip might collapse soon.",
         "modal"),
        ("It fell because of the storm.", "It fell because of the board.",
         "It fell because of the storm.", ""),
        ("It fell in the storm.", "It fell because the board met.", "It fell. The board met.",
         "cause"),
    ],
)  # fmt: skip
def test_a_lie_in_the_source_s_words_is_told_from_the_truth(
    true: str, lie: str, cited: str, signal: str
) -> None:
    assert signal not in signals(true, cited)
    assert not signal or signal in signals(lie, cited)


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("The board sold the barn to the hotel.", SALE),  # the converse
        ("The barn was sold to the hotel.", SALE),
        ("The bridge was built by Ann Lee.", "Ann Lee built the bridge."),  # the passive
        ("Few stalls stayed open.", "Few stalls stayed open."),
        ("Stalls stayed open.", "All stalls stayed open."),  # less is no lie
        ("Meg, the sister of Owen, drew maps.", "Owen's sister Meg drew maps."),
        ("The house opened in May.", "The house opened on 4 May 1911."),  # a month, no modal
        ("It is due to be opened.", "It will be opened."),  # no cause
    ],
)
def test_other_words_for_the_same_relation_are_no_lie(text: str, cited: str) -> None:
    assert signals(text, cited) == set()
