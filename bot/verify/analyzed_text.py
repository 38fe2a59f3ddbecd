"""A text as the checks see it: straightened, split into words, with its language detected.

Its length stays the same, so offsets stay valid. Knows nothing of answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from bot.search.question_analysis import LIGHT_WEIGHT, LIGHT_WORDS
from bot.text.folding import straighten
from bot.text.language import OTHER, UNDETERMINED, detect_language
from bot.text.morphology import shares_prefix, stem_variants, word_weight
from bot.text.stopwords import FUNCTION_WORDS, STOP_WORDS
from bot.text.tokenize import find_tokens

CACHED_TEXTS = 512  # that are cached: the sentences of an answer cite the same few
CACHED_PAIRS = 100_000  # of words that were compared, some 20 MB
MORE_FUNCTION_WORDS = {  # besides the stop words of questions
    "de": "sie er ich wir nicht kein keine wurde dass als durch über noch nur sein seine ihre hat",
    "es": "con por más pero sus ha había sobre entre también está son no",
    "fr": "ne pas plus mais ses aux ont avait entre sous cette leur par sur n'est d'une",
    "ru": "не из для это его её их но был были также что при после до",
    "it": "di che non della del il nel sono alla gli è una per con dei",
    "pt": "não uma dos das pelo pela são foi com mais em seu sua os",
}
ENGLISH, CHINESE, UNKNOWN = "en", "zh", ""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, as it is written and in lower case, with its offsets.

    ``is_content``: it is not only grammar.
    """

    written: str
    lower: str
    start: int
    end: int
    is_content: bool = True


# The parts of "doesn't", "it's" and "they'll" in CLAPnq's tokens, modal verbs and connectives.
GRAMMAR_WORDS = (
    "s t d ll re ve m n't nt 's 've 'd 'll 're cannot may might shall upon also however thus "
    "therefore hence although though whereas within among etc"
)
GRAMMAR = frozenset(GRAMMAR_WORDS.split())


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: ``analyze`` caches them
class AnalyzedText:
    """A straightened text with its words and its language (ISO 639-1 code, empty if unknown).

    ``content``: its content words.
    """

    text: str
    words: tuple[Word, ...]
    content: tuple[Word, ...]
    language: str


@lru_cache(CACHED_TEXTS)
def analyze(text: str) -> AnalyzedText:
    """The text as all checks see it; cached."""
    text = straighten(text)
    language = _language(text)
    grammar = _grammar_words().get(language, FUNCTION_WORDS | GRAMMAR)
    words = tuple(
        replace(word, is_content=False) if word.lower in grammar else word for word in _words(text)
    )
    return AnalyzedText(text, words, tuple(word for word in words if word.is_content), language)


def _words(text: str) -> Iterator[Word]:
    for word, start, end in find_tokens(text):
        yield Word(text[start:end], word, start, end)


def _language(text: str) -> str:
    """Its ISO 639-1 code, empty if unknown; Chinese also for Japanese and Thai."""
    code = detect_language(text)
    if code in (UNDETERMINED, OTHER):
        return UNKNOWN
    return CHINESE if code in ("ja", "th") else code


@cache
def _grammar_words() -> dict[str, frozenset[str]]:
    """The words of each language that are only grammar."""
    return {
        code: STOP_WORDS.get(code, frozenset())
        | set(MORE_FUNCTION_WORDS.get(code, "").split())
        | GRAMMAR
        for code in {*STOP_WORDS, *MORE_FUNCTION_WORDS}
    }


@lru_cache(CACHED_PAIRS)
def same_word(a: str, b: str, language: str) -> bool:
    """Whether two lower-case words may be forms of the same word."""
    if a == b or not stem_variants(a).isdisjoint(stem_variants(b)):
        return True
    return language != ENGLISH and shares_prefix(a, b)


def weight(word: str) -> float:
    """How informative a word is, 0 … 1: figures most, "came" or "used" little."""
    if word[0].isdigit():
        return 1.0
    return word_weight(word) * (LIGHT_WEIGHT if word in LIGHT_WORDS else 1.0)


@lru_cache(CACHED_TEXTS)
def _stems(text: AnalyzedText) -> frozenset[str]:
    return frozenset[str]().union(*(stem_variants(word.lower) for word in text.words))


class Vocabulary:
    """The words of some texts. A word is ``in`` it if the texts have any form of it."""

    def __init__(self, texts: Sequence[str]):
        analyzed = [analyze(text) for text in texts]
        self._words = {word.lower for text in analyzed for word in text.words}
        self._stems = frozenset[str]().union(*map(_stems, analyzed))

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and not stem_variants(word).isdisjoint(self._stems)

    def has_alike(self, word: str) -> bool:
        """As ``in``, or if only the beginnings agree, for languages with other endings."""
        return word in self or any(shares_prefix(word, other) for other in self._words)

    def has(self, word: str, language: str) -> bool:
        """As ``in`` for a word of an English text; in other languages the beginnings count."""
        return word in self if language == ENGLISH else self.has_alike(word)
