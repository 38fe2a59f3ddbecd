"""A text as the checks read it: folded, cut into words, its language guessed.

Knows nothing of answers. Folding keeps the length of a text, so offsets stay true. Scripts that
are written without spaces are read in pairs of characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from bot.search.question_analysis import LIGHT_WEIGHT, LIGHT_WORDS
from bot.text.folding import straighten
from bot.text.language import UNDETERMINED, detect_language
from bot.text.morphology import shares_prefix, stem_variants, word_weight
from bot.text.stopwords import FUNCTION_WORDS, STOP_WORDS
from bot.text.tokenize import find_tokens

KEPT_TEXTS = 512  # that are cached: the sentences of an answer cite the same few
MORE_WORDS = {  # function words that tell a language, beside those that questions leave out
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
    """A word of a text: as it is written, in lower case, where, and whether it is more than
    grammar."""

    written: str
    lower: str
    start: int
    end: int
    is_content: bool = True


# What CLAPnq's tokens leave of "doesn't", "it's" and "they'll", and auxiliary-like verbs.
GRAMMAR_WORDS = (
    "s t d ll re ve m n't nt 's 've 'd 'll 're cannot may might shall upon also however thus "
    "therefore hence although though whereas within among etc"
)
GRAMMAR = frozenset(GRAMMAR_WORDS.split())


@dataclass(frozen=True, slots=True, eq=False)  # compared as objects: ``analyze`` caches them
class AnalyzedText:
    """A text, folded, with its words and its language (ISO 639-1, empty where unknown).

    ``content``: the words that say something.
    """

    text: str
    words: tuple[Word, ...]
    content: tuple[Word, ...]
    language: str


@lru_cache(KEPT_TEXTS)
def analyze(text: str) -> AnalyzedText:
    """The text as all checks see it."""
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
    """Its ISO 639-1 code, empty if unknown; Japanese and Thai are split like Chinese."""
    told = detect_language(text)
    return UNKNOWN if told == UNDETERMINED else CHINESE if told in ("ja", "th") else told


@cache
def _grammar_words() -> dict[str, frozenset[str]]:
    """The words of each language that are only grammar."""
    return {
        code: STOP_WORDS.get(code, frozenset()) | set(MORE_WORDS.get(code, "").split()) | GRAMMAR
        for code in {*STOP_WORDS, *MORE_WORDS}
    }


def same_word(one: str, other: str, language: str) -> bool:
    """Whether two lower-case words may be forms of one."""
    if one == other or not stem_variants(one).isdisjoint(stem_variants(other)):
        return True
    return language != ENGLISH and shares_prefix(one, other)


def weight(word: str) -> float:
    """How informative a word is: figures most, "came" or "used" little."""
    if word[0].isdigit():
        return 1.0
    return word_weight(word) * (LIGHT_WEIGHT if word in LIGHT_WORDS else 1.0)


@lru_cache(KEPT_TEXTS)
def _stems(text: AnalyzedText) -> frozenset[str]:
    return frozenset[str]().union(*(stem_variants(word.lower) for word in text.words))


class Vocabulary:
    """The words of some texts, to be asked whether a word is among them in some form."""

    def __init__(self, texts: Sequence[str]):
        analyzed = [analyze(text) for text in texts]
        self._words = {word.lower for text in analyzed for word in text.words}
        self._stems = frozenset[str]().union(*map(_stems, analyzed))

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and not stem_variants(word).isdisjoint(self._stems)

    def has_alike(self, word: str) -> bool:
        """Also where only the beginnings agree, as in languages that bend their words."""
        return word in self or any(shares_prefix(word, other) for other in self._words)
