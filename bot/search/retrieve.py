"""Question → the passages that most likely answer it, best first.

BM25 and embeddings each propose candidates. A learned ranker orders them by signals of both, the
best are reranked by their text, and passages that match a hint in the question (a quoted phrase, a
date, an author) move up. The scope and the filter by articles apply before anything is counted or
ranked. Knows nothing of Discord or of the models that write answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial

import numpy as np

from bot.embedding import OFFLINE_MODEL, Embedder, embed_question
from bot.errors import ModelError
from bot.records import Candidate, Hit, Scope, SearchResult
from bot.search.answerability import (
    NO_CONTEXTS,
    SCORED_HITS,
    answer_probability,
)
from bot.search.cross_lingual import MIN_PROBABILITY, likely_foreign
from bot.search.exact_match import article_days, asked_units
from bot.search.foreign_passages import foreign_boosts, sentence_vectors
from bot.search.judging import in_judging_thread
from bot.search.judging_pool import judge
from bot.search.lexical_search import Floats
from bot.search.metadata_boosts import boost, parse_hints
from bot.search.narrow import hits_needed, narrow, prefers_newest, question_within
from bot.search.question_analysis import AnalyzedQuestion, analyze
from bot.search.ranker import score
from bot.search.ranking import PassageCache, Ranking
from bot.search.rerank import RERANKED, rerank
from bot.search.selected_sentences import select_sentences
from bot.search.sentence_context import Contexts, read_contexts, text_in_context
from bot.search.sentence_rerank import rerank_sentences
from bot.search.sentence_vectors import missing_texts
from bot.search.series import leave_out_superseded, newest_first
from bot.search.several_searches import TITLES_READ, put_in_context, search_again
from bot.search.token_embeddings import embeddings_are_loaded
from bot.store.passage_index import Candidates, QuestionVector
from bot.store.protocols import Library

log = logging.getLogger(__name__)

CANDIDATES_PER_METHOD = 50  # 100 gave the same Hits@4 on both dev sets
EMBED_TIMEOUT_S = 10.0  # for a server; the offline embedder takes 3 ms


async def search(
    question: str,
    library: Library,
    scope: Scope,
    embedder: Embedder,
    *,
    limit: int,
    within: Collection[int] | None = None,
    in_context: Sequence[str] = (),
) -> SearchResult:
    """The ``limit`` best passages in scope, and how likely they answer the question.

    They have only the sentences that ``narrow`` leaves, which takes up to 0.3 s of CPU.

    ``within`` restricts the search to some articles (ids). ``in_context``: the question with
    earlier ones of its conversation in front. The result is empty if there is nothing to search.
    """
    retrieved = await find_passages(
        question, library, scope, embedder, limit=limit, within=within, in_context=in_context
    )
    hits, days = retrieved.hits, retrieved.days
    contexts = await read_contexts(hits[:SCORED_HITS], library, scope)
    judged = question_within(question, hits, retrieved.today, days)
    candidates = await judge_sentences(judged, hits, contexts, embedder)
    candidates = newest_first(question, candidates, days)
    if prefers_newest(question):
        periods = asked_units(question, retrieved.today).periods
        candidates = await in_judging_thread(
            leave_out_superseded, question, candidates, hits, days, periods
        )
    ascending = sorted(candidates, key=lambda candidate: candidate.log_odds)
    likeliest = {candidate.passage.id: candidate.sentence for candidate in ascending}
    hits = tuple(replace(hit, best_sentence=likeliest.get(hit.passage.id)) for hit in hits)
    return SearchResult(
        hits, answer_probability(candidates), retrieved.passages_in_scope, candidates
    )


@dataclass(frozen=True, slots=True)
class FoundPassages:
    """The best passages for a question, not judged yet. ``days``: of each article, by its id."""

    hits: tuple[Hit, ...]
    passages_in_scope: int
    days: Mapping[int, date]
    today: date


async def find_passages(
    question: str,
    library: Library,
    scope: Scope,
    embedder: Embedder,
    *,
    limit: int,
    within: Collection[int] | None = None,
    in_context: Sequence[str] = (),
) -> FoundPassages:
    """As ``search``, without asking whether they answer the question."""
    today = datetime.now(UTC).date()
    wide = hits_needed(question, limit, today)
    hits, count = await retrieve_widely(
        question, library, scope, embedder, limit=wide, within=within, in_context=in_context
    )
    days = await read_days(hits, library, scope)
    narrowed = await judge(narrow, question, hits, today, days)
    return FoundPassages(tuple(narrowed[:limit]), count, days, today)


async def read_days(hits: Sequence[Hit], library: Library, scope: Scope) -> dict[int, date]:
    """The day of each article, by its id; its beginning is read if no hit says it."""
    passages = [hit.passage for hit in hits]
    days = article_days(passages)
    undated = {passage.article_id for passage in passages} - days.keys()
    openings = await library.articles.openings(sorted(undated), scope) if undated else ()
    return days | article_days(openings)


async def judge_sentences(
    question: str,
    hits: Sequence[Hit],
    contexts: Contexts = NO_CONTEXTS,
    embedder: Embedder | None = None,
) -> tuple[Candidate, ...]:
    """The sentences of ``hits`` that may answer, scored.

    The embedder reads them in this process: its weights would take 133 MB in each other one.
    """
    selected = await judge(select_sentences, question, hits[:SCORED_HITS], contexts)
    alike = await _sentence_cosines(question, selected.candidates, embedder)
    rescore = partial(rerank_sentences, english=selected.english)
    return await in_judging_thread(rescore, selected.candidates, alike, selected.meant)


async def _sentence_cosines(
    question: str, candidates: Sequence[Candidate], embedder: Embedder | None
) -> dict[str, float]:
    """The cosine of each sentence with the question; empty unless the embedder is offline."""
    if not candidates or embedder is None or embedder.model != OFFLINE_MODEL:
        return {}
    texts = [question, *(text_in_context(c.text, c.context) for c in candidates)]
    vectors = sentence_vectors.find(texts)
    try:
        if new := missing_texts(texts, vectors):
            vectors |= sentence_vectors.add(new, await embedder.embed(new))
        return {text: float(vectors[text] @ vectors[question]) for text in texts[1:]}
    except ModelError as error:
        log.warning("judging by words alone: %s", error)
        return {}


async def retrieve(
    question: str,
    library: Library,
    scope: Scope,
    embedder: Embedder,
    *,
    limit: int,
    within: Collection[int] | None = None,
) -> tuple[tuple[Hit, ...], int]:
    """The best passages and how many were searched, without judging whether they answer."""
    cache = PassageCache(library, scope, prefetch=limit)
    ranking, count = await rank(question, library, scope, embedder, within=within, cache=cache)
    return await _read_hits(ranking, cache, limit), count


async def retrieve_widely(
    question: str,
    library: Library,
    scope: Scope,
    embedder: Embedder,
    *,
    limit: int,
    within: Collection[int] | None = None,
    in_context: Sequence[str] = (),
) -> tuple[tuple[Hit, ...], int]:
    """The same, by as many searches as the question needs (``several_searches``).

    ``in_context``: the question with earlier ones of its conversation in front.
    """
    cache = PassageCache(library, scope, prefetch=max(limit, TITLES_READ))
    searched = 0

    async def search_once(text: str, within: Collection[int] | None) -> Ranking:
        nonlocal searched
        ranking, count = await rank(text, library, scope, embedder, within=within, cache=cache)
        searched = max(searched, count)
        return ranking

    ranking, *others = await asyncio.gather(
        *(search_once(text, within) for text in (question, *in_context))
    )
    ranking = put_in_context(ranking, others)
    ranking = await search_again(
        question, ranking, search_once, cache, library, scope, within=within
    )
    return await _read_hits(ranking, cache, limit), searched


async def _read_hits(ranking: Ranking, cache: PassageCache, limit: int) -> tuple[Hit, ...]:
    ids = ranking.ids[:limit]
    passages = {passage.id: passage for passage in await cache.load(ids)}
    return tuple(
        Hit(passages[i], float(score), float(bm25), float(cosine))
        for i, score, bm25, cosine in zip(
            ids, ranking.scores, ranking.bm25, ranking.cosine, strict=False
        )
        if i in passages
    )


async def rank(
    question: str,
    library: Library,
    scope: Scope,
    embedder: Embedder,
    *,
    within: Collection[int] | None = None,
    today: date | None = None,
    cache: PassageCache | None = None,
) -> tuple[Ranking, int]:
    """All candidates in order, and how many passages were searched."""
    cache = cache or PassageCache(library, scope)
    analyzed = analyze(question)
    vector = QuestionVector(embedder.model, await _embed_or_empty(question, embedder))
    candidates = await library.index.candidates(
        analyzed.query, vector, scope, CANDIDATES_PER_METHOD, within=within
    )
    ranking = rank_candidates(candidates)
    if not ranking.ids:
        return ranking, candidates.searched
    ranking = await _rerank_top(analyzed, ranking, cache)
    ranking = ranking.boost(
        await foreign_boosts(analyzed, ranking, cache, embedder, vector.numbers)
    )
    today = today or datetime.now(UTC).date()
    boosts = await _metadata_boosts(question, ranking, cache, today)
    return ranking.boost(boosts), candidates.searched


def rank_candidates(candidates: Candidates) -> Ranking:
    """The candidates in the order of the ranker."""
    scores = score(candidates.signals)
    order = np.lexsort((candidates.ids, -scores))  # ties go to the older passage
    return Ranking(
        ids=candidates.ids[order].tolist(),
        scores=scores[order],
        bm25=candidates.bm25[order],
        cosine=candidates.cosine[order],
        signals=candidates.signals[order],
    )


async def _rerank_top(question: AnalyzedQuestion, ranking: Ranking, cache: PassageCache) -> Ranking:
    """Rerank the first ``RERANKED`` candidates by their text."""
    ids = ranking.ids[:RERANKED]
    # _foreign_boosts reads these next
    read_ahead = [ranking.ids[i] for i in likely_foreign(ranking.signals)]
    loaded = await cache.load(ids, [*ranking.ids[: cache.prefetch], *read_ahead])
    by_id = {passage.id: passage for passage in loaded}
    indices = [i for i, passage_id in enumerate(ids) if passage_id in by_id]
    passages = [by_id[ids[i]] for i in indices]
    before = ranking.scores[indices]
    arguments = question.text, passages, ranking.signals[indices], before
    if embeddings_are_loaded():
        after = rerank(*arguments)  # takes 0.3 ms
    else:
        after = await asyncio.to_thread(rerank, *arguments)  # takes 30 ms the first time
    change = np.log(np.maximum(after, MIN_PROBABILITY)) - np.log(
        np.maximum(before, MIN_PROBABILITY)
    )
    return ranking.boost(dict(zip(indices, change.tolist(), strict=True)))


async def _metadata_boosts(
    question: str, ranking: Ranking, cache: PassageCache, today: date
) -> dict[int, float]:
    """By index, the boosts for matching the question's hints. Most questions have none."""
    hints = parse_hints(question, today)
    if not hints:
        return {}
    index_of = {passage_id: i for i, passage_id in enumerate(ranking.ids)}
    passages = await cache.load(ranking.ids)
    return {index_of[passage.id]: boost(hints, passage) for passage in passages}


async def _embed_or_empty(question: str, embedder: Embedder) -> Floats:
    """The question's vector; an empty one if the embedding server fails: BM25 works without it."""
    try:
        async with asyncio.timeout(EMBED_TIMEOUT_S):
            return await embed_question(question, embedder)
    except (ModelError, TimeoutError) as error:
        log.warning("searching without embeddings: %s", str(error) or "the server took too long")
        return np.empty(0, np.float32)
