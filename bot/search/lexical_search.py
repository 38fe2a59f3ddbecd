"""Finds the passages that say a question's words, and tells what each of them holds.

BM25 of passages, titles and articles, and coverage: the share of the words that are held,
weighted by their rarity, which is BM25's idf, log(1 + (N - n + .5) / (n + .5)), over the
passages of the scope. All words are reckoned with at once, in arrays with an entry for each
place, or for each word and text that holds it; word by word it took twice as long. Pure
functions of arrays; knows nothing of the store's files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.search.query_terms import QueryTerms
from bot.store.passage_table import NO_ROW, POSITION, TITLE_SENTENCE, PassageTable, Postings

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Rows = Ints  # of the catalogue
Masks = NDArray[np.uint64]  # a bit for each term: MOST_TERMS has room

# BM25 (Robertson and Zaragoza 2009) with their usual constants.
K1 = 1.2
B = 0.75
TITLE_WEIGHT = 0.5  # of a word's BM25 in the title against one in the passage
HIGH = 0.5  # a share of the best
NOWHERE = np.empty(0, POSITION)


@dataclass(frozen=True, slots=True)
class TermOccurrences:
    """Where the question's words stand: an entry a place, by term, row, sentence and word."""

    terms: Ints
    rows: Rows
    _places: Postings
    _at: Ints  # which of the places each entry is

    def within(self, entries: Ints | slice) -> Ints:
        """Sentence and word of some entries as one number of 16 bits."""
        at = self._at[entries]
        sentences = self._places["sentence"][at].astype(np.int64)
        within: Ints = (sentences << 8) | self._places["word"][at]
        return within

    def of_term(self, term: int) -> Ints:
        """Every place of a term as one number: row, sentence, word."""
        entries = slice(*np.searchsorted(self.terms, (term, term + 1)))
        return (self.rows[entries] << 16) | self.within(entries)


@dataclass(frozen=True, slots=True)
class TermMatches:
    """The texts (passages, titles or articles) that hold terms: an entry for each term and text."""

    terms: Ints
    texts: NDArray[np.integer[Any]]
    counts: Floats  # how often
    of: int  # texts there are
    rarity: NDArray[np.float64]  # by term, among these texts

    def bm25(self, lengths: Floats, mean: float) -> Floats:
        """Of every text, whose ``lengths`` these are."""
        relative = 1 - B + B * lengths[self.texts] / max(mean, 1.0)
        rarity = self.rarity.astype(np.float32)[self.terms]
        return self.sum_by_text(rarity * self.counts * (K1 + 1) / (self.counts + K1 * relative))

    def sum_by_text(self, weights: NDArray[np.floating[Any]]) -> Floats:
        """For every text, what its entries' ``weights`` come to."""
        total = np.zeros(self.of, np.float32)
        np.add.at(total, self.texts, weights.astype(np.float32, copy=False))
        return total

    def masks(self) -> Masks:
        """For every text, which terms it holds."""
        found = np.zeros(self.of, np.uint64)
        np.add.at(found, self.texts, _bits(self.terms))
        return found


class LexicalScores:
    """What the words of one question say about every passage of the scope."""

    def __init__(self, lookup: QueryTerms, postings: Mapping[str, Postings], table: PassageTable):
        self.lookup = lookup
        self.catalogue = table
        found = [postings.get(term, NOWHERE) for term in lookup.terms]
        self.standing, titles = _distinct_rows(found, table)
        passages = self._passages()
        self.rarity = passages.rarity.astype(np.float32)
        self.held = passages.masks()
        self.titled = titles.masks()  # by article
        self.bm25 = passages.bm25(table.token_counts, table.means.tokens)
        self.title_bm25 = titles.bm25(table.title_lengths, table.means.title_length)
        articles = self._articles(passages)
        self.article_bm25 = articles.bm25(table.article_tokens, table.means.article_tokens)
        under, which = _rows_in(table, titles.texts)
        self.best = self._best(under)
        self.coverage = self._coverage(passages, under, titles.terms[which])

    def _passages(self) -> TermMatches:
        occurrences = self.standing
        times = np.ones(len(occurrences.terms), np.float32)
        asked = len(self.lookup.terms)
        return _matches(
            occurrences.terms, occurrences.rows, times, of=self.catalogue.count, asked=asked
        )

    def _articles(self, passages: TermMatches) -> TermMatches:
        """By their whole text."""
        texts, of = self.catalogue.articles[passages.texts], len(self.catalogue.article_ids)
        return _matches(passages.terms, texts, passages.counts, of=of, asked=len(self.rarity))

    def _best(self, under: Rows) -> Floats:
        """BM25 of passage and title together, of the best. ``under``: those with a title's."""
        total, of_title = self.bm25.copy(), self.title_bm25[self.catalogue.articles[under]]
        total[under] = self.bm25[under] + TITLE_WEIGHT * of_title
        return argmax_by_group(total)

    def _coverage(self, passages: TermMatches, under: Rows, titled: Ints) -> Floats:
        """Share of the words in passage or title, rarity squared."""
        alone = np.flatnonzero((self.held[under] & _bits(titled)) == 0)
        terms = np.concatenate([passages.terms, titled[alone]])
        rows = np.concatenate([passages.texts, under[alone]])
        order = np.argsort(terms, kind="stable")  # the same words come to the same, wherever
        total = np.zeros(self.catalogue.count, np.float32)
        np.add.at(total, rows[order], (passages.rarity**2).astype(np.float32)[terms[order]])
        return share_of(total, float((self.rarity**2).sum()))


