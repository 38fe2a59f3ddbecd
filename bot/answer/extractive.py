"""Quotes mode: the library's own sentences as the answer, or an honest refusal.

No model is needed. Nothing is quoted when the evidence is thin; else the best sentence, and
those beside it that are nearly as good, in the order in which an article gives them. Which
sentence is better than which, and what makes evidence thin, is decided in ``search.evidence``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.embedding import Embedder
from bot.errors import ModelError
from bot.records import Findings, Sentence, StoredPassage
from bot.search.asked import read
from bot.search.evidence import Candidate, weigh, worth
from bot.search.words import words

log = logging.getLogger(__name__)

# Measured by bench/fit_evidence.py on held-out halves of clapnq and covidqa.
# .71 of clapnq's unanswerable questions are refused and .19 of the others; .06 of covidqa's. At
# .30 it is .54 and .11, at .25 .47 and .11.
REFUSE_BELOW = 0.43
MOST_QUOTES = 3  # 4 quote evidence .03 more often, in 100 characters more
NEARLY_AS_GOOD = 3.0  # of worth below the best sentence: with half of it .02 to .04 less evidence
EMBEDDED = 16  # sentences whose own meaning is asked for; all of them bring nothing more
EMBEDDING_S = 10.0  # for a server; inside it takes 50 ms
THE_SAME = 0.8  # of the words of the shorter: one of two such sentences is enough

Pick = tuple[StoredPassage, Sentence]


async def pick_quotes(question: str, findings: Findings, embedder: Embedder) -> list[Pick]:
    """One to ``MOST_QUOTES`` sentences in reading order; none when the evidence is too thin."""
    if findings.answerable < REFUSE_BELOW:
        return []
    # It reads every sentence of the hits: off the event loop.
    candidates = await asyncio.to_thread(_best_sentences, question, findings)
    met = await _met(question, candidates, embedder)
    chosen = _chosen(sorted(met, key=worth, reverse=True))
    return [(one.passage, one.sentence) for one in _in_reading_order(chosen)]


def _best_sentences(question: str, findings: Findings) -> list[Candidate]:
    return sorted(weigh(read(question), findings.hits), key=worth, reverse=True)[:EMBEDDED]


async def _met(
    question: str, candidates: Sequence[Candidate], embedder: Embedder
) -> Sequence[Candidate]:
    """The candidates with their own closeness; as they are where the embeddings' server fails."""
    try:
        async with asyncio.timeout(EMBEDDING_S):
            vectors = await embedder.embed([question, *(one.text for one in candidates)])
    except (ModelError, TimeoutError) as error:
        log.warning("quoting by words alone: %s", str(error) or "the embeddings took too long")
        return candidates
    cosines = (vectors[1:] @ vectors[0]).tolist()
    return [
        replace(one, signals={**one.signals, "cosine": cosine})
        for one, cosine in zip(candidates, cosines, strict=True)
    ]


def _chosen(best_first: Sequence[Candidate]) -> list[Candidate]:
    """The best, and what is nearly as good and says something else."""
    chosen: list[Candidate] = []
    for one in best_first:
        if len(chosen) == MOST_QUOTES or worth(best_first[0]) - worth(one) > NEARLY_AS_GOOD:
            break
        if not any(_repeats(one, other) for other in chosen):
            chosen.append(one)
    return chosen


def _repeats(one: Candidate, other: Candidate) -> bool:
    said, others = set(words(one.text)), set(words(other.text))
    return len(said & others) >= THE_SAME * min(len(said), len(others))


def _in_reading_order(chosen: Sequence[Candidate]) -> list[Candidate]:
    """Articles by their best sentence; within one, as it is read."""
    articles = list(dict.fromkeys(one.passage.article_id for one in chosen))
    return sorted(
        chosen, key=lambda one: (articles.index(one.passage.article_id), one.sentence.start)
    )
