"""What speaks for a passage, in numbers: the signals that the blend weighs.

Every signal of ``SIGNALS`` was measured by leaving it out (docs/finding.md). Shares are
weighted by the words' rarity. All candidates and words are reckoned with at once: an array has
a few hundred entries, so it is the number of steps that costs. Pure functions of arrays; knows
nothing of the store's files.
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
    argmax_by_group,
    max_by_group,
    share_of,
    spans,
)
from bot.store.passage_table import NO_ROW, PassageTable

STRONG = 0.3  # of the best passage's score: from here on a passage speaks for its article
# The cosine of what has no vector, where nothing has one: then as many of covidqa's questions are
# refused as with vectors (.09 of 150); with 0 a third was.
SOME_CLOSENESS = 0.2

SIGNALS = (
    "bm25",  # of the passage, of the best passage's
    "titled_bm25",  # with its title's words, of the best's
    "coverage",  # share of the question's words in the passage
    "titled_coverage",  # in the passage or its title
    "rare_coverage",  # the same, rarity squared
    "title_coverage",  # in the title
    "title_bm25",  # of the title, of the best title's
    "nearby_coverage",  # in the passage or the ones before and after
    "pairs",  # share of the question's neighbouring words that stand as they do there
    "relative_pairs",  # of the candidate's that has most
    "sentence_coverage",  # share in the best single sentence
    "sentence_rare_coverage",
    "two_sentence_coverage",  # in the best two sentences that follow each other
    "sentence_bm25",  # of the best single sentence, whatever its length, of the best candidate's
    "article_bm25",  # of the whole article, of the best article's
    "article_strength",  # how much its strong passages come to, of the best article's
    "article_closeness",  # the highest cosine among its candidates
    "closeness",  # cosine of passage and question
    "first",  # the article begins with it
    "early",  # 1 / (1 + passages before it)
    "late",  # passages after it, up to five, as a share
)
# Of the likeliest candidates alone (see rerank): how near in meaning the nearest words come to
# those of the question, function words counting little; 1 where all of them are said.
SIMILARITY_SIGNALS = (
    "near",  # in the passage
    "near_sentence",  # in the best single sentence
    "titled_near",  # in the passage or its title
    "titled_near_sentence",  # in the best sentence or the title
)


@dataclass(frozen=True, slots=True)
class CandidatePositions:
    """Where the question's words stand in the candidates: an entry a place, by term, then place."""

    terms: Ints
    candidates: Ints  # by number: 0, 1, 2 …
    within: Ints  # sentence and word as one number of 16 bits


def compute_signals(evidence: LexicalScores, candidates: Rows, closeness: Floats) -> Floats:
    """One row a candidate, one column a signal of ``SIGNALS``.

    ``candidates`` are rows of the catalogue, rising; ``closeness`` their cosines.
    """
    spots = _candidate_positions(evidence, candidates)
    columns = {
        **_of_passages(evidence, candidates),
        **_of_coverage(evidence, candidates),
        **_of_pairs(evidence, spots, len(candidates)),
        **_of_sentences(evidence, spots, len(candidates)),
        **_of_articles(evidence, candidates, closeness),
        "closeness": closeness,
        **_of_position(evidence.catalogue, candidates),
    }
    return np.array([columns[name] for name in SIGNALS], np.float32).T


def _candidate_positions(evidence: LexicalScores, candidates: Rows) -> CandidatePositions:
    numbers = np.full(evidence.catalogue.count, NO_ROW, np.int32)
    numbers[candidates] = np.arange(len(candidates))
    occurrences = evidence.standing
    found = numbers[occurrences.rows]
    entries = np.flatnonzero(found != NO_ROW)
    return CandidatePositions(
        occurrences.terms[entries], found[entries].astype(np.int64), occurrences.within(entries)
    )


def _of_passages(evidence: LexicalScores, candidates: Rows) -> dict[str, Floats]:
    articles = evidence.catalogue.articles[candidates]
    return {
        "bm25": share_of(evidence.bm25[candidates], max_by_group(evidence.bm25)),
        "titled_bm25": evidence.best[candidates],
        "rare_coverage": evidence.coverage[candidates],
        "title_bm25": share_of(evidence.title_bm25[articles], max_by_group(evidence.title_bm25)),
        "article_bm25": argmax_by_group(evidence.article_bm25)[articles],
    }


def _of_coverage(evidence: LexicalScores, candidates: Rows) -> dict[str, Floats]:
    held = evidence.held[candidates]
    titled = evidence.titled[evidence.catalogue.articles[candidates]]
    masks = [held, held | titled, titled, held | titled | _beside(evidence, candidates)]
    names = ("coverage", "titled_coverage", "title_coverage", "nearby_coverage")
    return dict(zip(names, _share(_told(np.array(masks), evidence), evidence.rarity), strict=True))


