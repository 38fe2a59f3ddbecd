"""What speaks for a passage, in numbers: the signals that the blend weighs.

Every signal of ``SIGNALS`` was measured by leaving it out (docs/finding.md). Shares are
weighted by rarity: a word's weight is BM25's idf, log(1 + (N - n + .5) / (n + .5)), over
the passages of the scope. Pure functions of arrays; knows nothing of the store's files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from bot.search.words import Lookup
from bot.store.catalogue import TITLE, Catalogue, Places

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
Held = NDArray[np.bool_]

# BM25 (Robertson and Zaragoza 2009) with their usual constants.
K1 = 1.2
B = 0.75
TITLE_WEIGHT = 0.5  # of a word's BM25 in the title against one in the passage
STRONG = 0.3  # of the best passage's score: from here on a passage speaks for its article
HIGH = 0.5  # a share of the best
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


@dataclass(slots=True)
class Term:
    """One of the question's words: where it stands, and how rare it is."""

    rarity: float
    rows: Rows  # passages that hold it, rising
    counts: Floats
    titles: NDArray[np.int32]  # articles that have it in their title
    place_rows: Rows  # of each place in a passage, with its sentence and word
    sentences: Rows
    words: Rows


class Evidence:
    """What the words of one question say about every passage of the scope."""

    def __init__(self, lookup: Lookup, places: Mapping[str, Places], catalogue: Catalogue):
        self.lookup = lookup
        self.catalogue = catalogue
        self.articles = int(catalogue.articles[-1]) + 1 if len(catalogue.ids) else 0
        self.terms = [_term(places.get(term), catalogue) for term in lookup.terms]
        self.rarity = np.array([term.rarity for term in self.terms], np.float32)
        self.bm25 = self._bm25()
        self.title_bm25 = self._title_bm25()
        self.best = self._best()
        self.coverage = self._titled_coverage()

    def _bm25(self) -> Floats:
        catalogue = self.catalogue
        total = np.zeros(len(catalogue.ids), np.float32)
        average = float(catalogue.tokens.mean()) if len(catalogue.tokens) else 1.0
        for term in self.terms:
            length = 1 - B + B * catalogue.tokens[term.rows] / average
            total[term.rows] += _saturated(term.counts, term.rarity, length)
        return total

    def _title_bm25(self) -> Floats:
        """By article; rare is what is rare among titles."""
        total = np.zeros(self.articles, np.float32)
        titles = self.catalogue.titles
        lengths = 1 - B + B * titles / max(float(titles.mean()), 1.0) if len(titles) else titles
        for term in self.terms:
            rarity = _rarity(len(term.titles), self.articles)
            once = np.ones(len(term.titles), np.float32)
            total[term.titles] += _saturated(once, rarity, lengths[term.titles])
        return total

    def _best(self) -> Floats:
        """BM25 of passage and title together, of the best."""
        total = self.bm25 + TITLE_WEIGHT * self.title_bm25[self.catalogue.articles]
        return _of_highest(total)

    def _titled_coverage(self) -> Floats:
        """Share of the words in passage or title, rarity squared."""
        total = np.zeros(len(self.catalogue.ids), np.float32)
        for term in self.terms:
            total[term.rows] += term.rarity**2
            if len(term.titles):
                titled = _rows_in(self.catalogue, term.titles)
                total[titled[~_among(titled, term.rows)]] += term.rarity**2
        return _share_of(total, float((self.rarity**2).sum()))


def _rows_in(catalogue: Catalogue, articles: NDArray[np.int32]) -> Rows:
    """All rows of some articles, rising."""
    begins = np.searchsorted(catalogue.articles, articles)
    counts = np.searchsorted(catalogue.articles, articles, side="right") - begins
    before = np.cumsum(counts) - counts
    return np.repeat(begins - before, counts) + np.arange(int(counts.sum()))


def _term(places: Places | None, catalogue: Catalogue) -> Term:
    if places is None:
        places = np.empty(0, [("passage", "<u4"), ("sentence", "u1"), ("word", "u1")])
    rows = catalogue.rows_of(places["passage"])
    titled = places["sentence"] == TITLE
    titles = np.unique(catalogue.articles[rows[titled & (rows >= 0)]])
    inside = ~titled & (rows >= 0)
    at = rows[inside]
    begins = np.flatnonzero(np.r_[True, at[1:] != at[:-1]][: len(at)])
    holding = at[begins]
    counts = np.diff(np.r_[begins, len(at)]).astype(np.float32)
    return Term(
        rarity=_rarity(len(holding), catalogue.count),
        rows=holding,
        counts=counts,
        titles=titles,
        place_rows=at,
        sentences=places["sentence"][inside].astype(np.int64),
        words=places["word"][inside].astype(np.int64),
    )


