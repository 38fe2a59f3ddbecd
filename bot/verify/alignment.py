"""Align the words of a sentence with those of its sources.

A content word is matched by any form of it; in other languages than English also by a compound that
it is a part of. Every word has a nearness, too: the cosine of its vector and that of the nearest
word of the sources. Only the sources' sentences that share most with the claim are looked at, so
the time doesn't grow with long sources. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bot.search.token_embeddings import word_embedding
from bot.text.morphology import shares_prefix, stem_variants
from bot.text.sentences import split_sentences
from bot.verify.analyzed_text import CACHED_TEXTS, ENGLISH, AnalyzedText, analyze, weight

MAX_SENTENCES = 12  # of the sources: a sentence rests on two or three
# A footnote opens a sentence or a few, 1,000 characters each at most. More is cut to so many.
MAX_SOURCE_CHARACTERS, MAX_SOURCE_SENTENCES = 16_000, 40
MAX_CLAIM_WORDS = 120  # content words; a longer sentence is a list
MIN_COMPOUND_LETTERS = 5  # of a word inside a compound: "Miete" in "Jahresmiete"
CACHED_WORDS = 5_000
Floats = NDArray[np.float32]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where a claim's content words stand in its nearest source sentences.

    ``positions``: (claim word, source sentence) → places among the sentence's content words.
    ``nearness``: (claim word, source sentence), 1 for a match, else the highest cosine.
    ``weights``: of the claim's words.
    """

    claim: AnalyzedText
    sentences: tuple[AnalyzedText, ...]
    positions: tuple[tuple[tuple[int, ...], ...], ...]
    nearness: Numbers
    weights: Numbers

    @property
    def matched(self) -> NDArray[np.bool_]:
        """(claim word, source sentence): whether the sentence has the word."""
        rows = [[bool(places) for places in row] for row in self.positions]
        return np.array(rows, np.bool_).reshape(self.nearness.shape)

    def sentences_with(self, share: float) -> list[AnalyzedText]:
        """The sentences that have at least this share of the matched words, by weight."""
        by_sentence = self.weights @ self.matched
        needed = share * float(self.weights @ self.matched.any(1))
        return [
            text
            for text, weight_there in zip(self.sentences, by_sentence, strict=True)
            if weight_there > 0 and weight_there >= needed
        ]


def align(
    claim: AnalyzedText, cited: Sequence[str], exempt_words: Collection[str] = frozenset()
) -> Alignment:
    """The claim's words in the sentences of ``cited`` that share most with it.

    ``exempt_words``: left out unless the sentences have them.
    """
    sentences = nearest_sentences(claim, cited)
    words, positions = [], []
    for word in dict.fromkeys(word.lower for word in claim.content[:MAX_CLAIM_WORDS]):
        places = tuple(tuple(_places(word, text, claim.language)) for text in sentences)
        if any(places) or word not in exempt_words:
            words.append(word)
            positions.append(places)
    nearness = np.zeros((len(words), len(sentences)))
    for column, text in enumerate(sentences):
        nearness[:, column] = _nearness(words, text)
    for row, places in enumerate(positions):
        nearness[row, [bool(each) for each in places]] = 1.0
    weights = np.array([weight(word) for word in words])
    return Alignment(claim, sentences, tuple(positions), nearness, weights)


def shorten(claim: AnalyzedText, cited: Sequence[str]) -> tuple[str, ...]:
    """``cited``, or of very long ones only the sentences with most of the claim's words."""
    if sum(map(len, cited)) <= MAX_SOURCE_CHARACTERS:
        return tuple(cited)
    words = {word.lower for word in claim.words}
    sentences = [text[s.start : s.end] for text in cited for s in split_sentences(text)]
    shares = [len(words.intersection(sentence.lower().split())) for sentence in sentences]
    best = sorted(range(len(sentences)), key=lambda i: -shares[i])[:MAX_SOURCE_SENTENCES]
    return tuple(sentences[i] for i in sorted(best))


def nearest_sentences(claim: AnalyzedText, cited: Sequence[str]) -> tuple[AnalyzedText, ...]:
    """At most ``MAX_SENTENCES`` sentences of the sources, in their order."""
    sentences = [sentence for text in cited for sentence in _sentences(text)]
    if len(sentences) > MAX_SENTENCES:
        stems = frozenset[str]().union(*(stem_variants(w.lower) for w in claim.content))
        shares = [
            sum(weight(w.lower) for w in {*text.content} if stems & stem_variants(w.lower))
            for text in sentences
        ]
        best = sorted(range(len(sentences)), key=lambda i: -shares[i])[:MAX_SENTENCES]
        sentences = [sentences[i] for i in sorted(best)]
    return tuple(sentences)


@lru_cache(CACHED_TEXTS)
def _sentences(text: str) -> tuple[AnalyzedText, ...]:
    return tuple(analyze(text[s.start : s.end]) for s in split_sentences(text))


@lru_cache(CACHED_TEXTS)
def _index(text: AnalyzedText) -> dict[str, list[int]]:
    """Stem → places among the content words."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, word in enumerate(text.content):
        for stem in stem_variants(word.lower):
            places[stem].append(place)
    return dict(places)


def _places(word: str, text: AnalyzedText, language: str) -> Iterator[int]:
    index = _index(text)
    matches = {place for stem in stem_variants(word) for place in index.get(stem, ())}
    if not matches and language != ENGLISH:
        matches = {
            place for place, other in enumerate(text.content) if _is_related(word, other.lower)
        }
    yield from sorted(matches)


def _is_related(word: str, other: str) -> bool:
    """Whether their beginnings agree, or one is a compound with the other in it."""
    if shares_prefix(word, other):
        return True
    short, long = sorted((word, other), key=len)
    return len(short) >= MIN_COMPOUND_LETTERS and (long.startswith(short) or long.endswith(short))


@lru_cache(CACHED_WORDS)
def unit_vector(word: str) -> Floats:
    """A word's vector of length 1; zeros for a word without one."""
    vector = word_embedding(word)
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length else vector


@lru_cache(CACHED_TEXTS)
def _vectors(text: AnalyzedText) -> Floats:
    """(content word, dimension)."""
    return np.stack([unit_vector(word.lower) for word in text.content])


def _nearness(words: Sequence[str], text: AnalyzedText) -> Numbers:
    if not words or not text.content:
        return np.zeros(len(words))
    cosines = np.stack([unit_vector(word) for word in words]) @ _vectors(text).T
    nearest: Numbers = np.clip(cosines.max(axis=1), 0, 1).astype(np.float64)
    return nearest
