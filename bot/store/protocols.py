"""What every store promises: the Protocols of a store and of a library.

A ``Store`` holds one ``Library`` per server. Every method that reads takes a ``Scope`` and
applies it inside the query, before ranking and counting. A write happens completely or not at
all, and is durable when the method returns. Knows nothing of SQLite.

Every method may raise StoreError (disk full, damaged file) with a message for a user.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.records import (
    Article,
    CitedPassage,
    Filter,
    ModelProfile,
    Scope,
    SortOrder,
    StoredPassage,
    Version,
)
from bot.store.answer_protocol import Answers, Cards, Messages
from bot.store.job_protocol import Jobs
from bot.store.ledger_protocol import Ledger
from bot.store.passage_table import PassageTable, Postings, QuantizedVectors
from bot.store.values import (
    EVERYTHING,
    AddResult,
    ErasedCounts,
    Floats,
    KnownPage,
    Membership,
    MinhashSignatures,
    NewArticle,
    QuestionCard,
    Submissions,
    Totals,
)


class Vectors(Protocol):
    """One server's passage vectors that are computed after their passages were stored.

    Only passages of newest versions have one. An embedder is a model and a dimension.
    """

    async def count_missing(self, model: str, dimension: int, scope: Scope) -> int:
        """How many passages have no vector of an embedder."""

    async def missing(
        self, model: str, dimension: int, scope: Scope, *, after: int = 0, limit: int
    ) -> list[tuple[int, str]]:
        """The ids and texts of passages without a vector, by rising id, from ``after`` on."""

    async def add(self, model: str, ids: Sequence[int], vectors: Floats) -> None:
        """Store one vector (row) per passage in one transaction; skips passages that are gone."""

    async def drop_others(self, model: str, dimension: int) -> None:
        """Delete the vectors of all other embedders."""


class Library(Protocol):
    """One server's articles. An article in the trash is seen only by ``restore``,
    ``trashed_article`` and ``erase``."""

    @property
    def server_id(self) -> str:
        """The server that the library belongs to."""

    @property
    def jobs(self) -> Jobs:
        """The submissions that wait to be read."""

    @property
    def answers(self) -> Answers:
        """The questions and their answers."""

    @property
    def messages(self) -> Messages:
        """The articles that were made from messages."""

    @property
    def cards(self) -> Cards:
        """Which Discord messages show answers and articles."""

    @property
    def ledger(self) -> Ledger:
        """What the answers cost."""

    @property
    def vectors(self) -> Vectors:
        """The passage vectors that are computed later."""

    async def add(self, draft: NewArticle, scope: Scope, *, most: int | None = None) -> AddResult:
        """Store an article unless the scope already holds the same text.

        If the draft ``replaces`` an article and its text differs, it becomes a new version.
        Raises LibraryFull when there are ``most`` articles, counted over every scope.
        """

    async def mark_checked(self, page: KnownPage, scope: Scope) -> Article:
        """Store that a page has not changed, with its new validators. Raises ArticleNotFound."""

    async def find_same_text(self, text: str, scope: Scope) -> Article | None:
        """The article whose newest text is exactly this one."""

    async def find_by_address(self, addresses: Collection[str], scope: Scope) -> KnownPage | None:
        """The article that was fetched from one of these addresses."""

    async def page_of(self, article_id: int, scope: Scope) -> KnownPage:
        """The page that an article was fetched from.

        Raises ArticleNotFound, also for an article without an address.
        """

    async def with_url(self, scope: Scope) -> list[int]:
        """The ids of all articles that were fetched from an address."""

    async def signatures(self, scheme: int, scope: Scope) -> MinhashSignatures:
        """The MinHash signatures to compare a new text with."""

    async def erase(self, ids: Sequence[int], scope: Scope) -> list[int]:
        """Delete articles so that no trace remains. Returns the ids that existed."""

    async def trash(self, ids: Sequence[int], scope: Scope) -> list[int]:
        """Move articles to the trash. Returns the ids that existed."""

    async def restore(self, ids: Sequence[int], scope: Scope) -> list[int]:
        """Bring articles back from the trash. Returns the ids that were in it."""

    async def purge(self, before: float, scope: Scope) -> int:
        """Erase what was trashed before a time (seconds since 1970). Returns how many articles."""

    async def trashed_article(self, article_id: int, scope: Scope) -> Article:
        """An article in the trash. Raises ArticleNotFound."""

    async def rename(self, article_id: int, title: str, scope: Scope) -> Article:
        """Change an article's title. Raises ArticleNotFound."""

    async def tag(self, article_id: int, tags: Collection[str], scope: Scope) -> Article:
        """Replace an article's tags. Raises ArticleNotFound."""

    async def set_message_link(self, article_id: int, address: str) -> None:
        """Store the link to the bot's own message about an article."""

    async def articles(
        self,
        scope: Scope,
        *,
        limit: int = -1,
        offset: int = 0,
        matching: Filter = EVERYTHING,
        sort: SortOrder = "newest",
    ) -> list[Article]:
        """A page of the articles that match a filter. ``limit=-1`` means all."""

    async def ids_matching(self, matching: Filter, scope: Scope) -> list[int]:
        """The ids of the articles that match a filter."""

    async def channels(self, scope: Scope) -> list[int]:
        """The channels where articles were added."""

    async def tags(self, scope: Scope) -> dict[str, int]:
        """All tags with their number of articles, the most used first."""

    async def submitters(self, scope: Scope) -> list[Submissions]:
        """Who added how many articles, the most first."""

    async def search_titles(self, part: str, scope: Scope, *, limit: int = 25) -> list[Article]:
        """Articles whose title contains ``part``, newest first."""

    async def article(self, article_id: int, scope: Scope) -> Article:
        """One article. Raises the same ArticleNotFound if it is absent and if it is hidden."""

    async def version(self, article_id: int, scope: Scope, number: int | None = None) -> Version:
        """A stored text, the newest by default. Raises ArticleNotFound."""

    async def totals(self, scope: Scope, matching: Filter = EVERYTHING) -> Totals:
        """How many articles and passages match a filter."""

    async def passage_table(self, scope: Scope) -> PassageTable:
        """The passages that the scope shows, as arrays to rank with."""

    async def postings(self, terms: Sequence[str], scope: Scope) -> dict[str, Postings]:
        """The occurrences of each term in what the scope shows; terms without any are absent."""

    async def quantized_vectors(self, model: str, dimension: int, scope: Scope) -> QuantizedVectors:
        """All vectors of one embedder; rank only those in the scope's ``passage_table``."""

    async def passages(self, ids: Sequence[int], scope: Scope) -> list[StoredPassage]:
        """Passages with their sentences, in the order of ``ids``."""

    async def passages_of(self, article_id: int, scope: Scope) -> list[StoredPassage]:
        """The passages of an article's newest version, in order; empty if it is not visible."""

    async def forget_person(self, user_id: int) -> ErasedCounts:
        """Erase a person's questions, answers and name. Returns how much there was."""

    async def cited_passage(self, answer_id: int, n: int, scope: Scope) -> CitedPassage:
        """Open footnote ``n`` of an answer. Raises ArticleNotFound when its article is gone."""


