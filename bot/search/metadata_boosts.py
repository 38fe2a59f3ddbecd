"""What a question itself says of where its answer stands: hints for the ranking, never walls.

A phrase in quotation marks should stand in the passage as it is. "Tuesday's Reuters piece",
"the 2021 paper by Smith", "according to the BBC" and "in The Quiet Sea" name a day, a source
or a title, which are held against the article's own metadata. What fits is moved up; nothing
is left out. Rules for English, with a few forms of other languages. Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import dropwhile, takewhile
from urllib.parse import urlsplit

import regex

from bot.records import StoredPassage
from bot.search.date_ranges import (
    DateRange,
    iso_date_range,
    parse_date_ranges,
    ranges_overlap,
    strip_date_ranges,
)
from bot.search.query_terms import quoted_phrases, split_words
from bot.text.cjk_bigrams import UNSPACED

# Log chances, as the blend's: its first and tenth candidates lie 5.4 apart on covidqa and 9.6 on
# clapnq, the first and second 1.6 and 5.6 (medians). Set by hand: no set holds such questions.
PHRASE_BOOST = 5.0  # the passage says the very words
TITLE_BOOST = 1.5
SOURCE_BOOST = 1.5
DAY_BOOST = 1.0
SHORTEST_PART = 4  # letters of a site's name that stand for it: "guardian" for theguardian.com

MARKS = str.maketrans("“”„«»‘’", '"""""\'\'')
DOCUMENT = (
    "articles?|papers?|pieces?|reports?|story|stories|posts?|essays?|blogs?|study|interviews?|"
    "columns?|editorials?|preprints?|bulletins?|artikels?|bericht|meldung|artículo|noticia|"
    "informe|rapport|статья|статье|статьи"
)
RUN = r"(?:[\w.’'-]+\s*){1,5}"  # of words
NAMING = regex.compile(
    rf"(?P<before>(?:[\w.’'-]+\s+){{0,5}})\b(?:{DOCUMENT})\b(?:\s+(?:(?:that|which)\s+)?"
    r"(?:was\s+)?(?:published\s+|printed\s+|dated\s+)?"
    rf"(?:by|from|of|on|in|von|vom|aus|de|del|из|от)\s+(?P<after>{RUN}))?",
    regex.IGNORECASE,
)
A_DOCUMENT = regex.compile(rf"\b(?:{DOCUMENT})\b", regex.IGNORECASE)  # 20 times as quick
ACCORDING = regex.compile(
    rf"(?P<before>)\b(?:according to|as reported by|laut|según|selon|согласно)\s+(?P<after>{RUN})",
    regex.IGNORECASE,
)
CAPITAL = r"\p{Lu}[\w’'-]*"
INSIDE = regex.compile(  # "in The Quiet Sea": two capitals at least
    rf"\b[Ii]n\s+({CAPITAL}(?:\s+(?:(?:of|the|and|for|to|in|on|a|an)\s+)*{CAPITAL})+)"
)
# Words that no source's name begins or goes on with.
NO_NAME = frozenset(
    [
        *("a", "about", "according", "an", "and", "any", "are", "at", "by", "dated", "did", "do"),
        *("does", "for", "from", "her", "his", "in", "is", "its", "last", "latest", "my", "of"),
        *("on", "or", "our", "published", "recent", "said", "same", "say", "says", "some", "that"),
        *("the", "their", "these", "this", "those", "to", "was", "were", "what", "which", "who"),
        *("whose", "your", "das", "dem", "den", "der", "des", "die", "el", "la", "las", "le"),
        *("les", "los", "un", "una", "une"),
    ]
)
DAYS_NAMED = "|"


@dataclass(frozen=True, slots=True)
class Hints:
    """What a question names, in lower case."""

    phrases: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    sources: tuple[tuple[str, ...], ...] = ()  # runs of words, each maybe a person or a site
    days: tuple[DateRange, ...] = ()  # inclusive

    def __bool__(self) -> bool:
        return bool(self.phrases or self.titles or self.sources or self.days)


