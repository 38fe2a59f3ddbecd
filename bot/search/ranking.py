"""The candidates of a question in order, and the passages that are read for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.records import Scope, StoredPassage
from bot.search.cross_lingual import MIN_PROBABILITY
from bot.search.lexical_search import Floats
from bot.store.protocols import Library


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates, best first: parallel arrays of ids, scores and signals.

    ``scores`` are probabilities; ``signals`` has a column for each of ``features.SIGNALS``.
    """

    ids: list[int]
    scores: Floats
    bm25: Floats
    cosine: Floats
    signals: Floats

    def head(self, count: int) -> Ranking:
        """The first ``count`` candidates."""
        return Ranking(
            self.ids[:count],
            self.scores[:count],
            self.bm25[:count],
            self.cosine[:count],
            self.signals[:count],
        )

    def boost(self, boosts: Mapping[int, float]) -> Ranking:
        """Rank again after adding ``boosts`` (by index) to the log probabilities."""
        if not boosts:
            return self
        boosted: Floats = np.maximum(self.scores, MIN_PROBABILITY)
        boosted[[*boosts]] *= np.exp([*boosts.values()])
        order = np.argsort(-boosted, kind="stable")
        return Ranking(
            ids=[self.ids[i] for i in order.tolist()],
            scores=(boosted / max(float(boosted.sum()), 1e-12))[order],
            bm25=self.bm25[order],
            cosine=self.cosine[order],
            signals=self.signals[order],
        )


class PassageCache:
    """The passages read for one question, each only once."""

    def __init__(self, library: Library, scope: Scope, *, prefetch: int = 0):
        self._library = library
        self._scope = scope
        self._passages: dict[int, StoredPassage] = {}
        self.prefetch = prefetch  # how many of the best to read with any others

    async def load(self, ids: Sequence[int], also: Sequence[int] = ()) -> list[StoredPassage]:
        """The passages ``ids`` that exist. If any must be read, ``also`` is read with them."""
        if any(i not in self._passages for i in ids):
            missing = [i for i in dict.fromkeys([*ids, *also]) if i not in self._passages]
            passages = await self._library.articles.passages(missing, self._scope)
            self._passages.update((passage.id, passage) for passage in passages)
        return [self._passages[i] for i in ids if i in self._passages]
