"""Check that the figures and names of a sentence stand with the words that they belong to.

"412 took the drug and 409 a placebo" has both figures and both groups, but doesn't support "409
took the drug". A figure is bound to the words of its part of the sentence (``segments``); a claim
that gives it only words of another figure's part has bound it wrongly. Names alike, and the roles
beside them ("the mayor, Tom Brandreth"). Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import regex

from bot.text.lazy_pattern import lazy_pattern
from bot.text.quantities import UNIT, Figure, find_figures, unit_pattern
from bot.verify import numbers
from bot.verify.analyzed_text import AnalyzedText, Vocabulary, Word, same_word, weight
from bot.verify.entities import find_entities, is_capital
from bot.verify.segments import segments

Segment = tuple[Word, ...]
FIRST_YEAR, LAST_YEAR = 1_000, 2_100  # bounds: a float in a range is looked for one by one
MIN_WEIGHT = 0.5  # of a word that speaks for another figure
RATE = lazy_pattern(
    r"\b(?:an?|per|each|every|pro|im|je|jede[nrs]?|par|chaque|al|por|cada)\s+"
    rf"(an|{unit_pattern('second', 'minute', 'hour', 'night', 'day', 'week', 'month', 'year')})\b",
    regex.IGNORECASE,
)
FRENCH_YEAR = UNIT["ans"]  # "par an"; elsewhere "an" is an article
RATE_CHARACTERS = 30  # after a figure, where its "a year" stands
MAX_DISTANCE = 2  # words between a name and a role beside it: ", the"


def find_misbound_figures(claim: AnalyzedText, sentences: Sequence[AnalyzedText]) -> Iterator[str]:
    """The claim's figures beside words that stand with another figure of its sources."""
    figures = find_figures(claim.text, claim.language)
    if not figures:
        return
    parts = [_SourcePart(part, text) for text in sentences for part in segments(text)]
    for segment in segments(claim):
        for figure in _within(figures, segment):
            own = [part for part in parts if part.has_figure(figure)]
            sources = [part.text for part in own]
            others = [p for p in parts if p.text in sources and p.has_other_figure(figure)]
            if _belongs_to(segment, own, others, claim.language):
                yield claim.text[figure.start : figure.end]


def find_misbound_names(claim: AnalyzedText, sentences: Sequence[AnalyzedText]) -> Iterator[str]:
    """The claim's names beside words that stand with another name of its sources."""
    names = find_entities(claim, include_first=True)
    if not names:
        return
    parts = [_SourcePart(part, text) for text in sentences for part in segments(text)]
    for segment in segments(claim):
        spans = [span for span in names if span[0] in segment]
        for span in spans:
            own = [part for part in parts if part.has_name(span)]
            others = [
                part
                for part in parts
                if part.names and not any(part.has_name(each) for each in spans)
            ]
            if _belongs_to(segment, own, others, claim.language):
                yield " ".join(word.written for word in span)


@dataclass(frozen=True)
class _SourcePart:
    """A part of a source sentence."""

    words: Segment
    text: AnalyzedText

    @cached_property
    def figures(self) -> list[Figure]:
        return _within(find_figures(self.text.text, self.text.language), self.words)

    @cached_property
    def names(self) -> list[Sequence[Word]]:
        spans = find_entities(self.text, include_first=True)
        return [span for span in spans if span[0] in self.words]

    def has_figure(self, figure: Figure) -> bool:
        return any(numbers.agrees(figure, other) for other in self.figures)

    def has_other_figure(self, figure: Figure) -> bool:
        """Whether its figures are of the same kind, and none is this one."""
        alike = [other for other in self.figures if _kind(other) == _kind(figure)]
        return bool(alike) and not self.has_figure(figure)

    def has_name(self, span: Sequence[Word]) -> bool:
        return any(same_word(a.lower, b.lower, "") for a in span for b in self.words)


