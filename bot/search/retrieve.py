"""A question → the passages that most likely answer it, best first.

Words and meaning each bring candidates; signals of both are computed for every candidate,
and a learned blend orders them. The scope is applied before anything is counted or ranked.
Knows nothing of models that write, nor of Discord.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

import numpy as np

from bot.embedding import Embedder
from bot.errors import ModelError
from bot.records import Findings, Hit, Scope
from bot.search.blend import blended
from bot.search.evidence import answerable
from bot.search.features import (
    SOME_CLOSENESS,
    Evidence,
    Floats,
    Rows,
    signals,
    strongest,
)
from bot.search.vectors import cosines_of, nearest
from bot.search.words import Lookup, lookup
from bot.store.base import Library
from bot.store.catalogue import Catalogue, Codes, Places

log = logging.getLogger(__name__)

CANDIDATES = 50  # by each way; 100 gave the same Hits@4 on both dev sets
QUESTION_S = 10.0  # for a server to embed a question; inside it takes 3 ms
AT_ONCE = 10_000  # passages that are ranked in under 5 ms, so without leaving the event loop


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates, best first: their ids, scores, and what the two ways of finding say."""

    ids: list[int]
    scores: Floats
    words: Floats
    closeness: Floats
    signals: Floats


async def search(
    question: str, library: Library, scope: Scope, embedder: Embedder, *, limit: int
) -> Findings:
    """The ``limit`` best passages of the scope. An empty library gives empty findings."""
    hits, count = await find(question, library, scope, embedder, limit=limit)
    # It reads every sentence of the hits: 5 to 40 ms, so off the event loop.
    return Findings(hits, await asyncio.to_thread(answerable, question, hits), count)


async def find(
    question: str, library: Library, scope: Scope, embedder: Embedder, *, limit: int
) -> tuple[tuple[Hit, ...], int]:
    """The best passages, and how many the scope holds, without judging whether they answer."""
    ranking, count = await rank(question, library, scope, embedder)
    best = ranking.ids[:limit]
    found = {passage.id: passage for passage in await library.passages(best, scope)}
    hits = tuple(
        Hit(found[i], float(score), float(words), float(closeness))
        for i, score, words, closeness in zip(
            best, ranking.scores, ranking.words, ranking.closeness, strict=False
        )
        if i in found
    )
    return hits, count


async def rank(
    question: str, library: Library, scope: Scope, embedder: Embedder
) -> tuple[Ranking, int]:
    """All candidates in order, and how many passages the scope holds."""
    catalogue = await library.catalogue(scope)
    if not catalogue.count:
        nothing = np.empty(0, np.float32)
        return Ranking([], nothing, nothing, nothing, nothing), 0
    wanted = lookup(question)
    vector = await _meaning(question, embedder)
    places = await library.places(wanted.terms, scope)
    codes = Codes(())
    if len(vector):
        codes = await library.codes(embedder.model, len(vector), scope)
    arguments = wanted, places, catalogue, codes, vector
    if catalogue.count <= AT_ONCE:
        return ranked(*arguments), catalogue.count
    return await asyncio.to_thread(ranked, *arguments), catalogue.count


async def _meaning(question: str, embedder: Embedder) -> Floats:
    """The question's vector; an empty one where the embeddings' server fails: words still find."""
    try:
        async with asyncio.timeout(QUESTION_S):
            vector: Floats = (await embedder.embed([question]))[0]
            return vector
    except (ModelError, TimeoutError) as error:
        log.warning("searching by words alone: %s", str(error) or "the embeddings took too long")
        return np.empty(0, np.float32)


def ranked(
    wanted: Lookup,
    places: dict[str, Places],
    catalogue: Catalogue,
    codes: Codes,
    vector: Floats,
) -> Ranking:
    """The candidates by words and by meaning, in the blend's order. Costs CPU: 1 to 5 ms."""
    evidence = Evidence(wanted, places, catalogue)
    candidates: Rows = strongest(evidence, CANDIDATES)
    if codes.chunks:
        close, _ = nearest(codes, vector, catalogue, CANDIDATES)
        candidates = np.union1d(candidates, close)
    closeness = cosines_of(codes, vector, catalogue.ids[candidates], SOME_CLOSENESS)
    found = signals(evidence, candidates, closeness)
    scores = blended(found)
    order = np.lexsort((candidates, -scores))  # ties go to the older passage
    return Ranking(
        ids=catalogue.ids[candidates[order]].tolist(),
        scores=scores[order],
        words=evidence.bm25[candidates[order]],
        closeness=closeness[order],
        signals=found[order],
    )
