"""The one sentence of an article that says most of what it is about.

SumBasic (Nenkova & Vanderwende, 2005) for a single sentence: the words that stand in most
passages weigh most, and early sentences come first where others are no better. A sentence of the
article itself, so it can say nothing that the article does not. A pure function.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.records import StoredPassage
from bot.search.query_terms import split_words
from bot.search.question_analysis import FUNCTION_WORDS

PASSAGES_READ = 40
SENTENCES_LOOKED_AT = 12  # the opening: leads and abstracts sum up, what follows tells
FEWEST_WORDS, MOST_WORDS = 6, 45
STOPS = (".", "!", "?", "。", "！", "？", "؟", "।")
CLOSING = "\"'”’»)]』」 "
LATER = 0.03  # of its worth that a sentence loses with each one before it


def opening_summary(title: str, passages: Sequence[StoredPassage]) -> str:
    """The sentence, or nothing where none is fit to stand alone. Costs CPU: a few ms."""
    passages = passages[:PASSAGES_READ]
    spread = Counter(word for passage in passages for word in _telling(passage.text))
    best, most = "", 0.0
    for i, sentence in enumerate(_opening(title, passages)):
        telling = _telling(sentence)
        worth = sum(spread[word] for word in telling) / len(telling) if telling else 0.0
        worth *= 1 - LATER * i
        if worth > most:
            best, most = sentence, worth
    return best


def _opening(title: str, passages: Sequence[StoredPassage]) -> list[str]:
    sentences = [p.quote(s) for p in passages for s in p.sentences]
    said = set(_telling(title))
    return [
        sentence
        for sentence in sentences[:SENTENCES_LOOKED_AT]
        if FEWEST_WORDS <= len(split_words(sentence)) <= MOST_WORDS
        and sentence.rstrip(CLOSING).endswith(STOPS)  # no heading, no half a sentence
        and not _telling(sentence) <= said
    ]


def _telling(text: str) -> set[str]:
    return {word for word in split_words(text) if word not in FUNCTION_WORDS}
