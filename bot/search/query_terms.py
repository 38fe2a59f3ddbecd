"""Turn a question into query terms.

Stop words are dropped by the question's language: "war" and "die" are content words in English
and stop words in German. A question of stop words only keeps them all. Knows nothing of the index.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import regex

from bot.store.passage_index import QueryTerms
from bot.text.language import ENGLISH, UNDETERMINED, detect_language
from bot.text.stem import stem
from bot.text.stopwords import EXTRA_STOP_TOKENS, STOP_TOKENS
from bot.text.tokenize import split_words

QUOTED = regex.compile(
    r'(?<!\w)"([^"]+)"|“([^”“]+)[”“]|„([^“”„]+)[“”]|«([^»]+)»|「([^」]+)」|『([^』]+)』'
    r"|(?<!\w)‘((?:[^‘’]|’(?=\w))+)’|(?<!\w)'([^']{2,})'(?!\w)"
)
MAX_PHRASE_CHARACTERS = 300  # anything longer is pasted text
CACHED_QUESTIONS = 64  # a few at once, each with its parts
MAX_TERMS = 64  # questions have fewer; keeps a pasted page from becoming one huge query

# Words that refer to the sources, whatever the sources are about.
SOURCE_WORDS = frozenset(["according", "article", "mention", "mentioned", "passage", "text"])


@dataclass(frozen=True, slots=True)
class TokenizedQuestion:
    """The words of a question, and which of them are no stop words.

    ``content`` has (position, word) of those, or of all if there are no others. ``language`` is as
    ``detect_language`` says.
    """

    text: str
    language: str
    words: tuple[str, ...]
    content: tuple[tuple[int, str], ...]

    @property
    def content_terms(self) -> list[str]:
        """The distinct content words, unstemmed, in order; at most ``MAX_TERMS``."""
        return list(dict.fromkeys(word for _, word in self.content))[:MAX_TERMS]


@lru_cache(CACHED_QUESTIONS)
def tokenize_question(question: str) -> TokenizedQuestion:
    """Split a question into words and detect its language: once for all who read it."""
    language, words = detect_language(question), tuple(split_words(question))
    stop_words = _stop_words(language) | SOURCE_WORDS
    every_word = tuple(enumerate(words))
    content = tuple((i, word) for i, word in every_word if word not in stop_words)
    return TokenizedQuestion(question, language, words, content or every_word)


def _stop_words(language: str) -> frozenset[str]:
    """Those of the language; English ones if it is not known, none if nobody knows any."""
    if language in ("", UNDETERMINED):
        language = ENGLISH
    return STOP_TOKENS.get(language) or EXTRA_STOP_TOKENS.get(language, frozenset())


def content_terms(question: str) -> list[str]:
    """The distinct content words of a question, unstemmed, in order; at most ``MAX_TERMS``."""
    return tokenize_question(question).content_terms


def parse_query(question: str) -> QueryTerms:
    """The terms, pairs and phrases to look up in the index."""
    content = [(position, stem(word)) for position, word in tokenize_question(question).content]
    terms = list(dict.fromkeys(term for _, term in content))[:MAX_TERMS]
    index = {term: i for i, term in enumerate(terms)}
    pairs = [
        (index[first], index[second], second_at - first_at)
        for (first_at, first), (second_at, second) in pairwise(content)
        if first in index and second in index
    ]
    positions = [(position, index[term]) for position, term in content if term in index]
    phrases = (_phrase_terms(question, *phrase, positions) for phrase in quoted_phrases(question))
    return QueryTerms(tuple(terms), tuple(dict.fromkeys(pairs)), tuple(filter(None, phrases)))


def quoted_phrases(question: str) -> list[tuple[int, str]]:
    """(offset, text) of each phrase in quotation marks."""
    matches = ((match, match.lastindex or 0) for match in QUOTED.finditer(question))
    return [
        (match.start(group), match[group])
        for match, group in matches
        if len(match[group]) <= MAX_PHRASE_CHARACTERS and split_words(match[group])
    ]


def _phrase_terms(
    question: str, offset: int, phrase: str, positions: list[tuple[int, int]]
) -> tuple[tuple[int, int], ...]:
    start = len(split_words(question[:offset]))
    end = start + len(split_words(phrase))
    inside = [(term, position) for position, term in positions if start <= position < end]
    return tuple((term, position - inside[0][1]) for term, position in inside)
