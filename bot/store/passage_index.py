"""The seam between store and search: what a library's passages are found with.

A store keeps the index's bytes (``IndexBytes``) and tells its index what changes. The index
(``PassageIndex``) proposes candidates for a question. The one in ``search.memory_index`` works in
memory and serves any store that keeps the bytes. Knows nothing of SQLite.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.records import Scope
from bot.store.passage_table import Floats, Ints, Postings, VectorChunk


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """The stemmed terms of a question, and how far apart they are in it.

    A pair of adjacent content words is (first term, second term, distance in words). A phrase is
    text in quotation marks: (term, distance in words from the first term) for each of its terms.
    Here a term is its index in ``terms``.
    """

    terms: tuple[str, ...]
    pairs: tuple[tuple[int, int, int], ...]
    phrases: tuple[tuple[tuple[int, int], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionVector:
    """The embedding of a question, and the model that made it. Empty: it could not be embedded."""

    model: str
    numbers: Floats


@dataclass(frozen=True, slots=True)
class Candidates:
    """The passages that an index proposes, by rising id: parallel arrays.

    ``signals`` has a row for each, with a column for each of ``search.features.SIGNALS``.
    ``searched``: how many passages the scope and the filter by articles show.
    """

    ids: Ints
    bm25: Floats
    cosine: Floats
    signals: Floats
    searched: int


@dataclass(frozen=True, slots=True)
class Mention:
    """A passage that has all of some terms, in its text or its article's title."""

    article_id: int
    passage_id: int
    sentences: int  # that have any of the terms; the title counts as one
    in_title: bool  # the title has all of them


NameTerms = tuple[tuple[int, str], ...]
"""The terms of a name, each with its position among the name's words."""


@dataclass(slots=True)
class IndexChanges:
    """What a transaction does to what may be in the index already.

    ``articles``: those that are changed, hidden, shown again or erased. ``passages``: those whose
    vectors are deleted. What is added is in neither.
    """

    articles: set[int] = field(default_factory=set)
    passages: set[int] = field(default_factory=set)


class IndexBytes(Protocol):
    """The bytes of one library's index, whoever keeps them."""

    async def has_trash(self) -> bool:
        """Whether there are articles in the trash."""

    async def passage_columns(self, after: int, articles: Collection[int] = ()) -> Ints:
        """The passages of newest versions, outside the trash, whose id is above ``after``.

        And all that some ``articles`` have now, in any order; without these, by rising id.
        Six rows: passage id, article id, position, tokens, channel (0: none), length of the title.
        """

    async def postings(self, terms: Sequence[str]) -> dict[str, Postings]:
        """The occurrences of each term; terms without any are absent."""

    async def vectors_after(
        self, model: str, dimension: int, after: int, *, limit: int, most: bool
    ) -> VectorChunk | None:
        """One embedder's vectors, by rising id above ``after``; None if there are no more.

        ``most``: most of the library's vectors are expected.
        """

    async def vectors_of(
        self, model: str, dimension: int, ids: Sequence[int]
    ) -> VectorChunk | None:
        """One embedder's vectors of some passages, by rising id; None if there are none."""


class PassageIndex(Protocol):
    """What finds one library's passages. The store calls the three methods on changes."""

    @property
    def nbytes(self) -> int:
        """The memory that the index takes now."""

    def invalidate(self) -> None:
        """Anything may have changed."""

    def mark_changed(self, changes: IndexChanges) -> None:
        """Passages may have been added, and what ``changes`` names has changed."""

    def mark_embedded(self, model: str, dimension: int, ids: Sequence[int]) -> None:
        """Passages that were there may have got a vector."""

    async def candidates(
        self,
        terms: QueryTerms,
        vector: QuestionVector,
        scope: Scope,
        k: int,
        *,
        within: Collection[int] | None = None,
    ) -> Candidates:
        """The ``k`` best passages by each way of finding: terms, phrases and embeddings.

        ``within`` restricts the search to some articles (ids).
        """

    async def counts(self, terms: Sequence[str], scope: Scope) -> dict[str, int]:
        """How often each term occurs; terms that never do are absent."""

    async def mentions(self, terms: Sequence[str], scope: Scope) -> list[Mention]:
        """Every passage that has all of the terms."""

    async def titled(
        self, names: Sequence[NameTerms], scope: Scope
    ) -> dict[NameTerms, tuple[int, ...]]:
        """By name, the articles whose titles begin with it; names without any are absent.

        One word may stand before it, as "The".
        """


NewIndex = Callable[[str, IndexBytes], PassageIndex]  # takes the server's id
