"""A sentence and the sentences it cites → whether they carry it, and if not, why.

Pure rules, for any language as far as figures, dates, names and quotations go, and for negations
and opposites in those that ``negation`` and ``antonyms.txt`` know. A sentence that passes may
still be wrong: the rules see what is said, not what follows from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from bot.answer.verify import antonyms, attribution, counting, dates, entities, hypothetical, lexical_overlap, negation, numbers, quotations, substitutions
from bot.answer.verify import question_echoes
from bot.answer.verify.analyzed_text import AnalyzedText, analyze, fold
from bot.answer.verify.source_gaps import leaves_open
from bot.text.language import detect_language

# Measured on the tuning half of clapnq: of the human-written sentences 1.7 % have less than .45 to
# .55 of their telling words in their evidence; of those whose mark was swapped, 95 to 98 %.
MIN_OVERLAP = 0.45
OVERRIDING_COSINE = 0.65  # a cosine that outweighs it: 1 % of those with a swapped mark reach .61
MIN_CROSS_LINGUAL_COSINE = 0.3  # for two languages, whose words cannot be compared: half of the swapped are below .27
MIN_UNDOUBTED_COVERAGE = 0.7  # of the telling words by sources that say it without a doubt


Rule = Literal[
    "number", "unit", "date", "name", "quotation", "negation", "opposite", "attribution",
    "speaker", "hypothetical", "elsewhere", "echo", "leans", "uncited",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """What a source does not carry: the rule that says so, and the words."""

    rule: Rule
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reasons`` is empty when the sentence is supported.

    ``foreign``: the language of its sources (ISO 639-1), where it is another one than the
    sentence's: then words were not compared.
    """

    reasons: tuple[Reason, ...] = ()
    source_language: str = ""

    @property
    def supported(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class ClaimContext:
    """What is known beside the cited sentences: words that need no source of their own.

    ``question`` is no source: whoever asks may have it wrong. ``before``: what stands in front of
    the cited sentences, where their pronouns point to. ``said``: the sentence of the answer before
    this one. ``found``: the cited sentences were found by code, so what the question says and they
    do not counts against them.
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
    around: ClaimContext | None = None,
    closeness: float | None = None,
) -> Verdict:
    """Whether ``cited`` carry ``text``. ``closeness``: cosine of the two, where it is known."""
    around = around or ClaimContext()
    if not cited:
        return Verdict(() if leaves_open(text, around.question) else (Reason("uncited", text),))
    if text.split() in [source.split() for source in cited]:
        return Verdict()  # a sentence carries itself, whatever the rules make of it
    reasons = tuple(dict.fromkeys(_reasons(text, cited, around, closeness)))
    return Verdict(reasons, _source_language_if_different(text, cited))


def _source_language_if_different(text: str, cited: Sequence[str]) -> str:
    claim, sources = analyze(text), [analyze(source) for source in cited]
    if any(_comparable(claim, source) for source in sources):
        return ""
    return detect_language(cited[0])


def _reasons(
    text: str, cited: Sequence[str], around: ClaimContext, closeness: float | None
) -> Iterator[Reason]:
    claim, sources = analyze(text), [analyze(source) for source in cited]
    yield from _unsupported_figures(claim, sources, around)
    known = [*cited, *around.texts]
    yield from (Reason("name", name) for name in entities.find_unsupported(claim, known))
    altered = quotations.altered_quotations(claim.text, known, around.question)
    yield from (Reason("quotation", quoted) for quoted in altered)
    same = [source for source in sources if _comparable(claim, source)]
    if same:
        yield from (
            Reason(rule, words) for rule, words in substitutions.find_substitutions(claim, same)
        )
        yield from (Reason("negation", words) for words in negation.added_negations(claim, same))
        yield from (Reason("negation", words) for words in negation.dropped_negations(claim, same))
        yield from (Reason("opposite", word) for word in antonyms.swapped_antonyms(claim, same))
        weighed = hypothetical.find_stated_as_fact(claim, same, around.question)
        yield from (Reason("hypothetical", words) for words in weighed)
        yield from _attribution(claim, cited, around)
        if around.source_was_inferred:
            echoed = question_echoes.echoed_words(claim, known, around.question)
            yield from (Reason("echo", word) for word in echoed)
    yield from _overlap(claim, cited, around, closeness, bool(same))


def _comparable(claim: AnalyzedText, source: AnalyzedText) -> bool:
    """Whether they may be in one language: words of two cannot be compared."""
    return not claim.language or not source.language or claim.language == source.language


def _unsupported_figures(
    claim: AnalyzedText, sources: Sequence[AnalyzedText], around: ClaimContext
) -> Iterator[Reason]:
    told = [figure for source in sources for figure in _find_figures(source)]
    by_title = numbers.find_figures(fold(f"{around.title} {around.published or ''}"))
    days = dates.dates(claim.text)
    own = [f for f in _find_figures(claim) if not any(d.start <= f.start < d.end for d in days)]
    counted = counting.counts([source.text for source in sources])
    for rule, figure in numbers.find_unsupported(own, [*told, *by_title], counted):
        yield Reason(rule, claim.text[figure.start : figure.end])
    years = list(chain.from_iterable(f.values for f in [*told, *by_title]))
    cited = " ".join(source.text for source in sources)
    for day in dates.find_unsupported(days, cited, years, around.published):
        yield Reason("date", claim.text[day.start : day.end])


def _find_figures(text: AnalyzedText) -> list[numbers.Figure]:
    return numbers.find_figures(text.text, text.language)


def _overlap(
    claim: AnalyzedText,
    cited: Sequence[str],
    around: ClaimContext,
    closeness: float | None,
    same: bool,
) -> Iterator[Reason]:
    if same:
        distant = _little_in_common(claim, cited, around) and (
            closeness is None or closeness < OVERRIDING_COSINE
        )
    else:
        distant = closeness is not None and closeness < MIN_CROSS_LINGUAL_COSINE
    if distant:
        yield Reason("elsewhere", claim.text)


def _little_in_common(claim: AnalyzedText, cited: Sequence[str], around: ClaimContext) -> bool:
    granted = entities.known_words(claim, cited, [*cited, *around.texts])
    share = lexical_overlap.coverage(claim, cited, granted)
    return share is not None and share < MIN_OVERLAP


def needs_similarity(text: str, cited: Sequence[str], around: ClaimContext | None = None) -> bool:
    """Whether ``check`` would heed how close the two are in meaning."""
    claim = analyze(text)
    same = any(_comparable(claim, analyze(source)) for source in cited)
    return bool(cited) and (not same or _little_in_common(claim, cited, around or ClaimContext()))


def _attribution(
    claim: AnalyzedText, cited: Sequence[str], around: ClaimContext
) -> Iterator[Reason]:
    """A distance is lost only where the sources that keep none do not carry the claim."""
    speakers = [*cited, around.text_before_sources, around.author]
    yield from (Reason("speaker", who) for who in attribution.find_invented_speakers(claim.text, speakers))
    sure = [source for source in cited if not attribution.DOUBT_PATTERN.search(source)]
    word = attribution.dropped_attribution(claim.text, around.previous_sentence, " ".join(cited), speakers)
    if word and (lexical_overlap.coverage(claim, sure) or 0) < MIN_UNDOUBTED_COVERAGE:
        yield Reason("attribution", word)
