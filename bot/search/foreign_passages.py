"""Boosts for passages in another language than the question's, which only embeddings can find.

A question in a language that the embedder doesn't know finds passages by their words alone.
"""

from __future__ import annotations

import numpy as np

from bot.embedding import OFFLINE_MODEL, Embedder, knows_language
from bot.records import StoredPassage
from bot.search.cross_lingual import (
    MIN_PROBABILITY,
    closest_candidates,
    lift_own,
    likely_foreign,
    may_lead,
    rank_foreign,
)
from bot.search.lexical_search import Floats
from bot.search.question_analysis import AnalyzedQuestion
from bot.search.ranking import PassageCache, Ranking
from bot.search.sentence_vectors import SentenceVectors, missing_texts
from bot.text.language import ENGLISH, detect_language, differs

sentence_vectors = SentenceVectors()  # by the offline embedder


async def foreign_boosts(
    question: AnalyzedQuestion,
    ranking: Ranking,
    cache: PassageCache,
    embedder: Embedder,
    question_vector: Floats,
) -> dict[int, float]:
    """By index, the boosts of candidates in other languages, and of close ones in its own."""
    if not len(question_vector) or not knows_language(embedder.model, question.language):
        return {}

    async def load(indices: list[int]) -> dict[int, StoredPassage]:
        ids = [ranking.ids[i] for i in indices]
        passages = {p.id: p for p in await cache.load(ids, ranking.ids[: cache.prefetch])}
        return {i: passages[ranking.ids[i]] for i in indices if ranking.ids[i] in passages}

    def is_foreign(passage: StoredPassage) -> bool:
        return differs(question.language, detect_language(passage.text))

    if not any(map(is_foreign, (await load(likely_foreign(ranking.signals))).values())):
        return {}
    closest = await load(closest_candidates(ranking.signals))
    foreign = {i: passage for i, passage in closest.items() if is_foreign(passage)}
    if not foreign:  # removed meanwhile
        return {}
    indices = list(foreign)
    logs = rank_foreign(ranking.scores, ranking.signals, indices, ranking.cosine[indices])
    if may_lead(logs, ranking.scores, indices):
        cosines = await _best_sentence_cosines(list(foreign.values()), embedder, question_vector)
        if cosines is not None:
            logs = rank_foreign(ranking.scores, ranking.signals, indices, cosines)
    own = []
    if question.language != ENGLISH:  # on which the ranker was trained
        own = [i for i, p in closest.items() if detect_language(p.text) == question.language]
    lifted = lift_own(ranking.scores, ranking.cosine, own, indices, logs)
    changed = [*indices, *own]
    before = np.log(np.maximum(ranking.scores[changed], MIN_PROBABILITY))
    change = np.concatenate([logs, lifted]) - before
    return dict(zip(changed, change.tolist(), strict=True))


async def _best_sentence_cosines(
    passages: list[StoredPassage], embedder: Embedder, question_vector: Floats
) -> Floats | None:
    """The highest cosine of each passage's sentences; None unless the embedder is offline."""
    if embedder.model != OFFLINE_MODEL:
        return None
    sentences = [passage.quote(sentence) for passage in passages for sentence in passage.sentences]
    vectors = sentence_vectors.find(sentences)
    if new := missing_texts(sentences, vectors):
        vectors |= sentence_vectors.add(new, await embedder.embed(new))
    cosines = np.array([vectors[text] for text in sentences]) @ question_vector
    starts = np.cumsum([0, *(len(passage.sentences) for passage in passages)])[:-1]
    highest: Floats = np.maximum.reduceat(cosines, starts)
    return highest
