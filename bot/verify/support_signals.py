"""What tells whether sources support a sentence, as numbers: the signals of ``support_model``.

How many of its words the sources have, in one sentence of theirs or in several, next to each other
and in order; how near the others are in meaning; how many figures, names, quotations, negations and
antonyms differ. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log1p
from typing import get_args

import numpy as np

from bot.verify import entities, findings, lexical_overlap
from bot.verify.alignment import Alignment, align
from bot.verify.analyzed_text import AnalyzedText
from bot.verify.claim_context import ClaimContext
from bot.verify.findings import Finding, Signal

NEAR = 0.5  # a cosine above which a word is taken for another's synonym
WINDOW = 3  # content words between which two are next to each other
MOST_OF_A_KIND = 2  # findings of a rule that count
CACHED_EVIDENCE = 16  # of the sentences being checked: first whether it takes a cosine


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for and against a sentence: the rules' findings, and all signals."""

    findings: tuple[Finding, ...]
    signals: Mapping[str, float]

    @property
    def of_words(self) -> Mapping[str, float]:
        """The signals as if the rules had found nothing."""
        return {name: v if name in OVERLAP_SIGNALS else 0.0 for name, v in self.signals.items()}

    @property
    def vetoes(self) -> tuple[Finding, ...]:
        """The findings of which each decides alone."""
        return tuple(each for each in self.findings if each.signal in vetoing(self.signals))


def vetoing(signals: Mapping[str, float]) -> frozenset[Signal]:
    """The signals that decide alone for a sentence with these."""
    if signals["near"] >= findings.OWN_WORDS_FROM:
        return findings.VETOES | findings.VETOES_IN_OWN_WORDS
    return findings.VETOES


@lru_cache(CACHED_EVIDENCE)
def gather(claim: AnalyzedText, cited: tuple[str, ...], context: ClaimContext) -> Evidence:
    """The evidence of a claim. Words that only the context has need no source."""
    named = entities.supported_words(claim, cited, [*cited, *context.texts])
    with_rules = {w.lower for w in claim.content if lexical_overlap.has_its_own_rule(w.lower)}
    alignment = align(claim, cited, named | with_rules)
    results = tuple(dict.fromkeys(findings.find_all(alignment, cited, context)))
    counts = Counter(finding.signal for finding in results)
    of_rules = {name: float(min(MOST_OF_A_KIND, counts[name])) for name in get_args(Signal)}
    return Evidence(results, {**overlap_signals(alignment), **of_rules})


def overlap_signals(alignment: Alignment) -> Mapping[str, float]:
    """Those of the words alone: all 0 for sources without content words."""
    if not alignment.nearness.size:
        is_empty = not len(alignment.weights)  # of content: there is nothing to look for
        return {name: float(is_empty and name in SHARES) for name in OVERLAP_SIGNALS}
    matched, nearness, weights = alignment.matched, alignment.nearness, alignment.weights
    total = weights.sum()
    by_sentence = weights @ matched / total
    near_by_sentence = weights @ nearness / total
    best = int((by_sentence + near_by_sentence).argmax())
    any_match, nearest = matched.any(1), nearness.max(1)
    distance = weights * (1 - nearest)
    own = alignment.sentences[best]
    order = _order(alignment, best)
    return {
        "covered": float(weights @ any_match / total),
        "covered_best": float(by_sentence[best]),
        "near": float(weights @ nearest / total),
        "near_best": float(near_by_sentence[best]),
        "farthest": float(distance.max()),
        "second_farthest": float(np.sort(distance)[-2]) if len(distance) > 1 else 0.0,
        "missing": log1p(float((nearest < 1).sum())),
        "far": log1p(float((nearest < NEAR).sum())),
        "adjacent": _adjacent(alignment),
        "in_order": order[0],
        "inverted": order[1],
        "used": min(1.0, float(matched[:, best].sum()) / max(1, len(own.content))),
    }


SHARES = frozenset({"covered", "covered_best", "near", "near_best", "in_order", "used"})
OVERLAP_SIGNALS = (
    "covered", "covered_best", "near", "near_best", "farthest", "second_farthest", "missing", "far",
    "adjacent", "in_order", "inverted", "used",
)  # fmt: skip


def _adjacent(alignment: Alignment) -> float:
    """The share of neighbouring words of the claim that are near each other in a sentence."""
    pairs = list(pairwise(alignment.positions))
    if not pairs:
        return 1.0
    return sum(
        any(
            abs(i - j) <= WINDOW
            for left, right in zip(first, second, strict=True)
            for i in left
            for j in right
        )
        for first, second in pairs
    ) / len(pairs)


def _order(alignment: Alignment, sentence: int) -> tuple[float, float]:
    """The shares of neighbouring matched words in the same and in the opposite order."""
    places = [row[sentence] for row in alignment.positions if row[sentence]]
    forward = backward = 0
    for left, right in pairwise(places):
        if any(i < j for i in left for j in right):
            forward += 1
        elif min(left) > max(right):
            backward += 1
    pairs = max(1, len(alignment.positions) - 1)
    return forward / pairs, backward / pairs
