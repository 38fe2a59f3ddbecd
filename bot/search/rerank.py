"""Looks at the likeliest candidates once more: how nearly they say each word of the question.

Each piece of the question counts with the nearest piece of a text (late interaction, "MaxSim";
Khattab and Zaharia 2020), so that a passage that says "purchase" answers a question with "buy".
It needs the pieces of whole texts, which the store keeps beside them, so only the first
``RERANKED`` candidates are looked at. Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.records import StoredPassage
from bot.search.features import SIMILARITY_SIGNALS
from bot.search.lexical_search import Floats, Ints
from bot.search.ranker import rescore
from bot.search.token_embeddings import similarity, weighted_embeddings
from bot.text.tokenize import split_words
from bot.text.wordpiece import SENTENCE_START, pack, tokenize_texts, unpack

RERANKED = 12  # as many as an answer reads anyway; 20 gave MAP .718 instead of .716 on covidqa


@dataclass(frozen=True, slots=True)
class SimilaritySignals:
    """How near some passages come to the pieces of a question: 1 where they say them, 0 if not."""

    weights: Floats  # what each piece of the question counts; together 1
    sentences: Floats  # (piece, sentence), those of all passages one behind the other
    titles: Floats  # (piece, passage)
    sizes: Ints  # how many sentences each passage has; one without any counts as one

    @classmethod
    def of(cls, question: str, passages: Sequence[StoredPassage]) -> SimilaritySignals:
        """At least one passage."""
        asked, weights = weighted_embeddings(split_words(question))
        said = unpack(passage.packed_tokens or _packed(passage) for passage in passages)
        titles = tokenize_texts(f"{passage.title} {passage.heading}" for passage in passages)
        every = np.concatenate([said, titles])
        nearest = np.maximum.reduceat(
            similarity(asked, every), np.flatnonzero(every == SENTENCE_START), axis=1
        )
        sizes = np.array([len(passage.sentences) or 1 for passage in passages])
        return cls(weights, nearest[:, : -len(passages)], nearest[:, -len(passages) :], sizes)


def _packed(passage: StoredPassage) -> bytes:
    return pack([passage.quote(sentence) for sentence in passage.sentences] or [passage.text])


def rerank(
    question: str, passages: Sequence[StoredPassage], signals: Floats, chances: Floats
) -> Floats:
    """New chances of some passages, which together come to what theirs did before."""
    found = np.column_stack([signals, similarity_signals(question, passages)])
    chances_anew: Floats = rescore(found) * chances.sum()
    return chances_anew


def similarity_signals(question: str, passages: Sequence[StoredPassage]) -> Floats:
    """One row a passage, one column a signal of ``NEARNESS``."""
    if not passages:
        return np.zeros((0, len(SIMILARITY_SIGNALS)), np.float32)
    near = SimilaritySignals.of(question, passages)
    begins = np.cumsum(near.sizes) - near.sizes
    whole = np.maximum.reduceat(near.sentences, begins, axis=1)
    titled = np.maximum(near.sentences, near.titles.repeat(near.sizes, axis=1))
    columns = {
        "near": near.weights @ whole,
        "near_sentence": np.maximum.reduceat(near.weights @ near.sentences, begins),
        "titled_near": near.weights @ np.maximum(whole, near.titles),
        "titled_near_sentence": np.maximum.reduceat(near.weights @ titled, begins),
    }
    return np.array([columns[name] for name in SIMILARITY_SIGNALS], np.float32).T
