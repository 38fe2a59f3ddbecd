"""What a library promises about its articles. Knows nothing of SQLite."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from bot.records import Article, Filter, Scope, SortOrder, StoredPassage, Version
from bot.store.values import (
    EVERYTHING,
    AddResult,
    Floats,
    KnownPage,
    MinhashSignature,
    MinhashSignatures,
    NewArticle,
    Submissions,
    Totals,
)


class Articles(Protocol):
    """One server's articles, their texts and passages.

    An article in the trash is seen only by ``restore``, ``trashed_article`` and ``erase``.
    """

    async def add(self, draft: NewArticle, scope: Scope, *, most: int | None = None) -> AddResult:
        """Store an article unless the scope already holds the same text.

        If the draft ``replaces`` an article and its text differs, it becomes a new version. If the
        text is the same but a newer reader read it, its passages replace the stored ones.
        Raises LibraryFull when there are ``most`` articles, counted over every scope.
        """

    async def mark_checked(self, page: KnownPage, scope: Scope) -> Article:
        """Store that a page has not changed, with its new validators. Raises ArticleNotFound."""

    async def find_same_text(self, text_hash: str, scope: Scope) -> Article | None:
        """The article whose newest text has this hash (``values.text_hash``)."""

    async def find_outdated(self, original: str, read_before: int, scope: Scope) -> Article | None:
        """The article made of the same file or text by a reader older than ``read_before``.

        ``original`` is its ``NewArticle.original``.
        """

    async def find_by_address(self, addresses: Collection[str], scope: Scope) -> KnownPage | None:
        """The article that was fetched from one of these addresses."""

    async def page_of(self, article_id: int, scope: Scope) -> KnownPage:
        """The page that an article was fetched from.

        Raises ArticleNotFound, also for an article without an address.
        """

    async def with_url(self, scope: Scope) -> list[int]:
        """The ids of all articles that were fetched from an address."""

    async def on_card(self, message_id: int, scope: Scope) -> list[int]:
        """The ids of the articles that the bot's message was posted about."""

    async def similar_signatures(
        self, signature: MinhashSignature, scope: Scope
    ) -> MinhashSignatures:
        """The MinHash signatures to compare one with: those of all texts that may be alike."""

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

    async def select(
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

    async def submitters(self, scope: Scope, matching: Filter = EVERYTHING) -> list[Submissions]:
        """Who added how many of the articles that match a filter, the most first."""

    async def search_titles(self, part: str, scope: Scope, *, limit: int = 25) -> list[Article]:
        """Articles whose title contains ``part``, newest first."""

    async def get(self, article_id: int, scope: Scope) -> Article:
        """One article. Raises the same ArticleNotFound if it is absent and if it is hidden."""

    async def version(self, article_id: int, scope: Scope, number: int | None = None) -> Version:
        """A stored text, the newest by default. Raises ArticleNotFound."""

    async def totals(self, scope: Scope, matching: Filter = EVERYTHING) -> Totals:
        """How many articles and passages match a filter."""

    async def passages(self, ids: Sequence[int], scope: Scope) -> list[StoredPassage]:
        """Passages with their sentences, in the order of ``ids``."""

    async def passages_of(self, article_id: int, scope: Scope) -> list[StoredPassage]:
        """The passages of an article's newest version, in order; empty if it is not visible."""

    async def openings(self, ids: Sequence[int], scope: Scope) -> list[StoredPassage]:
        """The first passages of the newest versions of those of the articles that are visible."""


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


class Tokens(Protocol):
    """The tokens that one server's passages are found by, after the code that makes them changed.

    The old ones serve until the new ones are stored.
    """

    async def count_outdated(self) -> int:
        """How many articles have tokens that an older version of the code made."""

    async def renew(self) -> bool:
        """Make the tokens of a few articles again, in one transaction.

        False if there was nothing left to do.
        """
