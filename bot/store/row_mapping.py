"""Turns rows of the database into records."""

from __future__ import annotations

import json
import sqlite3
from itertools import starmap
from typing import Any

from bot.records import (
    Article,
    Citation,
    CitedPassage,
    Sentence,
    SourceMessage,
    StoredPassage,
    Submitter,
)
from bot.store.values import KnownPage

ADDED = 12  # columns of a passage up to the day when its article was added


def submitter(row: sqlite3.Row) -> Submitter:
    return Submitter(row["submitter_id"], row["submitter_name"], row["channel_id"])


def article(row: sqlite3.Row) -> Article:
    return Article(
        id=row["id"],
        version=row["version"],
        title=row["title"],
        url=row["url"],
        author=row["author"],
        published=row["published"],
        language=row["language"],
        source=row["source"],
        submitter=submitter(row),
        added=row["added_at"],
        passages=row["passages"],
        characters=row["characters"],
        notes=tuple(json.loads(row["notes"])),
        tags=tuple(json.loads(row["tags"])),
        address=row["address"],
        message_link=row["card"],
        message=_message(row),
    )


def _message(row: sqlite3.Row) -> SourceMessage | None:
    if row["message_id"] is None:
        return None
    return SourceMessage(row["message_id"], row["message_author_id"])


def known_page(row: sqlite3.Row) -> KnownPage:
    return KnownPage(article(row), row["hash"], row["address"], row["etag"], row["last_modified"])


def stored_passage(row: sqlite3.Row) -> StoredPassage:
    """By the order of columns: by their names it takes a third longer."""
    *of_article, user_id, name, channel_id, added = row[:ADDED]
    *of_passage, sentences, pieces = row[ADDED:]
    submitter = Submitter(user_id, name, channel_id)
    found = tuple(starmap(Sentence, json.loads(sentences)))
    fields: list[Any] = [*of_article, submitter, added, *of_passage, found, pieces or b""]
    return StoredPassage(*fields)


def cited_passage(row: sqlite3.Row) -> CitedPassage:
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
    )
    return CitedPassage(
        citation=citation,
        heading=row["heading"],
        text=row["passage_text"],
        start=row["passage_start"],
        added=row["added_at"],
        footnote_count=row["footnotes"],
    )
