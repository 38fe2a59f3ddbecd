"""What every store promises: the Protocols, and the values that go in.

A ``Store`` holds one ``Library`` per server. Every reading method takes a ``Scope`` and
applies it inside the query, before ranking and before counting. Writes are whole or
absent, and durable when the method returns. Knows nothing of SQLite.

Every method may raise StoreError (a full disk, a damaged file) in words for a user.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
from bot.store.catalogue import Catalogue, Codes, Places

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
    notes: tuple[str, ...] = ()
    original: str = ""  # SHA-256 of what was handed in, hexadecimal
    submitter: Submitter = field(default_factory=Submitter)
    embedder: str = ""
    vectors: Floats | None = None  # one row a passage
    job_id: int | None = None  # ends as done in the same transaction


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a draft: the article, new or the same one that was there before."""

    article: Article
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Order:
    """What was handed in, as a job keeps it: ``details`` is everything but the data, as JSON."""

    details: str
    data: bytes | str | None = None
    submitter_id: int | None = None
    event_id: int | None = None  # of two orders with the same one, the second is the first


@dataclass(frozen=True, slots=True)
class Job:
    """How far an order is. Times are seconds since 1970.

    ``state`` is "queued" or "running", then "done" (``article_id``, ``status``), "refused"
    (``code``, ``reason``: also those of the last failure while it waits) or "cancelled".
    """

    id: int
    submitter_id: int | None
    state: str
    failures: int
    interrupted: int
    not_before: float
    article_id: int | None = None
    status: str = ""
    code: str = ""
    reason: str = ""

    @property
    def ended(self) -> bool:
        return self.state not in ("queued", "running")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ends: see ``Job``."""

    state: str
    article_id: int | None = None
    status: str = ""
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """How much a scope holds."""

    articles: int
    passages: int


class Jobs(Protocol):
    """One server's jobs. An article's jobs are erased with it."""

    async def queue(self, order: Order, *, now: float, most: int) -> int:
        """Keeps an order; returns its job's id. Raises QueueFull when ``most`` are pending."""

    async def claim(self, now: float) -> tuple[Job, Order] | None:
        """The oldest queued job that need not wait, now running: nobody else gets it."""

    async def take_back(self, held: Collection[int]) -> None:
        """Queues the running jobs that nobody works on any more, all but ``held``."""

    async def put_back(self, job_id: int) -> None:
        """Queues a running job again, as if it had not been claimed."""

    async def postpone(self, job_id: int, until: float, code: str, reason: str) -> Job | None:
        """Queues a running job after a failure that may pass; what it is now."""

    async def end(self, job_id: int, ending: Ending, now: float) -> Job | None:
        """Ends a job that has not ended, and blanks what was handed in; what it is now."""

    async def job(self, job_id: int) -> Job | None:
        """How far a job is; None for one that is forgotten or erased."""

    async def pending(self) -> tuple[int, float | None]:
        """How many jobs have not ended, and when the first queued one may be claimed."""

    async def forget(self, before: float) -> None:
        """Deletes the jobs that ended before a time."""


class Library(Protocol):
    """One server's articles."""

    @property
    def jobs(self) -> Jobs:
        """What was handed in and waits to be read."""

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

    async def catalogue(self, scope: Scope) -> Catalogue:
        """Which passages the scope shows, as arrays to rank with."""

    async def places(self, terms: Sequence[str], scope: Scope) -> dict[str, Places]:
        """Where each term stands in what the scope shows; terms that stand nowhere are absent."""

    async def codes(self, model: str, dimension: int, scope: Scope) -> Codes:
        """The vectors of one embedder in few bits; rank only those the catalogue shows."""

    async def passages(self, ids: Sequence[int], scope: Scope) -> list[StoredPassage]:
        """Passages with their sentences, in the order of ``ids``."""

    async def passages_of(self, article_id: int, scope: Scope) -> list[StoredPassage]:
        """All passages of an article's newest version, in order; none when it is not visible."""

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

    async def expect_work(self, server_id: str) -> None:
        """Notes, before a job is queued, that a library is to be looked at after a restart."""

    async def no_work_left(self, server_id: str) -> None:
        """Takes the note of ``expect_work`` back."""

    async def with_work(self) -> list[str]:
        """The servers that may have work waiting, last used first."""

    async def close(self) -> None:
        """Closes every library. Idempotent."""
