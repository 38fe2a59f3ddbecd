"""Recognize sentences that only say that the sources don't answer the question.

Such a sentence needs no footnote: it says that the sources don't say something, in words of the
question alone. Anything else in it makes it a claim. The words for sources and for saying are known
in some languages; in others such a sentence counts as a claim, so it may be dropped, but nothing
unsupported is shown.
"""

from __future__ import annotations

from collections.abc import Sequence

import regex

from bot.verify.analyzed_text import CHINESE, AnalyzedText, Vocabulary, Word, analyze
from bot.verify.negation import find_negations

SOURCES = {
    "en": "article articles passage passages source sources library text texts document documents "
    "excerpt excerpts",
    "de": "artikel artikeln quelle quellen bibliothek text texte texten passage passagen dokumente",
    "es": "artículo artículos fuente fuentes biblioteca texto textos pasaje pasajes",
    "fr": "article articles source sources bibliothèque texte textes passage passages",
    "it": "articolo articoli fonte fonti biblioteca testo testi",
    "pt": "artigo artigos fonte fontes biblioteca texto textos",
    "ru": "статья статьи статье статей статьях источник источники источниках библиотека библиотеке "
    "тексте тексты",
}
SAYING = {
    "en": "say says said tell tells state states stated mention mentions mentioned name "
    "names explain explains describe describes specify specifies specified cover give gives "
    "provide provides provided answer answers contain contains include discuss discusses "
    "information detail details indicate indicates address",
    "de": "sagen sagt nennen nennt erwähnen erwähnt beantworten beantwortet enthalten enthält "
    "geben gibt angaben informationen",
    "es": "dicen dice mencionan menciona indican indica explican explica contienen contiene",
    "fr": "disent dit mentionnent mentionne précisent précise indiquent indique",
    "it": "dicono dice menzionano menziona indicano indica",
    "pt": "dizem diz mencionam menciona indicam indica",
    "ru": "говорят говорит говорится сказано упоминают упоминает упоминается сообщают сообщает",
}
SOURCE_WORDS = frozenset(word for words in SOURCES.values() for word in words.split())
SAYING_WORDS = frozenset(word for words in SAYING.values() for word in words.split())
MAX_WORDS_BETWEEN = 4  # the "not" and the verb: "none of the articles say"
HAN = regex.compile(
    r"(?:文章|资料|来源|图书馆)[^，。；,;]{0,4}(?:没有|并未|[没未不])"
    r"(?:有|直接|明确)?(?:提到|提及|说明|说|给出|回答)"
)


def says_not_in_sources(text: str, question: str) -> bool:
    """Whether a sentence only says that the sources do not say what was asked."""
    claim = analyze(text)
    if claim.language == CHINESE:
        gap = HAN.search(claim.text)
        return gap is not None and _all_in_question(
            analyze(claim.text[gap.end() :]).words, question
        )
    words = [word.lower for word in claim.words]
    if SOURCE_WORDS.isdisjoint(words) or not _denies_saying(claim):
        return False
    return _all_in_question(
        [w for w in claim.content if w.lower not in SOURCE_WORDS | SAYING_WORDS | _denials(claim)],
        question,
    )


def _all_in_question(words: Sequence[Word], question: str) -> bool:
    """Whether all the words are in the question."""
    vocabulary = Vocabulary([question])
    return all(vocabulary.has_alike(word.lower) for word in words)


def _denials(claim: AnalyzedText) -> set[str]:
    return {negation.word for negation in find_negations(claim)}


def _denies_saying(claim: AnalyzedText) -> bool:
    """Whether a "not" is close to a word for saying, with no other content word between them."""
    for negation in find_negations(claim):
        behind = [w for w in claim.words if w.start >= negation.end]
        before = [w for w in claim.words if w.end <= negation.start][::-1]
        if negation.is_strong and any(_reaches(side) for side in (behind, before[:2])):
            return True
    return False


def _reaches(side: Sequence[Word]) -> bool:
    for word in side[: MAX_WORDS_BETWEEN + 1]:
        if word.lower in SAYING_WORDS:
            return True
        if word.is_content and word.lower not in SOURCE_WORDS:
            return False
    return False


def is_source(words: Sequence[str]) -> bool:
    """Whether these lower-case words only name the source itself: "the article", "passage 2"."""
    return all(word in SOURCE_WORDS or word.isdigit() for word in words)
