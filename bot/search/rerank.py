"""Rerank the best candidates by how similar their words are to the question's.

Late interaction ("MaxSim", Khattab and Zaharia 2020): each token of the question counts with the
most similar token of a text, so a passage that says "purchase" matches a question with "buy".
This needs the tokens of whole texts, which the store keeps with them, so only the first
``RERANKED`` candidates are reranked. Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.records import StoredPassage
from bot.search.features import SIMILARITY_SIGNALS
from bot.search.lexical_search import Floats, Ints
from bot.search.query_terms import tokenize_question
from bot.search.ranker import rescore
from bot.search.token_embeddings import token_similarities, weighted_tokens
from bot.text.wordpiece import SENTENCE_START, pack, tokenize_texts, unpack

RERANKED = 12  # as many as an answer reads; 20 gave a MAP of .718 instead of .716 on covidqa


@dataclass(frozen=True, slots=True)
class TokenSimilarities:
    """For each token of a question, its highest similarity (0 … 1) in some texts."""

    weights: Floats  # of the question's tokens; they add up to 1
    sentences: Floats  # (token, sentence): the sentences of all passages, concatenated
    titles: Floats  # (token, passage)
    sentence_counts: Ints  # by passage; at least 1: a passage without sentences counts as one

    @classmethod
    def of(cls, question: str, passages: Sequence[StoredPassage]) -> TokenSimilarities:
        """Compare the question with at least one passage."""
        question_tokens, weights = weighted_tokens(tokenize_question(question).words)
        sentences = unpack(passage.packed_tokens or _pack_tokens(passage) for passage in passages)
        titles = tokenize_texts(f"{passage.title} {passage.heading}" for passage in passages)
        tokens = np.concatenate([sentences, titles])
        highest = np.maximum.reduceat(
            token_similarities(question_tokens, tokens),
            np.flatnonzero(tokens == SENTENCE_START),
            axis=1,
        )
        counts = np.array([len(passage.sentences) or 1 for passage in passages])
        return cls(weights, highest[:, : -len(passages)], highest[:, -len(passages) :], counts)


def _pack_tokens(passage: StoredPassage) -> bytes:
    return pack([passage.quote(sentence) for sentence in passage.sentences] or [passage.text])


def rerank(
    question: str,
    passages: Sequence[StoredPassage],
    signals: Floats,
    probabilities: Floats,
) -> Floats:
    """New probabilities of the passages, with the same sum as ``probabilities``.

    ``signals`` has a row for each passage and a column for each of ``features.SIGNALS``.
    """
    all_signals = np.column_stack([signals, similarity_signals(question, passages)])
    reranked: Floats = rescore(all_signals) * probabilities.sum()
    return reranked


def similarity_signals(question: str, passages: Sequence[StoredPassage]) -> Floats:
    """One row for each passage, one column for each of ``SIMILARITY_SIGNALS``."""
    if not passages:
        return np.zeros((0, len(SIMILARITY_SIGNALS)), np.float32)
    similar = TokenSimilarities.of(question, passages)
    starts = np.cumsum(similar.sentence_counts) - similar.sentence_counts
    by_passage = np.maximum.reduceat(similar.sentences, starts, axis=1)
    titles_by_sentence = similar.titles.repeat(similar.sentence_counts, axis=1)
    titled_sentences = np.maximum(similar.sentences, titles_by_sentence)
    columns = {
        "near": similar.weights @ by_passage,
        "near_sentence": np.maximum.reduceat(similar.weights @ similar.sentences, starts),
        "titled_near": similar.weights @ np.maximum(by_passage, similar.titles),
        "titled_near_sentence": np.maximum.reduceat(similar.weights @ titled_sentences, starts),
    }
    return np.array([columns[name] for name in SIMILARITY_SIGNALS], np.float32).T
