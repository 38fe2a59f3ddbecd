"""The lexical index: a positional inverted index in the library's own file.

Ranking reads all postings of a question's few terms and computes every signal from them in numpy.
FTS5 scores each match one by one: 36 ms per question at 100,000 passages, where this takes 1 to 3.
Each transaction writes a segment of its own, and ``FANOUT`` segments of a level are merged into
one of the next (a log-structured merge). So adding an article never rewrites the whole index, and
no term is spread over more than a few dozen rows. The postings of a removed article are cut out of
the rows that hold them.

Segments of another ``TOKENS_VERSION`` are outdated: ``tokens`` replaces them in the background, and
until then they serve the passages that it has not come to.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from bot.store.parts.database import Row, SqlDatabase, Transaction
from bot.store.passage_table import POSITION, Postings
from bot.store.postings import (
    IndexedText,
    build_postings,
    postings_from,
    replace_title,
    sort_postings,
    without_passages,
)
from bot.text.tokenize import TOKENS_VERSION

FANOUT = 8  # 100,000 passages in 10,000 articles are then at most 35 segments
TERMS_PER_STEP = 2_000  # of a segment that is searched as a whole: a few MB
CURRENT: dict[str, Any] = {"tokens": TOKENS_VERSION}


async def add_postings(writer: Transaction, texts: Sequence[IndexedText]) -> None:
    """Index the passages of one transaction, and merge segments that are due."""
    if not texts:
        return
    postings = await asyncio.to_thread(build_postings, texts)
    await _add_segment(writer, 0, texts[0].passage_id, texts[-1].passage_id, postings)
    level = 0
    while await _merge_level(writer, level):
        level += 1


async def _add_segment(
    writer: Transaction, level: int, first: int, last: int, postings: Mapping[str, bytes]
) -> None:
    segment_id = await writer.insert("add_segment", (level, TOKENS_VERSION, first, last))
    await writer.executemany(
        "add_posting", ((segment_id, term, data) for term, data in sorted(postings.items()))
    )


async def _merge_level(writer: Transaction, level: int) -> bool:
    """Merge the segments of a level into one, if there are enough. True if it did."""
    this_level = CURRENT | {"level": level}
    segments = list(await writer.fetch("segments_of_level", this_level))
    if len(segments) < FANOUT:
        return False
    rows = list(await writer.fetch("postings_of_level", this_level))
    postings = await asyncio.to_thread(_join_rows, rows)
    await writer.execute("drop_level", this_level)
    first, last = segments[0]["first"], max(segment["last"] for segment in segments)
    await _add_segment(writer, level + 1, first, last, postings)
    return True


def _join_rows(rows: Iterable[Row]) -> dict[str, bytes]:
    """The postings of each term over some segments, in order. CPU-bound."""
    in_order = sorted(rows, key=lambda row: row["first"])
    parts: dict[str, list[bytes]] = defaultdict(list)
    for row in in_order:
        parts[row["term"]].append(row["data"])
    joined = {term: b"".join(blobs) for term, blobs in parts.items()}
    if not _overlap(in_order):
        return joined
    return {term: sort_postings(data) for term, data in joined.items()}


def _overlap(in_order: Iterable[Row]) -> bool:
    """Whether segments overlap: they do while old articles are indexed again among new ones."""
    ranges = {row["segment_id"]: (row["first"], row["last"]) for row in in_order}
    highest = -1
    for first, last in ranges.values():
        if first <= highest:
            return True
        highest = max(highest, last)
    return False


async def delete_postings(writer: Transaction, texts: Sequence[IndexedText]) -> None:
    """Remove all postings of some passages from the index, outdated segments excepted."""
    ids = [text.passage_id for text in texts]
    if not ids:
        return
    terms = await asyncio.to_thread(lambda: json.dumps(list(build_postings(texts))))
    parameters = CURRENT | {"terms": terms, "first": min(ids), "last": max(ids)}
    rows = list(await writer.fetch("postings_between", parameters))
    await _cut_out(writer, rows, ids)


async def delete_outdated_postings(writer: Transaction, ids: Collection[int]) -> None:
    """Remove all postings of some passages from outdated segments.

    Which terms an older version of the code made of them is not known, so all are looked at:
    about a second for 100,000 passages.
    """
    if not ids:
        return
    parameters = CURRENT | {"first": min(ids), "last": max(ids)}
    for (segment_id,) in await writer.fetch("outdated_segments", parameters):
        step = {"segment_id": segment_id, "after": "", "limit": TERMS_PER_STEP}
        while rows := list(await writer.fetch("postings_after", step)):
            await _cut_out(writer, rows, ids)
            step["after"] = rows[-1]["term"]


async def _cut_out(writer: Transaction, rows: Sequence[Row], ids: Collection[int]) -> None:
    changed = await asyncio.to_thread(lambda: list(without_passages(rows, list(ids))))
    await writer.executemany("set_posting", (row for row in changed if row[0]))
    await writer.executemany("drop_posting", (row[1:] for row in changed if not row[0]))
    await writer.execute("drop_empty_segments")


async def update_title(writer: Transaction, article_id: int, old: str, new: str) -> None:
    """Re-index a changed title, in a segment that covers the article's first passage."""
    ((passage_id, segment_id),) = await writer.fetch(
        "title_segment", CURRENT | {"article_id": article_id}
    )
    new_postings = build_postings([IndexedText(passage_id, new, [])])
    terms = list(build_postings([IndexedText(passage_id, old, [])]) | new_postings)
    parameters = CURRENT | {"terms": json.dumps(terms), "first": passage_id, "last": passage_id}
    rows = await writer.fetch("postings_between", parameters)
    stored = {(row["segment_id"], row["term"]): row["data"] for row in rows}
    replace = partial(replace_title, passage_id=passage_id)
    for key in stored | dict.fromkeys((segment_id, term) for term in new_postings):
        title = new_postings.get(key[1], b"") if key[0] == segment_id else b""
        data = await asyncio.to_thread(replace, stored.get(key) or b"", title)
        if not data:
            await writer.execute("drop_posting", key)
        elif stored.get(key):
            await writer.execute("set_posting", (data, *key))
        else:
            await writer.execute("add_posting", (*key, data))


def read_postings(rows: Iterable[Row]) -> dict[str, Postings]:
    """The postings of each term over all segments, by rising passage."""
    served = [row if not row["serves_from"] else _served(row) for row in rows]
    joined = _join_rows(row for row in served if row["data"])
    return {term: np.frombuffer(data, POSITION) for term, data in joined.items()}


def _served(row: Row) -> Row:
    """A row of an outdated segment, with the postings that no newer segment holds."""
    return {**dict(row), "data": postings_from(row["data"], row["serves_from"])}


async def article_texts(
    connection: Transaction | SqlDatabase, article_id: int
) -> list[IndexedText]:
    """What is indexed of a stored article's newest version."""
    parameters = {"article_id": article_id}
    rows = await connection.fetch("article_texts", parameters)
    return await asyncio.to_thread(_indexed_texts, rows)


def _indexed_texts(rows: Iterable[Row]) -> list[IndexedText]:
    texts: dict[int, IndexedText] = {}
    for row in rows:
        title = row["title"] if row["position"] == 0 else ""
        text = texts.setdefault(row["id"], IndexedText(row["id"], title, []))
        text.sentences.append(row["text"][row["start"] : row["end"]])
    return list(texts.values())
