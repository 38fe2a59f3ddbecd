"""Spells out the acronyms of a question as the library does: "Court of Audit (CA)".

Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from bot.records import StoredPassage

ACRONYM = regex.compile(r"(?<![\p{L}\p{N}-])\p{Lu}[\p{Lu}\p{N}]{1,5}(?![\p{L}\p{N}-])")
MAX_EXPANSION_CHARACTERS = 120
MAX_SMALL_WORDS = 3  # "of", "the", "and": they have no letter in the acronym
WORD = regex.compile(r"\p{L}[\p{L}’'-]*")


def spell_out(question: str, passages: Sequence[StoredPassage]) -> str:
    """The question, followed by what its acronyms stand for; empty if no passage says it."""
    expansions = [
        expansion
        for acronym in dict.fromkeys(ACRONYM.findall(question))
        if (expansion := _find_expansion(acronym, passages))
        and expansion.lower() not in question.lower()
    ]
    return f"{question} ({'; '.join(expansions)})" if expansions else ""


def _find_expansion(acronym: str, passages: Sequence[StoredPassage]) -> str:
    texts = (passage.text for passage in passages if f"({acronym})" in passage.text)
    return next(filter(None, (e for text in texts for e in _expansions(acronym, text))), "")


def _expansions(acronym: str, text: str) -> Iterator[str]:
    """What stands before each "(ACRONYM)", as far as its words begin with these letters."""
    at = text.find(f"({acronym})")
    while at >= 0:
        before = [*WORD.finditer(text, max(0, at - MAX_EXPANSION_CHARACTERS), at)]
        words = before[-len(acronym) - MAX_SMALL_WORDS :]
        for i, word in enumerate(words):
            initials = [w[0][0] for w in words[i:]]
            if word[0][0].upper() == acronym[0] and _spells(acronym, initials):
                yield text[word.start() : at].strip()
        at = text.find(f"({acronym})", at + 1)


def _spells(acronym: str, initials: Sequence[str]) -> bool:
    """Whether the initials, without those of small words, are the acronym's letters."""
    capitals = "".join(letter for letter in initials if letter.isupper())
    return acronym in ("".join(initials).upper(), capitals)
