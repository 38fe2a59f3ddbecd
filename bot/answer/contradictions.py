"""Sentences of different articles that say the same with other figures or dates.

Pure rules: two sentences disagree when most of the telling words of the shorter stand in the other,
a name or a rare word among them, and a figure of the one that counts or dates the same thing has
another value in the other. It sees no disagreement in words alone. Which of them is right is not
decided: both are shown, with their dates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import regex

from bot.answer.verify import dates, numbers
from bot.answer.verify.analyzed_text import (
    KEPT_TEXTS,
    AnalyzedText,
    Word,
    analyze,
    same_word,
    weight,
)
from bot.answer.verify.dates import Day
from bot.answer.verify.entities import is_capital
from bot.answer.verify.lexical_overlap import coverage, has_its_own_rule
from bot.answer.verify.numbers import Figure
from bot.answer.writing.citations import CitedSpan
from bot.records import Hit

MOST_IN_COMMON = 0.7  # of the telling words of the shorter sentence, its figures left aside
FEWEST_IN_COMMON = 3  # words, or a chance pair would do
RARE = 0.8  # of a word's weight; "flood" has .93, "build" .74, "cost" .65
MOST_STATEMENTS = 60  # looked at, in the order they come: pairs grow with their square
YEARS = range(1000, 2100)
SET_ASIDE = regex.compile(
    r"\b(?:not|instead of|rather than|nicht|statt|no|en lugar de)(?: (?:the|die|der|los|las))?"
    r"[\s$€£¥]*$",
    regex.IGNORECASE,
)
MOST_COMPARED = 100  # sentences of hits that a shown one is compared with, best passages first


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of an article, as ``disagreements`` needs it."""

    article_id: int
    title: str
    published: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two sentences, and the words in which they differ, as each has them."""

    one: Statement
    other: Statement
    says: str
    but_says: str

    @property
    def note(self) -> str:
        """Both sides with their sources, in the order of their dates where these are known."""
        sides = [(self.one, self.says), (self.other, self.but_says)]
        if self.one.published and self.other.published:
            sides.sort(key=lambda side: side[0].published or "")
        first, second = (f"“{words}” in {_source(statement)}" for statement, words in sides)
        return f"The sources disagree: {first}, {second}."


def _source(statement: Statement) -> str:
    return f"{statement.title} ({statement.published or 'no date'})"


def find_contradictions(statements: Sequence[Statement]) -> list[Contradiction]:
    """Every pair that disagrees, in the order of the statements."""
    return [
        Contradiction(one, other, *words)
        for one, other in combinations(statements[:MOST_STATEMENTS], 2)
        if one.article_id != other.article_id
        for words in _differences(analyze(one.text), analyze(other.text))
    ]


def _differences(one: AnalyzedText, other: AnalyzedText) -> Iterator[tuple[str, str]]:
    """The first pair of words in which they differ; none unless they speak of the same."""
    if not (_tells_figures(one) and _tells_figures(other) and _same_thing(one, other)):
        return
    days = _other_days(one, other)
    figures = _other_figures(one, other)
    yield from list(days or figures)[:1]


@lru_cache(KEPT_TEXTS)
def _tells_figures(text: AnalyzedText) -> bool:
    """Most sentences have none: they are out early."""
    return bool(numbers.find_figures(text.text, text.language) or dates.dates(text.text))


def _same_thing(one: AnalyzedText, other: AnalyzedText) -> bool:
    if one.language != other.language:
        return False
    shorter, longer = sorted((one, other), key=lambda text: len(text.content))
    share = coverage(shorter, [longer.text])
    if share is None or share < MOST_IN_COMMON:
        return False
    words = [word for word in shorter.content if not word.lower[0].isdigit()]
    shared = [w for w in words if any(_same(w.lower, o.lower, one) for o in longer.content)]
    return len(shared) >= FEWEST_IN_COMMON and any(_names_it(word) for word in shared)


def _names_it(word: Word) -> bool:
    """Whether two sentences that share it may speak of one thing: units and common words do not."""
    if has_its_own_rule(word.lower) or word.lower in numbers.UNIT:
        return False
    return is_capital(word) or weight(word.lower) >= RARE


def _same(one: str, other: str, text: AnalyzedText) -> bool:
    return same_word(one, other, text.language)


def _other_days(one: AnalyzedText, other: AnalyzedText) -> list[tuple[str, str]]:
    """Each has one date, and they are not the same."""
    mine, theirs = dates.dates(one.text), dates.dates(other.text)
    if len(mine) != 1 or len(theirs) != 1 or not _apart(mine[0], theirs[0]):
        return []
    (a,), (b,) = mine, theirs
    return [(one.text[a.start : a.end].strip(), other.text[b.start : b.end].strip())]


def _apart(one: Day, other: Day) -> bool:
    years = one.year and other.year and one.year != other.year
    months = one.months.isdisjoint(other.months)
    days = one.days and other.days and one.days.isdisjoint(other.days)
    return bool(years or months or days)


def _other_figures(one: AnalyzedText, other: AnalyzedText) -> list[tuple[str, str]]:
    """Figures that count the same thing, of which neither text has the other's value."""
    mine, theirs = _figures(one), _figures(other)
    found: list[tuple[str, str]] = []
    for a in mine:
        same = [b for b in theirs if _counts_the_same(one, a, other, b)]
        if not same or any(_agree(a, b) for b in theirs):
            continue
        if not any(_agree(b, other_a) for b in same for other_a in mine):
            b = same[0]
            found.append((one.text[a.start : a.end], other.text[b.start : b.end]))
    return found