class Store(Protocol):
    """All libraries of a data folder, and the bot-wide data."""

    def library(
        self, server_id: str, *, background: bool = False
    ) -> AbstractAsyncContextManager[Library]:
        """A lease on a server's library. It is opened on demand, and created if need be.

        ``background``: for maintenance. It does not count as use, evicts no library that is in
        use, and raises LibraryNotFound instead of creating one.
        """

    async def get_meta(self, key: str) -> str | None:
        """A bot-wide value; None if it was never set."""

    async def set_meta(self, key: str, value: str) -> None:
        """Store a bot-wide value."""

    async def model_profiles(self, address: str) -> dict[str, ModelProfile]:
        """What is known of the models at a server's address, by model name."""

    async def keep_model_profile(self, address: str, model: str, profile: ModelProfile) -> None:
        """Replace what is known of a model."""

    async def mark_pending(self, server_id: str) -> None:
        """Store, before a job is queued, that a library has work to resume after a restart."""

    async def clear_pending(self, server_id: str) -> None:
        """Undo ``mark_pending``."""

    async def servers(self) -> list[str]:
        """The servers that have a library, last used first."""

    async def pending_servers(self) -> list[str]:
        """The servers that may have pending jobs, last used first."""

    async def record_question(self, card: QuestionCard) -> None:
        """Store which message shows a question that is being answered."""

    async def drop_question(self, event_id: int) -> None:
        """Forget a question that was answered. Does nothing if it was not recorded."""

    async def questions(self) -> list[QuestionCard]:
        """The questions that are being answered, or were when the last process ended."""

    async def mark_joined(self, server_ids: Collection[str], application_id: int) -> None:
        """Store that the bot is in these servers, so their libraries are not to be erased."""

    async def mark_left(self, server_id: str, application_id: int, at: float) -> bool:
        """Store when the bot was removed from a server.

        False if that was known already, or if another application is in that server.
        """

    async def memberships(self) -> list[Membership]:
        """All servers that the bot is in, or was removed from."""

    async def erase_library(self, server_id: str) -> None:
        """Delete a library with all its files, and everything else stored about its server.

        Raises StoreError while the library is in use; then nothing is deleted.
        """

    async def close(self) -> None:
        """Close every library. Idempotent."""
