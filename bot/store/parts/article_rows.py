"""Writes an article's rows: a first version, a new version, or its erasure.

Each function runs within the caller's transaction. CPU-bound work (stemming, tokenizing) runs in
a thread; rows are generators, which executemany consumes in the writer's own thread. Knows
nothing of scopes: the caller has checked them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from bot.errors import LibraryFull
from bot.store.block_codec import encode_blocks
from bot.store.erasures import ErasureKind
from bot.store.minhash_bands import band_keys
from bot.store.parts.database import Row, Transaction
from bot.store.parts.erasures import record_erasure
from bot.store.parts.postings import article_texts, delete_postings
from bot.store.parts.statements import fetch_first, utc_now
from bot.store.parts.tokens import add_tokens, forget_outdated
from bot.store.postings import IndexedText
from bot.store.values import ArticleHistory, Floats, NewArticle, OlderVersion
from bot.store.vector_codec import encode
from bot.strings import _
from bot.text.tokenize import TOKENS_VERSION


async def add_article(writer: Transaction, draft: NewArticle, digest: str) -> int:
    """Add an article with its first version, or with its history. Returns its id."""
    history = draft.history or ArticleHistory("", 1, "")
    values = _article_values(draft) | {"now": history.added or utc_now()}
    article_id = await writer.insert("add_article", values)
    for older in history.older:
        await _add_older_version(writer, draft, older, article_id)
    number = history.number
    await _add_version(writer, draft, digest, article_id, number=number, title=draft.title)
    await set_aside(writer, article_id)
    return article_id


async def set_aside(writer: Transaction, only: int | None = None) -> None:
    """Hide what was added outside of the library's channels, of one article or of all."""
    moved = await writer.fetch("set_aside", {"only": only})
    writer.changes.articles.update(row["id"] for row in moved)


async def await_approval(writer: Transaction, article_id: int) -> None:
    """Hide an article that was just added until it is approved."""
    values = {"article_id": article_id, "now": utc_now()}
    for name in ("await_approval", "add_approval"):
        await writer.execute(name, values)


async def _add_older_version(
    writer: Transaction, draft: NewArticle, older: OlderVersion, article_id: int
) -> None:
    """A version that isn't searched: its text alone."""
    version = _version_values(draft, older.hash) | {
        "article_id": article_id,
        "number": older.number,
        "text": older.text,
        "characters": len(older.text),
        "notes": "[]",
        "tokens": None,
        "blocks": None,
        "now": older.at or utc_now(),
    }
    await writer.insert("add_version", version)


async def check_room(writer: Transaction, most: int | None) -> None:
    """Raise LibraryFull when there are ``most`` articles already."""
    if most is None:
        return
    row = await fetch_first(writer, "count_articles", {})
    assert row is not None
    if row["articles"] >= most:
        raise LibraryFull(
            _(
                "This server's library is full: it holds {count} articles, which is the limit. "
                "Nothing was stored. Remove some, or ask the operator to raise MAX_ARTICLES."
            ).format(count=f"{row['articles']:,}")
        )


async def note_replaced(writer: Transaction, article_id: int) -> None:
    """Before an article's passages are deleted or no longer searched: the index forgets them."""
    rows = await writer.fetch("passages_of_article", (article_id,))
    writer.changes.articles.add(article_id)
    writer.changes.passages.update(row["id"] for row in rows)


async def update_article(writer: Transaction, draft: NewArticle, digest: str, old: Row) -> None:
    """Add a new version to the article ``old``.

    The old version stays for its citations but is no longer searched.
    """
    article_id, title = old["id"], draft.title if draft.has_given_title else old["title"]
    await writer.execute("mark_changed_answers", (article_id,))
    await note_replaced(writer, article_id)
    await delete_postings(writer, await article_texts(writer, article_id))
    await writer.execute("drop_vectors", (article_id,))
    await writer.execute("drop_passage_tokens", (article_id,))
    await writer.execute("drop_minhash_bands", (article_id,))
    await writer.execute("retire_version", (article_id,))
    values = _article_values(draft) | {"article_id": article_id, "title": title}
    await writer.execute("update_article", values)
    await record_page_check(writer, draft, article_id)
    await _add_version(writer, draft, digest, article_id, number=old["version"] + 1, title=title)


async def reread_article(writer: Transaction, draft: NewArticle, old: Row) -> None:
    """Replace the passages of the article ``old``: a newer reader parsed the text again."""
    article_id, title = old["id"], draft.title if draft.has_given_title else old["title"]
    await note_replaced(writer, article_id)
    await forget_outdated(writer, article_id)
    await delete_postings(writer, await article_texts(writer, article_id))
    await writer.execute("drop_passages", (old["version_id"],))
    values = _article_values(draft) | {"article_id": article_id, "title": title}
    await writer.execute("update_article", values)
    await record_page_check(writer, draft, article_id)
    version = _version_values(draft, old["hash"]) | {"version_id": old["version_id"]}
    version["blocks"] = await _encoded_blocks(draft)
    await writer.execute("reread_version", version)
    await _add_passages(writer, draft, article_id, old["version_id"], title)


async def record_page_check(writer: Transaction, draft: NewArticle, article_id: int) -> None:
    """Store the page's address and HTTP validators."""
    await writer.execute("record_page_check", _article_values(draft) | {"article_id": article_id})


async def erase_article(writer: Transaction, article_id: int) -> None:
    """Delete an article, and blank the answers that depend on it."""
    await note_replaced(writer, article_id)
    await writer.execute("due_answer_cards", (article_id,))
    await writer.execute("due_article_cards", (article_id,))
    await writer.execute("blank_answers", (article_id,))
    await writer.execute("drop_dependencies", (article_id,))
    await forget_outdated(writer, article_id)
    await delete_postings(writer, await article_texts(writer, article_id))
    await writer.execute("erase_article", (article_id,))
    await record_erasure(writer, "erased", article_id)