def _figures(text: AnalyzedText) -> list[Figure]:
    """What it asserts: no days, and of "5 million, not the 4 million that …" the first."""
    days = dates.dates(text.text)
    return [
        figure
        for figure in numbers.find_figures(text.text, text.language)
        if not any(day.start <= figure.start < day.end for day in days)
        and not SET_ASIDE.search(text.text[: figure.start])
    ]


def _agree(one: Figure, other: Figure) -> bool:
    return numbers.agrees(one, other) or numbers.agrees(other, one)


def _counts_the_same(one: AnalyzedText, a: Figure, other: AnalyzedText, b: Figure) -> bool:
    """The same unit, or the same word behind them; two years without either."""
    if _is_year(a) and _is_year(b):
        return True
    if _is_year(a) or _is_year(b):
        return False
    if a.unit or b.unit:
        return a.unit == b.unit
    behind = [_behind(text, figure) for text, figure in ((one, a), (other, b))]
    return bool(all(behind)) and _same(behind[0], behind[1], one)


def _is_year(figure: Figure) -> bool:
    return not figure.unit and not figure.spelled and any(v in YEARS for v in figure.values)


def _behind(text: AnalyzedText, figure: Figure) -> str:
    """The first word behind a figure that tells something."""
    return next((w.lower for w in text.content if w.start >= figure.end), "")


def find_contradicting_spans(
    shown: Sequence[CitedSpan], hits: Sequence[Hit]
) -> list[tuple[Contradiction, CitedSpan]]:
    """For each shown range the first sentence of another article's hits that disagrees with it.

    Where what is shown has both sides already, those, and no more.
    """
    there = {(one.passage.version_id, one.start) for one in shown}
    others = [
        CitedSpan(hit.passage, s.start, s.end)
        for hit in hits
        for s in hit.passage.sentences
        if (hit.passage.version_id, s.start) not in there
    ][:MOST_COMPARED]
    if both := find_contradictions([_statement(one) for one in shown]):
        sides = {_statement(one): one for one in shown}
        return [(pair, sides[pair.other]) for pair in both]
    return [pair for one in shown if (pair := _first_against(one, others))]


def _first_against(
    shown: CitedSpan, others: Sequence[CitedSpan]
) -> tuple[Contradiction, CitedSpan] | None:
    for other in others:
        if pairs := find_contradictions([_statement(shown), _statement(other)]):
            return pairs[0], other
    return None


def _statement(cited: CitedSpan) -> Statement:
    passage = cited.passage
    return Statement(passage.article_id, passage.title, passage.published, cited.quote)
