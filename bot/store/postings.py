"""The index of words: where every term stands, kept in the library's own file.

Ranking reads all places of a question's few terms and computes every signal from them, in
numpy. FTS5 scores each match one by one: 36 ms for a question at 100,000 passages, where
this takes 1 to 3. Each transaction writes a block of its own; ``FANOUT`` blocks of a level
are merged into one of the next, so adding an article never rewrites the whole index and a
term is never spread over more than a few dozen rows. Places of a removed article are cut
out of the rows that hold them.

Titles are indexed as sentence ``TITLE`` of their article's first passage.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import aiosqlite
import numpy as np

from bot.store.connection import Database
from bot.store.passage_table import POSITION, TITLE_SENTENCE, Postings
from bot.store.queries import query
from bot.text.tokenize import TERMS_VERSION, index_terms

LAST_SENTENCE = 254  # a passage of 256 tokens has fewer; the rest count as one
LAST_WORD = 255
FANOUT = 8  # 100,000 passages in 10,000 articles are then at most 35 blocks


@dataclass(slots=True)
class IndexedText:
    """What is indexed of a passage: its sentences, and its article's title if it is the first."""

    passage_id: int
    title: str
    sentences: list[str]


def build_postings(texts: Iterable[IndexedText]) -> dict[str, bytes]:
    """The places of every term of some passages, in order of their ids. Costs CPU."""
    found: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for text in texts:
        numbered = [(min(i, LAST_SENTENCE), s) for i, s in enumerate(text.sentences)]
        for number, sentence in [*numbered, (TITLE_SENTENCE, text.title)]:
            for word, term in index_terms(sentence):
                found[term].append((text.passage_id, number, min(word, LAST_WORD)))
    return {term: np.array(postings, POSITION).tobytes() for term, postings in found.items()}


async def add_postings(writer: aiosqlite.Connection, texts: Sequence[IndexedText]) -> None:
    """Indexes the passages of one transaction, and merges blocks where it is time to."""
    if not texts:
        return
    postings = await asyncio.to_thread(build_postings, texts)
    await _add_block(writer, 0, texts[0].passage_id, texts[-1].passage_id, postings)
    level = 0
    while await _merged(writer, level):
        level += 1


async def _add_block(
    writer: aiosqlite.Connection, level: int, first: int, last: int, postings: Mapping[str, bytes]
) -> None:
    cursor = await writer.execute(query("add_block"), (level, TERMS_VERSION, first, last))
    block_id = cursor.lastrowid
    await writer.executemany(
        query("add_place"), ((block_id, term, data) for term, data in sorted(postings.items()))
    )


async def _merged(writer: aiosqlite.Connection, level: int) -> bool:
    """Makes one block of all of a level, once there are enough. True when it did."""
    blocks = list(await writer.execute_fetchall(query("blocks_of_level"), (level,)))
    if len(blocks) < FANOUT:
        return False
    found = list(await writer.execute_fetchall(query("places_of_level"), (level,)))
    postings = await asyncio.to_thread(_joined, found)
    await writer.execute(query("drop_level"), (level,))
    first, last = blocks[0]["first"], max(block["last"] for block in blocks)
    await _add_block(writer, level + 1, first, last, postings)
    return True


def _joined(found: Iterable[sqlite3.Row]) -> dict[str, bytes]:
    parts: dict[str, list[bytes]] = defaultdict(list)
    for row in found:
        parts[row["term"]].append(row["places"])
    return {term: b"".join(blobs) for term, blobs in parts.items()}


async def delete_postings(writer: aiosqlite.Connection, texts: Sequence[IndexedText]) -> None:
    """Takes every place of some passages out of the index."""
    ids = [text.passage_id for text in texts]
    if not ids:
        return
    terms = await asyncio.to_thread(lambda: json.dumps(list(build_postings(texts))))
    wanted = {"terms": terms, "first": min(ids), "last": max(ids)}
    found = list(await writer.execute_fetchall(query("places_between"), wanted))
    kept = await asyncio.to_thread(lambda: list(_without(found, ids)))
    await writer.executemany(query("set_place"), (row for row in kept if row[0]))
    await writer.executemany(query("drop_place"), (row[1:] for row in kept if not row[0]))
    await writer.execute(query("drop_empty_blocks"))


def _without(found: Iterable[sqlite3.Row], ids: Sequence[int]) -> Iterator[tuple[bytes, int, str]]:
    for row in found:
        postings = np.frombuffer(row["places"], POSITION)
        kept = postings[~np.isin(postings["passage"], ids)]
        if len(kept) < len(postings):
            yield kept.tobytes(), row["block_id"], row["term"]


async def update_title(writer: aiosqlite.Connection, article_id: int, old: str, new: str) -> None:
    """Indexes another title of a stored article, in the block that holds its first passage."""
    ((passage_id, block_id),) = await writer.execute_fetchall(query("title_block"), (article_id,))
    there = build_postings([IndexedText(passage_id, new, [])])
    terms = list(build_postings([IndexedText(passage_id, old, [])]) | there)
    wanted = {"terms": json.dumps(terms), "first": passage_id, "last": passage_id}
    rows = await writer.execute_fetchall(query("places_between"), wanted)
    known = {row["term"]: row["places"] for row in rows}
    for term in terms:
        data = _retitled(known.get(term, b""), there.get(term, b""), passage_id)
        if not data:
            await writer.execute(query("drop_place"), (block_id, term))
        elif term in known:
            await writer.execute(query("set_place"), (data, block_id, term))
        else:
            await writer.execute(query("add_place"), (block_id, term, data))


def _retitled(known: bytes, new: bytes, passage_id: int) -> bytes:
    """A term's places with ``new`` ones instead of those that the passage's title had."""
    old = np.frombuffer(known, POSITION)
    kept = old[(old["passage"] != passage_id) | (old["sentence"] != TITLE_SENTENCE)]
    return np.sort(np.concatenate([kept, np.frombuffer(new, POSITION)])).tobytes()


def read_postings(found: Iterable[sqlite3.Row]) -> dict[str, Postings]:
    """The places of each term, joined over the blocks they stand in, older ones first."""
    in_order = sorted(found, key=lambda row: row["first"])
    return {term: np.frombuffer(data, POSITION) for term, data in _joined(in_order).items()}


async def article_texts(connection: aiosqlite.Connection, article_id: int) -> list[IndexedText]:
    """What is indexed of a stored article's newest version."""
    wanted = {"article_id": article_id}
    texts: dict[int, IndexedText] = {}
    for row in await connection.execute_fetchall(query("article_texts"), wanted):
        title = row["title"] if row["position"] == 0 else ""
        text = texts.setdefault(row["id"], IndexedText(row["id"], title, []))
        text.sentences.append(row["text"][row["start"] : row["end"]])
    return list(texts.values())


async def index_missing(database: Database) -> None:
    """Indexes what was stored before there was an index, or by other rules for terms."""
    async with database.transaction() as writer:
        await writer.execute(query("drop_old_blocks"), (TERMS_VERSION,))
    while await database.fetch(query("unindexed_article")):
        async with database.transaction() as writer:
            ((article_id,),) = await writer.execute_fetchall(query("unindexed_article"))
            await add_postings(writer, await article_texts(writer, article_id))
