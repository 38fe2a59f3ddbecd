"""Quotes mode: the library's own sentences as the answer, or an honest refusal.

No model is needed. Nothing is quoted when the evidence is thin; else the likeliest sentence, and
those that may well answer in its place, in the order in which an article gives them. How likely
a sentence is to answer, and what makes evidence thin, is decided in ``search.evidence``; a
question in another language than the hits is answered by closeness of meaning.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from itertools import accumulate
from math import exp

from bot.embedding import Embedder
from bot.errors import ModelError
from bot.records import Findings, Sentence, StoredPassage
from bot.search.asked import Kind, read
from bot.search.evidence import Candidate, total, weigh, worth
from bot.search.words import words

log = logging.getLogger(__name__)

# Measured by bench/fit_evidence.py: .12 of clapnq's answerable questions are refused and .63 of
# the others, .06 of covidqa's. At .29 it is .10 and .57, at .40 .15 and .72.
REFUSE_BELOW = 0.32
MOST_QUOTES = 4
# Of the chance that any sentence answers, what is quoted has so much: less for a single fact.
ENOUGH = 0.99
ENOUGH_FOR_A_FACT = 0.9
MOST_CHARACTERS = 800  # the best four sentences by BM25 have 652 on covidqa, 573 on clapnq
EMBEDDED = 40  # sentences of a question in another language; some 100 ms
EMBEDDING_S = 10.0  # for a server
CLOSENESS = 20.0  # what a cosine is worth
THE_SAME = 0.8  # of the words of the shorter: one of two such sentences is enough

OPEN = frozenset({Kind.ANYTHING, Kind.WHY, Kind.SAYING})  # what asks for more than a fact
Pick = tuple[StoredPassage, Sentence]
Ranked = list[tuple[float, Candidate]]


async def pick_quotes(question: str, findings: Findings, embedder: Embedder) -> list[Pick]:
    """One to ``MOST_QUOTES`` sentences in reading order; none when the evidence is too thin."""
    if findings.answerable < REFUSE_BELOW or not findings.hits:
        return []
    asked = read(question)
    # It reads every sentence of the hits: off the event loop.
    candidates = await asyncio.to_thread(weigh, asked, findings.hits)
    ranked = [(worth(one), one) for one in candidates]
    if max(ranked, key=_value)[1].foreign is not None:
        ranked = await _by_meaning(question, candidates[:EMBEDDED], embedder) or ranked
    return [(one.passage, one.sentence) for one in in_reading_order(chosen(asked.kind, ranked))]


async def _by_meaning(
    question: str, candidates: Sequence[Candidate], embedder: Embedder
) -> Ranked | None:
    """The candidates with their own closeness; None where the embeddings' server fails."""
    try:
        async with asyncio.timeout(EMBEDDING_S):
            vectors = await embedder.embed([question, *(one.text for one in candidates)])
    except (ModelError, TimeoutError) as error:
        log.warning("quoting by words alone: %s", str(error) or "the embeddings took too long")
        return None
    cosines = (vectors[1:] @ vectors[0]).tolist()
    return [(CLOSENESS * cosine, one) for cosine, one in zip(cosines, candidates, strict=True)]


def chosen(kind: Kind, ranked: Ranked) -> list[Candidate]:
    """The best first, until what is left is unlikely, repeats, or is too long."""
    enough = ENOUGH if kind in OPEN else ENOUGH_FOR_A_FACT
    ranked = sorted(ranked, key=_value, reverse=True)
    whole = total([value for value, _ in ranked])
    reached = accumulate(exp(value - whole) for value, _ in ranked)
    found: list[Candidate] = []
    for (_, one), by_now in zip(ranked, [0.0, *reached], strict=False):
        if found and (len(found) == MOST_QUOTES or by_now >= enough):
            break
        if not found or _fits(one, found):
            found.append(one)
    return found


def _value(pair: tuple[float, Candidate]) -> float:
    return pair[0]


def _fits(one: Candidate, found: Sequence[Candidate]) -> bool:
    length = sum(len(other.text) for other in found) + len(one.text)
    return length <= MOST_CHARACTERS and not any(_repeats(one, other) for other in found)


def _repeats(one: Candidate, other: Candidate) -> bool:
    said, others = set(words(one.text)), set(words(other.text))
    return len(said & others) >= THE_SAME * min(len(said), len(others))


def in_reading_order(found: Sequence[Candidate]) -> list[Candidate]:
    """Articles by their best sentence; within one, as it is read."""
    articles = list(dict.fromkeys(one.passage.article_id for one in found))
    return sorted(
        found, key=lambda one: (articles.index(one.passage.article_id), one.sentence.start)
    )
