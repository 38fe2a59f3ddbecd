"""A question → the passages that most likely answer it, best first.

Words and meaning each bring candidates; signals of both are computed for every candidate,
and a learned blend orders them; the likeliest are read and ordered anew; what the question
itself names of its source (a phrase in quotation marks, a day, an author) moves passages up.
The scope, and the articles that somebody wants to search alone, are applied before anything is
counted or ranked. Knows nothing of models that write, nor of Discord.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.embedding import OFFLINE_MODEL, Embedder, embed_question
from bot.errors import ModelError
from bot.records import Candidate, Findings, Hit, Scope, StoredPassage
from bot.search.across import (
    LEAST_CHANCE,
    closest,
    may_lead,
    placed,
    suspects,
)
from bot.search.asked import read
from bot.search.blend import blended
from bot.search.by_words import Evidence, Floats, joined, standing, strongest
from bot.search.evidence import answerable, weigh
from bot.search.features import SOME_CLOSENESS, signals
from bot.search.hints import lift, read_hints
from bot.search.rerank import RERANKED, reranked
from bot.search.tongue import foreign, language_of
from bot.search.vectors import likely_cosines, nearest
from bot.search.word_vectors import are_read
from bot.search.words import Lookup, lookup
from bot.store.base import Library
from bot.store.catalogue import Catalogue, Codes, Places

log = logging.getLogger(__name__)

JUDGING = ThreadPoolExecutor(1, thread_name_prefix="judging")  # its thread begins when needed
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

    def lifted(self, lifts: Mapping[int, float]) -> Ranking:
        """In the order of chances whose logs have grown by ``lifts``, by row."""
        if not lifts:
            return self
        grown: Floats = np.maximum(self.scores, LEAST_CHANCE)
        grown[[*lifts]] *= np.exp([*lifts.values()])
        order = np.argsort(-grown, kind="stable")
        return Ranking(
            ids=[self.ids[i] for i in order.tolist()],
            scores=(grown / max(float(grown.sum()), 1e-12))[order],
            words=self.words[order],
            closeness=self.closeness[order],
            signals=self.signals[order],
        )


class Reading:
    """The passages that one question reads, each of them once."""

    def __init__(self, library: Library, scope: Scope, *, likely: int = 0):
        self._library = library
        self._scope = scope
        self._read: dict[int, StoredPassage] = {}
        self.likely = likely  # how many of the best are read in the end, so with any others

    async def passages(self, ids: Sequence[int], ahead: Sequence[int] = ()) -> list[StoredPassage]:
        """Those that are there; where any is to be read, those ``ahead`` are read with it."""
        if any(i not in self._read for i in ids):
            missing = [i for i in dict.fromkeys([*ids, *ahead]) if i not in self._read]
            found = await self._library.passages(missing, self._scope)
            self._read.update((passage.id, passage) for passage in found)
        return [self._read[i] for i in ids if i in self._read]


async def search(
    question: str,
    library: Library,
    scope: Scope,
    embedder: Embedder,
    *,
    limit: int,
    within: Collection[int] | None = None,
) -> Findings:
    """The ``limit`` best passages of the scope, ``within`` some articles (ids; None: all of them).

    Nothing to search gives empty findings.
    """
    hits, count = await find(question, library, scope, embedder, limit=limit, within=within)
    candidates = await judged(question, hits)
    likeliest = {  # of each passage: the last of rising worth stays
        one.passage.id: one.sentence for one in sorted(candidates, key=lambda one: one.worth)
    }
    hits = tuple(replace(hit, likeliest=likeliest.get(hit.passage.id)) for hit in hits)
    return Findings(hits, answerable(candidates), count, candidates)


async def judged(question: str, hits: Sequence[Hit]) -> tuple[Candidate, ...]:
    """The sentences of ``hits`` that may answer, judged, one question after the other.

    It costs 50 to 70 ms of CPU: in several threads at once it would hold up the event loop.
    """
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(JUDGING, weigh, read(question), hits)


async def find(
    question: str,
    library: Library,
    scope: Scope,
    embedder: Embedder,
    *,
    limit: int,
    within: Collection[int] | None = None,
) -> tuple[tuple[Hit, ...], int]:
    """The best passages, and how many were searched, without judging whether they answer."""
    reading = Reading(library, scope, likely=limit)
    ranking, count = await rank(question, library, scope, embedder, within=within, reading=reading)
    best = ranking.ids[:limit]
    found = {passage.id: passage for passage in await reading.passages(best)}
    hits = tuple(
        Hit(found[i], float(score), float(words), float(closeness))
        for i, score, words, closeness in zip(
            best, ranking.scores, ranking.words, ranking.closeness, strict=False
        )
        if i in found
    )
    return hits, count


async def rank(
    question: str,
    library: Library,
    scope: Scope,
    embedder: Embedder,
    *,
    within: Collection[int] | None = None,
    today: date | None = None,
    reading: Reading | None = None,
) -> tuple[Ranking, int]:
    """All candidates in order, and how many passages were searched."""
    reading = reading or Reading(library, scope)
    catalogue = await library.catalogue(scope)
    if within is not None:
        catalogue = await asyncio.to_thread(catalogue.narrowed, within)
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
        ranking = ranked(*arguments)
    else:
        ranking = await asyncio.to_thread(ranked, *arguments)
    ranking = await _reranked(question, ranking, reading)
    ranking = ranking.lifted(await _across(question, ranking, reading, embedder, vector))
    lifts = await _lifts(question, ranking, reading, today or datetime.now(UTC).date())
    return ranking.lifted(lifts), catalogue.count


async def _reranked(question: str, ranking: Ranking, reading: Reading) -> Ranking:
    """The likeliest candidates in the order of a second look at their texts."""
    first = ranking.ids[:RERANKED]
    soon = [ranking.ids[i] for i in suspects(ranking.signals)]  # whose languages are told next
    found = await reading.passages(first, [*ranking.ids[: reading.likely], *soon])
    passages = {passage.id: passage for passage in found}
    rows = [i for i, passage_id in enumerate(first) if passage_id in passages]
    texts = [passages[first[i]] for i in rows]
    before = ranking.scores[rows]
    arguments = question, texts, ranking.signals[rows], before
    # 0.3 ms; the first time 30, so off the event loop.
    after = reranked(*arguments) if are_read() else await asyncio.to_thread(reranked, *arguments)
    moved = np.log(np.maximum(after, LEAST_CHANCE)) - np.log(np.maximum(before, LEAST_CHANCE))
    return ranking.lifted(dict(zip(rows, moved.tolist(), strict=True)))


async def _across(
    question: str,
    ranking: Ranking,
    reading: Reading,
    embedder: Embedder,
    vector: Floats,
) -> dict[int, float]:
    """What candidates in another language than the question's are to be moved by, by row."""

    async def others(rows: list[int]) -> dict[int, StoredPassage]:
        ids = [ranking.ids[i] for i in rows]
        found = {p.id: p for p in await reading.passages(ids, ranking.ids[: reading.likely])}
        read = {i: found[ranking.ids[i]] for i in rows if ranking.ids[i] in found}
        return {i: p for i, p in read.items() if foreign(own, language_of(p.text))}

    own = language_of(question)
    if not len(vector) or not await others(suspects(ranking.signals)):
        return {}
    passages = await others(closest(ranking.signals))
    rows = list(passages)
    if not rows:  # removed in between
        return {}
    chances = placed(ranking.scores, ranking.signals, rows, ranking.closeness[rows])
    if may_lead(chances, ranking.scores, rows):
        best = await _best_sentences(list(passages.values()), embedder, vector)
        if best is not None:
            chances = placed(ranking.scores, ranking.signals, rows, best)
    moved = chances - np.log(np.maximum(ranking.scores[rows], LEAST_CHANCE))
    return dict(zip(rows, moved.tolist(), strict=True))


