"""Libraries whose tokens an older version of the code made."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np

from bot.store.parts.postings import article_texts
from bot.store.passage_table import NO_ROW, POSITION
from bot.store.postings import build_postings
from bot.store.protocols import Library
from bot.store.sqlite.connection import Database
from bot.text.tokenize import TOKENS_VERSION
from tests.contract.samples import ALL, memory_index

OLD = TOKENS_VERSION - 1


def outdate(path: Path, *, prefix: str = "") -> None:
    """Make all tokens in a file old. ``prefix``: what the old code put before every term."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE segment SET tokens_version = ?", (OLD,))
        connection.execute("UPDATE version SET tokens = ? WHERE tokens IS NOT NULL", (OLD,))
        connection.execute("UPDATE posting SET term = ? || term", (prefix,))


Found = dict[str, list[tuple[int, int, int]]]


async def found(library: Library, terms: list[str]) -> Found:
    """Where search finds some terms."""
    index = memory_index(library)
    table = await index.passage_table(ALL)
    postings = await index.postings(terms, ALL)
    visible = {
        term: each[table.rows_of(each["passage"]) != NO_ROW] for term, each in postings.items()
    }
    return {term: each.tolist() for term, each in visible.items() if len(each)}


async def stored(library: Library, database: Database) -> Found:
    """Where every term is, according to the stored texts of what is visible."""
    articles = await library.articles.select(ALL)
    texts = [text for article in articles for text in await article_texts(database, article.id)]
    texts.sort(key=lambda text: text.passage_id)
    return {
        term: np.frombuffer(data, POSITION).tolist() for term, data in build_postings(texts).items()
    }
