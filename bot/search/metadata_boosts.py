"""Boost passages that match what the question says about its source.

A phrase in quotation marks should occur in the passage verbatim. "Tuesday's Reuters piece", "the
2021 paper by Smith", "according to the BBC" and "in The Quiet Sea" name a date, a source or a
title, which are compared with the article's metadata. Matches move up; nothing is filtered out.
Rules for English, with a few forms of other languages. Pure functions of values.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import dropwhile, takewhile
from urllib.parse import urlsplit

import regex

from bot.records import StoredPassage
from bot.search.query_terms import CACHED_QUESTIONS, quoted_phrases
from bot.text.date_ranges import (
    DateRange,
    iso_date_range,
    parse_date_ranges,
    parse_days,
    ranges_overlap,
    replace_date_ranges,
)
from bot.text.folding import fold, straighten
from bot.text.names import TITLE
from bot.text.scripts import UNSPACED
from bot.text.tokenize import split_words

# Log probabilities, like the ranker's. Its first and tenth candidates differ by 5.4 on covidqa and
# 9.6 on clapnq, the first and second by 1.6 and 5.6 (medians). Set by hand: no dataset has such
# questions.
PHRASE_BOOST = 5.0
TITLE_BOOST = 1.5
SOURCE_BOOST = 1.5
DATE_BOOST = 1.0
NEAR_DAYS = 7  # from a day that the question names, after which the boost is a third
MIN_SITE_NAME_LETTERS = 4  # of a partial match: "guardian" for theguardian.com

DOCUMENT_WORDS = (
    "articles?|papers?|pieces?|reports?|story|stories|posts?|essays?|blogs?|study|interviews?|"
    "columns?|editorials?|preprints?|bulletins?|artikels?|bericht|meldung|artículo|noticia|"
    "informe|rapport|статья|статье|статьи"
)
WORD_RUN = r"(?:[\w.’'-]+\s*){1,5}"
DOCUMENT_BY = regex.compile(
    rf"(?P<before>(?:[\w.’'-]+\s+){{0,5}})\b(?:{DOCUMENT_WORDS})\b(?:\s+(?:(?:that|which)\s+)?"
    r"(?:was\s+)?(?:published\s+|printed\s+|dated\s+)?"
    rf"(?:by|from|of|on|in|von|vom|aus|de|del|из|от)\s+(?P<after>{WORD_RUN}))?",
    regex.IGNORECASE,
)
MENTIONS_DOCUMENT = regex.compile(rf"\b(?:{DOCUMENT_WORDS})\b", regex.IGNORECASE)  # 20 times faster
ACCORDING_TO = regex.compile(
    r"(?P<before>)\b(?:according to|as reported by|laut|según|selon|согласно)\s+"
    rf"(?P<after>{WORD_RUN})",
    regex.IGNORECASE,
)
IN_TITLE = regex.compile(rf"\b[Ii]n\s+({TITLE})")  # "in The Quiet Sea"
# Words that are no part of a source's name.
NOT_IN_NAMES = frozenset(
    [
        *("a", "about", "according", "an", "and", "any", "are", "at", "by", "dated", "did", "do"),
        *("does", "for", "from", "her", "his", "in", "is", "its", "last", "latest", "my", "of"),
        *("on", "or", "our", "published", "recent", "said", "same", "say", "says", "some", "that"),
        *("the", "their", "these", "this", "those", "to", "was", "were", "what", "which", "who"),
        *("whose", "your", "das", "dem", "den", "der", "des", "die", "el", "la", "las", "le"),
        *("les", "los", "un", "una", "une"),
    ]
)
DATE_MARKER = "|"  # replaces a date in the words around a source


@dataclass(frozen=True, slots=True)
class Hints:
    """What a question says about its source, in lower case."""

    phrases: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    sources: tuple[tuple[str, ...], ...] = ()  # the words of a possible author or site
    dates: tuple[DateRange, ...] = ()
    days: tuple[DateRange, ...] = ()  # that the question is about, whatever it says of its source

    def __bool__(self) -> bool:
        return bool(self.phrases or self.titles or self.sources or self.dates or self.days)


@lru_cache(CACHED_QUESTIONS)
def parse_hints(question: str, today: date) -> Hints:
    """The hints in ``question``; relative dates count from ``today``."""
    phrases = [phrase for _, phrase in quoted_phrases(question)]
    titles = [*phrases, *(match[1] for match in IN_TITLE.finditer(question))]
    patterns = [DOCUMENT_BY] if MENTIONS_DOCUMENT.search(question) else []
    matches = [match for p in (*patterns, ACCORDING_TO) for match in p.finditer(question)]
    contexts = [(match["before"] or "", match["after"] or "") for match in matches]
    sources = [name for before, after in contexts for name in _source_names(before, after)]
    dates = [
        date_range
        for context in contexts
        for text in context
        for date_range in parse_date_ranges(text, today)
    ]
    return Hints(
        phrases=tuple(dict.fromkeys(normalize_quote(phrase) for phrase in phrases)),
        titles=tuple(dict.fromkeys(" ".join(split_words(title)) for title in titles)),
        sources=tuple(dict.fromkeys(sources)),
        dates=tuple(dict.fromkeys(dates)),
        days=() if dates else tuple(parse_days(question, today)),
    )


def normalize_quote(text: str) -> str:
    """``text`` folded, in lower case, with single spaces and straight quotation marks."""
    return " ".join(fold(straighten(text.lower())).split())


def _source_names(before: str, after: str) -> Iterator[tuple[str, ...]]:
    """The name that ends right before a word like "article", and the one after its "by"."""
    backwards = reversed(_words_without_dates(before))
    left = _leading_name(dropwhile(lambda word: word == DATE_MARKER, backwards))
    right = _leading_name(dropwhile(_ends_name, _words_without_dates(after)))
    yield from (name for name in (left[::-1], right) if name)


def _words_without_dates(text: str) -> list[str]:
    """The words, without possessive endings, and ``DATE_MARKER`` in place of each date."""
    bare = regex.sub(r"['’]s?(?=\s|$)", "", replace_date_ranges(text, DATE_MARKER))
    return regex.findall(r"\w[\w-]*|\|", bare)


def _leading_name(text_words: Iterable[str]) -> tuple[str, ...]:
    words = takewhile(lambda word: not _ends_name(word), text_words)
    return tuple(fold(word.lower()) for word in words)


def _ends_name(word: str) -> bool:
    """Whether ``word`` is no part of a name: "who" is not, "WHO" is."""
    is_acronym = len(word) > 1 and word.isupper()
    return word == DATE_MARKER or (not is_acronym and word.lower() in NOT_IN_NAMES)


# --- matching hints with a passage ---------------------------------------------------------------


def boost(hints: Hints, passage: StoredPassage) -> float:
    """What to add to the log of the passage's probability."""
    return (
        PHRASE_BOOST * _share_of_phrases(hints.phrases, passage)
        + TITLE_BOOST * _names_title(hints.titles, passage.title)
        + SOURCE_BOOST * any(_names_author_or_site(name, passage) for name in hints.sources)
        + DATE_BOOST * _names_date(hints.dates, passage.published or passage.added)
        + DATE_BOOST * _nearness_in_time(hints.days, passage.published or passage.added)
    )


