"""A text as the checks read it: folded, cut into words, its language guessed.

Knows nothing of answers. Folding keeps the length of a text, so offsets stay true. Scripts that
are written without spaces are read in pairs of characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.search.question_analysis import LIGHT_WEIGHT, LIGHT_WORDS
from bot.text.folding import straighten
from bot.text.language import UNDETERMINED, detect_language
from bot.text.morphology import shares_prefix, stem_variants, word_weight
from bot.text.stopwords import FUNCTION_WORDS, STOP_WORDS
from bot.text.tokenize import find_tokens

KEPT_TEXTS = 512  # readings remembered: an answer's sentences cite the same few
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


@dataclass(frozen=True, slots=True)
class AnalyzedText:
    """A text, folded, with its words and its language (ISO 639-1, empty where unknown)."""

    text: str
    words: tuple[Word, ...]
    language: str

    @property
    def content(self) -> tuple[Word, ...]:
        """The words that say something."""
        return tuple(word for word in self.words if word.is_content)


@lru_cache(KEPT_TEXTS)
def analyze(text: str) -> AnalyzedText:
    """The text as all checks see it."""
    text = straighten(text)
    words = list(_words(text))
    language = _language(text)
    grammar = _known().get(language, FUNCTION_WORDS) | GRAMMAR
    return AnalyzedText(
        text,
        tuple(replace(w, is_content=False) if w.lower in grammar else w for w in words),
        language,
    )


def _words(text: str) -> Iterator[Word]:
    for word, start, end in find_tokens(text):
        yield Word(text[start:end], word, start, end)


def _language(text: str) -> str:
    """As ``tongue`` tells it; scripts without spaces are all read alike."""
    told = detect_language(text)
    return UNKNOWN if told == UNDETERMINED else CHINESE if told in ("ja", "th") else told


@lru_cache(1)
def _known() -> dict[str, frozenset[str]]:
    codes = dict.fromkeys([*STOP_WORDS, *MORE_WORDS])
    return {c: STOP_WORDS.get(c, frozenset()) | set(MORE_WORDS.get(c, "").split()) for c in codes}


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


class Vocabulary:
    """The words of some texts, to be asked whether a word is among them in some form."""

    def __init__(self, texts: Sequence[str]):
        self._words = {word.lower for text in texts for word in analyze(text).words}
        self._stems = frozenset[str]().union(*(stem_variants(word) for word in self._words))

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and not stem_variants(word).isdisjoint(self._stems)

    def has_alike(self, word: str) -> bool:
        """Also where only the beginnings agree, as in languages that bend their words."""
        return word in self or any(shares_prefix(word, other) for other in self._words)
