"""Check that a sentence denies only what its sources deny, and asserts nothing that they deny.

A negation is a word ("not", "without", "denied") with its scope: the content words after it in its
clause, and one or two before it. Two negations agree if their scopes share a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice

import regex

from bot.text.language import UNDETERMINED, detect_language, has_unknown_script
from bot.verify.analyzed_text import CACHED_TEXTS, CHINESE, AnalyzedText, Word, same_word

STRONG = {  # function words: they always negate
    "en": "not no never none nobody nothing neither nor without cannot n't nt",
    "de": "nicht kein keine keinen keinem keiner keines nie niemals niemand nichts ohne weder",
    "es": "no nunca jamás nadie nada ningún ninguno ninguna sin tampoco ni",
    "fr": "pas jamais aucun aucune sans ni personne rien",
    "it": "non mai nessuno nessuna niente senza né",
    "pt": "não nunca ninguém nada nenhum nenhuma sem",
    "ru": "не нет ни никогда никто ничего без нельзя",
}
WEAK = {  # other words, which negate by their meaning
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
CLAUSE_END = regex.compile(r"[,;:.!?()—–]|\b(?:but|and|aber|pero|mais|но|which|who|while)\b")
SENTENCE_ENDS = (". ", "! ", "? ", "\n")
WORDS_AFTER, WORDS_BEFORE = 5, 2  # content words of a scope
MAX_NEGATIONS = 30  # of a text
KEY_WORDS = 2  # the first words of a scope, which must be denied


@dataclass(frozen=True, slots=True)
class Negation:
    """A negating word with its scope; ``key``: the first words after it, or those before it."""

    word: str
    start: int
    end: int
    is_strong: bool
    key: tuple[str, ...]
    scope: tuple[str, ...]


@lru_cache(CACHED_TEXTS)
def find_negations(text: AnalyzedText) -> tuple[Negation, ...]:
    """The negations of a text in order, at most ``MAX_NEGATIONS``."""
    matches = _find_words(text)
    if text.language == CHINESE:
        matches = (_chinese_negation(text, match) for match in HAN.finditer(text.text))
    return tuple(islice(matches, MAX_NEGATIONS))


def _find_words(text: AnalyzedText) -> Iterator[Negation]:
    strong, weak = (_words_in(table, text.language) for table in (STRONG, WEAK))
    for word in text.words:
        is_strong = word.lower in strong or word.lower.endswith("n't")
        if (is_strong or word.lower in weak) and not _is_idiom(text.text, word):
            yield _negation(text, word, is_strong)


def knows_language(text: str) -> bool:
    """Whether a "not" would be seen in a text; an unknown one in Latin letters reads as English."""
    code = detect_language(text)
    return (code in (UNDETERMINED, CHINESE, *STRONG) or not code) and not has_unknown_script(text)


def _words_in(table: Mapping[str, str], language: str) -> frozenset[str]:
    """The words of a language, or of English if it has none."""
    return frozenset(table.get(language, table["en"]).split())


def may_negate(word: Word) -> bool:
    """Whether the word may negate, in any language."""
    return (
        word.lower in _all_words()
        or word.lower.endswith("n't")
        or bool(NEGATIVE_PREFIX.fullmatch(word.lower))
    )


@cache
def _all_words() -> frozenset[str]:
    return frozenset(
        w for table in (STRONG, WEAK) for words in table.values() for w in words.split()
    )


def _is_idiom(text: str, word: Word) -> bool:
    return any(
        match.start() <= word.start < match.end()
        for match in NOT_A_NEGATION.finditer(text, max(0, word.start - 12), word.end + 20)
    )


def _negation(text: AnalyzedText, word: Word, is_strong: bool) -> Negation:
    clause_end = CLAUSE_END.search(text.text, word.end)
    end = clause_end.start() if clause_end else len(text.text)
    after = [w.lower for w in text.content if word.end <= w.start < end][:WORDS_AFTER]
    start = max(text.text.rfind(mark, 0, word.start) for mark in SENTENCE_ENDS)
    before = [w.lower for w in text.content if start < w.start and w.end <= word.start]
    before = before[-WORDS_BEFORE:]
    key = tuple(after[:KEY_WORDS] or before)
    return Negation(word.lower, word.start, word.end, is_strong, key, (*before, *after))


def _chinese_negation(text: AnalyzedText, match: regex.Match[str]) -> Negation:
    after = tuple(w.lower for w in text.words if match.end() <= w.start < match.end() + 3)
    return Negation(match.group(), *match.span(), is_strong=True, key=after, scope=after)


def find_added(claim: AnalyzedText, cited: Sequence[AnalyzedText]) -> Iterator[str]:
    """The words that the claim negates and no source does."""
    source_negations = [negation for text in cited for negation in find_negations(text)]
    for negation in find_negations(claim):
        if not negation.is_strong or not negation.key:
            continue
        if any(_share_word(negation.key, n.scope, claim.language) for n in source_negations):
            continue
        if not any(_has_negative_prefix(word.lower, negation) for t in cited for word in t.words):
            yield f"{negation.word} {' '.join(negation.key)}"


def _has_negative_prefix(word: str, negation: Negation) -> bool:
    """Whether a source's word negates one of the scope: "disproves" negates "proves"."""
    return NEGATIVE_PREFIX.fullmatch(word) is not None and any(
        (len(other) > 4 and word.endswith(other[:5])) or other[:5] in word[2:]
        for other in negation.scope
    )


def is_denied_in(negation: Negation, text: AnalyzedText) -> bool:
    """Whether the text has a negation of the same words, anywhere."""
    return any(
        _share_word(negation.key, other.scope, text.language) for other in find_negations(text)
    )


def find_dropped(claim: AnalyzedText, cited: Sequence[AnalyzedText]) -> Iterator[str]:
    """The words that a source negates and the claim asserts."""
    negated_words = [word for negation in find_negations(claim) for word in negation.scope]
    for text in cited:
        for negation in find_negations(text):
            if not negation.is_strong or not negation.key:
                continue
            if _share_word(negation.scope, negated_words, claim.language):
                continue
            if _is_asserted(negation, claim) and not _is_asserted_elsewhere(negation, text, cited):
                yield f"{negation.word} {' '.join(negation.key)}"


def _is_asserted(negation: Negation, claim: AnalyzedText) -> bool:
    """Whether the claim has all key words of a source's negation and most of its scope."""
    words = [word.lower for word in claim.content]
    if not all(_is_among(word, words, claim.language) for word in negation.key):
        return False
    n_shared = sum(_is_among(word, words, claim.language) for word in negation.scope)
    return 4 * n_shared >= 3 * len(negation.scope)


def _is_asserted_elsewhere(
    negation: Negation, text: AnalyzedText, cited: Sequence[AnalyzedText]
) -> bool:
    """Whether another source has the key words without any negation."""
    others = [other for other in cited if other is not text and not find_negations(other)]
    words_of_others = [[word.lower for word in other.content] for other in others]
    return any(
        all(_is_among(word, words, text.language) for word in negation.key)
        for words in words_of_others
    )


def _share_word(words: Sequence[str], other_words: Sequence[str], language: str) -> bool:
    return any(_is_among(word, other_words, language) for word in words)


def _is_among(word: str, other_words: Sequence[str], language: str) -> bool:
    return any(same_word(word, other, language) for other in other_words)
