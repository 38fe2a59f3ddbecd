"""Keeps what is about the very code, numbered thing or period that a question names.

A question about CVE-2024-1243 is not answered by CVE-2024-1234, nor one about week 13 by week 12.
A sentence says such a unit itself, or in what stands above it: the sentences before it in its
paragraph, its byline and heading, the article's title. The nearest of these that names a unit of
the same family decides. Sentences that name none are kept. If the passages name only others of the
family, nothing is kept: the library has no answer. Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from functools import cached_property

import regex

from bot.records import Hit, Sentence, StoredPassage
from bot.search.metadata_boosts import parse_hints
from bot.search.sentence_signals import SENTENCE_END
from bot.text.date_ranges import iso_date_range
from bot.text.dates import find_dates
from bot.text.identifiers import Identifier, find_identifiers
from bot.text.periods import (
    Period,
    find_periods,
    join_years,
    names_relative_day,
    relative_days,
)
from bot.text.stem import stem
from bot.text.tokenize import WORD, split_words

# "Since 2019" asks for more than 2019.
OPEN_ENDED = regex.compile(
    r"\b(?:since|before|after|until|till|between|from|by|past|ab|seit|vor|nach|bis|zwischen|depuis|"
    r"avant|après|jusqu'(?:en|au)|entre|desde|antes de|después de|hasta|até|depois de|dal|prima|"
    r"dopo|от|до|после|между)\s+(?:\p{L}+\s+){0,2}[\w.]*\d"
    # "In 2019 and a year later" asks for another year, too.
    r"|\b(?:years?|quarters?|months?|weeks?) (?:earlier|later|before|after)\b"
    r"|\b(?:previous|preceding|following) (?:year|quarter|month|week)\b"
    r"|\b(?:jahre?n?|quartale?n?|monate?n?|wochen?) (?:zuvor|davor|später|danach)\b|\bvorjahr"
    r"|\baños? (?:antes|después|más tarde|anterior|siguiente)\b|\banos? (?:antes|depois|anterior)\b"
    r"|\b(?:ans?|années?) (?:plus tôt|plus tard|auparavant|après|précédente)\b"
    r"|\bгодом (?:ранее|раньше|позже)\b",
    regex.IGNORECASE,
)
LONG_CODE_DIGITS = 4
VERSION_FAMILY = "#.#.#"
COMPARED = regex.compile(r"\([^():]*:[^()]*\)")  # "(2024: 15.9 million)", not "(2026-09-28)"
DATELINE_CHARACTERS = 60
TIME_AT_EDGE = regex.compile(r"^\W*\d?\d[:.h]\d\d\b|\b\d?\d[:.h]\d\d(?:\s*\p{L}{1,3})?\W*$")
SET_OFF = regex.compile(r"^\W*$|[·•|,(–—-]\s*(?:\p{L}+,?\s+)?$")  # before the day, or a weekday
DATELINE_SENTENCES = 3  # at the beginning of an article, where its day may stand
CELL = regex.compile(r"\s*\|\s*")
ROW_NUMBER = regex.compile(r"\d{1,6}(?:\.\d{1,5})*")


class Says(Enum):
    """What a sentence says of a unit that is asked for."""

    TARGET = "target"
    ANOTHER = "another"  # of its family
    OPEN = "open"  # it names none


@dataclass(frozen=True, slots=True)
class AskedUnits:
    """The codes, numbered things and periods that a question names.

    ``families``: the keys of the identifiers, by their family.
    """

    codes: frozenset[str]
    families: dict[str, frozenset[str]]
    periods: tuple[Period, ...]

    def __bool__(self) -> bool:
        return bool(self.families or self.periods)


def asked_units(question: str, today: date) -> AskedUnits:
    """The units of ``question``; "yesterday" counts from ``today``, or from a day it names."""
    # Not ordinals: "the first wave" may be called the wave of spring.
    identifiers = [unit for unit in find_identifiers(question) if unit.writing != "ordinal"]
    families: dict[str, set[str]] = {}
    for unit in identifiers:
        families.setdefault(unit.family, set()).add(unit.key)
    return AskedUnits(
        frozenset(unit.key for unit in identifiers if unit.writing == "code"),
        {family: frozenset(keys) for family, keys in families.items()},
        _asked_periods(question, today),
    )


def _asked_periods(question: str, today: date) -> tuple[Period, ...]:
    if OPEN_ENDED.search(question) or parse_hints(question, today).dates:
        return ()  # "the article of 5 May" is found by its date, but others are not left out
    named = join_years(find_periods(question))
    if not names_relative_day(question):
        return named
    base = next(filter(None, (period.as_date() for period in named)), today)
    return tuple(p for p in relative_days(question, base) if p != Period.of_day(base))


def keep_exact(
    target: AskedUnits, hits: Sequence[Hit], days: Mapping[int, date]
) -> tuple[Hit, ...]:
    """The hits with the sentences that don't say another unit than the one that is asked for.

    ``days``: the day of each article, by its id.
    """
    contexts = [_PassageContext(hit.passage, days.get(hit.passage.article_id)) for hit in hits]
    if not target or not _are_mentioned(target, contexts):
        return () if target else tuple(hits)
    remaining = [context.sentences_about(target) for context in contexts]
    return tuple(
        _narrow(hit, sentences) for hit, sentences in zip(hits, remaining, strict=True) if sentences
    )


def keep_of_day(
    target: AskedUnits, hits: Sequence[Hit], days: Mapping[int, date]
) -> tuple[Hit, ...]:
    """The hits with the sentences that are of a day that is asked for; none if it names no day."""
    wanted_days = [period for period in target.periods if period.day]
    of_day: list[Hit] = []
    for hit in hits if wanted_days else ():
        context = _PassageContext(hit.passage, days.get(hit.passage.article_id))
        sentences = tuple(
            sentence
            for i, sentence in enumerate(hit.passage.sentences)
            if any(context.says_period(i, period) is Says.TARGET for period in wanted_days)
        )
        if sentences:
            of_day.append(_narrow(hit, sentences))
    return tuple(of_day)


def _narrow(hit: Hit, sentences: tuple[Sentence, ...]) -> Hit:
    if len(sentences) == len(hit.passage.sentences):
        return hit
    return replace(hit, passage=replace(hit.passage, sentences=sentences))


def _are_mentioned(target: AskedUnits, contexts: Sequence[_PassageContext]) -> bool:
    """Whether the passages mention a unit of each family that they name others of.

    A long code must be said even if they name none of its family: in a short one, a letter may be
    wrong, or the text may say it in words.
    """
    if not target.families:
        return True
    mentioned = [unit for context in contexts for unit in context.identifiers]
    for family, keys in target.families.items():
        others = [unit for unit in mentioned if _is_like(unit, family, keys)]
        if any(_is_target(unit, keys) for unit in others):
            continue
        if others or any(_is_long(key) for key in keys & target.codes):
            return False
    return True


def _is_long(code: str) -> bool:
    return sum(character.isdigit() for character in code) >= LONG_CODE_DIGITS


def _is_like(unit: Identifier, family: str, keys: frozenset[str]) -> bool:
    """Whether it is of the family, or a version without a name: 4.2.1, if Kestrel 4.2 is asked."""
    return unit.family == family or (unit.family == VERSION_FAMILY and any("." in k for k in keys))


def _is_target(unit: Identifier, keys: frozenset[str]) -> bool:
    """Whether it is one of ``keys``, or a part of one: 4.2.1 is a 4.2."""
    wholes = {*keys, *(key.split()[-1] for key in keys)} if unit.writing == "code" else keys
    return unit.key in wholes or any(unit.key.startswith(f"{key}.") for key in wholes)


def article_days(passages: Iterable[StoredPassage]) -> dict[int, date]:
    """By article, the day when it was published, or what stands at its beginning as its day."""
    days: dict[int, date] = {}
    for passage in passages:
        if day := _published_day(passage) or _dateline(passage):
            days.setdefault(passage.article_id, day)
    return days


def _published_day(passage: StoredPassage) -> date | None:
    published = iso_date_range(passage.published or "")
    return published[0] if published and published[0] == published[1] else None


def _dateline(passage: StoredPassage) -> date | None:
    if passage.position:
        return None
    for sentence in passage.sentences[:DATELINE_SENTENCES]:
        for period in find_periods(passage.quote(sentence)):
            if day := period.as_date():
                return day
    return None


class _PassageContext:
    """What each sentence of a passage says, and what stands above it."""

    def __init__(self, passage: StoredPassage, day: date | None):
        self.passage = passage
        self.day = day  # of the article
        self.texts = [passage.quote(sentence) for sentence in passage.sentences]

    @cached_property
    def identifiers(self) -> list[Identifier]:
        """Those of the passage, its heading and its article's title."""
        above = (self.passage.heading, self.passage.title)
        own = [unit for i in range(len(self.texts)) for unit in self._identifiers_at(i)]
        return [*own, *(unit for text in above for unit in find_identifiers(text))]

    def sentences_about(self, target: AskedUnits) -> tuple[Sentence, ...]:
        """The sentences that don't say another unit of a family that is asked for."""
        return tuple(
            sentence
            for i, sentence in enumerate(self.passage.sentences)
            if all(
                self._says_key(i, family, keys) is not Says.ANOTHER
                for family, keys in target.families.items()
            )
            and not self._names_another_code(i, target)
            and (not target.periods or self._says_any_period(i, target.periods))
        )

    def _names_another_code(self, i: int, target: AskedUnits) -> bool:
        """Whether it is an item of a list about another code, perhaps of another family."""
        if not target.codes or self.passage.sentences[i].kind not in ("list_item", "table_row"):
            return False
        own = {unit.key for unit in self._identifiers_at(i) if unit.writing == "code"}
        if not own or not own.isdisjoint(target.codes):
            return False
        return not any(
            self._says_key(i, family, keys) is Says.TARGET
            for family, keys in target.families.items()
        )

    def _above(self, i: int) -> Iterator[int]:
        """The sentences that sentence ``i`` stands under, nearest first, itself included.

        The sentences before it in its paragraph, then the nearest byline and heading.
        """
        yield i
        in_paragraph, header_kinds = True, {"byline", "heading", "question"}
        sentences = self.passage.sentences
        for j in range(i - 1, -1, -1):
            between = slice(
                sentences[j].end - self.passage.start, sentences[j + 1].start - self.passage.start
            )
            in_paragraph = in_paragraph and "\n" not in self.passage.text[between]
            kind = "byline" if self._is_dateline(j) else sentences[j].kind
            if in_paragraph:
                yield j
            elif kind in header_kinds:
                header_kinds.discard(kind)
                yield j

    def _is_dateline(self, j: int) -> bool:
        """Whether it is a short line with a day, as above a post: "Rike · 13 May 2026, 06:10".

        It begins or ends with the day or the time. A later day than the article's is only one if
        it is set off: not "Next meeting: 20 May 2026".
        """
        text = self.texts[j]
        is_line = len(text) <= DATELINE_CHARACTERS and not SENTENCE_END.search(text)
        day = next(filter(None, map(Period.as_date, find_periods(text))), None) if is_line else None
        dated = next(iter(find_dates(text)), None) if day else None
        if day is None or dated is None or self.passage.sentences[j].kind != "paragraph":
            return False
        before, after = text[: dated.start], text[dated.end :]
        is_at_edge = not all(map(WORD.search, (before, after))) or bool(TIME_AT_EDGE.search(text))
        return is_at_edge and (not self.day or day <= self.day or bool(SET_OFF.search(before)))

    def _is_prose(self, j: int) -> bool:
        return self.passage.sentences[j].kind not in ("byline", "heading", "question")

    def _identifiers_at(self, i: int) -> tuple[Identifier, ...]:
        own = find_identifiers(self.texts[i])
        return (*own, *self._row_name(i)) if self.passage.sentences[i].kind == "table_row" else own

    def _row_name(self, i: int) -> Iterator[Identifier]:
        """The number that names a row: "3 | Station | …" under "Line | From | …" is line 3.

        So does that of a version, "5.1 | 2026-01-27 | …" under "Quill | Released | …".
        """
        cells = CELL.split(self.texts[i])
        if not ROW_NUMBER.fullmatch(cells[0]):
            return
        for j in range(i - 1, -1, -1):
            if self.passage.sentences[j].kind == "table_header":
                words = split_words(CELL.split(self.texts[j])[0])
                if words and words[-1].isalpha():
                    family = stem(words[-1])
                    yield Identifier(
                        f"{family} {cells[0]}", f"{family} #", 0, len(cells[0]), "number"
                    )
                return

    def _says_key(self, i: int, family: str, keys: frozenset[str]) -> Says:
        levels = (self._identifiers_at(j) for j in self._above(i))
        for units in (*levels, *map(find_identifiers, (self.passage.heading, self.passage.title))):
            of_family = [unit for unit in units if _is_like(unit, family, keys)]
            if any(_is_target(unit, keys) for unit in of_family):
                return Says.TARGET
            if any(not _covers(unit, keys) for unit in of_family):
                return Says.ANOTHER
        return Says.OPEN

    def _says_any_period(self, i: int, target: tuple[Period, ...]) -> bool:
        return any(self.says_period(i, period) is not Says.ANOTHER for period in target)

    def says_period(self, i: int, target: Period) -> Says:
        """Whether sentence ``i`` is about a period: by the nearest text that names one like it."""
        above = [j for j in self._above(i) if j == i or not (target.is_year and self._is_prose(j))]
        texts = [self.texts[j] for j in above]
        for text in (*texts, self.passage.heading, self.passage.title):
            named = find_periods(text)
            if self.day:
                named += relative_days(text, self.day)
            if any(period.shares(target) for period in named):
                target = _left_open(target, named)
                if target.is_open:
                    return Says.TARGET
            elif self._names_another(named, target, text):
                return Says.ANOTHER
        if self.day and target.day:
            return Says.ANOTHER if Period.of_day(self.day).conflicts(target) else Says.TARGET
        return Says.OPEN

    def _names_another(self, named: Sequence[Period], target: Period, text: str) -> bool:
        """Whether one of a text's periods is another; a report of the day may be on any week."""
        if target.day and self.day and Period.of_day(self.day).shares(target):
            named = [period for period in named if period.day]
        others = {period for period in named if _is_another(period, target)}
        return bool(others) and not others <= _in_brackets(text)


def _in_brackets(text: str) -> frozenset[Period]:
    """The periods that only compare: "Turnover was 14.6 million (2024: 15.9 million)"."""
    return frozenset(find_periods(text)) - frozenset(find_periods(COMPARED.sub(" ", text)))


def _is_another(period: Period, target: Period) -> bool:
    """Whether it is another period than the one that is asked for.

    A day in another year is none: it may lead up to what happened in the year.
    """
    return period.conflicts(target) and not (target.is_year and period.month)


def _covers(unit: Identifier, keys: frozenset[str]) -> bool:
    """Whether a key is a part of the unit: Kestrel 4 has a version 4.2."""
    return any(key.startswith(f"{unit.key}.") for key in keys)


def _left_open(target: Period, named: Sequence[Period]) -> Period:
    for period in named:
        if period.shares(target):
            target = target.without(period)
    return target
