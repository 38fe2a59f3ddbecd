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
from bot.records import Candidate, Hit, Scope, SearchResult, StoredPassage
from bot.search.answerability import answer_probability, score_sentences
from bot.search.cross_lingual import (
    LEAST_CHANCE,
    closest,
    likely_foreign,
    may_lead,
    rank_foreign,
)
from bot.search.features import SOME_CLOSENESS, compute_signals
from bot.search.lexical_search import (
    Floats,
    LexicalScores,
    concatenate,
    find_occurrences,
    top_by_bm25,
)
from bot.search.metadata_boosts import boost, parse_hints
from bot.search.query_terms import QueryTerms, parse_query
from bot.search.question_analysis import analyze
from bot.search.ranker import score
from bot.search.rerank import RERANKED, rerank
from bot.search.token_embeddings import has_embeddings
from bot.search.vector_search import likely_cosines, nearest
from bot.store.passage_table import PassageTable, Postings, QuantizedVectors
from bot.store.protocols import Library
from bot.text.language import detect_language, differs

log = logging.getLogger(__name__)

JUDGING = ThreadPoolExecutor(1, thread_name_prefix="judging")  # its thread begins when needed
CANDIDATES_PER_METHOD = 50  # by each way; 100 gave the same Hits@4 on both dev sets
QUESTION_S = 10.0  # for a server to embed a question; inside it takes 3 ms
AT_ONCE = 10_000  # passages that are ranked in under 5 ms, so without leaving the event loop


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates, best first: their ids, scores, and what the two ways of finding say."""

    ids: list[int]
    scores: Floats
    bm25: Floats
    cosine: Floats
    signals: Floats

    def boost(self, boosts: Mapping[int, float]) -> Ranking:
        """In the order of chances whose logs have grown by ``boosts``, by row."""
        if not boosts:
            return self
        grown: Floats = np.maximum(self.scores, LEAST_CHANCE)
        grown[[*boosts]] *= np.exp([*boosts.values()])
        order = np.argsort(-grown, kind="stable")
        return Ranking(
            ids=[self.ids[i] for i in order.tolist()],
            scores=(grown / max(float(grown.sum()), 1e-12))[order],
            bm25=self.bm25[order],
            cosine=self.cosine[order],
            signals=self.signals[order],
        )


class PassageCache:
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
) -> SearchResult:
    """The ``limit`` best passages of the scope, ``within`` some articles (ids; None: all of them).

    Nothing to search gives empty findings.
    """
    hits, count = await retrieve(question, library, scope, embedder, limit=limit, within=within)
    candidates = await judge_sentences(question, hits)
    likeliest = {  # of each passage: the last of rising worth stays
        one.passage.id: one.sentence for one in sorted(candidates, key=lambda one: one.log_odds)
    }
    hits = tuple(replace(hit, best_sentence=likeliest.get(hit.passage.id)) for hit in hits)
    return SearchResult(hits, answer_probability(candidates), count, candidates)


async def judge_sentences(question: str, hits: Sequence[Hit]) -> tuple[Candidate, ...]:
    """The sentences of ``hits`` that may answer, judged, one question after the other.

    It costs 50 to 70 ms of CPU: in several threads at once it would hold up the event loop.
    """
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(JUDGING, score_sentences, analyze(question), hits)


async def retrieve(
    question: str,
    library: Library,
    scope: Scope,
    embedder: Embedder,
    *,
    limit: int,
    within: Collection[int] | None = None,
) -> tuple[tuple[Hit, ...], int]:
    """The best passages, and how many were searched, without judging whether they answer."""
    reading = PassageCache(library, scope, likely=limit)
    ranking, count = await rank(question, library, scope, embedder, within=within, reading=reading)
    best = ranking.ids[:limit]
    found = {passage.id: passage for passage in await reading.passages(best)}
    hits = tuple(
        Hit(found[i], float(score), float(words), float(closeness))
        for i, score, words, closeness in zip(
            best, ranking.scores, ranking.bm25, ranking.cosine, strict=False
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
    reading: PassageCache | None = None,
) -> tuple[Ranking, int]:
    """All candidates in order, and how many passages were searched."""
    reading = reading or PassageCache(library, scope)
    table = await library.passage_table(scope)
    if within is not None:
        table = await asyncio.to_thread(table.narrow_to, within)
    if not table.count:
        nothing = np.empty(0, np.float32)
        return Ranking([], nothing, nothing, nothing, nothing), 0
    wanted = parse_query(question)
    vector = await _meaning(question, embedder)
    postings = await library.postings(wanted.terms, scope)
    vectors = QuantizedVectors(())
    if len(vector):
        vectors = await library.quantized_vectors(embedder.model, len(vector), scope)
    arguments = wanted, postings, table, vectors, vector
    if table.count <= AT_ONCE:
        ranking = rank_candidates(*arguments)
    else:
        ranking = await asyncio.to_thread(rank_candidates, *arguments)
    ranking = await _reranked(question, ranking, reading)
    ranking = ranking.boost(await _across(question, ranking, reading, embedder, vector))
    boosts = await _lifts(question, ranking, reading, today or datetime.now(UTC).date())
    return ranking.boost(boosts), table.count


async def _reranked(question: str, ranking: Ranking, reading: PassageCache) -> Ranking:
    """The likeliest candidates in the order of a second look at their texts."""
    first = ranking.ids[:RERANKED]
    soon = [
        ranking.ids[i] for i in likely_foreign(ranking.signals)
    ]  # whose languages are told next
    found = await reading.passages(first, [*ranking.ids[: reading.likely], *soon])
    passages = {passage.id: passage for passage in found}
    rows = [i for i, passage_id in enumerate(first) if passage_id in passages]
    texts = [passages[first[i]] for i in rows]
    before = ranking.scores[rows]
    arguments = question, texts, ranking.signals[rows], before
    # 0.3 ms; the first time 30, so off the event loop.
    after = rerank(*arguments) if has_embeddings() else await asyncio.to_thread(rerank, *arguments)
    moved = np.log(np.maximum(after, LEAST_CHANCE)) - np.log(np.maximum(before, LEAST_CHANCE))
    return ranking.boost(dict(zip(rows, moved.tolist(), strict=True)))


async def _across(
    question: str,
    ranking: Ranking,
    reading: PassageCache,
    embedder: Embedder,
    vector: Floats,
) -> dict[int, float]:
    """What candidates in another language than the question's are to be moved by, by row."""

    async def others(rows: list[int]) -> dict[int, StoredPassage]:
        ids = [ranking.ids[i] for i in rows]
        found = {p.id: p for p in await reading.passages(ids, ranking.ids[: reading.likely])}
        read = {i: found[ranking.ids[i]] for i in rows if ranking.ids[i] in found}
        return {i: p for i, p in read.items() if differs(own, detect_language(p.text))}

    own = detect_language(question)
    if not len(vector) or not await others(likely_foreign(ranking.signals)):
        return {}
    passages = await others(closest(ranking.signals))
    rows = list(passages)
    if not rows:  # removed in between
        return {}
    chances = rank_foreign(ranking.scores, ranking.signals, rows, ranking.cosine[rows])
    if may_lead(chances, ranking.scores, rows):
        best = await _best_sentences(list(passages.values()), embedder, vector)
        if best is not None:
            chances = rank_foreign(ranking.scores, ranking.signals, rows, best)
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
    question: str, ranking: Ranking, reading: PassageCache, today: date
) -> dict[int, float]:
    """What the question's own hints are worth, by row. Most questions have none."""
    hints = parse_hints(question, today)
    if not hints:
        return {}
    rows = {passage_id: row for row, passage_id in enumerate(ranking.ids)}
    passages = await reading.passages(ranking.ids)
    return {rows[passage.id]: boost(hints, passage) for passage in passages}


