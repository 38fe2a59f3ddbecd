"""Compute the signals of each candidate passage that the ranker weighs.

Each signal was measured by leaving it out (docs/finding.md). Shares are weighted by idf. All
candidates and terms are computed at once: an array has a few hundred entries, so the number of
numpy calls is what costs time. Pure functions of arrays; knows nothing of the store's files.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.search.lexical_search import (
    K1,
    Floats,
    Ints,
    LexicalScores,
    Masks,
    Rows,
    expand_ranges,
    max_or_zero,
    share_of,
    share_of_max,
)
from bot.store.passage_table import NO_ROW, PassageTable

STRONG_BM25 = 0.3  # of the best passage's; what exceeds it adds to the article's strength
# For passages without a vector if no candidate has one. As many of covidqa's questions are then
# refused as with vectors (.09 of 150); with 0 it was a third.
DEFAULT_COSINE = 0.2

SIGNALS = (
    "bm25",  # of the passage, as a share of the best passage's
    "titled_bm25",  # of passage and title together, as a share of the best
    "coverage",  # share of the terms that the passage contains
    "titled_coverage",  # share in the passage or its title
    "rare_coverage",  # the same, weighted by idf²
    "title_coverage",  # share in the title
    "title_bm25",  # of the title, as a share of the best title's
    "nearby_coverage",  # share in the passage or the ones before and after
    "pairs",  # share of the question's adjacent terms at the same distance in the passage
    "relative_pairs",  # the same, as a share of the best candidate's
    "sentence_coverage",  # share in the best single sentence
    "sentence_rare_coverage",  # the same, weighted by idf²
    "two_sentence_coverage",  # share in the best two consecutive sentences
    "sentence_bm25",  # of the best sentence, ignoring length, as a share of the best candidate's
    "article_bm25",  # of the whole article, as a share of the best article's
    "article_strength",  # sum over its strong passages, as a share of the best article's
    "article_closeness",  # the highest cosine among the article's candidates
    "closeness",  # cosine of passage and question
    "first",  # whether it is the article's first passage
    "early",  # 1 / (1 + passages before it)
    "late",  # passages after it, at most five, as a share of five
)
# Only for the best candidates (see rerank): the cosine of each question token with the most
# similar token of the text, averaged with weights; function words weigh little.
SIMILARITY_SIGNALS = (
    "near",  # in the passage
    "near_sentence",  # in the best single sentence
    "titled_near",  # in the passage or its title
    "titled_near_sentence",  # in the best sentence or the title
)


@dataclass(frozen=True, slots=True)
class CandidatePositions:
    """The positions of the question's terms in the candidates, sorted by term, then position."""

    terms: Ints
    candidates: Ints  # indexes of candidates
    offsets: Ints  # sentence and word, packed into 16 bits


def compute_signals(scores: LexicalScores, candidates: Rows, cosines: Floats) -> Floats:
    """One row for each candidate, one column for each of ``SIGNALS``.

    ``candidates`` are ascending rows of the passage table; ``cosines`` is parallel to them.
    """
    positions = _candidate_positions(scores, candidates)
    columns = {
        **_bm25_signals(scores, candidates),
        **_coverage_signals(scores, candidates),
        **_pair_signals(scores, positions, len(candidates)),
        **_sentence_signals(scores, positions, len(candidates)),
        **_article_signals(scores, candidates, cosines),
        "closeness": cosines,
        **_position_signals(scores.table, candidates),
    }
    return np.array([columns[name] for name in SIGNALS], np.float32).T


def _candidate_positions(scores: LexicalScores, candidates: Rows) -> CandidatePositions:
    candidate_of_row = np.full(scores.table.count, NO_ROW, np.int32)
    candidate_of_row[candidates] = np.arange(len(candidates))
    occurrences = scores.occurrences
    candidate_numbers = candidate_of_row[occurrences.rows]
    entries = np.flatnonzero(candidate_numbers != NO_ROW)
    return CandidatePositions(
        occurrences.terms[entries],
        candidate_numbers[entries].astype(np.int64),
        occurrences.offsets(entries),
    )


def _bm25_signals(scores: LexicalScores, candidates: Rows) -> dict[str, Floats]:
    articles = scores.table.articles[candidates]
    return {
        "bm25": share_of(scores.bm25[candidates], max_or_zero(scores.bm25)),
        "titled_bm25": scores.titled_bm25[candidates],
        "rare_coverage": scores.rare_coverage[candidates],
        "title_bm25": share_of(scores.title_bm25[articles], max_or_zero(scores.title_bm25)),
        "article_bm25": share_of_max(scores.article_bm25)[articles],
    }


def _coverage_signals(scores: LexicalScores, candidates: Rows) -> dict[str, Floats]:
    passage = scores.passage_masks[candidates]
    title = scores.title_masks[scores.table.articles[candidates]]
    masks = {
        "coverage": passage,
        "titled_coverage": passage | title,
        "title_coverage": title,
        "nearby_coverage": passage | title | _neighbour_masks(scores, candidates),
    }
    matches = _unpack_masks(np.array(list(masks.values())), len(scores.idf))
    return dict(zip(masks, _weighted_share(matches, scores.idf), strict=True))


