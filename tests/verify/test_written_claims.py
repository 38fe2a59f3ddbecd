"""Lies and paraphrases written by hand: as many must be caught, and no more refused, as were."""

from __future__ import annotations

from bench.claims import Judged, caught, judge, read_written, refused

# Measured when the weights were fitted; these sentences may be looked at and were fitted on, so the
# figures of docs/answering.md come from others.
LEAST_CAUGHT, MOST_REFUSED = 0.60, 0.10
LEAST_OF_EACH = 100


def test_most_lies_are_caught_and_few_true_sentences_refused() -> None:
    judged = [judge(claim) for claim in read_written()]
    n_true = sum(each.claim.is_true for each in judged)
    assert min(n_true, len(judged) - n_true) >= LEAST_OF_EACH
    assert caught(judged) >= LEAST_CAUGHT, _mistakes(judged)
    assert refused(judged) <= MOST_REFUSED, _mistakes(judged)


def _mistakes(judged: list[Judged]) -> list[str]:
    wrong = [each.claim for each in judged if each.supported != each.claim.is_true]
    return [f"{claim.kind}: {claim.text}" for claim in wrong]
