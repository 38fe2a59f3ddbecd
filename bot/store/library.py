"""One server's library in one SQLite file (the Library protocol of ``base``)."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiosqlite
import numpy as np

from bot.errors import ArticleNotFound
from bot.records import (
    Article,
    Citation,
    CitedPassage,
    Scope,
    Sentence,
    StoredPassage,
    Version,
    VersionStamp,
)
from bot.store import rows
from bot.store.base import Added, Draft, Totals, Vectors
from bot.store.connection import Database
from bot.store.queries import query
from bot.store.words import indexed, match_any


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def text_hash(text: str) -> str:
    """SHA-256 of a stored text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


class SqliteLibrary:
    """See ``base.Library``. The vectors are held in memory after their first use."""

    def __init__(self, server_id: str, database: Database):
        self.server_id = server_id
        self._database = database
        self._tables: dict[tuple[str, int], _VectorTable] = {}

    @classmethod
    async def open(cls, server_id: str, path: Path) -> SqliteLibrary:
        return cls(server_id, await Database.open(path, "library"))

    async def close(self) -> None:
        await self._database.close()

    # --- writing -------------------------------------------------------------------------

    async def add(self, draft: Draft, scope: Scope) -> Added:
        async with self._database.transaction() as writer:
            parameters = self._seen(scope) | {"hash": text_hash(draft.text)}
            same = await _first(writer, "same_text", parameters)
            article_id = same["id"] if same else await self._add(writer, draft)
        if not same:
            self._tables.clear()
        return Added(await self.article(article_id, Scope(self.server_id)), duplicate=bool(same))

    async def _add(self, writer: aiosqlite.Connection, draft: Draft) -> int:
        article_id = await _insert(writer, "add_article", _article_values(draft))
        version_id = await _insert(
            writer, "add_version", _version_values(draft) | {"article_id": article_id, "number": 1}
        )
        await writer.execute(
            query("set_newest"), {"article_id": article_id, "version_id": version_id}
        )
        await self._add_passages(writer, draft, article_id, version_id)
        return article_id

    async def _add_passages(
        self, writer: aiosqlite.Connection, draft: Draft, article_id: int, version_id: int
    ) -> None:
        texts = [draft.text[p.start : p.end] for p in draft.passages]
        await writer.executemany(
            query("add_passage"),
            [
                (article_id, version_id, i, p.start, p.end, p.tokens, p.heading, p.page, text)
                for i, (p, text) in enumerate(zip(draft.passages, texts, strict=True))
            ],
        )
        found = await writer.execute_fetchall(query("passage_ids"), (version_id,))
        ids = [row["id"] for row in found]
        await writer.executemany(
            query("add_sentence"),
            [
                (passage_id, i, s.start, s.end)
                for passage_id, passage in zip(ids, draft.passages, strict=True)
                for i, s in enumerate(passage.sentences)
            ],
        )
        title = indexed(draft.title)
        await writer.executemany(
            query("add_words"),
            [(i, title, indexed(text)) for i, text in zip(ids, texts, strict=True)],
        )
        await _add_vectors(writer, draft, ids)

    async def remove(self, ids: Sequence[int], scope: Scope) -> list[int]:
        removed = []
        async with self._database.transaction() as writer:
            for article_id in dict.fromkeys(ids):
                parameters = self._seen(scope) | {"only": article_id, "limit": 1, "offset": 0}
                found = await _first(writer, "articles", parameters)
                if found:
                    await _erase(writer, article_id, found["title"])
                    removed.append(article_id)
            if removed:
                await writer.execute(query("orphan_answers"))
                await writer.execute(query("optimise_words"))
        if removed:
            self._tables.clear()
            await self._database.forget_deleted()
        return removed

    async def keep_answer(
        self, citations: Sequence[Citation], *, asker_id: int | None, channel_id: int | None
    ) -> int:
        async with self._database.transaction() as writer:
            answer_id = await _insert(writer, "add_answer", (asker_id, channel_id, now()))
            await writer.executemany(
                query("add_citation"),
                [(answer_id, c.n, c.version_id, c.start, c.end) for c in citations],
            )
        return answer_id

    # --- reading -------------------------------------------------------------------------

    def _seen(self, scope: Scope) -> dict[str, Any]:
        """The scope as query parameters. A scope of another server sees nothing here."""
        if scope.server_id != self.server_id:
            return {"everywhere": 0, "channels": "[]"}
        channels = sorted(scope.channels) if scope.channels is not None else []
        return {"everywhere": int(scope.channels is None), "channels": json.dumps(channels)}

    async def _fetch(self, name: str, parameters: dict[str, Any]) -> list[sqlite3.Row]:
        return await self._database.fetch(query(name), parameters)

    async def find_same(self, text: str, scope: Scope) -> Article | None:
        found = await self._fetch("same_text", self._seen(scope) | {"hash": text_hash(text)})
        return await self.article(found[0]["id"], scope) if found else None

    async def articles(self, scope: Scope, *, limit: int = -1, offset: int = 0) -> list[Article]:
        parameters = self._seen(scope) | {"only": None, "limit": limit, "offset": offset}
        return [rows.article(row) for row in await self._fetch("articles", parameters)]

    async def titled(self, part: str, scope: Scope, *, limit: int = 25) -> list[Article]:
        found = await self._fetch("titled", self._seen(scope) | {"part": part, "limit": limit})
        return [rows.article(row) for row in found]

    async def article(self, article_id: int, scope: Scope) -> Article:
        parameters = self._seen(scope) | {"only": article_id, "limit": 1, "offset": 0}
        found = await self._fetch("articles", parameters)
        if not found:
            raise _not_found(article_id)
        return rows.article(found[0])

    async def version(self, article_id: int, scope: Scope, number: int | None = None) -> Version:
        article = await self.article(article_id, scope)
        wanted = {"article_id": article_id, "number": number or article.version}
        found = await self._fetch("version_text", wanted)
        if not found:
            raise ArticleNotFound(f"Article {article_id} has no version {number}.")
        history = await self._database.fetch(query("history"), (article_id,))
        stamps = tuple(
            VersionStamp(row["number"], row["created_at"], row["hash"]) for row in history
        )
        return Version(article, found[0]["number"], found[0]["text"], stamps)

    async def totals(self, scope: Scope) -> Totals:
        (row,) = await self._fetch("totals", self._seen(scope))
        return Totals(row["articles"], row["passages"])

    async def match_words(
        self, terms: Sequence[str], scope: Scope, *, limit: int, title_weight: float
    ) -> dict[int, float]:
        if not terms:
            return {}
        parameters = {"match": match_any(terms), "limit": limit, "title_weight": title_weight}
        found = await self._fetch("match_words", self._seen(scope) | parameters)
        return {row["id"]: row["score"] for row in found}

    async def vectors(self, model: str, dimension: int, scope: Scope) -> Vectors:
        table = self._tables.get((model, dimension))
        if table is None:
            parameters = {"model": model, "dimension": dimension}
            table = _VectorTable(await self._fetch("vectors", parameters), dimension)
            self._tables[model, dimension] = table
        return table.seen_by(scope if scope.server_id == self.server_id else None)

    async def passages(self, ids: Sequence[int], scope: Scope) -> list[StoredPassage]:
        wanted = {"ids": json.dumps(list(ids))}
        found = await self._fetch("passages", self._seen(scope) | wanted)
        sentences: dict[int, list[Sentence]] = defaultdict(list)
        for row in await self._fetch("sentences", wanted):
            sentences[row["passage_id"]].append(Sentence(row["start"], row["end"]))
        by_id = {row["id"]: rows.stored_passage(row, sentences[row["id"]]) for row in found}
        return [by_id[i] for i in ids if i in by_id]

    async def cited_passage(self, answer_id: int, n: int, scope: Scope) -> CitedPassage:
        parameters = self._seen(scope) | {"answer_id": answer_id, "n": n}
        found = await self._fetch("cited_passage", parameters)
        if not found:
            raise ArticleNotFound(
                "The article behind this footnote is no longer in the library, "
                "or you cannot see it here."
            )
        return rows.cited_passage(found[0])