def _beside(evidence: LexicalScores, candidates: Rows) -> Masks:
    """What the passages before and after hold, in the same article."""
    articles = evidence.catalogue.articles
    rows = candidates + np.array([[-1], [1]])
    same = articles.take(rows, mode="clip") == articles[candidates]
    held = evidence.held.take(rows, mode="clip")
    beside: Masks = np.bitwise_or.reduce(np.where(same, held, np.uint64(0)))
    return beside


def _told(masks: Masks, evidence: LexicalScores) -> Floats:
    """Which terms are in each mask (0 or 1), along one axis more."""
    terms = np.arange(len(evidence.rarity), dtype=np.uint64)
    return (masks[..., None] >> terms & np.uint64(1)).astype(np.float32)


def _share(held: Floats, weights: Floats) -> Floats:
    """The weighted share of the terms that are held (0 or 1), over the last axis."""
    with np.errstate(invalid="ignore"):  # OpenBLAS flags finite products now and then
        return share_of(held @ weights, float(weights.sum()))


def _of_pairs(
    evidence: LexicalScores, spots: CandidatePositions, candidates: int
) -> dict[str, Floats]:
    """Share of the question's neighbouring words that stand as far apart in the passage."""
    one, other, distance = np.array(evidence.lookup.pairs, np.int64).reshape(-1, 3).T
    postings = (spots.terms << 40) | (spots.candidates << 16) | spots.within  # rising
    counts = np.bincount(spots.terms, minlength=len(evidence.rarity))
    first, pair = spans((np.cumsum(counts) - counts)[one], counts[one])
    met = _among(postings[first] + (((other - one) << 40) + distance)[pair], postings)
    found = np.zeros((candidates, len(one)), np.float32)
    found[spots.candidates[first[met]], pair[met]] = 1
    pairs = _share(found, np.maximum(evidence.rarity[one], evidence.rarity[other]))
    return {"pairs": pairs, "relative_pairs": argmax_by_group(pairs)}


def _among(wanted: Ints, rising: Ints) -> NDArray[np.bool_]:
    """Which of ``wanted`` are in ``rising``."""
    if not len(rising):
        return np.zeros(len(wanted), np.bool_)
    postings = np.minimum(np.searchsorted(rising, wanted), len(rising) - 1)
    found: NDArray[np.bool_] = rising[postings] == wanted
    return found


def _of_sentences(
    evidence: LexicalScores, spots: CandidatePositions, candidates: int
) -> dict[str, Floats]:
    """What the best sentence holds of the question, and the best two in a row."""
    counts = _counts(spots, candidates, len(evidence.rarity))
    held = np.minimum(counts, 1)
    two = np.maximum(held[:, :-1], held[:, 1:])
    with np.errstate(invalid="ignore"):  # as in _share
        bm25 = counts * np.float32(K1 + 1) / (counts + np.float32(K1)) @ evidence.rarity
    return {
        "sentence_coverage": _share(held, evidence.rarity).max(axis=1),
        "sentence_rare_coverage": _share(held, evidence.rarity**2).max(axis=1),
        "two_sentence_coverage": _share(two, evidence.rarity).max(axis=1),
        "sentence_bm25": argmax_by_group(bm25.max(axis=1)),
    }


def _counts(spots: CandidatePositions, candidates: int, terms: int) -> Floats:
    """(candidate, sentence, term): how often a sentence holds a word; one empty sentence more."""
    sentences = spots.within >> 8
    size = 2 + int(sentences.max(initial=0))
    entries = (spots.candidates * size + sentences) * terms + spots.terms
    counts = np.bincount(entries, minlength=candidates * size * terms)
    return counts.reshape(candidates, size, terms).astype(np.float32)


def _of_articles(evidence: LexicalScores, candidates: Rows, closeness: Floats) -> dict[str, Floats]:
    articles = evidence.catalogue.articles
    mine, of = articles[candidates], len(evidence.catalogue.article_ids)
    strong = np.flatnonzero(evidence.best > STRONG)
    strength = np.bincount(articles[strong], evidence.best[strong] - STRONG, of)
    closest = np.full(of, -1.0, np.float32)
    np.maximum.at(closest, mine, closeness)
    return {
        "article_strength": argmax_by_group(strength.astype(np.float32))[mine],
        "article_closeness": closest[mine],
    }


def _of_position(table: PassageTable, candidates: Rows) -> dict[str, Floats]:
    before = table.positions[candidates].astype(np.float32)
    ends = np.searchsorted(table.articles, table.articles[candidates], side="right")
    after = (ends - 1 - candidates).astype(np.float32)
    return {
        "first": (before == 0).astype(np.float32),
        "early": 1 / (1 + before),
        "late": np.minimum(after, 5) / 5,
    }