def _share_of_phrases(phrases: Sequence[str], passage: StoredPassage) -> float:
    """The share of the phrases that occur verbatim in the passage."""
    if not phrases:
        return 0.0
    text = normalize_quote(passage.text)
    return sum(_contains_phrase(phrase, text) for phrase in phrases) / len(phrases)


def _contains_phrase(phrase: str, text: str) -> bool:
    """Whether ``text`` contains the phrase as whole words."""
    if UNSPACED.search(phrase):
        return phrase in text
    return regex.search(rf"(?<!\w){regex.escape(phrase)}(?!\w)", text) is not None


def _names_title(titles: Sequence[str], article_title: str) -> bool:
    padded = f" {' '.join(split_words(article_title))} "
    return any(f" {title} " in padded for title in titles)


def _names_date(date_ranges: Sequence[DateRange], iso_date: str) -> bool:
    article_range = iso_date_range(iso_date)
    return article_range is not None and any(
        ranges_overlap(date_range, article_range) for date_range in date_ranges
    )


def _nearness_in_time(days: Sequence[DateRange], iso_date: str) -> float:
    """1 for an article of one of the days, less the further it is from them."""
    article_range = iso_date_range(iso_date)
    if article_range is None or not days:
        return 0.0
    gap = min(_days_between(day, article_range) for day in days)
    return math.exp(-gap / NEAR_DAYS)


def _days_between(a: DateRange, b: DateRange) -> int:
    """The days between two ranges; 0 if they share one."""
    return max(0, (b[0] - a[1]).days, (a[0] - b[1]).days)


def _names_author_or_site(name: Sequence[str], passage: StoredPassage) -> bool:
    """Whether some of the words name the passage's author or website."""
    if not set(split_words(passage.author or "")).isdisjoint(name):
        return True
    joined = {"".join(name[i:j]) for i in range(len(name)) for j in range(i + 1, len(name) + 1)}
    joined |= {"".join(word[0] for word in name[:-1]) + name[-1]}  # "nytimes"
    return any(_matches_label(n, label) for label in _site_labels(passage.url) for n in joined)


def _site_labels(url: str | None) -> list[str]:
    """The labels of a host name that identify a site: "bbc" in www.bbc.co.uk."""
    host = (urlsplit(url).hostname or "") if url else ""
    return [label for label in host.split(".")[:-1] if len(label) > 2 and label != "www"]


def _matches_label(name: str, label: str) -> bool:
    name, label = name.replace("-", ""), label.replace("-", "")
    if name == label:
        return True
    return len(name) >= MIN_SITE_NAME_LETTERS and (label.startswith(name) or label.endswith(name))
