"""The lexical index: a positional inverted index in the library's own file.

Ranking reads all postings of a question's few terms and computes every signal from them in numpy.
FTS5 scores each match one by one: 36 ms per question at 100,000 passages, where this takes 1 to 3.
Each transaction writes a segment of its own, and ``FANOUT`` segments of a level are merged into
one of the next (a log-structured merge). So adding an article never rewrites the whole index, and
no term is spread over more than a few dozen rows. The postings of a removed article are cut out of
the rows that hold them.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import aiosqlite
import numpy as np

from bot.store.passage_table import POSITION, Postings
from bot.store.postings import IndexedText, build_postings, replace_title, without_passages
from bot.store.sqlite.connection import Database
from bot.store.sqlite.queries import query
from bot.store.sqlite.statements import insert_row
from bot.text.tokenize import TOKENS_VERSION

FANOUT = 8  # 100,000 passages in 10,000 articles are then at most 35 segments


async def add_postings(writer: aiosqlite.Connection, texts: Sequence[IndexedText]) -> None:
    """Index the passages of one transaction, and merge segments that are due."""
    if not texts:
        return
    postings = await asyncio.to_thread(build_postings, texts)
    await _add_segment(writer, 0, texts[0].passage_id, texts[-1].passage_id, postings)
    level = 0
    while await _merge_level(writer, level):
        level += 1


async def _add_segment(
    writer: aiosqlite.Connection, level: int, first: int, last: int, postings: Mapping[str, bytes]
) -> None:
    segment_id = await insert_row(writer, "add_segment", (level, TOKENS_VERSION, first, last))
    await writer.executemany(
        query("add_posting"), ((segment_id, term, data) for term, data in sorted(postings.items()))
    )


async def _merge_level(writer: aiosqlite.Connection, level: int) -> bool:
    """Merge the segments of a level into one, if there are enough. True if it did."""
    segments = list(await writer.execute_fetchall(query("segments_of_level"), (level,)))
    if len(segments) < FANOUT:
        return False
    rows = list(await writer.execute_fetchall(query("postings_of_level"), (level,)))
    postings = await asyncio.to_thread(_join_rows, rows)
    await writer.execute(query("drop_level"), (level,))
    first, last = segments[0]["first"], max(segment["last"] for segment in segments)
    await _add_segment(writer, level + 1, first, last, postings)
    return True


def _join_rows(rows: Iterable[sqlite3.Row]) -> dict[str, bytes]:
    """Concatenate the postings of each term."""
    parts: dict[str, list[bytes]] = defaultdict(list)
    for row in rows:
        parts[row["term"]].append(row["data"])
    return {term: b"".join(blobs) for term, blobs in parts.items()}


async def delete_postings(writer: aiosqlite.Connection, texts: Sequence[IndexedText]) -> None:
    """Remove all postings of some passages from the index."""
    ids = [text.passage_id for text in texts]
    if not ids:
        return
    terms = await asyncio.to_thread(lambda: json.dumps(list(build_postings(texts))))
    parameters = {"terms": terms, "first": min(ids), "last": max(ids)}
    rows = list(await writer.execute_fetchall(query("postings_between"), parameters))
    changed = await asyncio.to_thread(lambda: list(without_passages(rows, ids)))
    await writer.executemany(query("set_posting"), (row for row in changed if row[0]))
    await writer.executemany(query("drop_posting"), (row[1:] for row in changed if not row[0]))
    await writer.execute(query("drop_empty_segments"))


async def update_title(writer: aiosqlite.Connection, article_id: int, old: str, new: str) -> None:
    """Re-index a changed title, in the segment that holds the article's first passage."""
    ((passage_id, segment_id),) = await writer.execute_fetchall(
        query("title_segment"), (article_id,)
    )
    new_postings = build_postings([IndexedText(passage_id, new, [])])
    terms = list(build_postings([IndexedText(passage_id, old, [])]) | new_postings)
    parameters = {"terms": json.dumps(terms), "first": passage_id, "last": passage_id}
    rows = await writer.execute_fetchall(query("postings_between"), parameters)
    stored = {row["term"]: row["data"] for row in rows}
    replace = partial(replace_title, passage_id=passage_id)
    for term in terms:
        data = await asyncio.to_thread(replace, stored.get(term, b""), new_postings.get(term, b""))
        if not data:
            await writer.execute(query("drop_posting"), (segment_id, term))
        elif term in stored:
            await writer.execute(query("set_posting"), (data, segment_id, term))
        else:
            await writer.execute(query("add_posting"), (segment_id, term, data))


def read_postings(rows: Iterable[sqlite3.Row]) -> dict[str, Postings]:
    """The postings of each term over all segments, oldest first."""
    in_order = sorted(rows, key=lambda row: row["first"])
    return {term: np.frombuffer(data, POSITION) for term, data in _join_rows(in_order).items()}


async def article_texts(connection: aiosqlite.Connection, article_id: int) -> list[IndexedText]:
    """What is indexed of a stored article's newest version."""
    parameters = {"article_id": article_id}
    texts: dict[int, IndexedText] = {}
    for row in await connection.execute_fetchall(query("article_texts"), parameters):
        title = row["title"] if row["position"] == 0 else ""
        text = texts.setdefault(row["id"], IndexedText(row["id"], title, []))
        text.sentences.append(row["text"][row["start"] : row["end"]])
    return list(texts.values())


async def index_missing(database: Database) -> None:
    """Index what has no postings, or only those of an older ``TOKENS_VERSION``."""
    async with database.transaction() as writer:
        await writer.execute(query("drop_outdated_segments"), (TOKENS_VERSION,))
    while await database.fetch(query("unindexed_article")):
        async with database.transaction() as writer:
            ((article_id,),) = await writer.execute_fetchall(query("unindexed_article"))
            await add_postings(writer, await article_texts(writer, article_id))
