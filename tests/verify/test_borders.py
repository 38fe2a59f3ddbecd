"""Each veto and each threshold of the checks at its border: one thing differs, and the verdict."""

from __future__ import annotations

import numpy as np
import pytest

from bot.citations import CitedSpan, DraftSentence
from bot.verify import exclusive_words, findings, lexical_overlap, stream_verifier, support_signals
from bot.verify.alignment import Alignment, align
from bot.verify.analyzed_text import analyze
from bot.verify.check import check
from bot.verify.claim_context import ClaimContext
from bot.verify.find_footnote import SourceIndex
from bot.verify.findings import Signal, find_all
from bot.verify.stream_verifier import StreamVerifier
from bot.verify.support_signals import gather, overlap_signals
from tests.answer.library import passage

BARN = "The hotel in Perth bought the old barn from the board for 412 pounds in May 1890."
LIFT = "It was left out because the lift would have cost 52,000 pounds."
TRIAL = "In the study, 412 patients took the drug and 409 patients took the placebo."
BORDERS: dict[Signal, tuple[str, str, str]] = {  # a false sentence, a true one, their source
    "number": ("The hotel bought it for 413 pounds.", "The hotel bought it for 412 pounds.", BARN),
    "unit": ("The hotel bought it for 412 euros.", "The hotel bought it for 412 pounds.", BARN),
    "date": ("It bought the barn in June 1890.", "It bought the barn in May 1890.", BARN),
    "name": ("The hotel in Dundee bought the barn.", "The hotel in Perth bought the barn.", BARN),
    "quotation": ("The hotel bought “the barn”.", "The hotel bought “the old barn”.", BARN),
    "rate": ("It earns 500 euros a month.", "It earns 500 euros a year.",
             "The firm earns 500 euros a year."),
    "reversed_figures": ("The team won 4 to 7.", "The team won 7 to 4.",
                         "The team won 7 to 4 in the end."),
    "bound_figure": ("In the study, 409 patients took the drug.",
                     "In the study, 412 patients took the drug.", TRIAL),
    "exclusive_word": ("His brother bought the barn.", "His husband bought the barn.",
                       "His husband bought the barn in May."),
    "overstated": ("All members voted for the plan.", "Some members voted for the plan.",
                   "Some members of the board voted for the plan in May."),
    "cause": ("The mill closed because the river flooded.",
              "The mill closed after the river flooded.",
              "The mill closed in May, after the river flooded the valley."),
    "antonym_replaced": ("The price of the barn fell in May.", "The price of the barn rose in May.",
                         "The price of the barn rose in May by a lot."),
    "negation_replaced": ("The board did sell the barn.", "The board did not sell the barn.",
                          "The board did not sell the barn in May."),
    "negation_dropped": ("The board sold the old barn.", "The board never sold the old barn.",
                         "The board has never sold the old barn."),
    "attribution": ("The firm sold the barn.", "Prosecutors allege that the firm sold the barn.",
                    "Prosecutors allege that the firm sold the barn."),
    "hypothetical": ("The lift cost 52,000 pounds.", "The lift would have cost 52,000 pounds.",
                     LIFT),
    "speaker": ("According to the mayor, the mill closed.",
                "According to the owner, the mill closed.", "The mill closed, the owner said."),
    "name_replaced": ("In May Anna Berg bought the barn.", "In May Karl Lund bought the barn.",
                      "In May Karl Lund bought the barn, and Anna Berg wept."),
    "antonym": ("The barn was sold after the war.", "The barn was sold before the war.",
                "The barn was sold before the war to the board."),
    "negation_added": ("The old barn was not red.", "The old barn was red.",
                       "The old barn was red."),
    "number_replaced": ("In May the board sold 12 barns.", "In May the board sold 15 barns.",
                        "In May the board sold 15 barns and 12 mills."),
    "question_echo": ("The show is filmed at the lake.", "The show is set at the lake.",
                      "The show is set at a resort at the lake."),
}  # fmt: skip
ASKED = ClaimContext(question="Where is the show filmed?", source_was_inferred=True)


def test_each_veto_has_a_border() -> None:
    assert BORDERS.keys() == findings.VETOES | findings.VETOES_IN_OWN_WORDS


@pytest.mark.parametrize(("signal", "case"), BORDERS.items(), ids=BORDERS)
def test_one_difference_brings_a_veto(signal: Signal, case: tuple[str, str, str]) -> None:
    false, true, source = case
    context = ASKED if signal == "question_echo" else ClaimContext()
    decisive = [f.signal for f in gather(analyze(false), (source,), context).vetoes]
    assert signal in decisive
    assert gather(analyze(true), (source,), context).vetoes == ()
    assert not check(false, [source], context).supported
    assert check(true, [source], context).supported


def alignment_of(*rows: tuple[float, ...], weights: tuple[float, ...]) -> Alignment:
    """Of claim words with these nearnesses to each sentence; 1 is a match at the word's place."""
    nearness = np.array(rows)
    places = tuple(
        tuple((place,) if near == 1 else () for near in row) for place, row in enumerate(rows)
    )
    sentences = tuple(analyze(f"Sentence {n} of the text.") for n in range(nearness.shape[1]))
    return Alignment(analyze("A claim."), sentences, places, nearness, np.array(weights))


