"""Check whether the cited sentences support a sentence, and if not, say why.

The rules are pure functions. Figures, dates, names, quotations and word overlap are checked in any
language; negations and antonyms in the languages of ``negation`` and ``antonyms.txt``; attribution
and hypotheticals in those of their word lists; speakers best in English; words taken from the
question in English only. If a sentence and its source are in different languages, only figures,
dates, names and quotations are compared, and the cosine. A sentence that passes may still be wrong:
the rules compare wording, they don't draw conclusions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from bot.text.dates import find_dates
from bot.text.folding import straighten
from bot.text.language import detect_language
from bot.text.quantities import find_figures
from bot.verify import (
    antonyms,
    attribution,
    counting,
    dates,
    entities,
    hypothetical,
    lexical_overlap,
    negation,
    numbers,
    question_echoes,
    quotations,
    substitutions,
)
from bot.verify.analyzed_text import AnalyzedText, analyze
from bot.verify.source_gaps import says_not_in_sources

# Minimum share of a sentence's content words in its sources. Measured on the tuning half of CLAPnq:
# at thresholds .45–.55, 1.7 % of human-written sentences fall below; with swapped citations,
# 95–98 %.
MIN_OVERLAP = 0.45
# A cosine that outweighs low overlap: 1 % of sentences with a swapped citation reach .61.
OVERRIDING_COSINE = 0.65
# For two languages, whose words cannot be compared: half of the swapped citations are below .27.
MIN_CROSS_LINGUAL_COSINE = 0.3
# Share of the content words that unhedged sources must cover to make a statement a plain fact.
MIN_UNDOUBTED_COVERAGE = 0.7


Rule = Literal[
    "number", "unit", "date", "name", "quotation", "negation", "antonym", "attribution",
    "speaker", "hypothetical", "unrelated_source", "question_echo", "depends_on_removed", "uncited",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a sentence isn't supported: the rule that it breaks, and the words at fault."""

    rule: Rule
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reasons`` is empty when the sentence is supported.

    ``source_language``: ISO 639-1 code, set only if the sources are in another language than the
    sentence; then words were not compared.
    """

    reasons: tuple[Reason, ...] = ()
    source_language: str = ""

    @property
    def supported(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class ClaimContext:
    """Context besides the cited sentences, whose words need no citation.

    ``question`` is no source: it may be mistaken. ``text_before_sources``: the sentences before the
    cited ones, where their pronouns point. ``previous_sentence``: the sentence of the answer before
    this one. ``source_was_inferred``: code chose the citation, not the model, so words that only
    the question has count against it.
    """

    title: str = ""
    author: str = ""
    published: str | None = None
    question: str = ""
    text_before_sources: str = ""
    previous_sentence: str = ""
    source_was_inferred: bool = False

    @property
    def texts(self) -> list[str]:
        return [t for t in (self.title, self.author, self.text_before_sources) if t]


def check(
    text: str,
    cited: Sequence[str],
    context: ClaimContext | None = None,
    cosine: float | None = None,
) -> Verdict:
    """Whether ``cited`` support ``text``. ``cosine``: of the two, if known."""
    context = context or ClaimContext()
    if not cited:
        return Verdict(
            () if says_not_in_sources(text, context.question) else (Reason("uncited", text),)
        )
    if text.split() in [source.split() for source in cited]:
        return Verdict()  # an exact quote always passes
    reasons = tuple(dict.fromkeys(_reasons(text, cited, context, cosine)))
    return Verdict(reasons, _source_language_if_different(text, cited))


def _source_language_if_different(text: str, cited: Sequence[str]) -> str:
    """The sources' language if none of them may be in the sentence's; else empty."""
    claim, sources = analyze(text), [analyze(source) for source in cited]
    if any(_comparable(claim, source) for source in sources):
        return ""
    return detect_language(cited[0])


def _reasons(
    text: str, cited: Sequence[str], context: ClaimContext, cosine: float | None
) -> Iterator[Reason]:
    claim, sources = analyze(text), [analyze(source) for source in cited]
    yield from _unsupported_figures(claim, sources, context)
    all_sources = [*cited, *context.texts]
    yield from (Reason("name", name) for name in entities.find_unsupported(claim, all_sources))
    altered = quotations.find_altered(claim.text, all_sources, context.question)
    yield from (Reason("quotation", quoted) for quoted in altered)
    same_language_sources = [source for source in sources if _comparable(claim, source)]
    if same_language_sources:
        yield from (
            Reason(rule, words)
            for rule, words in substitutions.find_substitutions(claim, same_language_sources)
        )
        yield from (
            Reason("negation", words) for words in negation.find_added(claim, same_language_sources)
        )
        yield from (
            Reason("negation", words)
            for words in negation.find_dropped(claim, same_language_sources)
        )
        yield from (
            Reason("antonym", word) for word in antonyms.find_swapped(claim, same_language_sources)
        )
        hypotheticals = hypothetical.find_stated_as_fact(
            claim, same_language_sources, context.question
        )
        yield from (Reason("hypothetical", words) for words in hypotheticals)
        yield from _attribution(claim, cited, context)
        if context.source_was_inferred:
            echoed = question_echoes.find_echoes(claim, all_sources, context.question)
            yield from (Reason("question_echo", word) for word in echoed)
    yield from _overlap(claim, cited, context, cosine, bool(same_language_sources))


def _comparable(claim: AnalyzedText, source: AnalyzedText) -> bool:
    """Whether both may be in the same language; otherwise their words can't be compared."""
    return not claim.language or not source.language or claim.language == source.language


