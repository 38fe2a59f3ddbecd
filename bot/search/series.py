"""Prefers the newest of a series: reports of one kind for one period after another.

Articles are a series if their titles have the same words but for their periods and numbers, on the
same website, and their periods or days differ. A sentence of an older one is left out where a
newer one has its like: the same words with other figures. What only the older one says stays, and
so does what somebody said on a day: two such reports may disagree. Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from urllib.parse import urlsplit

import numpy as np
import regex
from numpy.typing import NDArray

from bot.embedding import encode_offline
from bot.records import Candidate, Hit, Sentence, StoredPassage
from bot.search.answer_type import SPEECH_VERB
from bot.structure import HEADING_SEPARATOR
from bot.text.calendar_names import MONTH, WEEKDAY
from bot.text.identifiers import CACHED_TEXTS
from bot.text.periods import Period, find_periods
from bot.text.quantities import MAGNITUDE, ORDINALS, VALUE
from bot.text.tokenize import split_words

ALIKE_TITLES, ALIKE_SENTENCES = 0.6, 0.6  # Jaccard, of the words that are no numbers
NEWEST_LEAD = 0.01  # log odds: the newer of two sentences that are alike comes first
CLOSE = 2.0  # log odds: where the newest is asked for, an older sentence must lead by more
# An issue says otherwise under the same heading what it would have to say in like words elsewhere.
UNDER_SAME_HEADING = 5.0  # log odds, in place of CLOSE
UNKNOWN = (0, 0, 0, 0)
# "version 3", "revision B"; a number alone only behind a comma or a dash. "Building B" is no newer
# than building A, nor lesson 2 than lesson 1.
VERSION = regex.compile(
    r"(?:\b(?:version|versión|versão|versione|revision|revisión|revisão|rev|edition|édition|edición|"
    r"edição|release|issue|fassung|ausgabe|auflage|версия|редакция|издание|v)\b\.?\s?(?:no\.?\s?)?"
    r"(?P<mark>\d{1,3}(?:\.\d{1,3})*|\p{L})|\bv(?P<mark>\d{1,3}(?:\.\d{1,3})*)"
    r"|[,:–—-]\s(?P<mark>\d{1,3}(?:\.\d{1,3})*))\W*$",
    regex.IGNORECASE,
)
# Of 43 pairs of sentences that replace each other in two issues, 36 have more; other sentences of
# the newer issue have .1 to .6.
SAME_SUBJECT_COSINE = 0.4
ASKS_NEWEST = regex.compile(
    r"\b(?:latest|newest|most recent|currently|current|now|nowadays|at the moment|right now|today|"
    r"this (?:year|month|week)|these days|so far|aktuell\w*|neu(?:e?ste[nrs]?)|derzeit|zurzeit|"
    r"momentan|jetzt|heute|letzte[nrs]?|dieses jahr|actuel\w*|actuellement|dernier|dernière|"
    r"récent\w*|maintenant|cette année|últim[oa]s?|actual(?:es|mente)?|ahora|más reciente|este año|"
    r"atual\w*|agora|mais recente|este ano|attual\w*|adesso|più recente|quest'anno|сейчас|"
    r"последн\w+|теперь)\b|最新|現在|现在|目前|今年|いま",
    regex.IGNORECASE,
)
ASKS_SEVERAL = regex.compile(
    r"\b(?:compar\w+|chang\w+|trends?|history|previous|earlier|older|former|all|each|every|over "
    r"the (?:years|months|weeks)|develop\w*|vergl\w+|entwick\w+|früher\w*|alle|évolu\w+|précéd\w+|"
    r"toutes?|tous|evoluci\w+|anterior\w*|todos|todas|все)\b",
    regex.IGNORECASE,
)
NUMBER_WORDS = frozenset([*MONTH, *WEEKDAY, *VALUE, *MAGNITUDE, *ORDINALS, "first", "second"])


@dataclass(frozen=True, slots=True)
class _Dated:
    """An article of the hits, and the end of its period."""

    article_id: int
    title: frozenset[str]
    site: str
    period: Period
    at: tuple[int, int, int, int]  # year, quarter, month or week, day; 0 for unknown
    version: str  # the number or the letter at the end of its title

    def is_newer(self, other: _Dated) -> bool:
        """Whether it is later or, if the day of one is unknown, a higher version."""
        if UNKNOWN not in (self.at, other.at):
            return self.at > other.at
        return _is_higher(self.version, other.version)


def asks_newest(question: str) -> bool:
    """Whether a question asks for what holds now."""
    return ASKS_NEWEST.search(question) is not None


def leave_out_older(
    question: str, hits: Sequence[Hit], days: Mapping[int, date], periods: Sequence[Period] = ()
) -> tuple[Hit, ...]:
    """The hits without what a newer article of the same series says, too.

    ``days``: the day of each article, by its id. ``periods``: what the question names; an article
    about another one replaces nothing.
    """
    newer = _newer_articles(hits, days, periods)
    if not newer or ASKS_SEVERAL.search(question):
        return tuple(hits)
    texts = _masked_sentences(hits)
    remaining: list[Hit] = []
    for hit in hits:
        others = [mask for i in newer.get(hit.passage.article_id, ()) for mask in texts[i]]
        sentences = tuple(
            s for s in hit.passage.sentences if not _is_renewed(hit.passage.quote(s), others)
        )
        if sentences:
            remaining.append(_with_sentences(hit, sentences))
    return tuple(remaining)


def _with_sentences(hit: Hit, sentences: tuple[Sentence, ...]) -> Hit:
    if len(sentences) == len(hit.passage.sentences):
        return hit
    return replace(hit, passage=replace(hit.passage, sentences=sentences))


def newest_first(
    question: str, candidates: Sequence[Candidate], days: Mapping[int, date]
) -> tuple[Candidate, ...]:
    """The candidates in the same order, with the newer of two that are alike more likely.

    If the question asks for the newest, a newer one need not be alike.
    """
    scored, wants_newest = list(candidates), asks_newest(question)
    dated = [i for i, c in enumerate(scored) if c.passage.article_id in days]
    dated.sort(key=lambda i: days[scored[i].passage.article_id])
    for at, i in enumerate(dated):
        for j in dated[at + 1 :]:
            older, newer = scored[i], scored[j]
            lead = older.log_odds - newer.log_odds
            if lead <= 0 or days[older.passage.article_id] == days[newer.passage.article_id]:
                continue
            if (wants_newest and lead <= CLOSE) or _are_alike(older.text, newer.text):
                scored[j] = replace(newer, log_odds=older.log_odds)
                scored[i] = replace(older, log_odds=newer.log_odds - NEWEST_LEAD)
    return tuple(scored)


def leave_out_superseded(
    question: str,
    candidates: Sequence[Candidate],
    hits: Sequence[Hit],
    days: Mapping[int, date],
    periods: Sequence[Period] = (),
) -> tuple[Candidate, ...]:
    """The candidates without what a newer issue of the same series says otherwise.

    The newer one is about as likely an answer, and close in meaning or under the same heading; the
    closest becomes as likely as what it replaces. ``periods``: what the question names. Takes 1 ms
    for each candidate of a series.
    """
    newer = _newer_articles(hits, days, periods)
    if not newer or ASKS_SEVERAL.search(question):
        return tuple(candidates)
    ids = {*newer, *(i for later in newer.values() for i in later)}
    issues = [c for c in candidates if c.passage.article_id in ids]
    vectors = _unit_vectors(issues)
    remaining = {id(c): c for c in candidates}
    for older in sorted(issues, key=lambda c: _age(c, newer), reverse=True):
        later = newer.get(older.passage.article_id, ())
        replacing = [
            other
            for other in issues
            if other.passage.article_id in later and _may_replace(older, other, vectors)
        ]
        if replacing and not says_something(masked_words(older.text)):
            own = vectors[id(older)]
            first = id(max(replacing, key=lambda c: float(own @ vectors[id(c)])))
            was = remaining.pop(id(older))
            log_odds = max(was.log_odds, remaining[first].log_odds)
            remaining[first] = replace(remaining[first], log_odds=log_odds)
    return tuple(remaining[id(c)] for c in candidates if id(c) in remaining)


def _may_replace(
    older: Candidate, newer: Candidate, vectors: Mapping[int, NDArray[np.float32]]
) -> bool:
    """Whether it is about the same thing: by its heading, or by its meaning."""
    behind = older.log_odds - newer.log_odds
    heading = _own_heading(older.passage)
    if heading and heading == _own_heading(newer.passage):
        return behind <= UNDER_SAME_HEADING
    cosine = float(vectors[id(older)] @ vectors[id(newer)])
    return behind <= CLOSE and cosine >= SAME_SUBJECT_COSINE


def _own_heading(passage: StoredPassage) -> frozenset[str]:
    """The words of the heading of a section, below that of the article."""
    article, *sections = passage.heading.split(HEADING_SEPARATOR)
    return masked_words(sections[-1]) if article and sections else frozenset()


def _age(candidate: Candidate, newer: Mapping[int, Sequence[int]]) -> int:
    """How many newer issues there are."""
    return len(newer.get(candidate.passage.article_id, ()))


def _unit_vectors(candidates: Sequence[Candidate]) -> dict[int, NDArray[np.float32]]:
    if not candidates:
        return {}
    vectors = encode_offline([candidate.text for candidate in candidates])
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return {id(c): vector for c, vector in zip(candidates, vectors / lengths, strict=True)}


def _newer_articles(
    hits: Sequence[Hit], days: Mapping[int, date], periods: Sequence[Period]
) -> dict[int, list[int]]:
    """By the id of an article, the newer articles of its series that are of the periods."""
    passages = {hit.passage.article_id: hit.passage for hit in hits}
    articles = [_dated(passage, days) for passage in passages.values()]
    of_period = [a for a in articles if not any(map(a.period.conflicts, periods))]
    newer: dict[int, list[int]] = {}
    for article in articles:
        later = [a.article_id for a in of_period if a.is_newer(article) and _is_series(article, a)]
        if later:
            newer[article.article_id] = later
    return newer


def _is_series(one: _Dated, other: _Dated) -> bool:
    if one.site != other.site or not one.title or not other.title:
        return False
    return len(one.title & other.title) >= ALIKE_TITLES * len(one.title | other.title)


def _dated(passage: StoredPassage, days: Mapping[int, date]) -> _Dated:
    period = next(iter(find_periods(passage.title)), None)
    day = days.get(passage.article_id)
    site = (urlsplit(passage.url).hostname or "") if passage.url else ""
    title = masked_words(passage.title)
    about = period or (Period.of_day(day) if day else Period())
    moment = _moment(period, day)
    return _Dated(passage.article_id, title, site, about, moment, _version(passage.title))


def _version(title: str) -> str:
    match = VERSION.search(title)
    return match["mark"].upper() if match else ""


def _is_higher(version: str, other: str) -> bool:
    """Whether a version comes after another: both are numbers, or both letters."""
    if not version or not other or version[0].isdigit() != other[0].isdigit():
        return False
    if not version[0].isdigit():
        return version > other
    return [int(n) for n in version.split(".")] > [int(n) for n in other.split(".")]


def _moment(period: Period | None, day: date | None) -> tuple[int, int, int, int]:
    """What articles are ordered by: the period of the title, or else the day."""
    if period and period != Period(year=period.year):
        month = period.month or (period.quarter or 0) * 3
        year = period.year or (day.year if day else 0)
        return year, month, period.week or 0, period.day or 0
    if day:
        return day.year, day.month, 0, day.day
    return (period.year or 0, 0, 0, 0) if period else (0, 0, 0, 0)


def _masked_sentences(hits: Sequence[Hit]) -> dict[int, list[frozenset[str]]]:
    """By article, the words of each sentence of its hits."""
    masks: dict[int, list[frozenset[str]]] = {}
    for hit in hits:
        own = masks.setdefault(hit.passage.article_id, [])
        own += [masked_words(hit.passage.quote(sentence)) for sentence in hit.passage.sentences]
    return masks


def _is_renewed(text: str, others: Sequence[frozenset[str]]) -> bool:
    own = masked_words(text)
    if not own or says_something(own):
        return False
    return any(_share(own, other) >= ALIKE_SENTENCES for other in others)


def says_something(words: Iterable[str]) -> bool:
    """Whether a verb of saying is among the words; boats call, too."""
    return any(SPEECH_VERB.fullmatch(word) for word in words if word != "called")


def _are_alike(first: str, second: str) -> bool:
    return _share(masked_words(first), masked_words(second)) >= ALIKE_SENTENCES


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0


@lru_cache(CACHED_TEXTS)
def masked_words(text: str) -> frozenset[str]:
    """The words of a text that are no numbers, months or days."""
    return frozenset(w for w in split_words(text) if w.isalpha() and w not in NUMBER_WORDS)
