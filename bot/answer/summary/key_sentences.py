"""Which sentences carry an article: an extractive summary, in the order of the text.

TextRank (Mihalcea & Tarau, 2004: words in common, over the logarithms of the lengths) finds the
sentences that say what others say, too. Added to it are signals that a summary's reader wants:
length (a longer sentence says more), figures, and where it stands (an article's first sentence, and
towards the end, where reports conclude). The weights were set on the 20 articles of
``tests/quality/summaries/looked_at.jsonl`` (share of the facts' weight in six sentences: the first
six .344, centroid with position .480, TextRank .626, this .690; ``python -m bench.summaries``).
Headings, questions, bylines and fragments are no sentences of a summary. Pure functions; 500
sentences take 30 ms of CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import regex
from numpy.typing import NDArray

from bot.citations import CitedSpan
from bot.records import Sentence, StoredPassage
from bot.text.scripts import UNSPACED
from bot.text.stem import stem
from bot.text.stopwords import FUNCTION_WORDS
from bot.text.tokenize import split_words

Scores = NDArray[np.float64]

UNSUITED_KINDS = frozenset(("heading", "question", "table_header", "byline", "caption"))
TABLE_ROW = "table_row"  # says nothing without its header
SENTENCE_ENDS = (".", "!", "。", "！", "।", "؟", "…")
QUESTION_ENDS = ("?", "？")
CLOSING_QUOTES = "\"'”’»)]』」 "
DAMPING = 0.85  # of TextRank, as of PageRank
ITERATIONS = 40  # the ranks change by less than .001 after 20
WINDOW = 500  # sentences compared with each other; more would take seconds
WEIGHTS = {"rank": 0.5, "length": 0.5, "figures": 0.3, "position": 0.3}
FIRST_BONUS = 0.5
MAX_LENGTH, MAX_FIGURES = 300, 3  # beyond which more is no better
UNSPACED_LENGTH = 2  # characters that one of Chinese or Japanese stands for
FIGURE = regex.compile(r"\d[\d.,:]*")
LONG_ARTICLE = 60  # statements; a longer article is summed up by section
MIN_SECTIONS = 3


class KeySentence(NamedTuple):
    """A sentence that can stand in a summary."""

    passage: StoredPassage
    sentence: Sentence

    @property
    def text(self) -> str:
        """Its text."""
        return self.passage.quote(self.sentence)

    @property
    def span(self) -> CitedSpan:
        """Where it stands."""
        return CitedSpan(self.passage, self.sentence.start, self.sentence.end)


def statements_of(passages: Sequence[StoredPassage]) -> list[KeySentence]:
    """The sentences of an article that state something; if none does, all except headings."""
    sentences = [KeySentence(passage, s) for passage in passages for s in passage.sentences]
    suited = [s for s in sentences if s.sentence.kind not in UNSUITED_KINDS]
    whole = [s for s in suited if s.sentence.kind != TABLE_ROW and _is_whole(s.text)]
    return whole or [s for s in suited if not _asks(s.text)] or sentences


def _is_whole(text: str) -> bool:
    return text.rstrip(CLOSING_QUOTES).endswith(SENTENCE_ENDS)


def _asks(text: str) -> bool:
    return text.rstrip(CLOSING_QUOTES).endswith(QUESTION_ENDS)


def key_sentences(passages: Sequence[StoredPassage], limit: int) -> list[KeySentence]:
    """At most ``limit`` sentences, and at most two of three, in the order of the text.

    Of a long article with sections, each of the weightiest sections gives its best one first.
    """
    statements = statements_of(passages)
    scores = score_statements(statements)
    limit = min(limit, -(-2 * len(statements) // 3))
    by_score = sorted(range(len(statements)), key=lambda i: -scores[i])
    if len(statements) > LONG_ARTICLE:
        by_score = _sections_first(statements, by_score)
    return [statements[i] for i in sorted(by_score[:limit])]


def _sections_first(statements: Sequence[KeySentence], by_score: Sequence[int]) -> list[int]:
    """The order with the best sentence of each section before all others, largest section first."""
    sections: dict[str, list[int]] = {}
    for i in by_score:
        sections.setdefault(section_of(statements[i]), []).append(i)
    if len(sections) < MIN_SECTIONS:
        return list(by_score)
    by_size = sorted(sections.values(), key=len, reverse=True)
    leaders = [ids[0] for ids in by_size]
    return [*leaders, *(i for i in by_score if i not in leaders)]


def section_of(statement: KeySentence) -> str:
    """The heading above a statement."""
    return statement.passage.heading


def by_section(statements: Sequence[KeySentence]) -> list[tuple[str, list[KeySentence]]]:
    """Runs of statements with the same heading, with that heading."""
    return [(name, list(run)) for name, run in groupby(statements, section_of)]


def score_statements(statements: Sequence[KeySentence]) -> Scores:
    """How much each statement carries the article; only comparable within it."""
    if not statements:
        return np.zeros(0)
    texts = [s.text for s in statements]
    words = [content_stems(text) for text in texts]
    windows = [words[at : at + WINDOW] for at in range(0, len(words), WINDOW)]
    signals = {
        "rank": np.concatenate([text_rank(window) for window in windows]),
        "length": np.log([min(_length(text), MAX_LENGTH) + 1 for text in texts]),
        "figures": np.array([min(len(FIGURE.findall(text)), MAX_FIGURES) for text in texts]),
        "position": np.arange(len(texts)) / len(texts),
    }
    scores = np.zeros(len(texts))
    for name, values in signals.items():
        scores += WEIGHTS[name] * _standardize(values)
    scores[0] += FIRST_BONUS
    return scores


def text_rank(words: Sequence[set[str]]) -> Scores:
    """The rank of each sentence, from its set of words; 1 is the average."""
    vocabulary = {word: i for i, word in enumerate(sorted(set().union(*words)))}
    incidence = np.zeros((len(words), max(1, len(vocabulary))), np.float32)
    for row, sentence in zip(incidence, words, strict=True):
        row[[vocabulary[word] for word in sentence]] = 1
    lengths = np.log(np.maximum(incidence.sum(axis=1), 2))
    links = incidence @ incidence.T / (lengths[:, None] + lengths)
    np.fill_diagonal(links, 0)
    totals = links.sum(axis=1, keepdims=True)
    links /= np.where(totals == 0, 1, totals)
    ranks: Scores = np.ones(len(words))
    for _i in range(ITERATIONS):
        ranks = 1 - DAMPING + DAMPING * (links.T @ ranks)
    return ranks


def content_stems(text: str) -> set[str]:
    """The stems of the words that carry meaning."""
    return {stem(word) for word in split_words(text) if word not in FUNCTION_WORDS}


def _length(text: str) -> int:
    return len(text) * UNSPACED_LENGTH if UNSPACED.search(text) else len(text)


def _standardize(values: Scores) -> Scores:
    standardized: Scores = (values - values.mean()) / (float(values.std()) or 1.0)
    return standardized
