"""The two things that a question offers: "week 18 or 19?", "the museum or the camping trip?".

Each is the word beside "or" that the other side does not have, with the word before it. Pure
functions of values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.records import Candidate
from bot.text.folding import straighten
from bot.text.language import detect_language
from bot.text.morphology import stem_variants, stems_of
from bot.text.stopwords import FUNCTION_WORDS
from bot.text.tokenize import find_tokens, split_words

# Between what is offered, in the languages of ``question_words``.
OR = frozenset(("or", "vs", "versus", "oder", "ou", "или"))
AGAINST = frozenset(("against", "gegen", "contre", "contra"))  # between figures: "Q3 against Q1"
OR_IS_O = ("es", "it")  # an article in Portuguese
MAX_WORDS = 2  # of content, on either side
SAID_WHOLE, SAID_ITSELF, SAID_AROUND = 3, 2, 1


@dataclass(frozen=True, slots=True)
class Alternative:
    """``word`` tells it apart; ``before`` is the word that it goes with, if any."""

    word: str
    before: str = ""

    def said_by(self, candidate: Candidate) -> int:
        """How surely a sentence is about it: 0 if it isn't, most if it says the whole itself."""
        words = split_words(candidate.text)
        if self._has(words):
            return SAID_WHOLE if self.before and self._is_whole_in(words) else SAID_ITSELF
        passage = candidate.passage
        around = [passage.title, *(part.text for part in candidate.context)]
        return SAID_AROUND if self._has(split_words(" ".join(around))) else 0

    def _has(self, words: Sequence[str]) -> bool:
        return not stem_variants(self.word).isdisjoint(stems_of(words))

    def _is_whole_in(self, words: Sequence[str]) -> bool:
        return (self.before, self.word) in pairwise(words)


def alternatives(question: str) -> tuple[Alternative, Alternative] | None:
    """What a question offers; None if it offers nothing."""
    words = split_words(question)
    written = [token.word for token in find_tokens(straighten(question))]  # "où" is no "ou"
    conjunctions = OR | {"o"} if detect_language(question) in OR_IS_O else OR
    for i, word in enumerate(written):
        if word in conjunctions | AGAINST and 0 < i < len(words) - 1:
            left = list(_content(reversed(words[:i])))
            right = list(_content(words[i + 1 :]))
            own = next((w for w in left if w not in right), "")
            other = next((w for w in right if w not in left), "")
            if own and other and (word not in AGAINST or (_has_digit(own) and _has_digit(other))):
                return _whole(own, other, words)
    return None


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))


def _content(words: Iterator[str] | Sequence[str]) -> Iterator[str]:
    """The first content words, past a few function words."""
    content = [word for word in words if word not in FUNCTION_WORDS]
    yield from content[:MAX_WORDS]


def _whole(first: str, second: str, words: Sequence[str]) -> tuple[Alternative, Alternative]:
    """Both with the words before them; "19" of "week 18 or 19" has that of the other."""
    before = [_before(word, words) for word in (first, second)]
    shared = next(filter(None, before), "")
    return (
        Alternative(first, before[0] or (shared if first.isdigit() else "")),
        Alternative(second, before[1] or (shared if second.isdigit() else "")),
    )


def _before(word: str, words: Sequence[str]) -> str:
    at = words.index(word)
    before = words[at - 1] if at else ""
    return "" if before in OR | AGAINST or before in FUNCTION_WORDS else before


def is_about_both(pair: tuple[Alternative, Alternative], candidate: Candidate) -> bool:
    """Whether a sentence says both things itself, or is as surely about either."""
    sureness = [side.said_by(candidate) for side in pair]
    return min(sureness) >= SAID_ITSELF or sureness[0] == sureness[1] > 0


def split_sides(
    pair: tuple[Alternative, Alternative], candidates: Sequence[Candidate]
) -> tuple[list[Candidate], list[Candidate]]:
    """The sentences about either, the surest first; those about both alike are left out."""
    sureness = [(pair[0].said_by(c), pair[1].said_by(c), c) for c in candidates]
    first = [(a, c) for a, b, c in sureness if a > b]
    second = [(b, c) for a, b, c in sureness if b > a]
    return _surest(first), _surest(second)


def _surest(rated: list[tuple[int, Candidate]]) -> list[Candidate]:
    ordered = sorted(rated, key=lambda item: (item[0], item[1].log_odds), reverse=True)
    return [candidate for _, candidate in ordered]
