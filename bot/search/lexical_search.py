"""Score every passage by the question's terms that it contains.

BM25 of passages, titles and articles, and coverage: the idf-weighted share of the terms that a
passage contains. The idf, log(1 + (N - n + .5) / (n + .5)), counts only the passages in scope.
All terms are computed at once, in arrays with an entry for each occurrence or for each (term,
text); one term after the other took twice as long. Pure functions of arrays; knows nothing of
the store's files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.store.passage_index import QueryTerms
from bot.store.passage_table import NO_ROW, POSITION, TITLE_SENTENCE, PassageTable, Postings

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Rows = Ints  # of the passage table
Masks = NDArray[np.uint64]  # one bit for each term; query_terms.MAX_TERMS fits

# BM25 (Robertson and Zaragoza 2009) with their usual constants.
K1 = 1.2
B = 0.75
TITLE_WEIGHT = 0.5  # of the title's BM25 when added to the passage's
HIGH_SHARE = 0.5  # of the best score
NO_POSTINGS = np.empty(0, POSITION)


@dataclass(frozen=True, slots=True)
class TermOccurrences:
    """Every occurrence of the question's terms in passages, sorted by term, row and offset."""

    terms: Ints
    rows: Rows
    _postings: Postings
    _entries: Ints  # the index of each occurrence in the postings

    def offsets(self, occurrences: Ints | slice) -> Ints:
        """Sentence and word of some occurrences, packed into 16 bits."""
        entries = self._entries[occurrences]
        sentences = self._postings["sentence"][entries].astype(np.int64)
        offsets: Ints = (sentences << 8) | self._postings["word"][entries]
        return offsets

    def positions_of(self, term: int) -> Ints:
        """Row, sentence and word of every occurrence of a term, packed into one number."""
        occurrences = slice(*np.searchsorted(self.terms, (term, term + 1)))
        return (self.rows[occurrences] << 16) | self.offsets(occurrences)


@dataclass(frozen=True, slots=True)
class TermMatches:
    """Which texts (passages, titles or articles) contain which terms: an entry for each pair."""

    terms: Ints
    text_ids: NDArray[np.integer[Any]]  # row or article number
    counts: Floats  # occurrences
    text_count: int  # of all texts, with and without matches
    idf: NDArray[np.float64]  # by term

    def bm25(self, lengths: Floats, mean: float) -> Floats:
        """The BM25 score of every text; ``lengths`` are theirs, ``mean`` is the mean length."""
        relative_lengths = 1 - B + B * lengths[self.text_ids] / max(mean, 1.0)
        idf = self.idf.astype(np.float32)[self.terms]
        return self.sum_by_text(
            idf * self.counts * (K1 + 1) / (self.counts + K1 * relative_lengths)
        )

    def sum_by_text(self, weights: NDArray[np.floating[Any]]) -> Floats:
        """For every text, the sum of its entries' ``weights``."""
        total = np.zeros(self.text_count, np.float32)
        np.add.at(total, self.text_ids, weights.astype(np.float32, copy=False))
        return total

    def masks(self) -> Masks:
        """For every text, which terms it contains."""
        masks = np.zeros(self.text_count, np.uint64)
        np.add.at(masks, self.text_ids, _term_bits(self.terms))
        return masks


class LexicalScores:
    """The scores of every passage in scope for one question.

    By row of the passage table: ``passage_masks`` (terms in the passage), ``bm25``, ``titled_bm25``
    (passage and title, as a share of the best) and ``rare_coverage`` (share of the terms in
    passage or title, weighted by idf²). By article: ``title_masks``, ``title_bm25`` and
    ``article_bm25``. By term: ``idf``.
    """

    def __init__(self, query: QueryTerms, postings: Mapping[str, Postings], table: PassageTable):
        self.query = query
        self.table = table
        term_postings = [postings.get(term, NO_POSTINGS) for term in query.terms]
        self.occurrences, titles = _split_postings(term_postings, table)
        passages = self._match_passages()
        self.idf = passages.idf.astype(np.float32)
        self.passage_masks = passages.masks()
        self.title_masks = titles.masks()
        self.bm25 = passages.bm25(table.token_counts, table.means.tokens)
        self.title_bm25 = titles.bm25(table.title_lengths, table.means.title_length)
        articles = self._match_articles(passages)
        self.article_bm25 = articles.bm25(table.article_tokens, table.means.article_tokens)
        titled_rows, entry = _rows_of_articles(table, titles.text_ids)
        self.titled_bm25 = self._titled_bm25(titled_rows)
        self.rare_coverage = self._rare_coverage(passages, titled_rows, titles.terms[entry])

    def _match_passages(self) -> TermMatches:
        occurrences = self.occurrences
        ones = np.ones(len(occurrences.terms), np.float32)
        return _count_matches(
            occurrences.terms,
            occurrences.rows,
            ones,
            text_count=self.table.count,
            term_count=len(self.query.terms),
        )

    def _match_articles(self, passages: TermMatches) -> TermMatches:
        """By the articles' full text, without titles."""
        return _count_matches(
            passages.terms,
            self.table.articles[passages.text_ids],
            passages.counts,
            text_count=len(self.table.article_ids),
            term_count=len(self.idf),
        )

    def _titled_bm25(self, titled_rows: Rows) -> Floats:
        """BM25 of passage and title as a share of the best. ``titled_rows``: a title matches."""
        total, title_bm25 = self.bm25.copy(), self.title_bm25[self.table.articles[titled_rows]]
        total[titled_rows] = self.bm25[titled_rows] + TITLE_WEIGHT * title_bm25
        return share_of_max(total)

    def _rare_coverage(self, passages: TermMatches, titled_rows: Rows, title_terms: Ints) -> Floats:
        """The share of the terms in passage or title, weighted by idf².

        ``title_terms`` are the terms that match in the titles of ``titled_rows``.
        """
        is_only_in_title = (self.passage_masks[titled_rows] & _term_bits(title_terms)) == 0
        only_in_title = np.flatnonzero(is_only_in_title)
        terms = np.concatenate([passages.terms, title_terms[only_in_title]])
        rows = np.concatenate([passages.text_ids, titled_rows[only_in_title]])
        order = np.argsort(terms, kind="stable")  # so that the same terms give the same sum
        total = np.zeros(self.table.count, np.float32)
        np.add.at(total, rows[order], (passages.idf**2).astype(np.float32)[terms[order]])
        return share_of(total, float((self.idf**2).sum()))