async def set_trashed(
    writer: Transaction,
    article_id: int,
    *,
    removed_at: float | None,
    removal_id: int | None = None,
) -> None:
    """Move an article to the trash, or out of it if ``removed_at`` is None."""
    values = {"removed_at": removed_at, "removal_id": removal_id}
    await writer.execute("set_trashed", values | {"article_id": article_id})
    writer.changes.articles.add(article_id)
    await set_aside(writer, article_id)
    await writer.execute("due_article_cards", (article_id,))
    kind: ErasureKind = "restored" if removed_at is None else "removed"
    await record_erasure(writer, kind, article_id, removed_at)


def _article_values(draft: NewArticle) -> dict[str, Any]:
    return {
        "title": draft.title,
        "url": draft.url,
        "author": draft.author,
        "published": draft.published,
        "date_kind": draft.date_kind,
        "date_source": draft.date_source,
        "language": draft.language,
        "source": draft.source,
        "channel_id": draft.submitter.channel_id,
        "submitter_id": draft.submitter.user_id,
        "submitter_name": draft.submitter.name,
        "now": utc_now(),
        "message_id": draft.message.id if draft.message else None,
        "message_author_id": draft.message.author_id if draft.message else None,
        "address": draft.address,
        "etag": draft.etag,
        "last_modified": draft.last_modified,
    }


def _version_values(draft: NewArticle, digest: str) -> dict[str, Any]:
    return {
        "text": draft.text,
        "hash": digest,
        "characters": len(draft.text),
        "notes": json.dumps(draft.notes, ensure_ascii=False),
        "original": draft.original,
        "cleaner": draft.cleaner,
        "splitter": draft.splitter,
        "reader": draft.reader,
        "tokens": TOKENS_VERSION,
        "page_unit": draft.page_unit,
        "by_ocr": draft.by_ocr,
        "now": (draft.history.at if draft.history else "") or utc_now(),
    }


async def _add_version(
    writer: Transaction,
    draft: NewArticle,
    digest: str,
    article_id: int,
    *,
    number: int,
    title: str,
) -> None:
    version = _version_values(draft, digest) | {"article_id": article_id, "number": number}
    version["blocks"] = await _encoded_blocks(draft)
    version_id = await writer.insert("add_version", version)
    newest = {"article_id": article_id, "version_id": version_id}
    await writer.execute("set_newest", newest)
    if draft.signature is not None:
        data = np.ascontiguousarray(draft.signature.hashes, "<u4").tobytes()
        await writer.execute("add_minhash", (version_id, draft.signature.scheme, data))
        keys = band_keys(draft.signature.hashes)
        await writer.executemany("add_minhash_band", ((version_id, key) for key in keys))
    await writer.executemany("add_tag", ((article_id, tag) for tag in draft.tags))
    await _add_passages(writer, draft, article_id, version_id, title)


async def _encoded_blocks(draft: NewArticle) -> bytes | None:
    return await asyncio.to_thread(encode_blocks, draft.blocks) if draft.blocks else None


async def _add_passages(
    writer: Transaction, draft: NewArticle, article_id: int, version_id: int, title: str
) -> None:
    """Store the passages of a version with everything that finds them."""
    await writer.executemany("add_passage", _passage_rows(draft, article_id, version_id))
    rows = await writer.fetch("passage_ids", (version_id,))
    ids = [row["id"] for row in rows]
    await writer.executemany("add_sentence", _sentence_rows(draft, ids))
    await _add_vectors(writer, draft, ids)
    await add_tokens(writer, await asyncio.to_thread(_indexed_texts, draft, ids, title))


def _indexed_texts(draft: NewArticle, ids: Sequence[int], title: str) -> list[IndexedText]:
    """What is indexed of a new version; ``title`` is the article's."""
    texts = []
    for i, (passage_id, passage) in enumerate(zip(ids, draft.passages, strict=True)):
        sentences = [draft.text[sentence.start : sentence.end] for sentence in passage.sentences]
        texts.append(IndexedText(passage_id, "" if i else title, sentences))
    return texts


def _passage_rows(draft: NewArticle, article_id: int, version_id: int) -> Iterator[tuple[Any, ...]]:
    for i, p in enumerate(draft.passages):
        text = draft.text[p.start : p.end]
        yield article_id, version_id, i, p.start, p.end, p.tokens, p.heading, p.page, text


def _sentence_rows(draft: NewArticle, ids: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    for passage_id, passage in zip(ids, draft.passages, strict=True):
        for i, sentence in enumerate(passage.sentences):
            kind = None if sentence.kind == "paragraph" else sentence.kind
            yield passage_id, i, sentence.start, sentence.end, sentence.page, kind


async def _add_vectors(writer: Transaction, draft: NewArticle, ids: Sequence[int]) -> None:
    if draft.vectors is not None:
        await add_vectors(writer, draft.embedder, ids, draft.vectors)


async def add_vectors(
    writer: Transaction,
    model: str,
    ids: Sequence[int],
    vectors: Floats,
    *,
    into: str = "add_vector",
) -> None:
    """Store one embedder's vectors, a row per passage, with the named query ``into``."""
    key = (model, vectors.shape[1])
    await writer.execute("add_embedder", key)
    ((embedder_id,),) = await writer.fetch("embedder_id", key)
    await writer.executemany(into, _vector_rows(ids, embedder_id, vectors))


def _vector_rows(ids: Sequence[int], embedder_id: int, vectors: Floats) -> Iterator[Any]:
    for passage_id, data in zip(ids, encode(vectors), strict=True):
        yield passage_id, embedder_id, data