@pytest.mark.parametrize(("share", "carry"), [(0.5, 2), (0.51, 1)])
def test_a_sentence_carries_a_claim_from_its_share_of_the_matched_words_on(
    share: float, carry: int
) -> None:
    alignment = alignment_of((1, 1), (1, 0), (0, 0), weights=(1, 1, 5))
    assert len(alignment.sentences_with(share)) == carry
    assert alignment_of((0, 0), weights=(1,)).sentences_with(0.0) == []


@pytest.mark.parametrize(("nearness", "far"), [(support_signals.NEAR, 1), (0.499, 2)])
def test_a_word_is_far_below_its_cosine(nearness: float, far: int) -> None:
    signals = overlap_signals(alignment_of((1,), (nearness,), (0.1,), weights=(1, 1, 1)))
    assert np.expm1(signals["far"]) == pytest.approx(far)
    assert np.expm1(signals["missing"]) == pytest.approx(2)


def test_the_words_signals_of_a_small_alignment() -> None:
    signals = overlap_signals(alignment_of((1, 0), (0.6, 1), (0.2, 0.4), weights=(2, 1, 1)))
    assert signals["covered"] == pytest.approx(3 / 4)
    assert signals["covered_best"] == pytest.approx(2 / 4)
    assert signals["near"] == pytest.approx((2 + 1 + 0.4) / 4)
    assert signals["near_best"] == pytest.approx((2 + 0.6 + 0.2) / 4)
    assert signals["farthest"] == pytest.approx(0.6)
    assert signals["second_farthest"] == 0.0


def test_words_are_adjacent_within_the_window() -> None:
    source = "alpha red blue beta green white gamma"
    signals = {
        text: overlap_signals(align(analyze(text), [source]))["adjacent"]
        for text in ("alpha beta", "alpha green", "alpha beta gamma", "beta")
    }
    assert signals == {"alpha beta": 1.0, "alpha green": 0.0, "alpha beta gamma": 1.0, "beta": 1.0}


@pytest.mark.parametrize(
    ("text", "order"),
    [("alpha beta gamma", (1.0, 0.0)), ("gamma beta alpha", (0.0, 1.0)),
     ("beta alpha gamma", (0.5, 0.5)), ("alpha", (0.0, 0.0))],
)  # fmt: skip
def test_matched_words_stand_in_order_or_inverted(text: str, order: tuple[float, float]) -> None:
    signals = overlap_signals(align(analyze(text), ["alpha beta gamma"]))
    assert (signals["in_order"], signals["inverted"]) == order


def test_two_findings_of_a_kind_count_and_no_more() -> None:
    def count(text: str) -> float:
        return gather(analyze(text), (BARN,), ClaimContext()).signals["number"]

    texts = ("It has 7 doors.", "It has 7 doors and 8 walls.", "7 doors, 8 walls and 9 roofs.")
    assert [count(text) for text in texts] == [1.0, 2.0, support_signals.MOST_OF_A_KIND]


def test_an_unhedged_source_outweighs_doubt_from_its_coverage_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "The firm sold the red barn."
    cited = ["Prosecutors allege that the firm sold the red barn.", "The firm had a red barn."]
    coverage = lexical_overlap.coverage(analyze(text), [cited[1]])
    assert coverage is not None

    def doubted() -> bool:
        found = find_all(align(analyze(text), cited), cited, ClaimContext())
        return "attribution" in [each.signal for each in found]

    monkeypatch.setattr(findings, "MIN_UNDOUBTED_COVERAGE", coverage)
    assert not doubted()
    monkeypatch.setattr(findings, "MIN_UNDOUBTED_COVERAGE", coverage + 1e-9)
    assert doubted()


def test_a_footnote_is_found_from_its_coverage_on(monkeypatch: pytest.MonkeyPatch) -> None:
    source = passage(1, ["The hotel bought the old barn in May.", "A cat saw it."])
    draft = DraftSentence("The hotel bought the old barn in spring.")
    match = SourceIndex([source]).best(draft.text)
    assert match is not None

    def cites(least: float) -> tuple[CitedSpan, ...]:
        monkeypatch.setattr(stream_verifier, "MIN_INFERRED_COVERAGE", least)
        return StreamVerifier("", [source]).check_sentence(draft).draft.spans

    assert cites(match.share) == (match.span,)
    assert cites(match.share + 1e-9) == ()


@pytest.mark.parametrize(("between", "replaced"), [(0, True), (2, True), (3, False)])
def test_words_of_a_class_stand_beside_the_same_word_within_three(
    between: int, replaced: bool
) -> None:
    claim = " ".join(["His brother", *"xyz"[:between], "barn."])
    source = " ".join(["His husband", *"uvw"[:between], "barn."])
    found = list(exclusive_words.find_replaced(analyze(claim), [analyze(source)]))
    assert bool(found) is replaced


@pytest.mark.parametrize(
    ("claimed", "said", "overstated"),
    [("all", "most", True), ("most", "many", True), ("many", "some", True), ("some", "few", True),
     ("few", "no", True), ("no", "few", True), ("most", "all", False), ("few", "some", False),
     ("no", "no", False)],
)  # fmt: skip
def test_a_quantifier_says_no_more_than_its_source(
    claimed: str, said: str, overstated: bool
) -> None:
    claim, source = f"It was {claimed} barns.", f"It was {said} barns."
    found = list(exclusive_words.find_overstated(analyze(claim), [analyze(source)]))
    assert bool(found) is overstated
