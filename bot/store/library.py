"""One server's library in one SQLite file (the Library protocol of ``base``).

What costs CPU in a write (hashing, cutting passages, folding words) runs in a thread or in
the writer's own, so that a long article does not hold the event loop. Knows nothing of how
transactions and connections are kept sound: ``connection`` does; nor of an article's rows:
``articles`` writes them.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite
import numpy as np

from bot.errors import ArticleNotFound
from bot.records import (
    Article,
    CitedPassage,
    Filter,
    Scope,
    SortOrder,
    StoredPassage,
    Version,
    VersionStamp,
)
from bot.store import row_mapping
from bot.store.answers import SqliteAnswers
from bot.store.articles import (
    add_article,
    check_room,
    erase_article,
    fetch_first,
    record_page_check,
    set_trashed,
    storable_id,
    update_article,
)
from bot.store.cards import SqliteCards
from bot.store.connection import MARK_DELETED, Database
from bot.store.index_cache import IndexCache
from bot.store.jobs import SqliteJobs, end_job
from bot.store.ledger import SqliteLedger
from bot.store.messages import SqliteMessages, check_not_withdrawn
from bot.store.passage_table import PassageTable, Postings, QuantizedVectors
from bot.store.people import forget_person
from bot.store.postings import index_missing, read_postings, update_title
from bot.store.queries import query, scope_parameters
from bot.store.values import (
    EVERYTHING,
    AddResult,
    AddStatus,
    ErasedCounts,
    JobResult,
    KnownPage,
    MinhashSignatures,
    NewArticle,
    Submissions,
    Totals,
    text_hash,
)
from bot.store.vectors import SqliteVectors


class SqliteLibrary:
    """See ``base.Library``. What finding ranks with is held in memory after its first use."""

    def __init__(self, server_id: str, database: Database):
        self.server_id = server_id
        self._database = database
        self._cache = IndexCache(database)
        self._scope_values = partial(scope_parameters, server_id)
        self.jobs = SqliteJobs(database)
        self.answers = SqliteAnswers(server_id, database)
        self.vectors = SqliteVectors(database, self._cache, self._scope_values)
        self.ledger = SqliteLedger(database)
        self.cards = SqliteCards(server_id, database)
        self.messages = SqliteMessages(server_id, database, self._changing)

    @classmethod
    async def open(cls, server_id: str, path: Path) -> SqliteLibrary:
        database = await Database.open(path, "library")
        try:
            await index_missing(database)
        except BaseException:
            await database.close()
            raise
        return cls(server_id, database)

    async def close(self) -> None:
        await self._database.close()

    # --- writing -------------------------------------------------------------------------

    async def add(self, draft: NewArticle, scope: Scope, *, most: int | None = None) -> AddResult:
        digest = await asyncio.to_thread(text_hash, draft.text)
        async with self._changing(removing=draft.replaces is not None) as writer:
            await check_not_withdrawn(writer, draft.job_id)
            article_id, status = await self._kept(writer, draft, digest, scope, most)
            if draft.job_id is not None:
                await end_job(writer, draft.job_id, JobResult("done", article_id, status))
            parameters = self._scope_values(Scope(self.server_id)) | _one(article_id)
            kept = await fetch_first(writer, "one_article", parameters)
        assert kept is not None
        return AddResult(row_mapping.article(kept), status)

    async def _kept(
        self,
        writer: aiosqlite.Connection,
        draft: NewArticle,
        digest: str,
        scope: Scope,
        most: int | None,
    ) -> tuple[int, AddStatus]:
        """The article that holds the draft's text now, and what that took."""
        if draft.replaces is not None:
            matching = self._scope_values(scope) | _one(draft.replaces)
            old = await fetch_first(writer, "one_article", matching)
            if old is not None and old["hash"] == digest:
                await record_page_check(writer, draft, old["id"])
                return old["id"], "unchanged"
            if old is not None:
                await update_article(writer, draft, digest, old["id"], old["version"])
                return old["id"], "updated"
        same = await fetch_first(writer, "same_text", self._scope_values(scope) | {"hash": digest})
        if same:
            return same["id"], "duplicate"
        await check_room(writer, most)
        return await add_article(writer, draft, digest), "added"

    async def mark_checked(self, page: KnownPage, scope: Scope) -> Article:
        article = await self.article(page.article.id, scope)
        async with self._database.transaction() as writer:
            validators = {"etag": page.etag, "last_modified": page.last_modified}
            values = {"article_id": article.id, "address": page.address}
            await writer.execute(query("checked_address"), values | validators)
        return article

    async def erase(self, ids: Sequence[int], scope: Scope) -> list[int]:
        return await self._erase(ids, scope, "articles_any")

    async def _erase(self, ids: Sequence[int], scope: Scope, name: str) -> list[int]:
        removed = []
        async with self._changing(removing=True) as writer:
            for article_id in dict.fromkeys(ids):
                if await fetch_first(writer, name, self._scope_values(scope) | _one(article_id)):
                    await erase_article(writer, article_id)
                    removed.append(article_id)
            if removed:
                await writer.execute(query("orphan_answers"))
                await writer.execute(MARK_DELETED)
        await self._database.overwrite_deleted()
        return removed

    @asynccontextmanager
    async def _changing(self, *, removing: bool = False) -> AsyncIterator[aiosqlite.Connection]:
        """A transaction after which what is in memory is read anew, however it ended."""
        try:
            async with self._database.transaction() as writer:
                yield writer
        finally:
            self._cache.invalidate() if removing else self._cache.mark_grown()

    async def forget_person(self, user_id: int) -> ErasedCounts:
        async with self._changing(removing=True) as writer:
            forgotten = await forget_person(writer, storable_id(user_id))
            await writer.execute(MARK_DELETED)
        await self._database.overwrite_deleted()
        return forgotten

    # --- the shelf -----------------------------------------------------------------------

    async def trash(self, ids: Sequence[int], scope: Scope, *, by: int | None) -> list[int]:
        shelve = partial(set_trashed, removed_at=time.time(), by=by)
        return await self._shelved(ids, scope, "one_article", shelve)

    async def restore(self, ids: Sequence[int], scope: Scope) -> list[int]:
        restore = partial(set_trashed, removed_at=None)
        return await self._shelved(ids, scope, "removed_article", restore)

    async def _shelved(
        self, ids: Sequence[int], scope: Scope, name: str, act: Callable[..., Awaitable[None]]
    ) -> list[int]:
        changed = []
        async with self._changing(removing=True) as writer:
            for article_id in dict.fromkeys(ids):
                if await fetch_first(writer, name, self._scope_values(scope) | _one(article_id)):
                    await act(writer, article_id)
                    changed.append(article_id)
        return changed

    async def purge(self, before: float, scope: Scope) -> int:
        found = await self._fetch("removed_before", {"before": before})
        if not found:
            return 0
        return len(await self._erase([row["id"] for row in found], scope, "removed_article"))

    async def count_trashed(self) -> int:
        ((count,),) = await self._database.fetch(query("count_removed"))
        return int(count)

    async def rename(self, article_id: int, title: str, scope: Scope) -> Article:
        async with self._changing(removing=True) as writer:
            found = await fetch_first(
                writer, "one_article", self._scope_values(scope) | _one(article_id)
            )
            if not found:
                raise _not_found(article_id)
            await update_title(writer, found["id"], found["title"], title)
            await writer.execute(query("rename"), {"article_id": found["id"], "title": title})
        return await self.article(article_id, scope)

    async def tag(self, article_id: int, tags: Collection[str], scope: Scope) -> Article:
        async with self._database.transaction() as writer:
            if not await fetch_first(
                writer, "one_article", self._scope_values(scope) | _one(article_id)
            ):
                raise _not_found(article_id)
            await writer.execute(query("drop_tags"), (article_id,))
            await writer.executemany(query("add_tag"), ((article_id, tag) for tag in tags))
        return await self.article(article_id, scope)

    async def set_message_link(self, article_id: int, address: str) -> None:
        async with self._database.transaction() as writer:
            await writer.execute(query("set_card"), (address, storable_id(article_id)))

    # --- reading -------------------------------------------------------------------------

    async def _fetch(self, name: str, parameters: dict[str, Any]) -> list[sqlite3.Row]:
        return await self._database.fetch(query(name), parameters)

    async def find_same_text(self, text: str, scope: Scope) -> Article | None:
        digest = await asyncio.to_thread(text_hash, text)
        found = await self._fetch("same_text", self._scope_values(scope) | {"hash": digest})
        return await self.article(found[0]["id"], scope) if found else None

    async def find_by_address(self, addresses: Collection[str], scope: Scope) -> KnownPage | None:
        matching = self._scope_values(scope) | {"addresses": json.dumps(list(addresses))}
        found = await self._fetch("at_address", matching)
        return row_mapping.known_page(found[0]) if found else None

    async def page_of(self, article_id: int, scope: Scope) -> KnownPage:
        found = await self._fetch("one_article", self._scope_values(scope) | _one(article_id))
        if not found:
            raise _not_found(article_id)
        if found[0]["address"] is None:
            raise ArticleNotFound(
                f"Article {article_id} was not read from an address, so there is nothing to look "
                "at again. Hand its new text in as another article."
            )
        return row_mapping.known_page(found[0])

    async def with_url(self, scope: Scope) -> list[int]:
        return [row["id"] for row in await self._fetch("fetched", self._scope_values(scope))]

    async def signatures(self, scheme: int, scope: Scope) -> MinhashSignatures:
        found = await self._fetch("sketches", self._scope_values(scope) | {"scheme": scheme})
        return await asyncio.to_thread(_sketches, found)

    async def articles(
        self,
        scope: Scope,
        *,
        limit: int = -1,
        offset: int = 0,
        matching: Filter = EVERYTHING,
        sort: SortOrder = "newest",
    ) -> list[Article]:
        page = {"limit": limit, "offset": offset, "sort": sort}
        found = await self._fetch("articles", self._scope_values(scope) | _matches(matching) | page)
        return [row_mapping.article(row) for row in found]

    async def ids_matching(self, matching: Filter, scope: Scope) -> list[int]:
        found = await self._fetch("matching", self._scope_values(scope) | _matches(matching))
        return [row["id"] for row in found]

    async def search_titles(self, part: str, scope: Scope, *, limit: int = 25) -> list[Article]:
        found = await self._fetch(
            "titled", self._scope_values(scope) | {"part": part, "limit": limit}
        )
        return [row_mapping.article(row) for row in found]

    async def channels(self, scope: Scope) -> list[int]:
        return [
            row["channel_id"] for row in await self._fetch("channels", self._scope_values(scope))
        ]

    async def tags(self, scope: Scope) -> dict[str, int]:
        found = await self._fetch("tags", self._scope_values(scope))
        return {row["name"]: row["articles"] for row in found}

    async def submitters(self, scope: Scope) -> list[Submissions]:
        found = await self._fetch("submitters", self._scope_values(scope))
        return [Submissions(row["name"], row["articles"]) for row in found]

    async def article(self, article_id: int, scope: Scope) -> Article:
        found = await self._fetch("one_article", self._scope_values(scope) | _one(article_id))
        if not found:
            raise _not_found(article_id)
        return row_mapping.article(found[0])

    async def trashed_article(self, article_id: int, scope: Scope) -> Article:
        found = await self._fetch("removed_article", self._scope_values(scope) | _one(article_id))
        if not found:
            raise _not_found(article_id)
        return row_mapping.article(found[0])

    async def version(self, article_id: int, scope: Scope, number: int | None = None) -> Version:
        article = await self.article(article_id, scope)
        matching = article.version if number is None else number
        parameters = self._scope_values(scope) | {
            "article_id": article_id,
            "number": storable_id(matching),
        }
        found = await self._fetch("version_text", parameters)
        if not found:
            raise ArticleNotFound(f"Article {article_id} has no version {matching}.")
        history = await self._fetch("history", parameters)
        stamps = tuple(
            VersionStamp(row["number"], row["created_at"], row["hash"]) for row in history
        )
        return Version(article, found[0]["number"], found[0]["text"], stamps)

    async def totals(self, scope: Scope, matching: Filter = EVERYTHING) -> Totals:
        (row,) = await self._fetch("totals", self._scope_values(scope) | _matches(matching))
        return Totals(row["articles"], row["passages"])

    async def passage_table(self, scope: Scope) -> PassageTable:
        return await self._cache.passage_table(scope, here=scope.server_id == self.server_id)

    async def postings(self, terms: Sequence[str], scope: Scope) -> dict[str, Postings]:
        table = await self.passage_table(scope)
        matching = self._scope_values(scope) | {"terms": json.dumps(list(terms))}
        found = read_postings(await self._fetch("places", matching))
        if not table.is_partial:
            return found
        seen = {
            term: postings[table.rows_of(postings["passage"]) >= 0]
            for term, postings in found.items()
        }
        return {term: postings for term, postings in seen.items() if len(postings)}

    async def quantized_vectors(self, model: str, dimension: int, scope: Scope) -> QuantizedVectors:
        if scope.server_id != self.server_id:
            return QuantizedVectors(())
        return await self._cache.quantized_vectors(model, dimension)

    async def passages(self, ids: Sequence[int], scope: Scope) -> list[StoredPassage]:
        matching = self._scope_values(scope) | {"ids": json.dumps(list(ids))}
        found = await self._fetch("passages", matching)
        by_id = {row["id"]: row_mapping.stored_passage(row) for row in found}
        return [by_id[i] for i in ids if i in by_id]

    async def passages_of(self, article_id: int, scope: Scope) -> list[StoredPassage]:
        parameters = self._scope_values(scope) | {"article_id": storable_id(article_id)}
        found = await self._fetch("passages_of", parameters)
        return await self.passages([row["id"] for row in found], scope)

    async def cited_passage(self, answer_id: int, n: int, scope: Scope) -> CitedPassage:
        matching = {"answer_id": storable_id(answer_id), "n": storable_id(n)}
        found = await self._fetch("cited_passage", self._scope_values(scope) | matching)
        if not found:
            raise ArticleNotFound(
                "The article behind this footnote is no longer in the library, "
                "or you cannot see it here."
            )
        return row_mapping.cited_passage(found[0])


def _not_found(article_id: int) -> ArticleNotFound:
    return ArticleNotFound(f"There is no article {article_id} here that you can see.")


def _one(article_id: int) -> dict[str, int]:
    """The parameter that names a single article."""
    return {"article_id": storable_id(article_id)}


def _matches(matching: Filter) -> dict[str, Any]:
    """A filter as query parameters."""
    only = None if matching.articles is None else json.dumps(sorted(matching.articles))
    return {
        "only": only,
        "part": matching.title,
        "tag": matching.tag,
        "submitter_id": matching.submitter_id,
        "since": matching.since,
        "until": matching.until,
    }


def _sketches(found: Sequence[sqlite3.Row]) -> MinhashSignatures:
    ids = np.array([row["id"] for row in found], np.int64)
    hashes = np.frombuffer(b"".join(row["data"] for row in found), "<u4")
    return MinhashSignatures(
        ids, hashes.reshape(len(found), -1) if len(found) else hashes.reshape(0, 0)
    )
