"""Check that text in quotation marks is in the sources, word for word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from bot.answer.verify.analyzed_text import Vocabulary, analyze
from bot.text.morphology import stem_variants
from bot.text.stopwords import FUNCTION_WORDS

QUOTATION = regex.compile(r"(?:''|\")([^\"\n]{1,600}?)(?:''|\")|[「『]([^」』\n]{1,300})[」』]")
LEFT_OUT = regex.compile(r"\.\.\.|…|\[[^\]]{0,60}\]")


def altered_quotations(claim: str, known: Sequence[str], question: str = "") -> Iterator[str]:
    """The quotations of a folded claim that are in none of the known texts.

    Words of the question may be quoted (the phrase "getting cold feet") if the known texts have
    them in some form.
    """
    texts, asked, vocabulary = [_words(text) for text in known], _words(question), Vocabulary(known)
    for found in QUOTATION.finditer(claim):
        quoted = found[1] or found[2]
        parts = [words for part in LEFT_OUT.split(quoted) if (words := _words(part)).strip()]
        if all(any(part in text for text in texts) for part in parts):
            continue
        told = all(w.lower in vocabulary or not stem_variants(w.lower).isdisjoint(FUNCTION_WORDS)
                   for w in analyze(quoted).content)  # fmt: skip
        if not (told and all(part in asked for part in parts)):
            yield quoted.strip()


def _words(text: str) -> str:
    """All words with one blank around each, so that only whole words are found; "you're" is two,
    as in texts that set a blank before the apostrophe."""
    return f" {' '.join(word.lower for word in analyze(text).words)} ".replace("'", " ")
