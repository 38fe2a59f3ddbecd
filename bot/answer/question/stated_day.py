"""Reads a question that says which day it is: "It's 6 May 2026, what did she find out yesterday?".

The day that counts back from it takes the place of "yesterday", and what only says the day is left
out. Pure functions.
"""

from __future__ import annotations

from datetime import date

import regex

from bot.search.exact_match import OPEN_ENDED
from bot.text.dates import find_dates
from bot.text.language import detect_language
from bot.text.periods import (
    Period,
    find_periods,
    names_relative_day,
    replace_relative_days,
    without_days,
)
from bot.text.question_words import is_question_word
from bot.text.stopwords import FUNCTION_WORDS
from bot.text.tokenize import split_words

CLAUSE_END = regex.compile(r"\s*(?:[,.:;]\s+|[，、。；：]\s*)")
WE_ARE = ("nous", "sommes", "estamos")  # "nous sommes le", "estamos a"
MAX_WORDS_BEFORE = 4  # "today is the", "on est le"


def with_days_counted(question: str) -> str:
    """The question with days in place of "yesterday", if its first clause says which day it is."""
    dated = next(iter(find_dates(question)), None)
    if dated is None:
        return question
    end = CLAUSE_END.match(question, dated.end)
    if end is None or not _only_states(question[: dated.start], question[: dated.end]):
        return question
    rest = question[end.end() :]
    day = _only_day(question[dated.start : dated.end])
    if day is None or not names_relative_day(rest):
        return question
    language = detect_language(question)
    return replace_relative_days(rest, day, lambda each: _written(each, language))


def _only_states(before: str, clause: str) -> bool:
    """Whether what stands before a date says no more than that it is today: not "since"."""
    words = split_words(without_days(before))
    if len(words) > MAX_WORDS_BEFORE or any(map(is_question_word, words)):
        return False
    is_today = names_relative_day(before) or all(map(_is_empty, words))
    return is_today and not OPEN_ENDED.search(clause)


def _is_empty(word: str) -> bool:
    return word in FUNCTION_WORDS or word in WE_ARE or len(word) == 1


def _only_day(text: str) -> date | None:
    days = [day for day in map(Period.as_date, find_periods(text)) if day]
    return days[0] if len(days) == 1 else None


def _written(day: date, language: str) -> str:
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - takes 50 ms; few lines need it
    from babel.dates import format_date  # noqa: PLC0415

    try:
        return format_date(day, "long", Locale(language))
    except (UnknownLocaleError, ValueError):
        return day.isoformat()
