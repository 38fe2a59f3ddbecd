"""Check that text in quotation marks is in the sources, word for word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from bot.text.morphology import stem_variants
from bot.text.stopwords import FUNCTION_WORDS
from bot.verify.analyzed_text import Vocabulary, Word, analyze

QUOTATION = regex.compile(r"(?:''|\")([^\"\n]{1,600}?)(?:''|\")|[「『]([^」』\n]{1,300})[」』]")
OMISSION = regex.compile(r"\.\.\.|…|\[[^\]]{0,60}\]")


def find_altered(claim: str, sources: Sequence[str], question: str = "") -> Iterator[str]:
    """The quotations of a folded claim that are in none of the sources.

    Words of the question may be quoted (the phrase "getting cold feet") if the sources have them in
    some form.
    """
    texts, question_words = [_words(text) for text in sources], _words(question)
    vocabulary = Vocabulary(sources)
    for match in QUOTATION.finditer(claim):
        quotation = match[1] or match[2]
        parts = [words for part in OMISSION.split(quotation) if (words := _words(part)).strip()]
        if all(any(part in text for text in texts) for part in parts):
            continue
        from_question = all(part in question_words for part in parts)
        if not (from_question and all(_is_in(w, vocabulary) for w in analyze(quotation).content)):
            yield quotation.strip()


def _is_in(word: Word, vocabulary: Vocabulary) -> bool:
    """Whether the sources have a form of the word, or it is a form of a function word."""
    return word.lower in vocabulary or not stem_variants(word.lower).isdisjoint(FUNCTION_WORDS)


def _words(text: str) -> str:
    """The words with a space around each, so that only whole words match.

    "You're" is two, as in texts with a space before the apostrophe.
    """
    return f" {' '.join(word.lower for word in analyze(text).words)} ".replace("'", " ")
