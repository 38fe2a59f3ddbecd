"""Negations: what a sentence denies must be denied by its sources, and the other way round.

A negation is a word ("not", "without", "denied") and its scope: the words that follow it in its
clause, and one or two before it. Two negations agree when their scopes share a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice

import regex

from bot.answer.verify.analyzed_text import CHINESE, KEPT_TEXTS, AnalyzedText, Word, same_word

GRAMMAR = {
    "en": "not no never none nobody nothing neither nor without cannot n't nt",
    "de": "nicht kein keine keinen keinem keiner keines nie niemals niemand nichts ohne weder",
    "es": "no nunca jamás nadie nada ningún ninguno ninguna sin tampoco ni",
    "fr": "pas jamais aucun aucune sans ni personne rien",
    "it": "non mai nessuno nessuna niente senza né",
    "pt": "não nunca ninguém nada nenhum nenhuma sem",
    "ru": "не нет ни никогда никто ничего без нельзя",
}
MEANING = {
    "en": "fail fails failed failing failure deny denies denied denying refuse refuses refused "
    "lack lacks lacked lacking unable unlikely hardly barely rarely seldom scarcely reject rejects "
    "rejected absent absence impossible prevent prevents prevented avoid avoids stop stops stopped "
    "disprove disproves disproved instead rather except unless few little ceased lost away off",
    "de": "bestreitet bestritt verweigert kaum unmöglich fehlt fehlen",
    "es": "niega negó rechazó rechaza imposible apenas falta",
    "fr": "nie refuse refusé rejette impossible guère manque",
    "ru": "отрицает отказался невозможно едва",
}
HAN = regex.compile(r"没有|不是|不会|不能|从未|并未|[不没未无否非]")
NOT_A_NEGATION = regex.compile(
    r"(?:not only|not just|whether or not|no\.? ?\d|no doubt|nothing but|for nothing|not to be"
    r" confused)",
    regex.IGNORECASE,
)
NEGATIVE_PREFIX = regex.compile(r"(?:un|in|im|il|ir|dis|non|mis|anti)-?\w{4,}|\w{3,}less")
CLAUSE = regex.compile(r"[,;:.!?()—–]|\b(?:but|and|aber|pero|mais|но|which|who|while)\b")
SENTENCE_ENDS = (". ", "! ", "? ", "\n")
AFTER, BEFORE = 5, 2  # content words of the scope, behind and before
MOST_NEGATIONS = 30  # of a text that are looked at
KEY = 2  # of them, what is denied first of all


@dataclass(frozen=True, slots=True)
class Negation:
    """A negating word, what it denies first, and all of its scope."""

    word: str
    start: int
    end: int
    strong: bool
    key: tuple[str, ...]
    scope: tuple[str, ...]


@lru_cache(KEPT_TEXTS)
def negations(text: AnalyzedText) -> tuple[Negation, ...]:
    """The negations of a text in order, at most ``MOST_NEGATIONS``."""
    found = _spaced(text)
    if text.language == CHINESE:
        found = (_han(text, match) for match in HAN.finditer(text.text))
    return tuple(islice(found, MOST_NEGATIONS))


def _spaced(text: AnalyzedText) -> Iterator[Negation]:
    content = text.content
    strong = set(GRAMMAR.get(text.language, GRAMMAR["en"]).split())
    weak = set(MEANING.get(text.language, MEANING["en"]).split())
    for word in text.words:
        is_strong = word.lower in strong or word.lower.endswith("n't")
        if (is_strong or word.lower in weak) and not _is_idiom(text.text, word):
            yield _negation(text, content, word, is_strong)


def denies(word: Word) -> bool:
    """Whether a word alone may deny something, in any language."""
    return (
        word.lower in _every_word()
        or word.lower.endswith("n't")
        or bool(NEGATIVE_PREFIX.fullmatch(word.lower))
    )


@cache
def _every_word() -> frozenset[str]:
    return frozenset(
        w for table in (GRAMMAR, MEANING) for words in table.values() for w in words.split()
    )


def _is_idiom(text: str, word: Word) -> bool:
    return any(
        found.start() <= word.start < found.end()
        for found in NOT_A_NEGATION.finditer(text, max(0, word.start - 12), word.end + 20)
    )


def _negation(text: AnalyzedText, content: Sequence[Word], word: Word, strong: bool) -> Negation:
    stop = CLAUSE.search(text.text, word.end)
    end = stop.start() if stop else len(text.text)
    after = [w.lower for w in content if word.end <= w.start < end][:AFTER]
    begin = max(text.text.rfind(stop, 0, word.start) for stop in SENTENCE_ENDS)
    before = [w.lower for w in content if begin < w.start and w.end <= word.start][-BEFORE:]
    return Negation(
        word.lower, word.start, word.end, strong, tuple(after[:KEY] or before), (*before, *after)
    )


def _han(text: AnalyzedText, found: regex.Match[str]) -> Negation:
    after = [w.lower for w in text.words if found.end() <= w.start < found.end() + 3]
    return Negation(found.group(), *found.span(), True, tuple(after), tuple(after))


def added_negations(claim: AnalyzedText, cited: Sequence[AnalyzedText]) -> Iterator[str]:
    """What the claim denies and no source does."""
    told = [negation for text in cited for negation in negations(text)]
    for one in negations(claim):
        if not one.strong or not one.key:
            continue
        if any(_meet(one.key, other.scope, claim.language) for other in told):
            continue
        if not any(NEGATIVE_PREFIX.fullmatch(w.lower) for text in cited for w in text.words
                   if _prefixed(w.lower, one.scope)):  # fmt: skip
            yield f"{one.word} {' '.join(one.key)}"


def _prefixed(word: str, scope: Sequence[str]) -> bool:
    """``unanimous`` is no denial of ``animous``, ``disproves`` is one of ``proves``."""
    return any(
        (len(other) > 4 and word.endswith(other[:5])) or other[:5] in word[2:] for other in scope
    )


def is_also_denied(one: Negation, text: AnalyzedText) -> bool:
    """Whether the other text denies the same, in whatever place."""
    return any(_meet(one.key, other.scope, text.language) for other in negations(text))


def dropped_negations(claim: AnalyzedText, cited: Sequence[AnalyzedText]) -> Iterator[str]:
    """What a source denies and the claim asserts in the same words."""
    own = negations(claim)
    said = [word.lower for word in claim.content]
    for text in cited:
        for one in negations(text):
            if not one.strong or not one.key or _meet(one.scope, _scopes(own), claim.language):
                continue
            if _asserted(one, said, claim.language) and not _elsewhere(one, text, cited):
                yield f"{one.word} {' '.join(one.key)}"


def _scopes(found: Sequence[Negation]) -> tuple[str, ...]:
    return tuple(word for negation in found for word in negation.scope)


def _asserted(one: Negation, said: Sequence[str], language: str) -> bool:
    """Whether what is denied is all said, and most of what stands around it."""
    if not all(_among(word, said, language) for word in one.key):
        return False
    found = sum(_among(word, said, language) for word in one.scope)
    return 4 * found >= 3 * len(one.scope)


def _elsewhere(one: Negation, text: AnalyzedText, cited: Sequence[AnalyzedText]) -> bool:
    """Whether another source says the same without denying it."""
    others = [t for t in cited if t is not text and not negations(t)]
    return any(
        all(_among(w, [o.lower for o in other.content], text.language) for w in one.key)
        for other in others
    )


def _meet(one: Sequence[str], other: Sequence[str], language: str) -> bool:
    return any(_among(word, other, language) for word in one)


def _among(word: str, others: Sequence[str], language: str) -> bool:
    return any(same_word(word, other, language) for other in others)