def _split_postings(
    term_postings: Sequence[Postings], table: PassageTable
) -> tuple[TermOccurrences, TermMatches]:
    """The occurrences in the text of passages in scope, and the matches in titles."""
    postings = np.frombuffer(b"".join(each.tobytes() for each in term_postings), POSITION)
    terms = np.repeat(np.arange(len(term_postings)), [len(each) for each in term_postings])
    rows = table.rows_of(postings["passage"]).astype(np.int64)
    is_in_title = postings["sentence"] == TITLE_SENTENCE
    in_text = np.flatnonzero((rows != NO_ROW) & ~is_in_title)
    occurrences = TermOccurrences(terms[in_text], rows[in_text], postings, in_text)
    in_title = np.flatnonzero((rows != NO_ROW) & is_in_title)
    article_count = len(table.article_ids)
    keys = terms[in_title] * article_count + table.articles[rows[in_title]]
    keys = keys[run_starts(keys)]
    return occurrences, _count_matches(
        keys // article_count,
        keys % article_count,
        np.ones(len(keys), np.float32),
        text_count=article_count,
        term_count=len(term_postings),
    )


def _count_matches(
    terms: Ints,
    text_ids: NDArray[np.integer[Any]],
    counts: Floats,
    *,
    text_count: int,
    term_count: int,
) -> TermMatches:
    """Add up the ``counts`` of the same term and text, which must be adjacent."""
    starts = run_starts(terms * text_count + text_ids)
    counts = np.add.reduceat(counts, starts)
    terms, text_ids = terms[starts], text_ids[starts]
    frequency = np.bincount(terms, minlength=term_count)
    idf = np.log(1 + (text_count - frequency + 0.5) / (frequency + 0.5))
    return TermMatches(terms, text_ids, counts, text_count, idf)


def run_starts(ascending: Ints) -> Ints:
    """The index at which each run of equal numbers starts."""
    is_start = np.empty(len(ascending), np.bool_)
    is_start[:1] = True
    np.not_equal(ascending[1:], ascending[:-1], out=is_start[1:])
    return np.flatnonzero(is_start)


def _term_bits(terms: Ints) -> Masks:
    return np.uint64(1) << terms.astype(np.uint64)


def _rows_of_articles(table: PassageTable, articles: NDArray[np.integer[Any]]) -> tuple[Rows, Ints]:
    """All rows of some articles, and the index in ``articles`` of each row's article."""
    starts = np.searchsorted(table.articles, articles)
    counts = np.searchsorted(table.articles, articles, side="right") - starts
    return expand_ranges(starts, counts)


def expand_ranges(starts: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """The numbers of some ranges, concatenated, and the index of each number's range."""
    which = np.repeat(np.arange(len(starts)), counts)
    preceding = np.cumsum(counts) - counts
    return np.arange(len(which)) + (starts - preceding)[which], which


def share_of_max(values: Floats) -> Floats:
    """``values`` divided by the highest of them."""
    return share_of(values, max_or_zero(values))


def max_or_zero(values: Floats) -> float:
    """The highest of some values that are not negative; 0 if there are none."""
    return float(values.max(initial=0.0))


def share_of(values: Floats, whole: float) -> Floats:
    """``values / whole``; 0 if both are 0."""
    share: Floats = values / np.float32(max(whole, 1e-6))
    return share


def top_by_bm25(scores: LexicalScores, limit: int) -> Rows:
    """The rows of the best passages by titled BM25 and by rare coverage, ``limit`` of each."""
    tops = _top_rows(scores.titled_bm25, limit), _top_rows(scores.rare_coverage, limit)
    return union_of_rows(tops, scores.table.count)


def union_of_rows(parts: Iterable[NDArray[np.integer[Any]]], row_count: int) -> Rows:
    """The distinct rows, ascending. ``np.unique`` takes 20 µs longer."""
    is_in_union = np.zeros(row_count, np.bool_)
    for rows in parts:
        is_in_union[rows] = True
    return np.flatnonzero(is_in_union)


def _top_rows(shares: Floats, limit: int) -> Rows:
    """The rows of the ``limit`` highest shares, in no order, without those that are 0."""
    rows = np.flatnonzero(shares > HIGH_SHARE)  # few, and mostly enough
    if len(rows) < limit:
        rows = np.flatnonzero(shares > 0)
    if len(rows) <= limit:
        return rows
    return rows[np.argpartition(-shares[rows], limit)[:limit]]


def top_phrase_matches(scores: LexicalScores, limit: int) -> Rows:
    """The rows of the best passages that contain the terms of a quoted phrase in sequence."""
    matches = [np.empty(0, np.int64)]
    for phrase in scores.query.phrases:
        starts = [scores.occurrences.positions_of(term) - distance for term, distance in phrase]
        matches.append(np.unique(reduce(np.intersect1d, starts) >> 16))
    rows = np.unique(np.concatenate(matches))
    return rows[np.argsort(-scores.titled_bm25[rows], kind="stable")[:limit]]
