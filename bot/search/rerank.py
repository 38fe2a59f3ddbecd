"""Looks at the likeliest candidates once more: how nearly they say each word of the question.

Each piece of the question counts with the nearest piece of a text (late interaction, "MaxSim";
Khattab and Zaharia 2020), so that a passage that says "purchase" answers a question with "buy".
It reads whole texts, so only the first ``RERANKED`` candidates are looked at. Pure functions of
values.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

import numpy as np

from bot.records import StoredPassage
from bot.search.blend import reblended
from bot.search.by_words import Floats, Ints
from bot.search.features import NEARNESS
from bot.search.word_vectors import nearness, pieces, weighed
from bot.store.terms import words

Cut = tuple[int, ...]

RERANKED = 12  # as many as an answer reads anyway; 20 gave MAP .718 instead of .716 on covidqa
KEPT_SENTENCES = 20_000  # cut already: some 15 MB. What was asked about is asked about again


def reranked(
    question: str, passages: Sequence[StoredPassage], signals: Floats, chances: Floats
) -> Floats:
    """New chances of some passages, which together come to what theirs did before."""
    found = np.column_stack([signals, nearnesses(question, passages)])
    chances_anew: Floats = reblended(found) * chances.sum()
    return chances_anew


def nearnesses(question: str, passages: Sequence[StoredPassage]) -> Floats:
    """One row a passage, one column a signal of ``NEARNESS``."""
    asked, weights = weighed(words(question))
    if not len(asked) or not passages:
        return np.zeros((len(passages), len(NEARNESS)), np.float32)
    sentences = [_sentences(passage) for passage in passages]
    titles = [_cut(f"{passage.title} {passage.heading}") for passage in passages]
    sizes = [len(each) for each in sentences]
    each, titled = np.split(_nearest(asked, [*chain(*sentences), *titles]), [sum(sizes)], axis=1)
    begins = np.cumsum([0, *sizes[:-1]])
    whole = np.maximum.reduceat(each, begins, axis=1)
    each_titled = np.maximum(each, np.repeat(titled, sizes, axis=1))
    columns = {
        "near": weights @ whole,
        "near_sentence": np.maximum.reduceat(weights @ each, begins),
        "titled_near": weights @ np.maximum(whole, titled),
        "titled_near_sentence": np.maximum.reduceat(weights @ each_titled, begins),
    }
    return np.array([columns[name] for name in NEARNESS], np.float32).T


def _sentences(passage: StoredPassage) -> list[Cut]:
    return [_cut(passage.quote(sentence)) for sentence in passage.sentences] or [_cut(passage.text)]


@lru_cache(KEPT_SENTENCES)
def _cut(text: str) -> Cut:
    """The pieces of a sentence or a title."""
    return tuple(chain.from_iterable(map(pieces, words(text))))


def _nearest(asked: Ints, texts: Sequence[Cut]) -> Floats:
    """(asked, text): how near the nearest piece of each text comes; 0 where it has none."""
    found = np.zeros((len(asked), len(texts)), np.float32)
    filled = [i for i, text in enumerate(texts) if text]
    if filled:
        begins = np.cumsum([0, *(len(texts[i]) for i in filled[:-1])])
        every = nearness(asked, np.array([*chain.from_iterable(texts)], np.int64))
        found[:, filled] = np.maximum.reduceat(every, begins, axis=1)
    return found