async def _best_sentences(
    passages: list[StoredPassage], embedder: Embedder, vector: Floats
) -> Floats | None:
    """The cosine of each passage's closest sentence; None where a server would be asked."""
    if embedder.model != OFFLINE_MODEL:
        return None
    sentences = [passage.quote(sentence) for passage in passages for sentence in passage.sentences]
    cosines = await embedder.embed(sentences) @ vector
    begins = np.cumsum([0, *(len(passage.sentences) for passage in passages)])[:-1]
    best: Floats = np.maximum.reduceat(cosines, begins)
    return best


async def _lifts(
    question: str, ranking: Ranking, reading: Reading, today: date
) -> dict[int, float]:
    """What the question's own hints are worth, by row. Most questions have none."""
    hints = read_hints(question, today)
    if not hints:
        return {}
    rows = {passage_id: row for row, passage_id in enumerate(ranking.ids)}
    passages = await reading.passages(ranking.ids)
    return {rows[passage.id]: lift(hints, passage) for passage in passages}


async def _meaning(question: str, embedder: Embedder) -> Floats:
    """The question's vector; an empty one where the embeddings' server fails: words still find."""
    try:
        async with asyncio.timeout(QUESTION_S):
            return await embed_question(question, embedder)
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
    ways: list[NDArray[np.integer[Any]]] = [strongest(evidence, CANDIDATES)]
    if codes.chunks:
        ways.append(nearest(codes, vector, catalogue, CANDIDATES)[0])
    if wanted.phrases:
        ways.append(standing(evidence, CANDIDATES))
    candidates = joined(ways, catalogue.count)
    closeness = likely_cosines(codes, vector, catalogue.ids[candidates], SOME_CLOSENESS)
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