class _VectorTable:
    """All vectors of one embedder, as one matrix."""

    def __init__(self, found: Sequence[sqlite3.Row], dimension: int):
        self.passage_ids = np.fromiter((row["id"] for row in found), np.int64, len(found))
        channels: Iterable[int] = (row["channel_id"] or 0 for row in found)
        self.channels = np.fromiter(channels, np.int64, len(found))
        joined = b"".join(row["data"] for row in found)
        self.matrix = np.frombuffer(joined, "<f4").reshape(len(found), dimension)

    def seen_by(self, scope: Scope | None) -> Vectors:
        if scope is not None and scope.channels is None:
            return Vectors(self.passage_ids, self.matrix, None)
        channels = [0, *scope.channels] if scope is not None and scope.channels else [0]
        allowed = np.isin(self.channels, channels) & (scope is not None)
        return Vectors(self.passage_ids, self.matrix, allowed)


def _not_found(article_id: int) -> ArticleNotFound:
    return ArticleNotFound(f"There is no article {article_id} here that you can see.")


def _article_values(draft: Draft) -> dict[str, Any]:
    return {
        "title": draft.title,
        "url": draft.url,
        "author": draft.author,
        "published": draft.published,
        "language": draft.language,
        "source": draft.source,
        "channel_id": draft.submitter.channel_id,
        "submitter_id": draft.submitter.user_id,
        "submitter_name": draft.submitter.name,
        "now": now(),
    }


def _version_values(draft: Draft) -> dict[str, Any]:
    return {
        "text": draft.text,
        "hash": text_hash(draft.text),
        "characters": len(draft.text),
        "cleaner": draft.cleaner,
        "splitter": draft.splitter,
        "now": now(),
    }


async def _insert(writer: aiosqlite.Connection, name: str, values: Any) -> int:
    cursor = await writer.execute(query(name), values)
    assert cursor.lastrowid is not None
    return cursor.lastrowid


async def _first(
    writer: aiosqlite.Connection, name: str, parameters: dict[str, Any]
) -> sqlite3.Row | None:
    found = list(await writer.execute_fetchall(query(name), parameters))
    return found[0] if found else None


async def _add_vectors(writer: aiosqlite.Connection, draft: Draft, ids: Sequence[int]) -> None:
    if draft.vectors is None:
        return
    key = (draft.embedder, draft.vectors.shape[1])
    await writer.execute(query("add_embedder"), key)
    ((embedder_id,),) = await writer.execute_fetchall(query("embedder_id"), key)
    data = np.ascontiguousarray(draft.vectors, "<f4")
    await writer.executemany(
        query("add_vector"),
        [(i, embedder_id, row.tobytes()) for i, row in zip(ids, data, strict=True)],
    )


async def _erase(writer: aiosqlite.Connection, article_id: int, title: str) -> None:
    found = await writer.execute_fetchall(query("newest_passages"), (article_id,))
    words = [(row["id"], indexed(title), indexed(row["text"])) for row in found]
    await writer.executemany(query("drop_words"), words)
    await writer.execute(query("remove_article"), (article_id,))
