"""What a question may be answered from, and the search of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.embedding import Embedder
from bot.records import Filter, Hit, Scope, SearchResult
from bot.search.retrieve import find_passages, search
from bot.store.protocols import Library
from bot.store.values import EVERYTHING


@dataclass(frozen=True, slots=True)
class AskContext:
    """The articles that a question may be answered from, and the means to search them."""

    library: Library
    scope: Scope
    embedder: Embedder
    article_filter: Filter

    async def matching_ids(self) -> list[int] | None:
        """The ids of the articles that pass the filter; None for all."""
        if self.article_filter == EVERYTHING:
            return None
        return await self.library.articles.ids_matching(self.article_filter, self.scope)

    async def search(
        self,
        question: str,
        *,
        within: Collection[int] | None,
        limit: int,
        in_context: Sequence[str] = (),
    ) -> SearchResult:
        """At most ``limit`` passages for a question, from the articles ``within``; None for all.

        ``in_context``: the question with earlier ones of its conversation in front.
        """
        return await search(
            question,
            self.library,
            self.scope,
            self.embedder,
            limit=limit,
            within=within,
            in_context=in_context,
        )

    async def find_passages(
        self, question: str, *, within: Collection[int] | None, limit: int
    ) -> tuple[Hit, ...]:
        """The same passages for a reader who judges them: a tenth of a second of CPU less."""
        result = await find_passages(
            question, self.library, self.scope, self.embedder, limit=limit, within=within
        )
        return result.hits