def _unsupported_figures(
    claim: AnalyzedText, sources: Sequence[AnalyzedText], context: ClaimContext
) -> Iterator[Reason]:
    source_figures = list(chain.from_iterable(find_figures(s.text, s.language) for s in sources))
    title_figures = find_figures(straighten(f"{context.title} {context.published or ''}"))
    counts_in_sources = counting.list_lengths([source.text for source in sources])
    for rule, figure in numbers.find_unsupported(
        numbers.figures_outside_dates(claim), [*source_figures, *title_figures], counts_in_sources
    ):
        yield Reason(rule, claim.text[figure.start : figure.end])
    years = list(chain.from_iterable(f.values for f in [*source_figures, *title_figures]))
    cited = " ".join(source.text for source in sources)
    for claimed in dates.find_unsupported(find_dates(claim.text), cited, years, context.published):
        yield Reason("date", claim.text[claimed.start : claimed.end])


def _overlap(
    claim: AnalyzedText,
    cited: Sequence[str],
    context: ClaimContext,
    cosine: float | None,
    has_same_language_source: bool,
) -> Iterator[Reason]:
    if has_same_language_source:
        distant = _little_in_common(claim, cited, context) and (
            cosine is None or cosine < OVERRIDING_COSINE
        )
    else:
        distant = cosine is not None and cosine < MIN_CROSS_LINGUAL_COSINE
    if distant:
        yield Reason("unrelated_source", claim.text)


def _little_in_common(claim: AnalyzedText, cited: Sequence[str], context: ClaimContext) -> bool:
    exempt_words = entities.supported_words(claim, cited, [*cited, *context.texts])
    share = lexical_overlap.coverage(claim, cited, exempt_words)
    return share is not None and share < MIN_OVERLAP


def needs_similarity(text: str, cited: Sequence[str], context: ClaimContext | None = None) -> bool:
    """Whether the verdict of ``check`` depends on the cosine."""
    claim = analyze(text)
    has_same_language_source = any(_comparable(claim, analyze(source)) for source in cited)
    return bool(cited) and (
        not has_same_language_source or _little_in_common(claim, cited, context or ClaimContext())
    )


def _attribution(
    claim: AnalyzedText, cited: Sequence[str], context: ClaimContext
) -> Iterator[Reason]:
    """Report a dropped attribution only if the unhedged sources don't support the claim."""
    speakers = [*cited, context.text_before_sources, context.author]
    yield from (
        Reason("speaker", who) for who in attribution.find_invented_speakers(claim.text, speakers)
    )
    unhedged = [source for source in cited if not attribution.DOUBT_PATTERN.search(source)]
    word = attribution.find_dropped(
        claim.text, context.previous_sentence, " ".join(cited), speakers
    )
    if word and (lexical_overlap.coverage(claim, unhedged) or 0) < MIN_UNDOUBTED_COVERAGE:
        yield Reason("attribution", word)