def find_other_rates(claim: AnalyzedText, sentences: Sequence[AnalyzedText]) -> Iterator[str]:
    """The claim's figures per month that are per year in its sources."""
    for figure in find_figures(claim.text, claim.language):
        rate = _rate(claim, figure)
        stated = {
            _rate(text, other)
            for text in sentences
            for other in find_figures(text.text, text.language)
            if numbers.agrees(figure, other)
        }
        if rate and stated - {""} and rate not in stated:
            yield claim.text[figure.start : figure.end]


def _rate(text: AnalyzedText, figure: Figure) -> str:
    """The unit of time after "per" behind a figure; empty without one."""
    match = RATE.search(text.text, figure.end, figure.end + RATE_CHARACTERS)
    if match is None:
        return ""
    return UNIT.get(match[1].lower(), FRENCH_YEAR)


def _kind(figure: Figure) -> str:
    if figure.unit:
        return figure.unit
    is_year = all(FIRST_YEAR <= v <= LAST_YEAR and v.is_integer() for v in figure.values)
    return "year" if is_year else ""


def _within(figures: Sequence[Figure], segment: Segment) -> list[Figure]:
    start, end = segment[0].start, segment[-1].end
    return [figure for figure in figures if start <= figure.start < end]


def _belongs_to(
    segment: Segment, own: Sequence[_SourcePart], others: Sequence[_SourcePart], language: str
) -> bool:
    """Whether the segment has words of the ``others`` alone, and none of its ``own`` alone.

    Or all that one of the others alone has, and not all of its own: "1,100 in winter" leaves out
    the verb.
    """
    if not own or not others:
        return False
    words = Vocabulary([" ".join(word.written for word in _plain_words(segment))])
    own_alone = _without(own, others, language)
    speaking = [word for word in _without(others, own, language) if words.has(word, language)]
    if not any(weight(word) >= MIN_WEIGHT for word in speaking):
        return False
    if not any(words.has(word, language) for word in own_alone):
        return True
    lacking = any(not words.has(word, language) for word in own_alone)
    return lacking and any(
        all(words.has(word, language) for word in alone)
        for part in others
        if (alone := _without([part], own, language))
    )


def _without(
    parts: Sequence[_SourcePart], others: Sequence[_SourcePart], language: str
) -> list[str]:
    """The words of some parts that the others don't have."""
    vocabulary = _vocabulary(others)
    words = dict.fromkeys(word.lower for part in parts for word in _plain_words(part.words))
    return [word for word in words if not vocabulary.has(word, language)]


def _vocabulary(parts: Collection[_SourcePart]) -> Vocabulary:
    return Vocabulary([" ".join(w.written for w in _plain_words(part.words)) for part in parts])


def _plain_words(segment: Segment) -> list[Word]:
    """Its content words that are no figures."""
    return [word for word in segment if word.is_content and not word.lower[0].isdigit()]


def find_swapped_roles(claim: AnalyzedText, sentences: Sequence[AnalyzedText]) -> Iterator[str]:
    """The roles beside a name of the claim that stand beside another name in its sources."""
    for name, role in _roles(claim):
        for text in sentences:
            stated = list(_roles(text))
            bearers = [other for other, word in stated if same_word(role, word, claim.language)]
            is_named = any(_same_name(name, other) for other, _ in stated)
            if bearers and is_named and not any(_same_name(name, bearer) for bearer in bearers):
                yield role


def _same_name(a: Sequence[Word], b: Sequence[Word]) -> bool:
    return any(same_word(x.lower, y.lower, "") for x in a for y in b)


def _roles(text: AnalyzedText) -> Iterator[tuple[Sequence[Word], str]]:
    """Each name with the content words right before it, or after it and a comma."""
    index = {word.start: i for i, word in enumerate(text.words)}
    for span in find_entities(text, include_first=True):
        first, last = index[span[0].start], index[span[-1].start]
        before = text.words[max(0, first - 1) : first]
        after = text.words[last + 1 : last + 1 + MAX_DISTANCE]
        if not text.text[span[-1].end :].startswith(","):
            after = ()
        for word in (*before, *after):
            if word.is_content and (not is_capital(word) or text.language == "de"):
                yield span, word.lower
