"""Passages in another language than the question: found by meaning, where words tell nothing.

The blend learned on English: a close passage without a word of the question is mostly wrong
there, so it buries every passage in another language. Such passages are ordered by their
closeness alone, that of their best sentence half of it, and placed among the others by how
well those cover the question. Knows the language of a text by its script and, in Latin
letters, by its function words; what it cannot tell counts as the question's own. Pure
functions of values.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import regex

from bot.search.features import SIGNALS, Floats
from bot.search.words import STOP_WORDS

# Fitted by bench/train_across.py on covidqa and clapnq, in which a share of the documents (.1 to
# .98) lost their words and 35 % of the differences of their cosines, as translations do.
STEEPNESS = 36.0  # log chance for a cosine
ADVANTAGE = 7.0  # over the best passage in the question's language, if that has nothing of these:
COVERED = -6.7  # it covers the whole question
ALONE = -4.4  # no other in the question's language comes near it
CLOSER = -5.3  # for a cosine by which it is closer than the closest
SUSPECTS = 5  # the closest that hold no word of the question: is one in another language?
LEAST_CHANCE = 1e-30  # what is 0 in 32 bits has a log all the same
RESCORED = 20  # by their sentences: 0.2 s with the embedder inside. See docs/finding.md
READ_CHARACTERS = 600  # of a text, to tell its language
COSINE = SIGNALS.index("closeness")
WORDLESS = SIGNALS.index("rare_coverage")
COVERAGE = SIGNALS.index("titled_coverage")

SCRIPTS = {
    "ja": regex.compile(r"[\p{Hiragana}\p{Katakana}]"),
    "ko": regex.compile(r"\p{Hangul}"),
    "zh": regex.compile(r"\p{Han}"),
    "th": regex.compile(r"\p{Thai}"),
    "ru": regex.compile(r"\p{Cyrillic}"),
    "ar": regex.compile(r"\p{Arabic}"),
    "he": regex.compile(r"\p{Hebrew}"),
    "el": regex.compile(r"\p{Greek}"),
    "hi": regex.compile(r"\p{Devanagari}"),
}
LATIN = "latin"  # in Latin letters, and no more is known
LETTER = regex.compile(r"\p{L}")
LATIN_WORD = regex.compile(r"[\p{Latin}'’]+")
SOME_SCRIPT = 0.3  # of the letters; kana are fewer than the kanji between them
KANA = 0.1
CLEARLY = 1.5  # times as many function words as of the next language
FUNCTION_WORDS = {
    **{code: STOP_WORDS[code] for code in ("en", "de", "fr", "es")},
    "it": frozenset(
        [
            *("che", "chi", "come", "con", "dei", "del", "della", "delle", "di", "dove", "gli"),
            *("il", "lo", "non", "per", "perché", "quale", "quando", "quanto", "si", "sono"),
            *("una", "è"),
        ]
    ),
    "pt": frozenset(
        [
            *("a", "ao", "com", "como", "da", "das", "do", "dos", "em", "foi", "na", "no", "não"),
            *("o", "onde", "os", "para", "qual", "quando", "quanto", "que", "quem", "são", "um"),
            *("uma", "é"),
        ]
    ),
    "nl": frozenset(
        [
            *("aan", "als", "bij", "dat", "de", "een", "en", "er", "het", "hoeveel", "met"),
            *("niet", "ook", "op", "te", "van", "voor", "waar", "waarom", "wanneer", "wat"),
            *("welke", "wie", "zijn"),
        ]
    ),
}


def language_of(text: str) -> str:
    """A code, ``LATIN`` where only the script is known, "" where nothing is."""
    text = text[:READ_CHARACTERS]
    script = "" if text.isascii() else _script(text)
    if script:
        return script
    found = LATIN_WORD.findall(text.lower())
    if not found:
        return ""
    counts = {code: sum(map(words.__contains__, found)) for code, words in FUNCTION_WORDS.items()}
    second, first = sorted(counts.values())[-2:]
    return max(counts, key=lambda code: counts[code]) if first > CLEARLY * second else LATIN


def _script(text: str) -> str:
    letters = len(LETTER.findall(text))
    for code, script in SCRIPTS.items():
        if len(script.findall(text)) > letters * (KANA if code == "ja" else SOME_SCRIPT):
            return code
    return ""


def foreign(question: str, text: str) -> bool:
    """Whether two languages (as ``language_of`` gives them) are surely not the same."""
    unsure = LATIN in (question, text) and {question, text} <= {LATIN, *FUNCTION_WORDS}
    return bool(question and text) and question != text and not unsure


def suspects(signals: Floats) -> list[int]:
    """Which of the closest candidates hold none of the question's words."""
    closest = np.argsort(-signals[:, COSINE], kind="stable")[:SUSPECTS]
    return [int(i) for i in closest if signals[i, WORDLESS] == 0]


def closest(signals: Floats) -> list[int]:
    """The candidates whose language is to be told: the only ones that meaning can move up."""
    return [int(i) for i in np.argsort(-signals[:, COSINE], kind="stable")[:RESCORED]]


def placed(scores: Floats, signals: Floats, others: Sequence[int], best: Floats) -> Floats:
    """The log chances of the candidates ``others``, which are in another language.

    ``best`` are the cosines of their best sentences (or of themselves).
    """
    native = np.ones(len(scores), np.bool_)
    native[others] = False
    closeness = signals[others, COSINE]
    gain = best - closeness
    meaning = closeness + (gain - gain.mean()) / 2
    highest = max(float(meaning.max()), float(signals[native, COSINE].max(initial=-1.0)))
    start, advantage = 0.0, ADVANTAGE
    if native.any():
        top = np.flatnonzero(native)[np.argmax(scores[native])]
        start = float(np.log(max(float(scores[top]), LEAST_CHANCE)))
        advantage += COVERED * float(signals[top, COVERAGE])
        advantage += ALONE * float(scores[top] / max(float(scores[native].sum()), LEAST_CHANCE))
        advantage += CLOSER * float(signals[top, COSINE] - meaning.max())
    log_chances: Floats = start + advantage + STEEPNESS * (meaning - highest)
    return log_chances


def may_lead(log_chances: Floats, scores: Floats, others: Sequence[int]) -> bool:
    """Whether one of ``others`` comes first: only then its sentences are worth a look."""
    native = np.delete(scores, others)
    return not len(native) or bool(log_chances.max() > np.log(native.max()))
