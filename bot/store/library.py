"""One server's library in one SQLite file (the Library protocol of ``base``).

What costs CPU in a write (hashing, cutting passages, folding words) runs in a thread or in
the writer's own, so that a long article does not hold the event loop. Knows nothing of how
transactions and connections are kept sound: ``connection`` does.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
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
from bot.store.base import Added, Draft, Ending, Totals, Vectors
from bot.store.catalogue import Catalogue, Codes, Places
from bot.store.connection import DELETED, Database
from bot.store.jobs import SqliteJobs, end_job
from bot.store.memory import Memory
from bot.store.places import add_places, article_texts, drop_places, index_missing, read_places
from bot.store.queries import query
from bot.store.words import indexed, match_any


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def text_hash(text: str) -> str:
    """SHA-256 of a stored text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class SqliteLibrary:
    """See ``base.Library``. The vectors are held in memory after their first use."""

    def __init__(self, server_id: str, database: Database):
        self.server_id = server_id
        self._database = database
        self._tables: dict[tuple[str, int], _VectorTable] = {}
        self._memory = Memory(database)
        self.jobs = SqliteJobs(database)
        self._changes = 0  # a table read from before a change is not kept

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

    async def add(self, draft: Draft, scope: Scope) -> Added:
        digest = await asyncio.to_thread(text_hash, draft.text)
        async with self._changing() as writer:
            same = await _first(writer, "same_text", self._seen(scope) | {"hash": digest})
            article_id = same["id"] if same else await _add_article(writer, draft, digest)
            if draft.job_id is not None:
                ending = Ending("done", article_id, "duplicate" if same else "added")
                await end_job(writer, draft.job_id, ending)
            parameters = self._seen(Scope(self.server_id)) | _one(article_id)
            kept = await _first(writer, "articles", parameters)
        assert kept is not None
        return Added(rows.article(kept), duplicate=bool(same))

    async def remove(self, ids: Sequence[int], scope: Scope) -> list[int]:
        removed = []
        async with self._changing(removing=True) as writer:
            for article_id in dict.fromkeys(ids):
                found = await _first(writer, "articles", self._seen(scope) | _one(article_id))
                if found:
                    await _erase(writer, article_id, found["title"])
                    removed.append(article_id)
            if removed:
                await writer.execute(query("orphan_answers"))
                await writer.execute(query("optimise_words"))
                await writer.execute(DELETED)
        await self._database.forget_deleted()
        return removed

    @asynccontextmanager
    async def _changing(self, *, removing: bool = False) -> AsyncIterator[aiosqlite.Connection]:
        """A transaction after which the vectors are read anew, however it ended."""
        try:
            async with self._database.transaction() as writer:
                yield writer
        finally:
            self._changes += 1
            self._tables.clear()
            self._memory.forget() if removing else self._memory.grown()

    async def keep_answer(
        self, citations: Sequence[Citation], *, asker_id: int | None, channel_id: int | None
    ) -> int:
        async with self._database.transaction() as writer:
            answer_id = await _insert(writer, "add_answer", (asker_id, channel_id, now()))
            await writer.executemany(
                query("add_citation"),
                [(answer_id, c.n, c.start, c.end, c.version_id) for c in citations],
            )
        return answer_id

    # --- reading -------------------------------------------------------------------------

    def _seen(self, scope: Scope) -> dict[str, Any]:
        """The scope as query parameters. A scope of another server sees nothing here."""
        return {
            "here": int(scope.server_id == self.server_id),
            "everywhere": int(scope.channels is None),
            "channels": json.dumps(sorted(scope.channels or ())),
        }

    async def _fetch(self, name: str, parameters: dict[str, Any]) -> list[sqlite3.Row]:
        return await self._database.fetch(query(name), parameters)

    async def find_same(self, text: str, scope: Scope) -> Article | None:
        digest = await asyncio.to_thread(text_hash, text)
        found = await self._fetch("same_text", self._seen(scope) | {"hash": digest})
        return await self.article(found[0]["id"], scope) if found else None

    async def articles(self, scope: Scope, *, limit: int = -1, offset: int = 0) -> list[Article]:
        parameters = self._seen(scope) | {"only": None, "limit": limit, "offset": offset}
        return [rows.article(row) for row in await self._fetch("articles", parameters)]

    async def titled(self, part: str, scope: Scope, *, limit: int = 25) -> list[Article]:
        found = await self._fetch("titled", self._seen(scope) | {"part": part, "limit": limit})
        return [rows.article(row) for row in found]

    async def article(self, article_id: int, scope: Scope) -> Article:
        found = await self._fetch("articles", self._seen(scope) | _one(article_id))
        if not found:
            raise _not_found(article_id)
        return rows.article(found[0])

    async def version(self, article_id: int, scope: Scope, number: int | None = None) -> Version:
        article = await self.article(article_id, scope)
        wanted = article.version if number is None else number
        parameters = self._seen(scope) | {"article_id": article_id, "number": _storable(wanted)}
        found = await self._fetch("version_text", parameters)
        if not found:
            raise ArticleNotFound(f"Article {article_id} has no version {wanted}.")
        history = await self._fetch("history", parameters)
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
            changes = self._changes
            found = await self._fetch("vectors", {"model": model, "dimension": dimension})
            table = await asyncio.to_thread(_VectorTable, found, dimension)
            if changes == self._changes:
                self._tables[model, dimension] = table
        return table.seen_by(scope if scope.server_id == self.server_id else None)

    async def catalogue(self, scope: Scope) -> Catalogue:
        return await self._memory.catalogue(scope, here=scope.server_id == self.server_id)

    async def places(self, terms: Sequence[str], scope: Scope) -> dict[str, Places]:
        catalogue = await self.catalogue(scope)
        wanted = self._seen(scope) | {"terms": json.dumps(list(terms))}
        found = read_places(await self._fetch("places", wanted))
        if not catalogue.partial:
            return found
        seen = {
            term: places[catalogue.rows_of(places["passage"]) >= 0]
            for term, places in found.items()
        }
        return {term: places for term, places in seen.items() if len(places)}

    async def codes(self, model: str, dimension: int, scope: Scope) -> Codes:
        if scope.server_id != self.server_id:
            return Codes(())
        return await self._memory.codes(model, dimension)

    async def passages(self, ids: Sequence[int], scope: Scope) -> list[StoredPassage]:
        wanted = self._seen(scope) | {"ids": json.dumps(list(ids))}
        sentences: dict[int, list[Sentence]] = defaultdict(list)
        # Sentences first: a passage removed in between is then missing, not empty.
        for row in await self._fetch("sentences", wanted):
            sentence = Sentence(row["start"], row["end"], row["page"])
            sentences[row["passage_id"]].append(sentence)
        found = await self._fetch("passages", wanted)
        by_id = {row["id"]: rows.stored_passage(row, sentences[row["id"]]) for row in found}
        return [by_id[i] for i in ids if i in by_id]

    async def passages_of(self, article_id: int, scope: Scope) -> list[StoredPassage]:
        parameters = self._seen(scope) | {"article_id": _storable(article_id)}
        found = await self._fetch("passages_of", parameters)
        return await self.passages([row["id"] for row in found], scope)

    async def cited_passage(self, answer_id: int, n: int, scope: Scope) -> CitedPassage:
        wanted = {"answer_id": _storable(answer_id), "n": _storable(n)}
        found = await self._fetch("cited_passage", self._seen(scope) | wanted)
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
        self.matrix = np.empty((len(found), dimension), np.float32)
        for i, row in enumerate(found):  # joined at once, they would hold the interpreter 25 ms
            self.matrix[i] = np.frombuffer(row["data"], "<f4")

    def seen_by(self, scope: Scope | None) -> Vectors:
        if scope is not None and scope.channels is None:
            return Vectors(self.passage_ids, self.matrix, None)
        channels = [0, *scope.channels] if scope is not None and scope.channels else [0]
        allowed = np.isin(self.channels, channels) & (scope is not None)
        return Vectors(self.passage_ids, self.matrix, allowed)


