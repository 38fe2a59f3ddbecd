"""Find words in whose place the sources have another of the same closed class.

"Her husband" where the source has "her brother", "all" where it has "most". The classes are in
``exclusive_words.txt``. A word counts as replaced if the source's word has the same word beside it,
and the source doesn't have the claim's own word. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

from bot.verify.analyzed_text import AnalyzedText, Vocabulary, Word, same_word

BESIDE = 3  # words on each side
MAX_OCCURRENCES = 8  # of a word's class in a sentence
Members = frozenset[str]
# How much of a whole each speaks of: a claim may say less than its source, not more.
QUANTIFIERS: Mapping[str, int] = {
    word: rank
    for rank, words in enumerate(
        (
            "no none kein keine keiner aucun aucune ningún ninguna",
            "few little wenige peu quelques pocos pocas",
            "some several einige manche certains certaines algunos algunas",
            "many half viele hälfte beaucoup moitié muchos muchas mitad",
            "most majority meisten mehrheit plupart mayoría",
            "all every each whole alle jede jeder jedes sämtliche tous toutes chaque todos todas",
        )
    )
    for word in words.split()
}
NONE_RANK = 0


def find_replaced(claim: AnalyzedText, sentences: Sequence[AnalyzedText]) -> Iterator[str]:
    """The claim's words of a class in whose place the sources have another of it."""
    sources = [text.text for text in sentences]
    for word in claim.words:
        for members, rivals in _classes().get(word.lower, ()):
            vocabulary = Vocabulary(sources)
            if any(member in vocabulary for member in members):
                continue
            if any(_stands_for(claim, word, text, rivals) for text in sentences):
                yield word.written


def find_overstated(claim: AnalyzedText, sentences: Sequence[AnalyzedText]) -> Iterator[str]:
    """The claim's quantifiers that say more than the source's of the same thing, or "none"."""
    for word in claim.words:
        rank = QUANTIFIERS.get(word.lower)
        if rank is None:
            continue
        for text in sentences:
            ranks = [
                QUANTIFIERS[other.lower]
                for other in text.words
                if other.lower in QUANTIFIERS and _share_neighbour(claim, word, text, other)
            ]
            if ranks and rank not in ranks and _exceeds(rank, ranks):
                yield word.written
                break


def _exceeds(rank: int, ranks: Sequence[int]) -> bool:
    return rank > max(ranks) if rank else min(ranks) > NONE_RANK


@cache
def _classes() -> Mapping[str, list[tuple[Members, Members]]]:
    """Word → its member of each class with all its forms, and the forms of the other members."""
    text = (files("bot.verify") / "exclusive_words.txt").read_text("utf-8")
    by_word: dict[str, list[tuple[Members, Members]]] = defaultdict(list)
    for line in text.splitlines():
        if line and not line.startswith("#"):
            members = [frozenset(member.split()) for member in line.split("|")]
            everything = frozenset[str]().union(*members)
            for member in members:
                for word in member:
                    by_word[word].append((member, everything - member))
    return dict(by_word)


def _stands_for(
    claim: AnalyzedText, word: Word, text: AnalyzedText, rivals: frozenset[str]
) -> bool:
    others = [other for other in text.words if other.lower in rivals][:MAX_OCCURRENCES]
    return any(_share_neighbour(claim, word, text, other) for other in others)


def _share_neighbour(claim: AnalyzedText, word: Word, text: AnalyzedText, other: Word) -> bool:
    """Whether both have a form of the same content word on the same side."""
    return any(
        same_word(a, b, claim.language)
        for own, their in zip(_beside(claim, word), _beside(text, other), strict=True)
        for a in own
        for b in their
    )


def _beside(text: AnalyzedText, word: Word) -> tuple[list[str], list[str]]:
    """The content words right before and right after a word."""
    at = text.words.index(word)
    before = text.words[max(0, at - BESIDE) : at]
    after = text.words[at + 1 : at + 1 + BESIDE]
    return _content(before), _content(after)


def _content(words: Sequence[Word]) -> list[str]:
    return [word.lower for word in words if word.is_content]