def _neighbour_masks(scores: LexicalScores, candidates: Rows) -> Masks:
    """The terms in the passages before and after each candidate, within its article."""
    articles = scores.table.articles
    rows = candidates + np.array([[-1], [1]])
    same_article = articles.take(rows, mode="clip") == articles[candidates]
    masks = scores.passage_masks.take(rows, mode="clip")
    joined: Masks = np.bitwise_or.reduce(np.where(same_article, masks, np.uint64(0)))
    return joined


def _unpack_masks(masks: Masks, term_count: int) -> Floats:
    """The bits of each mask as 0.0 or 1.0, along a new last axis."""
    terms = np.arange(term_count, dtype=np.uint64)
    return (masks[..., None] >> terms & np.uint64(1)).astype(np.float32)


def _weighted_share(matches: Floats, weights: Floats) -> Floats:
    """The weighted mean of ``matches`` (0 or 1) over the last axis."""
    with np.errstate(invalid="ignore"):  # OpenBLAS sometimes flags finite products
        return share_of(matches @ weights, float(weights.sum()))


def _pair_signals(
    scores: LexicalScores, positions: CandidatePositions, candidate_count: int
) -> dict[str, Floats]:
    """The share of the question's adjacent terms that are as far apart in the passage."""
    first, second, distance = np.array(scores.query.pairs, np.int64).reshape(-1, 3).T
    # term, candidate and offset in one number; ascending
    keys = (positions.terms << 40) | (positions.candidates << 16) | positions.offsets
    counts = np.bincount(positions.terms, minlength=len(scores.idf))
    starts = np.cumsum(counts) - counts
    entries, pair = expand_ranges(starts[first], counts[first])
    partner_keys = keys[entries] + (((second - first) << 40) + distance)[pair]
    is_match = _is_in_sorted(partner_keys, keys)
    matches = np.zeros((candidate_count, len(first)), np.float32)
    matches[positions.candidates[entries[is_match]], pair[is_match]] = 1
    pairs = _weighted_share(matches, np.maximum(scores.idf[first], scores.idf[second]))
    return {"pairs": pairs, "relative_pairs": share_of_max(pairs)}


def _is_in_sorted(values: Ints, ascending: Ints) -> NDArray[np.bool_]:
    """Which of ``values`` are in ``ascending``."""
    if not len(ascending):
        return np.zeros(len(values), np.bool_)
    indices = np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)
    matches: NDArray[np.bool_] = ascending[indices] == values
    return matches


def _sentence_signals(
    scores: LexicalScores, positions: CandidatePositions, candidate_count: int
) -> dict[str, Floats]:
    """Coverage and BM25 of the best sentence, and coverage of the best two in a row."""
    counts = _count_terms_by_sentence(positions, candidate_count, len(scores.idf))
    matches = np.minimum(counts, 1)
    two_sentences = np.maximum(matches[:, :-1], matches[:, 1:])
    with np.errstate(invalid="ignore"):  # as in _weighted_share
        bm25 = counts * np.float32(K1 + 1) / (counts + np.float32(K1)) @ scores.idf
    return {
        "sentence_coverage": _weighted_share(matches, scores.idf).max(axis=1),
        "sentence_rare_coverage": _weighted_share(matches, scores.idf**2).max(axis=1),
        "two_sentence_coverage": _weighted_share(two_sentences, scores.idf).max(axis=1),
        "sentence_bm25": share_of_max(bm25.max(axis=1)),
    }


def _count_terms_by_sentence(
    positions: CandidatePositions, candidate_count: int, term_count: int
) -> Floats:
    """(candidate, sentence, term): occurrences, with an empty sentence at the end."""
    sentences = positions.offsets >> 8
    sentence_count = 2 + int(sentences.max(initial=0))
    sentence_numbers = positions.candidates * sentence_count + sentences
    entries = sentence_numbers * term_count + positions.terms
    counts = np.bincount(entries, minlength=candidate_count * sentence_count * term_count)
    return counts.reshape(candidate_count, sentence_count, term_count).astype(np.float32)


def _article_signals(scores: LexicalScores, candidates: Rows, cosines: Floats) -> dict[str, Floats]:
    articles = scores.table.articles
    article_count = len(scores.table.article_ids)
    strong = np.flatnonzero(scores.titled_bm25 > STRONG_BM25)
    strength = np.bincount(
        articles[strong], scores.titled_bm25[strong] - STRONG_BM25, article_count
    )
    highest_cosine = np.full(article_count, -1.0, np.float32)
    np.maximum.at(highest_cosine, articles[candidates], cosines)
    return {
        "article_strength": share_of_max(strength.astype(np.float32))[articles[candidates]],
        "article_closeness": highest_cosine[articles[candidates]],
    }


def _position_signals(table: PassageTable, candidates: Rows) -> dict[str, Floats]:
    before = table.positions[candidates].astype(np.float32)
    article_ends = np.searchsorted(table.articles, table.articles[candidates], side="right")
    after = (article_ends - 1 - candidates).astype(np.float32)
    return {
        "first": (before == 0).astype(np.float32),
        "early": 1 / (1 + before),
        "late": np.minimum(after, 5) / 5,
    }
