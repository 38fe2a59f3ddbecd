"""The words of a question that are worth looking for.

Function words are dropped, those of the question's own language: "war" and "die" are
content in English and nothing in German. A question that consists of nothing else keeps
them all. Knows nothing of the index.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import regex

from bot.text.language import detect_language
from bot.text.stem import stem
from bot.text.stopwords import STOP_WORDS
from bot.text.tokenize import split_words

__all__ = ["QueryTerms", "content_terms", "parse_query", "quoted_phrases", "split_words"]

QUOTED = regex.compile(
    r'(?<!\w)"([^"]+)"|“([^”“]+)[”“]|„([^“”„]+)[“”]|«([^»]+)»|「([^」]+)」|『([^』]+)』'
    r"|(?<!\w)‘((?:[^‘’]|’(?=\w))+)’|(?<!\w)'([^']{2,})'(?!\w)"
)
LONGEST_PHRASE = 300  # characters; more is a text that was pasted
MAX_TERMS = 64  # a question has fewer; a pasted page must not become one huge query

# What people say about their sources when they ask, whatever the sources are about.
ASKING = frozenset(["according", "article", "mention", "mentioned", "passage", "text"])


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """A question as the index is asked: its terms, and which of them stand how far apart.

    A pair is (first term, second term, distance in words) by their places in ``terms``. A
    phrase is what the question has in quotation marks: (term, words behind the first) of each.
    """

    terms: tuple[str, ...]
    pairs: tuple[tuple[int, int, int], ...]
    phrases: tuple[tuple[tuple[int, int], ...], ...] = ()


def content_terms(question: str) -> list[str]:
    """The distinct words of a question to search for, in order, at most ``MOST_TERMS``."""
    return list(dict.fromkeys(word for _, word in _content(question)))[:MAX_TERMS]


def parse_query(question: str) -> QueryTerms:
    """What to look up for a question."""
    content = [(place, stem(word)) for place, word in _content(question)]
    found = list(dict.fromkeys(term for _, term in content))[:MAX_TERMS]
    number = {term: i for i, term in enumerate(found)}
    pairs = [
        (number[one], number[other], there - here)
        for (here, one), (there, other) in pairwise(content)
        if one in number and other in number
    ]
    placed = [(place, number[term]) for place, term in content if term in number]
    phrases = tuple(
        filter(None, (_phrase(question, *each, placed) for each in quoted_phrases(question)))
    )
    return QueryTerms(tuple(found), tuple(dict.fromkeys(pairs)), phrases)


def quoted_phrases(question: str) -> list[tuple[int, str]]:
    """The phrases in quotation marks, each with where it begins."""
    found = ((match, match.lastindex or 0) for match in QUOTED.finditer(question))
    return [
        (match.start(group), match[group])
        for match, group in found
        if len(match[group]) <= LONGEST_PHRASE and split_words(match[group])
    ]


def _phrase(
    question: str, at: int, phrase: str, placed: list[tuple[int, int]]
) -> tuple[tuple[int, int], ...]:
    first = len(split_words(question[:at]))
    inside = [
        (term, place) for place, term in placed if 0 <= place - first < len(split_words(phrase))
    ]
    return tuple((term, place - inside[0][1]) for term, place in inside)


def _content(question: str) -> list[tuple[int, str]]:
    """(place, word) of the words that are no function words; of all, if there are no others."""
    everything = list(enumerate(split_words(question)))
    stop_words = STOP_WORDS.get(detect_language(question), STOP_WORDS["en"]) | ASKING
    return [(i, word) for i, word in everything if word not in stop_words] or everything
