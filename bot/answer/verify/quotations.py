"""What a sentence puts in quotation marks must stand in its sources, word for word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from bot.answer.verify.analyzed_text import analyze

QUOTATION = regex.compile(r"(?:''|\")([^\"\n]{1,600}?)(?:''|\")|[「『]([^」』\n]{1,300})[」』]")
LEFT_OUT = regex.compile(r"\.\.\.|…|\[[^\]]{0,60}\]")


def altered_quotations(claim: str, known: Sequence[str]) -> Iterator[str]:
    """The quotations of a folded claim that none of the known texts has."""
    texts = [_words(text) for text in known]
    for found in QUOTATION.finditer(claim):
        quoted = found[1] or found[2]
        parts = [words for part in LEFT_OUT.split(quoted) if (words := _words(part)).strip()]
        if not all(any(part in text for text in texts) for part in parts):
            yield quoted.strip()


def _words(text: str) -> str:
    """All words with one blank around each, so that only whole words are found."""
    return f" {' '.join(word.lower for word in analyze(text).words)} "