async def _meaning(question: str, embedder: Embedder) -> Floats:
    """The question's vector; an empty one where the embeddings' server fails: words still find."""
    try:
        async with asyncio.timeout(QUESTION_S):
            return await embed_question(question, embedder)
    except (ModelError, TimeoutError) as error:
        log.warning("searching by words alone: %s", str(error) or "the embeddings took too long")
        return np.empty(0, np.float32)


def rank_candidates(
    wanted: QueryTerms,
    postings: dict[str, Postings],
    table: PassageTable,
    vectors: QuantizedVectors,
    vector: Floats,
) -> Ranking:
    """The candidates by words and by meaning, in the blend's order. Costs CPU: 1 to 5 ms."""
    evidence = LexicalScores(wanted, postings, table)
    ways: list[NDArray[np.integer[Any]]] = [top_by_bm25(evidence, CANDIDATES_PER_METHOD)]
    if vectors.chunks:
        ways.append(nearest(vectors, vector, table, CANDIDATES_PER_METHOD)[0])
    if wanted.phrases:
        ways.append(find_occurrences(evidence, CANDIDATES_PER_METHOD))
    candidates = concatenate(ways, table.count)
    closeness = likely_cosines(vectors, vector, table.ids[candidates], SOME_CLOSENESS)
    found = compute_signals(evidence, candidates, closeness)
    scores = score(found)
    order = np.lexsort((candidates, -scores))  # ties go to the older passage
    return Ranking(
        ids=table.ids[candidates[order]].tolist(),
        scores=scores[order],
        bm25=evidence.bm25[candidates[order]],
        cosine=closeness[order],
        signals=found[order],
    )