def _rarity(holding: int, of: int) -> float:
    return float(np.log(1 + (of - holding + 0.5) / (holding + 0.5)))


def _saturated(counts: Floats, rarity: float, length: Floats) -> Floats:
    weight = rarity * counts * (K1 + 1) / (counts + K1 * length)
    return weight.astype(np.float32, copy=False)


def _of_highest(values: Floats) -> Floats:
    return _share_of(values, _highest_of(values))


def _highest_of(values: Floats) -> float:
    return float(values.max(initial=0.0))


def _share_of(values: Floats, whole: float) -> Floats:
    share: Floats = values / np.float32(max(whole, 1e-6))
    return share


def signals(evidence: Evidence, candidates: Rows, closeness: Floats) -> Floats:
    """One row a candidate, one column a signal of ``SIGNALS``.

    ``candidates`` are rows of the catalogue, rising; ``closeness`` their cosines.
    """
    held, titled = _held(evidence, candidates), _titled(evidence, candidates)
    keys = [_keys(term, candidates) for term in evidence.terms]
    columns = {
        **_of_passages(evidence, candidates, held, titled),
        **_of_pairs(evidence, candidates, keys),
        **_of_neighbours(evidence, candidates, held | titled),
        **_of_sentences(evidence, candidates, keys),
        **_of_articles(evidence, candidates, closeness),
        "closeness": closeness,
        **_of_position(evidence.catalogue, candidates),
    }
    return np.stack([columns[name] for name in SIGNALS], axis=1).astype(np.float32)


def _held(evidence: Evidence, candidates: Rows) -> Held:
    """(candidate, term): whether the passage holds the word."""
    held = np.zeros((len(candidates), len(evidence.terms)), np.bool_)
    for i, term in enumerate(evidence.terms):
        held[:, i] = _among(candidates, term.rows)
    return held


