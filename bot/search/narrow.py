"""Leaves out what cannot answer a question whatever it says: another code, period or issue.

Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.records import Hit
from bot.search.exact_match import OPEN_ENDED, asked_units, keep_exact, keep_of_day
from bot.search.series import asks_newest, leave_out_older
from bot.structure import ITEMS
from bot.text.morphology import stem_variants, stems_of
from bot.text.periods import find_periods, without_days
from bot.text.question_words import is_question_word
from bot.text.stopwords import FUNCTION_WORDS
from bot.text.tokenize import split_words

POOL = 40  # hits that are narrowed, where others of a kind may crowd out the one asked for


def hits_needed(question: str, limit: int, today: date) -> int:
    """How many hits to narrow so that ``limit`` may remain."""
    crowded = bool(asked_units(question, today)) or asks_newest(question)
    return max(limit, POOL) if crowded else limit


def narrow(
    question: str, hits: Sequence[Hit], today: date, days: Mapping[int, date]
) -> tuple[Hit, ...]:
    """The hits with the sentences that are about the unit, or the newest of a series.

    What is of the asked day comes first; it comes alone if it says something of what is asked.
    ``days``: the day of each article, by its id.
    """
    target = asked_units(question, today)
    exact = keep_exact(target, hits, days)
    of_day = keep_of_day(target, exact, days)
    if not of_day or not _says_any(without_days(question), of_day):
        first = {hit.passage.id for hit in of_day}
        of_day = tuple(sorted(exact, key=lambda hit: hit.passage.id not in first))
    return leave_out_older(question, of_day, days, target.periods)


def _says_any(question: str, hits: Sequence[Hit]) -> bool:
    """Whether the hits have a content word of a question, if it has one."""
    words = [
        word
        for word in split_words(question)
        if word not in FUNCTION_WORDS and not is_question_word(word)
    ]
    texts = (
        f"{hit.passage.title} {hit.passage.heading} {hit.passage.quote(sentence)}"
        for hit in hits
        for sentence in hit.passage.sentences
    )
    stems = frozenset[str]().union(*map(stem_variants, words))
    return not words or any(not stems.isdisjoint(stems_of(split_words(text))) for text in texts)


def question_within(
    question: str, hits: Sequence[Hit], today: date, days: Mapping[int, date]
) -> str:
    """What is left to judge of the narrowed hits: without the day, if they are all of it.

    A row that names its day itself is judged by it, too.
    """
    target = asked_units(question, today)
    of_day = keep_of_day(target, hits, days)
    if not of_day or of_day != tuple(hits):
        return question
    rows = ((hit.passage, s) for hit in hits for s in hit.passage.sentences if s.kind in ITEMS)
    texts = (passage.quote(sentence) for passage, sentence in rows)
    named = {period for text in texts for period in find_periods(text) if period.day}
    is_named = any(period.shares(day) for period in named for day in target.periods)
    return question if is_named else without_days(question)


def prefers_newest(question: str) -> bool:
    """Whether the newest of a series answers: "since 2019" asks for more."""
    return not OPEN_ENDED.search(question)