def _not_found(article_id: int) -> ArticleNotFound:
    return ArticleNotFound(f"There is no article {article_id} here that you can see.")


def _storable(number: int) -> int:
    """``number``, or one that no row has when it is more than SQLite can hold."""
    return number if number.bit_length() < 64 else -1


def _one(article_id: int) -> dict[str, int]:
    """The parameters with which ``articles`` finds a single one."""
    return {"only": _storable(article_id), "limit": 1, "offset": 0}


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


def _version_values(draft: Draft, digest: str) -> dict[str, Any]:
    return {
        "number": 1,
        "text": draft.text,
        "hash": digest,
        "characters": len(draft.text),
        "notes": json.dumps(draft.notes, ensure_ascii=False),
        "original": draft.original,
        "cleaner": draft.cleaner,
        "splitter": draft.splitter,
        "now": now(),
    }


async def _add_article(writer: aiosqlite.Connection, draft: Draft, digest: str) -> int:
    article_id = await _insert(writer, "add_article", _article_values(draft))
    version = _version_values(draft, digest) | {"article_id": article_id}
    version_id = await _insert(writer, "add_version", version)
    newest = {"article_id": article_id, "version_id": version_id}
    await writer.execute(query("set_newest"), newest)
    await writer.executemany(query("add_passage"), _passage_rows(draft, article_id, version_id))
    found = await writer.execute_fetchall(query("passage_ids"), (version_id,))
    ids = [row["id"] for row in found]
    await writer.executemany(query("add_sentence"), _sentence_rows(draft, ids))
    await writer.executemany(query("add_words"), _word_rows(draft, ids))
    await _add_vectors(writer, draft, ids)
    await add_places(writer, await article_texts(writer, article_id))
    return article_id


# Rows are generators: executemany draws them in the writer's thread.


def _passage_rows(draft: Draft, article_id: int, version_id: int) -> Iterator[tuple[Any, ...]]:
    for i, p in enumerate(draft.passages):
        text = draft.text[p.start : p.end]
        yield article_id, version_id, i, p.start, p.end, p.tokens, p.heading, p.page, text


def _sentence_rows(draft: Draft, ids: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    for passage_id, passage in zip(ids, draft.passages, strict=True):
        for i, sentence in enumerate(passage.sentences):
            yield passage_id, i, sentence.start, sentence.end, sentence.page


def _word_rows(draft: Draft, ids: Sequence[int]) -> Iterator[tuple[int, str, str]]:
    title = indexed(draft.title)
    for passage_id, p in zip(ids, draft.passages, strict=True):
        yield passage_id, title, indexed(draft.text[p.start : p.end])


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
        ((i, embedder_id, row.tobytes()) for i, row in zip(ids, data, strict=True)),
    )


async def _erase(writer: aiosqlite.Connection, article_id: int, title: str) -> None:
    found = await writer.execute_fetchall(query("newest_passages"), (article_id,))
    words = ((row["id"], indexed(title), indexed(row["text"])) for row in found)
    await writer.executemany(query("drop_words"), words)
    await drop_places(writer, await article_texts(writer, article_id))
    await writer.execute(query("remove_article"), (article_id,))