def _among(wanted: NDArray[np.integer], rising: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Which of ``wanted`` are in ``rising``."""
    if not len(rising):
        return np.zeros(len(wanted), np.bool_)
    places = np.minimum(np.searchsorted(rising, wanted), len(rising) - 1)
    found: NDArray[np.bool_] = rising[places] == wanted
    return found


def _share(held: Held, weights: Floats) -> Floats:
    """The weighted share of the terms that are held, over the last axis."""
    share: Floats = held @ weights / max(float(weights.sum()), 1e-6)
    return share


def _of_passages(
    evidence: Evidence, candidates: Rows, held: Held, titled: Held
) -> dict[str, Floats]:
    articles = evidence.catalogue.articles[candidates]
    return {
        "bm25": _share_of(evidence.bm25[candidates], _highest_of(evidence.bm25)),
        "titled_bm25": evidence.best[candidates],
        "coverage": _share(held, evidence.rarity),
        "titled_coverage": _share(held | titled, evidence.rarity),
        "rare_coverage": evidence.coverage[candidates],
        "title_coverage": _share(titled, evidence.rarity),
        "title_bm25": _share_of(evidence.title_bm25[articles], _highest_of(evidence.title_bm25)),
    }


def _titled(evidence: Evidence, candidates: Rows) -> Held:
    """(candidate, term): whether its article's title holds the word."""
    articles = evidence.catalogue.articles[candidates]
    titled = np.zeros((len(candidates), len(evidence.terms)), np.bool_)
    for i, term in enumerate(evidence.terms):
        titled[:, i] = _among(articles, term.titles)
    return titled


def _of_pairs(evidence: Evidence, candidates: Rows, keys: Sequence[Rows]) -> dict[str, Floats]:
    """Share of the question's neighbouring words that stand as far apart in the passage."""
    total = np.zeros(len(candidates), np.float32)
    weights = 1e-6
    for one, other, distance in evidence.lookup.pairs:
        weight = max(evidence.terms[one].rarity, evidence.terms[other].rarity)
        weights += weight
        first = keys[one] + distance
        total[np.unique(first[_among(first, keys[other])] >> 16)] += weight
    pairs = total / np.float32(weights)
    return {"pairs": pairs, "relative_pairs": _of_highest(pairs)}


def _keys(term: Term, candidates: Rows) -> Rows:
    """Every place among the candidates as one number: candidate, sentence, word."""
    inside = _among(term.place_rows, candidates)
    numbers = np.searchsorted(candidates, term.place_rows[inside])
    return (numbers << 16) | (term.sentences[inside] << 8) | term.words[inside]


def _of_neighbours(evidence: Evidence, candidates: Rows, held: Held) -> dict[str, Floats]:
    articles = evidence.catalogue.articles
    for step in (-1, 1):
        beside = np.clip(candidates + step, 0, len(articles) - 1)
        held = held | _held(evidence, beside) & (articles[beside] == articles[candidates])[:, None]
    return {"nearby_coverage": _share(held, evidence.rarity)}


def _of_sentences(evidence: Evidence, candidates: Rows, keys: Sequence[Rows]) -> dict[str, Floats]:
    """What the best sentence holds of the question, and the best two in a row."""
    counts = _counts(keys, len(candidates))
    held = counts > 0
    two = held[:, :-1] | held[:, 1:]
    with np.errstate(invalid="ignore"):  # OpenBLAS flags finite products now and then
        bm25 = counts * np.float32(K1 + 1) / (counts + np.float32(K1)) @ evidence.rarity
        return {
            "sentence_coverage": _share(held, evidence.rarity).max(axis=1),
            "sentence_rare_coverage": _share(held, evidence.rarity**2).max(axis=1),
            "two_sentence_coverage": _share(two, evidence.rarity).max(axis=1),
            "sentence_bm25": _of_highest(bm25.max(axis=1)),
        }


def _counts(keys: Sequence[Rows], candidates: int) -> Floats:
    """(candidate, sentence, term): how often a sentence holds a word; one empty sentence more."""
    keys = [key >> 8 for key in keys]
    sentences = 1 + max((int((key & 0xFF).max()) for key in keys if len(key)), default=0)
    counts = np.zeros((len(keys), candidates * (sentences + 1)), np.float32)
    for times, key in zip(counts, keys, strict=True):
        np.add.at(times, (key >> 8) * (sentences + 1) + (key & 0xFF), 1)
    return counts.reshape(len(keys), candidates, sentences + 1).transpose(1, 2, 0)


def _of_articles(evidence: Evidence, candidates: Rows, closeness: Floats) -> dict[str, Floats]:
    articles = evidence.catalogue.articles
    mine = articles[candidates]
    strong = np.flatnonzero(evidence.best > STRONG)
    strength = np.bincount(articles[strong], evidence.best[strong] - STRONG, evidence.articles)
    closest = np.full(evidence.articles, -1.0, np.float32)
    np.maximum.at(closest, mine, closeness)
    return {
        "article_bm25": _of_highest(_article_bm25(evidence))[mine],
        "article_strength": _of_highest(strength.astype(np.float32))[mine],
        "article_closeness": closest[mine],
    }


def _article_bm25(evidence: Evidence) -> Floats:
    """Of every article's whole text."""
    articles, tokens = evidence.catalogue.articles, evidence.catalogue.article_tokens
    lengths = 1 - B + B * tokens / max(float(tokens.mean()), 1e-6)
    bm25 = np.zeros(evidence.articles, np.float32)
    for term in evidence.terms:
        counts = np.bincount(articles[term.rows], term.counts, evidence.articles)
        holding = np.flatnonzero(counts)
        rarity = _rarity(len(holding), evidence.articles)
        bm25[holding] += _saturated(counts[holding].astype(np.float32), rarity, lengths[holding])
    return bm25


def _of_position(catalogue: Catalogue, candidates: Rows) -> dict[str, Floats]:
    before = catalogue.positions[candidates].astype(np.float32)
    ends = np.searchsorted(catalogue.articles, catalogue.articles[candidates], side="right")
    after = (ends - 1 - candidates).astype(np.float32)
    return {
        "first": (before == 0).astype(np.float32),
        "early": 1 / (1 + before),
        "late": np.minimum(after, 5) / 5,
    }


def strongest(evidence: Evidence, limit: int) -> Rows:
    """Rows of the best passages by words: by BM25 with titles, and by rare-word coverage."""
    return np.union1d(_highest(evidence.best, limit), _highest(evidence.coverage, limit))


def standing(evidence: Evidence, limit: int) -> Rows:
    """Rows of the best passages where the words of a quoted phrase stand as in the question."""
    found = [np.empty(0, np.int64)]
    for phrase in evidence.lookup.phrases:
        places = [_everywhere(evidence.terms[term]) - behind for term, behind in phrase]
        found.append(np.unique(reduce(np.intersect1d, places) >> 16))
    rows = np.unique(np.concatenate(found))
    return rows[np.argsort(-evidence.best[rows], kind="stable")[:limit]]


def _everywhere(term: Term) -> Rows:
    """Every place as one number: row, sentence, word."""
    return (term.place_rows.astype(np.int64) << 16) | (term.sentences << 8) | term.words


def _highest(values: Floats, limit: int) -> Rows:
    """Where the ``limit`` highest of some shares are; what has none is never among them."""
    found = np.flatnonzero(values > HIGH)  # mostly enough, and few
    if len(found) < limit:
        found = np.flatnonzero(values > 0)
    if len(found) <= limit:
        return found
    return found[np.argpartition(-values[found], limit)[:limit]]
