"""Decide whether the cited sentences support a sentence, and if not, say why.

One fitted line (``support_model``) weighs how much of the sentence its sources have and what the
rules find in it (``findings``); figures, dates, names and quotations that no source has decide
alone. If a sentence and its source are in different languages, only those are compared, and the
cosine; in one whose words for "not" are unknown, everything else, and the verdict says so. A
sentence that passes may still be wrong: wording is compared, no conclusions are drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.answer_records import SupportStatus
from bot.text.language import detect_language
from bot.verify import negation, support_model
from bot.verify.alignment import shorten
from bot.verify.analyzed_text import AnalyzedText, analyze
from bot.verify.claim_context import ClaimContext
from bot.verify.findings import Reason, comparable
from bot.verify.source_gaps import says_not_in_sources
from bot.verify.support_signals import Evidence, gather

# The log odds that a sentence needs: of the labelled claims that may be looked at .18 of the true
# are refused and .61 of the false caught, at −1.4 .23 and .66, at −2.2 .15 and .55.
LEAST_LOG_ODDS = -1.8
# A longer sentence isn't checked, so it isn't shown: it takes a second of CPU, and is no sentence.
MAX_CHARACTERS = 3_000
# A cosine that outweighs different words: 1 % of sentences with a swapped citation reach .61.
OVERRIDING_COSINE = 0.65
# For two languages, whose words cannot be compared: half of the swapped citations are below .27.
MIN_CROSS_LINGUAL_COSINE = 0.3


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reasons`` is empty when the sentence is supported.

    ``checked``, ``source_language``: as of ``AnswerSentence``.
    """

    reasons: tuple[Reason, ...] = ()
    checked: SupportStatus = "yes"
    source_language: str = ""

    @property
    def supported(self) -> bool:
        return not self.reasons


def check(
    text: str,
    cited: Sequence[str],
    context: ClaimContext | None = None,
    cosine: float | None = None,
) -> Verdict:
    """Whether ``cited`` support ``text``. ``cosine``: of the two, if known."""
    context = context or ClaimContext()
    if not cited:
        is_gap = says_not_in_sources(text, context.question)
        return Verdict(() if is_gap else (Reason("uncited", text),))
    if text.split() in [source.split() for source in cited]:
        return Verdict()  # an exact quote always passes
    if len(text) > MAX_CHARACTERS:
        return Verdict((Reason("too_long", text),))
    claim = analyze(text)
    cited = shorten(claim, cited)
    evidence = gather(claim, cited, context)
    if _is_foreign(claim, cited):
        reasons = _vetoes(evidence) + _distant(claim, cosine)
        return Verdict(reasons, "other_language", detect_language(cited[0]))
    reasons = _unique([*_vetoes(evidence), *_outweighed(claim, evidence, cosine)])
    if negation.knows_language(claim.text):
        return Verdict(reasons)
    return Verdict(reasons, "unknown_language", detect_language(claim.text))


def needs_similarity(text: str, cited: Sequence[str], context: ClaimContext | None = None) -> bool:
    """Whether the verdict of ``check`` depends on the cosine."""
    if not cited or len(text) > MAX_CHARACTERS:
        return False
    claim = analyze(text)
    cited = shorten(claim, cited)
    if _is_foreign(claim, cited):
        return True
    evidence = gather(claim, cited, context or ClaimContext())
    return not evidence.findings and support_model.log_odds(evidence.signals) < LEAST_LOG_ODDS


def _is_foreign(claim: AnalyzedText, cited: Sequence[str]) -> bool:
    """Whether no source may be in the sentence's language."""
    return not any(comparable(claim, analyze(source)) for source in cited)


def _vetoes(evidence: Evidence) -> tuple[Reason, ...]:
    return _unique(finding.reason for finding in evidence.vetoes)


def _distant(claim: AnalyzedText, cosine: float | None) -> tuple[Reason, ...]:
    if cosine is None or cosine >= MIN_CROSS_LINGUAL_COSINE:
        return ()
    return (Reason("unrelated_source", claim.text),)


def _outweighed(
    claim: AnalyzedText, evidence: Evidence, cosine: float | None
) -> tuple[Reason, ...]:
    """What speaks against a sentence that its sources don't bear out well enough."""
    if support_model.log_odds(evidence.signals) >= LEAST_LOG_ODDS:
        return ()
    reasons = tuple(finding.reason for finding in evidence.findings)
    is_near = cosine is not None and cosine >= OVERRIDING_COSINE
    if is_near or support_model.log_odds(evidence.of_words) >= LEAST_LOG_ODDS:
        return reasons
    return (*reasons, Reason("unrelated_source", claim.text))


def _unique(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Each reason once; a figure that has another reason needs no word on where it belongs."""
    different = dict.fromkeys(reasons)
    blamed = {reason.words for reason in different if reason.rule != "binding"}
    return tuple(r for r in different if r.rule != "binding" or r.words not in blamed)