def parse_hints(question: str, today: date) -> Hints:
    """What ``question``, asked ``today``, says of where its answer stands."""
    phrases = [phrase for _, phrase in quoted_phrases(question)]
    rules = (NAMING, ACCORDING) if A_DOCUMENT.search(question) else (ACCORDING,)
    named = [match for rule in rules for match in rule.finditer(question)]
    parts = [match[side] or "" for match in named for side in ("before", "after")]
    sources = [run for match in named for run in _sources(match["before"], match["after"] or "")]
    titles = [*phrases, *(match[1] for match in INSIDE.finditer(question))]
    return Hints(
        phrases=tuple(dict.fromkeys(fold(phrase) for phrase in phrases)),
        titles=tuple(dict.fromkeys(" ".join(split_words(title)) for title in titles)),
        sources=tuple(dict.fromkeys(sources)),
        days=tuple(
            dict.fromkeys(span for part in parts for span in parse_date_ranges(part, today))
        ),
    )


def fold(text: str) -> str:
    """Lower case, every run of white space one blank, quotation marks all alike."""
    return " ".join(text.translate(MARKS).lower().split())


def _sources(before: str, after: str) -> Iterator[tuple[str, ...]]:
    """The name that ends right before a document's word, and the one behind its "by"."""
    one = _name(list(dropwhile(lambda word: word == DAYS_NAMED, reversed(_words(before)))))
    other = _name(list(dropwhile(_is_no_name, _words(after))))
    yield from (run for run in (one[::-1], other) if run)


def _words(text: str) -> list[str]:
    """Words without possessives; a bar where days are named."""
    bare = regex.sub(r"['’]s?(?=\s|$)", "", strip_date_ranges(text, DAYS_NAMED))
    return regex.findall(r"\w[\w-]*|\|", bare)


def _name(found: Sequence[str]) -> tuple[str, ...]:
    return tuple(word.lower() for word in takewhile(lambda word: not _is_no_name(word), found))


def _is_no_name(word: str) -> bool:
    """The WHO is a name, who is none."""
    capitals = len(word) > 1 and word.isupper()
    return word == DAYS_NAMED or (not capitals and word.lower() in NO_NAME)


# --- holding hints against a passage -------------------------------------------------------------


def boost(hints: Hints, passage: StoredPassage) -> float:
    """By how much the log of a passage's chance grows."""
    return (
        PHRASE_BOOST * _share_standing(hints.phrases, passage)
        + TITLE_BOOST * _titled(hints.titles, passage.title)
        + SOURCE_BOOST * any(_by(run, passage) for run in hints.sources)
        + DAY_BOOST * _dated(hints.days, passage.published or passage.added)
    )


def _share_standing(phrases: Sequence[str], passage: StoredPassage) -> float:
    """The share of the phrases that stand in the passage, whole words as they are."""
    if not phrases:
        return 0.0
    text = fold(passage.text)
    return sum(_stands(phrase, text) for phrase in phrases) / len(phrases)


def _stands(phrase: str, text: str) -> bool:
    if UNSPACED.search(phrase):
        return phrase in text
    return regex.search(rf"(?<!\w){regex.escape(phrase)}(?!\w)", text) is not None


def _titled(titles: Sequence[str], title: str) -> bool:
    spaced = f" {' '.join(split_words(title))} "
    return any(f" {wanted} " in spaced for wanted in titles)


def _dated(wanted: Sequence[DateRange], day: str) -> bool:
    span = iso_date_range(day)
    return span is not None and any(ranges_overlap(each, span) for each in wanted)


def _by(run: Sequence[str], passage: StoredPassage) -> bool:
    """Whether a run of words names the author, or the site."""
    authors = set(split_words(passage.author or ""))
    names = {"".join(run[i:j]) for i in range(len(run)) for j in range(i + 1, len(run) + 1)}
    names |= {"".join(word[0] for word in run[:-1]) + run[-1]}  # "nytimes"
    return not authors.isdisjoint(run) or any(
        _names_site(name, label) for label in _labels(passage.url) for name in names
    )


def _labels(url: str | None) -> list[str]:
    """The parts of a site's name that are its own: "bbc" of www.bbc.co.uk."""
    host = (urlsplit(url).hostname or "") if url else ""
    return [label for label in host.split(".")[:-1] if len(label) > 2 and label != "www"]


def _names_site(name: str, label: str) -> bool:
    name, label = name.replace("-", ""), label.replace("-", "")
    if name == label:
        return True
    return len(name) >= SHORTEST_PART and (label.startswith(name) or label.endswith(name))
