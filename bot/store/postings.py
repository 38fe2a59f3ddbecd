"""The bytes of the lexical index: for each term the positions at which it occurs.

A title is indexed as sentence ``TITLE_SENTENCE`` of its article's first passage. CPU-bound, pure
functions; knows nothing of where the bytes are stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.store.passage_table import POSITION, TITLE_SENTENCE, Postings
from bot.text.tokenize import index_terms

LAST_SENTENCE = 254  # a passage of 256 tokens has fewer; any others share this number
LAST_WORD = 255


@dataclass(slots=True)
class IndexedText:
    """What is indexed of a passage: its sentences, and its article's title if it is the first."""

    passage_id: int
    title: str
    sentences: list[str]


def build_postings(texts: Iterable[IndexedText]) -> dict[str, bytes]:
    """The postings of every term in some passages, ordered by passage id. CPU-bound."""
    positions: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for text in texts:
        numbered = [(min(i, LAST_SENTENCE), s) for i, s in enumerate(text.sentences)]
        for number, sentence in [*numbered, (TITLE_SENTENCE, text.title)]:
            for word, term in index_terms(sentence):
                positions[term].append((text.passage_id, number, min(word, LAST_WORD)))
    return {term: np.array(rows, POSITION).tobytes() for term, rows in positions.items()}


def without_passages(
    rows: Iterable[Iterable[Any]], ids: Sequence[int]
) -> Iterator[tuple[bytes, int, str]]:
    """(remaining postings, segment id, term) of each row that held one of the passages.

    A row is a segment id, a term and its postings there.
    """
    for segment_id, term, data in rows:
        postings = np.frombuffer(data, POSITION)
        remaining = postings[~np.isin(postings["passage"], ids)]
        if len(remaining) < len(postings):
            yield remaining.tobytes(), segment_id, term


def replace_title(stored: bytes, new: bytes, passage_id: int) -> bytes:
    """A term's postings, with ``new`` in place of those from the passage's old title.

    They are in order, and a passage's title comes last, so only that passage is looked at.
    """
    old = np.frombuffer(stored, POSITION)
    bounds = np.array([passage_id, passage_id + 1], old["passage"].dtype)
    first, end = np.searchsorted(old["passage"], bounds)
    passage = old[first:end]
    remaining: Postings = passage[passage["sentence"] != TITLE_SENTENCE]
    return b"".join([old[:first].tobytes(), remaining.tobytes(), new, old[end:].tobytes()])


def sort_postings(data: bytes) -> bytes:
    """A term's postings in the order of passage, sentence and word."""
    postings = np.frombuffer(data, POSITION)
    passages, sentences = postings["passage"].astype(np.uint64), postings["sentence"]
    keys = passages << 16 | sentences.astype(np.uint64) << 8 | postings["word"]
    if (keys[1:] >= keys[:-1]).all():
        return data
    in_order: Postings = postings[np.argsort(keys, kind="stable")]
    return in_order.tobytes()


def postings_from(data: bytes, passage_id: int) -> bytes:
    """Of a term's postings, those in ``passage_id`` and later passages."""
    postings: Postings = np.frombuffer(data, POSITION)
    return postings[postings["passage"] >= passage_id].tobytes()
