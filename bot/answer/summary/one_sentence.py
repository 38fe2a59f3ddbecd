"""A one-sentence extractive summary of an article.

SumBasic (Nenkova & Vanderwende, 2005) for a single sentence: words that occur in many passages
weigh most, and early sentences are preferred. The sentence is the article's own, so it says nothing
that the article does not. A pure function.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.records import StoredPassage
from bot.text.stopwords import FUNCTION_WORDS
from bot.text.tokenize import split_words

PASSAGES_READ = 40
OPENING_SENTENCES = 12  # leads and abstracts summarize, what follows tells
MIN_WORDS, MAX_WORDS = 6, 45
SENTENCE_ENDS = (".", "!", "?", "。", "！", "？", "؟", "।")
CLOSING_QUOTES = "\"'”’»)]』」 "
POSITION_PENALTY = 0.03  # share of the score lost with each sentence before


def one_sentence_summary(title: str, passages: Sequence[StoredPassage]) -> str:
    """The sentence; empty if none can stand alone. Takes a few ms of CPU."""
    passages = passages[:PASSAGES_READ]
    passage_counts = Counter(word for passage in passages for word in _content_words(passage.text))
    best, best_score = "", 0.0
    for i, sentence in enumerate(_candidates(title, passages)):
        words = _content_words(sentence)
        score = sum(passage_counts[word] for word in words) / len(words) if words else 0.0
        score *= 1 - POSITION_PENALTY * i
        if score > best_score:
            best, best_score = sentence, score
    return best


def _candidates(title: str, passages: Sequence[StoredPassage]) -> list[str]:
    sentences = [p.quote(s) for p in passages for s in p.sentences]
    title_words = _content_words(title)
    return [
        sentence
        for sentence in sentences[:OPENING_SENTENCES]
        if MIN_WORDS <= len(split_words(sentence)) <= MAX_WORDS
        and sentence.rstrip(CLOSING_QUOTES).endswith(SENTENCE_ENDS)  # no heading, no fragment
        and not _content_words(sentence) <= title_words
    ]


def _content_words(text: str) -> set[str]:
    return {word for word in split_words(text) if word not in FUNCTION_WORDS}