def _distinct_rows(
    found: Sequence[Postings], table: PassageTable
) -> tuple[TermOccurrences, TermMatches]:
    """The places of each term in the passages that are seen, and the articles titled with it."""
    postings = np.frombuffer(b"".join(each.tobytes() for each in found), POSITION)
    terms = np.repeat(np.arange(len(found)), [len(each) for each in found])
    rows = table.rows_of(postings["passage"]).astype(np.int64)
    in_title = postings["sentence"] == TITLE_SENTENCE
    at = np.flatnonzero((rows != NO_ROW) & ~in_title)
    occurrences = TermOccurrences(terms[at], rows[at], postings, at)
    at, of = np.flatnonzero((rows != NO_ROW) & in_title), len(table.article_ids)
    titled = terms[at] * of + table.articles[rows[at]]
    titled = titled[group_starts(titled)]
    once = np.ones(len(titled), np.float32)
    return occurrences, _matches(titled // of, titled % of, once, of=of, asked=len(found))


def _matches(
    terms: Ints, texts: NDArray[np.integer[Any]], counts: Floats, *, of: int, asked: int
) -> TermMatches:
    """Joins the entries of the same term and text, which stand together."""
    begins = group_starts(terms * of + texts)
    counts = np.add.reduceat(counts, begins)
    terms, texts = terms[begins], texts[begins]
    holding = np.bincount(terms, minlength=asked)
    return TermMatches(terms, texts, counts, of, np.log(1 + (of - holding + 0.5) / (holding + 0.5)))


def group_starts(rising: Ints) -> Ints:
    """Where each run of equal numbers begins."""
    new = np.empty(len(rising), np.bool_)
    new[:1] = True
    np.not_equal(rising[1:], rising[:-1], out=new[1:])
    return np.flatnonzero(new)


def _bits(terms: Ints) -> Masks:
    return np.uint64(1) << terms.astype(np.uint64)


def _rows_in(table: PassageTable, articles: NDArray[np.integer[Any]]) -> tuple[Rows, Ints]:
    """All rows of some articles, and in which of ``articles`` each of them is."""
    begins = np.searchsorted(table.articles, articles)
    counts = np.searchsorted(table.articles, articles, side="right") - begins
    return spans(begins, counts)


def spans(begins: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """The numbers of some spans one behind the other, and in which span each of them is."""
    which = np.repeat(np.arange(len(begins)), counts)
    before = np.cumsum(counts) - counts
    return np.arange(len(which)) + (begins - before)[which], which


def argmax_by_group(values: Floats) -> Floats:
    """Shares of the highest."""
    return share_of(values, max_by_group(values))


def max_by_group(values: Floats) -> float:
    """0 where there are none."""
    return float(values.max(initial=0.0))


def share_of(values: Floats, whole: float) -> Floats:
    """0 where there is no whole."""
    share: Floats = values / np.float32(max(whole, 1e-6))
    return share


def top_by_bm25(evidence: LexicalScores, limit: int) -> Rows:
    """Rows of the best passages by words: by BM25 with titles, and by rare-word coverage."""
    found = _highest(evidence.best, limit), _highest(evidence.coverage, limit)
    return concatenate(found, evidence.catalogue.count)


def concatenate(parts: Iterable[NDArray[np.integer[Any]]], of: int) -> Rows:
    """Each row once, rising; ``of`` is how many the catalogue has. np.unique takes 20 us more."""
    found = np.zeros(of, np.bool_)
    for rows in parts:
        found[rows] = True
    return np.flatnonzero(found)


def _highest(values: Floats, limit: int) -> Rows:
    """Where the ``limit`` highest of some shares are; what has none is never among them."""
    found = np.flatnonzero(values > HIGH)  # mostly enough, and few
    if len(found) < limit:
        found = np.flatnonzero(values > 0)
    if len(found) <= limit:
        return found
    return found[np.argpartition(-values[found], limit)[:limit]]


def find_occurrences(evidence: LexicalScores, limit: int) -> Rows:
    """Rows of the best passages where the words of a quoted phrase stand as in the question."""
    found = [np.empty(0, np.int64)]
    for phrase in evidence.lookup.phrases:
        postings = [evidence.standing.of_term(term) - behind for term, behind in phrase]
        found.append(np.unique(reduce(np.intersect1d, postings) >> 16))
    rows = np.unique(np.concatenate(found))
    return rows[np.argsort(-evidence.best[rows], kind="stable")[:limit]]
