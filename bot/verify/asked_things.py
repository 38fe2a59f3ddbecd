"""Finds the names and years in a question, and those that a source doesn't mention.

"Who built the Eiffel Tower?" is not answered by who built a lighthouse's tower, however correctly
that is cited. ``search.exact_match`` does the same for codes, numbered things and periods. A name
may be written differently in the source: folded, inflected, abbreviated, in part ("Musk"); a source
in another language or script may call it something else. Names are recognized by their capitals, so
in German only those of two words are, and none in scripts without. Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import regex

from bot.records import StoredPassage
from bot.search.exact_match import asked_units
from bot.search.question_analysis import LIGHT_WORDS
from bot.search.spelling import MAX_QUESTION_WORDS
from bot.text.calendar_names import MONTH, WEEKDAY
from bot.text.dates import LONE_YEAR
from bot.text.language import detect_language, differs
from bot.text.morphology import word_weight
from bot.text.periods import names_relative_day
from bot.verify.analyzed_text import ENGLISH, AnalyzedText, Vocabulary, Word, analyze
from bot.verify.entities import find_entities, find_missing, is_capital
from bot.verify.first_names import is_rare, name_log_odds
from bot.verify.question_echoes import similarity

# Of words in lower case: eiffel has -.5, everest .4, turbine -3.5. By ``python -m
# bench.asked_things``, WORDS.
LOWER_CASE_LOG_ODDS = -0.6
SAME_MEANING = 0.4  # a cosine: "md" and "director" have less, "subsidise" and "grant" more
SHORT_ACRONYM = 2  # letters: HQ, EU, MD
MAX_CAPITALS = 0.8  # of the words after the first: with more, the question is a headline

Kind = Literal["name", "word", "year"]


@dataclass(frozen=True, slots=True)
class AskedName:
    """What a question names, as it is written there; ``words`` are those of the question.

    A "word" has no capital and may be a name: one that the library holds nowhere is.
    """

    kind: Kind
    written: str
    words: tuple[Word, ...] = ()


def find_things(question: str, today: date) -> tuple[AskedName, ...]:
    """The names, English words that may be names, and years of a question; none of a long text."""
    text = analyze(question)
    if len(text.words) > MAX_QUESTION_WORDS:
        return ()
    names = [] if _is_headline(text) else list(_names(text))
    things = [
        AskedName("name", text.text[span[0].start : span[-1].end].removesuffix("'s"), tuple(span))
        for span in names
    ]
    if text.language == ENGLISH:
        named = {word for span in names for word in span}
        likely = [w for w in text.content if w not in named and _is_likely_name(w.lower)]
        things += [AskedName("word", word.written, (word,)) for word in likely]
    return (*things, *_years(text.text, today))


def _names(text: AnalyzedText) -> Iterator[Sequence[Word]]:
    """The names, without short acronyms, which are mostly written in full; split after an "'s"."""
    for span in find_entities(text, include_first=True):
        if _is_of_calendar(span, text):
            continue
        part: list[Word] = []
        for word in span:
            if len(word.written) > SHORT_ACRONYM or not word.written.isupper():
                part.append(word)
            if word.lower.endswith("'s") and part:
                yield part
                part = []
        if part:
            yield part


def _is_of_calendar(span: Sequence[Word], text: AnalyzedText) -> bool:
    """Whether one word and the next are a day's or month's name: "Good Friday"."""
    after = text.words.index(span[-1]) + 1
    following = text.words[after : after + 1]
    return len(span) == 1 and any(
        is_capital(w) and (w.lower in WEEKDAY or w.lower in MONTH) for w in following
    )


def _is_headline(text: AnalyzedText) -> bool:
    """Whether most words have a capital, "The" and "And" too, so that capitals tell no names."""
    capitals = [word for word in text.words[1:] if is_capital(word)]
    is_mostly = len(capitals) > MAX_CAPITALS * len(text.words[1:])
    return is_mostly and not all(word.is_content for word in capitals)


def _is_likely_name(word: str) -> bool:
    word = word.removesuffix("'s")
    is_telling = word_weight(word) == 1.0 and is_rare(word) and word not in LIGHT_WORDS
    is_word = len(word) > SHORT_ACRONYM and word.isalpha() and word.isascii()
    return is_word and is_telling and name_log_odds(word) > LOWER_CASE_LOG_ODDS


def _years(question: str, today: date) -> Iterator[AskedName]:
    """The years that the question keeps to: not of "since 2019", nor of "today is …"."""
    if names_relative_day(question):
        return
    years = {period.year for period in asked_units(question, today).periods}
    for match in regex.finditer(LONE_YEAR, question):
        if int(match[0]) in years:
            yield AskedName("year", match[0])


def missing_things(
    things: Collection[AskedName], question: str, passages: Sequence[StoredPassage]
) -> tuple[AskedName, ...]:
    """The things that none of the passages says: in its text, title, heading or what is known of
    its article."""
    if not things or not passages:
        return tuple(things)
    language = detect_language(question)
    is_foreign = any(differs(language, detect_language(p.text)) for p in passages)
    sources = list(dict.fromkeys(_texts(passages)))
    unsaid = set() if is_foreign else set(_unsaid_names(things, analyze(question), sources))
    unsaid |= {
        t for t in things if t.kind == "year" and not _says_year(t.written, passages, sources)
    }
    return tuple(thing for thing in things if thing in unsaid)


def _says_year(year: str, passages: Sequence[StoredPassage], sources: Sequence[str]) -> bool:
    """Whether a source has the year, also as "FY24" or "2023/24", or is a note without any year
    that was added in it."""
    short = rf"(?:\bFY ?|['’]|\b{int(year) - 1}[/–-]){year[2:]}(?![\w-])"
    if any(year in text or regex.search(short, text) for text in sources):
        return True
    is_undated = not any(p.published for p in passages)
    return (
        is_undated
        and not any(regex.search(LONE_YEAR, text) for text in sources)
        and any(p.added.startswith(year) for p in passages)
    )


def _texts(passages: Iterable[StoredPassage]) -> Iterator[str]:
    for p in passages:
        yield from filter(None, (p.text, p.title, p.heading, p.author, p.published, p.url))


def _unsaid_names(
    things: Iterable[AskedName], question: AnalyzedText, sources: Sequence[str]
) -> Iterator[AskedName]:
    by_words = {thing.words: thing for thing in things if thing.words}
    vocabulary = Vocabulary(sources)
    for span, lacked in find_missing(list(by_words), question, sources):
        missing = [word for word in lacked if not vocabulary.has_alike(without_possessive(word))]
        thing = by_words[tuple(span)]
        if not missing:
            continue
        if thing.kind == "word":
            if not _is_said_otherwise(missing[0], question, sources):
                yield thing
        elif not _is_named_in_part(span, missing, sources):
            yield thing


def without_possessive(word: Word) -> str:
    """The word in lower case, without its possessive ending."""
    return word.lower.removesuffix("'s")


def _is_said_otherwise(word: Word, question: AnalyzedText, sources: Sequence[str]) -> bool:
    """Whether a source has a word of the same meaning, or the name it is a part of.

    "bruno mars" is named by "Mars".
    """
    at = question.words.index(word)
    beside = [w for w in question.words[max(0, at - 1) : at + 2] if w != word and w.is_content]
    if any(_is_named_in_part([w, word], [word], sources) for w in beside):
        return True
    others = {other.lower for text in sources for other in analyze(text).content}
    return any(similarity(without_possessive(word), other) >= SAME_MEANING for other in others)


def _is_named_in_part(
    span: Sequence[Word], missing: Collection[Word], sources: Sequence[str]
) -> bool:
    """Whether the other words of a name are a name in the sources, and not of something else.

    "Musk" is Elon Musk; "Forth Bridge" is no Tay Bridge, and "Anna Berg" no Anna Kowalska. After a
    first name the surname decides, so one other is enough.
    """
    texts = [analyze(text) for text in sources]
    nouns = {word.lower for text in texts for word in text.words if word.written == word.lower}
    first = next(i for i, word in enumerate(span) if word in missing)
    present = [
        word for word in span if word not in missing and without_possessive(word) not in nouns
    ]
    if first and span[first - 1] in present:
        places = [
            p
            for text in texts
            for p in _places(without_possessive(span[first - 1]), text, beside=1)
        ]
        return bool(places) and not any(places)
    return any(
        not p
        for word in present
        for text in texts
        for p in _places(without_possessive(word), text, -1)
    )


def _places(name: str, text: AnalyzedText, beside: int) -> Iterator[bool]:
    """For each place of a name's word in a text: whether another name is at ``beside`` (-1, 1)."""
    for i, word in enumerate(text.words):
        if without_possessive(word) == name and is_capital(word):
            first = i + min(beside, 0)
            yield 0 <= first < len(text.words) - 1 and _is_one_name(first, text)


def _is_one_name(i: int, text: AnalyzedText) -> bool:
    """Whether word ``i`` and the next are one name; "Mr." and an initial may be anybody's."""
    a, b = text.words[i : i + 2]
    is_close = text.text[a.end : b.start] in (" ", "-")
    return is_close and all(is_capital(word) and word.is_content for word in (a, b))
