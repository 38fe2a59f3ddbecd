"""A question → the passages that most likely answer it, best first.

Words (BM25 over passages with their article's title) and meaning (cosine) each bring
candidates; they are blended by score. Knows nothing of models that write, nor of Discord.
"""

from __future__ import annotations

from bot.embedding import Embedder
from bot.records import Findings, Hit, Scope
from bot.search.blend import blended, cosines_of, nearest
from bot.search.evidence import answerable
from bot.search.words import terms
from bot.store.base import Library

CANDIDATES = 50  # by each way; the evidence is among 50 + 50 for .926 of covidqa
TITLE_WEIGHT = 0.5  # of a title's word against one of the text


async def search(
    question: str, library: Library, scope: Scope, embedder: Embedder, *, limit: int
) -> Findings:
    """The ``limit`` best passages of the scope. An empty library gives empty findings."""
    totals = await library.totals(scope)
    if not totals.passages:
        return Findings((), 0.0, 0)
    wanted = terms(question)
    words = await library.match_words(wanted, scope, limit=CANDIDATES, title_weight=TITLE_WEIGHT)
    (vector,) = await embedder.embed([question])
    vectors = await library.vectors(embedder.model, len(vector), scope)
    meaning = nearest(vectors, vector, CANDIDATES)
    meaning |= cosines_of(vectors, vector, [i for i in words if i not in meaning])
    best = blended(words, meaning)[:limit]
    found = {passage.id: passage for passage in await library.passages([i for i, _ in best], scope)}
    hits = tuple(
        Hit(found[i], score, words.get(i, 0.0), meaning.get(i, 0.0))
        for i, score in best
        if i in found
    )
    return Findings(hits, answerable(question, hits), totals.passages)
