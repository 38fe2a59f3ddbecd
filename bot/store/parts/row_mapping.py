"""Maps rows of the database to records.

Older columns that keep their names: ``answer.waits`` is ``StoredAnswer.awaits_answer``,
``answer.given_at`` is ``answered_at`` and ``answer.standalone`` is ``standalone_question``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from itertools import starmap
from typing import Any, TypeVar

import numpy as np

from bot.answer_records import Citation, CitedPassage
from bot.records import Article, Sentence, SourceMessage, StoredPassage, Submitter
from bot.store.parts.database import Row
from bot.store.values import KnownPage, MinhashSignatures

ARTICLE_COLUMNS = 12  # of the query "passages": those before the passage's own
MAX_INLINE_ROWS = 100  # mapped in about 3 ms, so on the event loop
Record = TypeVar("Record")


async def map_rows(record: Callable[[Row], Record], rows: Sequence[Row]) -> list[Record]:
    """The record of each row. Many are made in a thread: 2,500 passages take some 70 ms."""
    if len(rows) <= MAX_INLINE_ROWS:
        return list(map(record, rows))
    return await asyncio.to_thread(lambda: list(map(record, rows)))


def submitter(row: Row) -> Submitter:
    return Submitter(row["submitter_id"], row["submitter_name"], row["channel_id"])


def article(row: Row) -> Article:
    return Article(
        id=row["id"],
        version=row["version"],
        title=row["title"],
        url=row["url"],
        author=row["author"],
        published=row["published"],
        date_kind=row["date_kind"],
        date_source=row["date_source"],
        language=row["language"],
        source=row["source"],
        submitter=submitter(row),
        added=row["added_at"],
        passages=row["passages"],
        characters=row["characters"],
        notes=tuple(json.loads(row["notes"])),
        tags=tuple(json.loads(row["tags"])),
        address=row["address"],
        message_link=row["message_link"],
        message=_message(row),
        reader=row["reader"],
    )


def _message(row: Row) -> SourceMessage | None:
    if row["message_id"] is None:
        return None
    return SourceMessage(row["message_id"], row["message_author_id"])


def known_page(row: Row) -> KnownPage:
    return KnownPage(article(row), row["hash"], row["address"], row["etag"], row["last_modified"])


def stored_passage(row: Row) -> StoredPassage:
    """Maps by the order of columns: by name takes a third longer."""
    *article_fields, user_id, name, channel_id, added = row[:ARTICLE_COLUMNS]
    *passage_fields, sentences_json, packed_tokens, page_unit, by_ocr = row[ARTICLE_COLUMNS:]
    submitter = Submitter(user_id, name, channel_id)
    sentences = tuple(starmap(Sentence, json.loads(sentences_json)))
    fields: list[Any] = [*article_fields, submitter, added, *passage_fields, sentences]
    return StoredPassage(*(*fields, packed_tokens or b"", page_unit, bool(by_ocr)))


def cited_passage(row: Row) -> CitedPassage:
    citation = Citation(
        n=row["n"],
        article_id=row["article_id"],
        version_id=row["version_id"],
        version=row["version"],
        title=row["title"],
        url=row["url"],
        page=row["page"],
        published=row["published"],
        start=row["start"],
        end=row["end"],
        quote=row["quote"],
        submitter=submitter(row),
        page_unit=row["page_unit"],
        by_ocr=bool(row["by_ocr"]),
    )
    return CitedPassage(
        citation=citation,
        heading=row["heading"],
        text=row["passage_text"],
        start=row["passage_start"],
        added=row["added_at"],
        footnote_count=row["footnotes"],
    )


def minhash_signatures(rows: Sequence[Row]) -> MinhashSignatures:
    ids = np.array([row["id"] for row in rows], np.int64)
    hashes = np.frombuffer(b"".join(row["data"] for row in rows), "<u4")
    return MinhashSignatures(
        ids, hashes.reshape(len(rows), -1) if len(rows) else hashes.reshape(0, 0)
    )
