"""The articles of one library (``article_protocol.Articles``).

The CPU-bound parts of a write (hashing, splitting text, stemming) run in a thread or in the
writer's own, so that a long article does not block the event loop. ``article_rows`` writes an
article's rows.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Any

from bot.errors import ArticleNotFound
from bot.records import Article, Filter, Scope, SortOrder, StoredPassage, Version, VersionStamp
from bot.store.minhash_bands import band_keys
from bot.store.parts import row_mapping
from bot.store.parts.article_rows import (
    add_article,
    await_approval,
    check_room,
    erase_article,
    record_page_check,
    reread_article,
    set_trashed,
    update_article,
)
from bot.store.parts.database import Changing, Row, SqlDatabase, Transaction
from bot.store.parts.jobs import finish_job, queue_attached
from bot.store.parts.messages import check_not_withdrawn
from bot.store.parts.parameters import filter_parameters, scope_parameters
from bot.store.parts.postings import update_title
from bot.store.parts.statements import fetch_first, storable_id
from bot.store.parts.tokens import is_outdated, renew_early
from bot.store.values import (
    EVERYTHING,
    AddResult,
    AddStatus,
    JobResult,
    KnownPage,
    MinhashSignature,
    MinhashSignatures,
    NewArticle,
    Submissions,
    Totals,
    text_hash,
)
from bot.strings import _


class SqlArticles:
    """See ``article_protocol.Articles``. ``changing``: a transaction that updates the index."""

    def __init__(self, server_id: str, database: SqlDatabase, changing: Changing):
        self._server_id = server_id
        self._database = database
        self._changing = changing
        self._scope_values = partial(scope_parameters, server_id)

    # --- writing -------------------------------------------------------------------------

    async def add(self, draft: NewArticle, scope: Scope, *, most: int | None = None) -> AddResult:
        digest = draft.text_hash or await asyncio.to_thread(text_hash, draft.text)
        async with self._changing() as writer:
            await check_not_withdrawn(writer, draft.job_id)
            article_id, status = await self._store(writer, draft, digest, scope, most)
            if draft.job_id is not None:
                await finish_job(writer, draft.job_id, JobResult("done", article_id, status))
                await queue_attached(writer, draft.job_id, draft.attached)
            parameters = self._article_values(article_id, Scope(self._server_id))
            row = await fetch_first(writer, "any_article", parameters)
        assert row is not None
        return AddResult(row_mapping.article(row), status)

    async def _store(
        self,
        writer: Transaction,
        draft: NewArticle,
        digest: str,
        scope: Scope,
        most: int | None,
    ) -> tuple[int, AddStatus]:
        """Store the draft if its text is new. Returns the article that holds it, and the status."""
        if draft.replaces is not None:
            parameters = self._article_values(draft.replaces, scope)
            old = await fetch_first(writer, "one_article", parameters)
            if old is not None and old["hash"] == digest:
                await self._check_again(writer, draft, old)
                return old["id"], "unchanged"
            if old is not None:
                await update_article(writer, draft, digest, old)
                return old["id"], "updated"
        duplicate = await fetch_first(
            writer, "same_text", self._scope_values(scope) | {"hash": digest}
        )
        if duplicate:
            return duplicate["id"], "duplicate"
        await check_room(writer, most)
        article_id = await add_article(writer, draft, digest)
        if draft.awaits_approval:
            await await_approval(writer, article_id)
            return article_id, "waiting"
        return article_id, "added"

    async def _check_again(self, writer: Transaction, draft: NewArticle, old: Row) -> None:
        """The text is the same: it is replaced only if a newer reader has read it."""
        if draft.reader > old["reader"]:
            await reread_article(writer, draft, old)
        else:
            await record_page_check(writer, draft, old["id"])

    async def mark_checked(self, page: KnownPage, scope: Scope) -> Article:
        article = await self.get(page.article.id, scope)
        async with self._database.transaction() as writer:
            validators = {"etag": page.etag, "last_modified": page.last_modified}
            values = {"article_id": article.id, "address": page.address}
            await writer.execute("record_page_check", values | validators)
        return article

    async def erase(self, ids: Sequence[int], scope: Scope) -> list[int]:
        return await self._erase(ids, scope, "visible_or_trashed")

    async def _erase(self, ids: Sequence[int], scope: Scope, name: str) -> list[int]:
        erased_ids = []
        async with self._changing() as writer:
            for article_id in dict.fromkeys(ids):
                if await fetch_first(writer, name, self._article_values(article_id, scope)):
                    await erase_article(writer, article_id)
                    erased_ids.append(article_id)
            if erased_ids:
                await writer.execute("drop_orphan_answers")
                await writer.mark_deleted()
        await self._database.overwrite_deleted()
        return erased_ids

    # --- the trash -----------------------------------------------------------------------

    async def trash(self, ids: Sequence[int], scope: Scope) -> list[int]:
        trash = partial(set_trashed, removed_at=time.time())
        return await self._change_trash(ids, scope, "one_article", trash)

    async def restore(self, ids: Sequence[int], scope: Scope) -> list[int]:
        restore = partial(set_trashed, removed_at=None)
        return await self._change_trash(ids, scope, "trashed_article", restore)

    async def _change_trash(
        self, ids: Sequence[int], scope: Scope, name: str, act: Callable[..., Awaitable[None]]
    ) -> list[int]:
        changed_ids = []
        async with self._changing() as writer:
            for article_id in dict.fromkeys(ids):
                if await fetch_first(writer, name, self._article_values(article_id, scope)):
                    await act(writer, article_id)
                    changed_ids.append(article_id)
        return changed_ids

    async def purge(self, before: float, scope: Scope) -> int:
        rows = await self._fetch("trashed_before", {"before": before})
        if not rows:
            return 0
        return len(await self._erase([row["id"] for row in rows], scope, "trashed_article"))

    async def rename(self, article_id: int, title: str, scope: Scope) -> Article:
        async with self._changing() as writer:
            row = await fetch_first(writer, "one_article", self._article_values(article_id, scope))
            if not row:
                raise _not_found(article_id)
            await writer.execute("rename", {"article_id": row["id"], "title": title})
            writer.changes.articles.add(row["id"])
            if await is_outdated(writer, row["id"]):
                await renew_early(writer, row["id"])
            else:
                await update_title(writer, row["id"], row["title"], title)
        return await self.get(article_id, scope)

    async def tag(self, article_id: int, tags: Collection[str], scope: Scope) -> Article:
        async with self._database.transaction() as writer:
            if not await fetch_first(
                writer, "one_article", self._article_values(article_id, scope)
            ):
                raise _not_found(article_id)
            await writer.execute("drop_tags", (article_id,))
            await writer.executemany("add_tag", ((article_id, tag) for tag in tags))
        return await self.get(article_id, scope)

    async def set_message_link(self, article_id: int, address: str) -> None:
        async with self._database.transaction() as writer:
            await writer.execute("set_message_link", (address, storable_id(article_id)))

    # --- reading -------------------------------------------------------------------------

    def _article_values(self, article_id: int, scope: Scope) -> dict[str, Any]:
        """Query parameters for one article as a scope sees it."""
        return self._scope_values(scope) | {"article_id": storable_id(article_id)}

    async def _fetch(self, name: str, parameters: dict[str, Any]) -> list[Row]:
        return await self._database.fetch(name, parameters)

    async def find_same_text(self, text_hash: str, scope: Scope) -> Article | None:
        rows = await self._fetch("same_text", self._scope_values(scope) | {"hash": text_hash})
        return await self.get(rows[0]["id"], scope) if rows else None

    async def find_outdated(self, original: str, read_before: int, scope: Scope) -> Article | None:
        parameters = {"original": original, "read_before": read_before}
        rows = await self._fetch("same_original", self._scope_values(scope) | parameters)
        return await self.get(rows[0]["id"], scope) if rows else None

    async def find_by_address(self, addresses: Collection[str], scope: Scope) -> KnownPage | None:
        parameters = self._scope_values(scope) | {"addresses": json.dumps(list(addresses))}
        rows = await self._fetch("find_by_address", parameters)
        return row_mapping.known_page(rows[0]) if rows else None

    async def page_of(self, article_id: int, scope: Scope) -> KnownPage:
        rows = await self._fetch("one_article", self._article_values(article_id, scope))
        if not rows:
            raise _not_found(article_id)
        if rows[0]["address"] is None:
            raise ArticleNotFound(
                _(
                    "Article {id} was not added from a link, so it can't be refreshed. "
                    "Add its new text as another article."
                ).format(id=article_id)
            )
        return row_mapping.known_page(rows[0])

    async def with_url(self, scope: Scope) -> list[int]:
        return [row["id"] for row in await self._fetch("with_url", self._scope_values(scope))]

    async def on_card(self, message_id: int, scope: Scope) -> list[int]:
        values = self._scope_values(scope) | {"message_id": str(message_id)}
        return [row["id"] for row in await self._fetch("on_card", values)]

    async def similar_signatures(
        self, signature: MinhashSignature, scope: Scope
    ) -> MinhashSignatures:
        keys = json.dumps(band_keys(signature.hashes))
        parameters = self._scope_values(scope) | {"scheme": signature.scheme, "keys": keys}
        rows = await self._fetch("similar_minhashes", parameters)
        return await asyncio.to_thread(row_mapping.minhash_signatures, rows)

    async def select(
        self,
        scope: Scope,
        *,
        limit: int = -1,
        offset: int = 0,
        matching: Filter = EVERYTHING,
        sort: SortOrder = "newest",
    ) -> list[Article]:
        page = {"limit": limit, "offset": offset, "sort": sort}
        rows = await self._fetch(
            "articles", self._scope_values(scope) | filter_parameters(matching) | page
        )
        return await row_mapping.map_rows(row_mapping.article, rows)

    async def ids_matching(self, matching: Filter, scope: Scope) -> list[int]:
        rows = await self._fetch(
            "ids_matching", self._scope_values(scope) | filter_parameters(matching)
        )
        return [row["id"] for row in rows]

    async def search_titles(self, part: str, scope: Scope, *, limit: int = 25) -> list[Article]:
        rows = await self._fetch(
            "search_titles", self._scope_values(scope) | {"part": part, "limit": limit}
        )
        return [row_mapping.article(row) for row in rows]

    async def channels(self, scope: Scope) -> list[int]:
        return [
            row["channel_id"] for row in await self._fetch("channels", self._scope_values(scope))
        ]

    async def tags(self, scope: Scope) -> dict[str, int]:
        rows = await self._fetch("tags", self._scope_values(scope))
        return {row["name"]: row["articles"] for row in rows}

    async def submitters(self, scope: Scope, matching: Filter = EVERYTHING) -> list[Submissions]:
        rows = await self._fetch(
            "submitters", self._scope_values(scope) | filter_parameters(matching)
        )
        return [Submissions(row["name"], row["articles"]) for row in rows]

    async def get(self, article_id: int, scope: Scope) -> Article:
        rows = await self._fetch("one_article", self._article_values(article_id, scope))
        if not rows:
            raise _not_found(article_id)
        return row_mapping.article(rows[0])

    async def trashed_article(self, article_id: int, scope: Scope) -> Article:
        rows = await self._fetch("trashed_article", self._article_values(article_id, scope))
        if not rows:
            raise _not_found(article_id)
        return row_mapping.article(rows[0])

    async def version(self, article_id: int, scope: Scope, number: int | None = None) -> Version:
        article = await self.get(article_id, scope)
        version_number = article.version if number is None else number
        parameters = self._scope_values(scope) | {
            "article_id": article_id,
            "number": storable_id(version_number),
        }
        rows = await self._fetch("version_text", parameters)
        if not rows:
            message = _("Article {id} has no version {number}.")
            raise ArticleNotFound(message.format(id=article_id, number=version_number))
        history = await self._fetch("history", parameters)
        stamps = tuple(
            VersionStamp(row["number"], row["created_at"], row["hash"]) for row in history
        )
        return Version(article, rows[0]["number"], rows[0]["text"], stamps)

    async def totals(self, scope: Scope, matching: Filter = EVERYTHING) -> Totals:
        (row,) = await self._fetch(
            "totals", self._scope_values(scope) | filter_parameters(matching)
        )
        return Totals(row["articles"], row["passages"])

    async def passages(self, ids: Sequence[int], scope: Scope) -> list[StoredPassage]:
        parameters = self._scope_values(scope) | {"ids": json.dumps([*map(storable_id, ids)])}
        rows = await self._fetch("passages", parameters)
        passages = await row_mapping.map_rows(row_mapping.stored_passage, rows)
        by_id = {passage.id: passage for passage in passages}
        return [by_id[i] for i in ids if i in by_id]

    async def passages_of(self, article_id: int, scope: Scope) -> list[StoredPassage]:
        parameters = self._scope_values(scope) | {"article_id": storable_id(article_id)}
        rows = await self._fetch("passages_of", parameters)
        return await self.passages([row["id"] for row in rows], scope)

    async def openings(self, ids: Sequence[int], scope: Scope) -> list[StoredPassage]:
        parameters = self._scope_values(scope) | {"ids": json.dumps([*map(storable_id, ids)])}
        rows = await self._fetch("openings", parameters)
        return await self.passages([row["id"] for row in rows], scope)


def _not_found(article_id: int) -> ArticleNotFound:
    message = _("There is no article {id} here that you can see.")
    return ArticleNotFound(message.format(id=article_id))
