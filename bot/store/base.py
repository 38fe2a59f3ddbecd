"""What every store promises: the Protocols, and the values that go in.

A ``Store`` holds one ``Library`` per server. Every reading method takes a ``Scope`` and
applies it inside the query, before ranking and before counting. Writes are whole or
absent, and durable when the method returns. Knows nothing of SQLite.

Every method may raise StoreError (a full disk, a damaged file) in words for a user.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.records import (
    Article,
    Citation,
    CitedPassage,
    Passage,
    Scope,
    StoredPassage,
    Submitter,
    Version,
)

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Vectors:
    """Unit vectors of the newest versions' passages: ``matrix`` is (n, dimension) float32.

    ``allowed`` is None when the scope holds all of them, else a mask of n booleans.
    """

    passage_ids: NDArray[np.int64]
    matrix: Floats
    allowed: NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True)
class Draft:
    """An article read, split and embedded, ready to be kept in one transaction."""

    title: str
    text: str
    passages: tuple[Passage, ...]
    source: str
    cleaner: int
    splitter: int
    url: str | None = None
    author: str | None = None
    published: str | None = None
    language: str | None = None
    submitter: Submitter = field(default_factory=Submitter)
    embedder: str = ""
    vectors: Floats | None = None  # one row a passage


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a draft: the article, new or the same one that was there before."""

    article: Article
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """How much a scope holds."""

    articles: int
    passages: int


class Library(Protocol):
    """One server's articles."""

    async def add(self, draft: Draft, scope: Scope) -> Added:
        """Keeps an article, unless the scope already holds the same text."""

    async def find_same(self, text: str, scope: Scope) -> Article | None:
        """The article that already holds exactly this text."""

    async def remove(self, ids: Sequence[int], scope: Scope) -> list[int]:
        """Erases articles so that no trace stays; returns the ids that were there."""

    async def articles(self, scope: Scope, *, limit: int = -1, offset: int = 0) -> list[Article]:
        """Newest first; ``limit=-1`` means all."""

    async def titled(self, part: str, scope: Scope, *, limit: int = 25) -> list[Article]:
        """Articles whose title holds ``part``, newest first."""

    async def article(self, article_id: int, scope: Scope) -> Article:
        """Raises ArticleNotFound, the same for what is not there and what is not visible."""

    async def version(self, article_id: int, scope: Scope, number: int | None = None) -> Version:
        """A stored text, the newest by default. Raises ArticleNotFound."""

    async def totals(self, scope: Scope) -> Totals: ...

    async def match_words(
        self, terms: Sequence[str], scope: Scope, *, limit: int, title_weight: float
    ) -> dict[int, float]:
        """BM25 (higher is better) of the best passages with any of the terms, by passage id."""

    async def vectors(self, model: str, dimension: int, scope: Scope) -> Vectors:
        """All vectors of one embedder; those of another are never mixed in."""

    async def passages(self, ids: Sequence[int], scope: Scope) -> list[StoredPassage]:
        """Passages with their sentences, in the order of ``ids``."""

    async def keep_answer(
        self, citations: Sequence[Citation], *, asker_id: int | None, channel_id: int | None
    ) -> int:
        """Remembers what an answer cites; returns the answer's id."""

    async def cited_passage(self, answer_id: int, n: int, scope: Scope) -> CitedPassage:
        """Opens footnote ``n`` of an answer. Raises ArticleNotFound when its article is gone."""


class Store(Protocol):
    """All libraries of a data folder, and the bot's own notes."""

    def library(self, server_id: str) -> AbstractAsyncContextManager[Library]:
        """A lease on a server's library, opened on demand and made when it does not exist."""

    async def note(self, key: str) -> str | None: ...

    async def set_note(self, key: str, value: str) -> None: ...

    async def close(self) -> None:
        """Closes every library. Idempotent."""
