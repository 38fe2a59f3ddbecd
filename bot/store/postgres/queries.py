"""The queries of ``sql/queries.sql``, in the form that psycopg takes.

A named parameter is written ``:name``; a positional one ``?`` or ``?2``, which becomes ``p2``. So
all parameters are passed by name, with the server's among them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from bot.store.named_queries import read_queries
from bot.store.parts.database import Parameters

TOKEN = re.compile(r"('[^']*')|(?<!:):(\w+)|\?(\d*)|(%)")
TABLE = re.compile(r"INSERT INTO (\w+)")
END = re.compile(r";\s*\n")
NEW_ID = "new_id"


@dataclass(frozen=True, slots=True)
class Query:
    """The statements of a query, in order. ``gives_id``: the table whose next id a row needs."""

    statements: tuple[str, ...]
    gives_id: str | None


def statement(name: str) -> Query:
    """A query by its name. Raises KeyError for an unknown one."""
    return all_queries()[name]


@cache
def all_queries() -> dict[str, Query]:
    """All queries, by their names."""
    file = resources.files("bot.store.postgres").joinpath("sql/queries.sql")
    return {name: _prepare(sql) for name, sql in read_queries(file.read_text("utf-8")).items()}


def _prepare(sql: str) -> Query:
    table = TABLE.search(sql)
    gives_id = table[1] if table and f":{NEW_ID}" in sql else None
    return Query(tuple(_statements(sql)), gives_id)


def _statements(sql: str) -> Iterator[str]:
    position = 0

    def placeholder(match: re.Match[str]) -> str:
        nonlocal position
        text, name, number, percent = match.groups()
        if text is not None:
            return text.replace("%", "%%")
        if percent:
            return "%%"
        if name is None:
            position += not number
        return f"%({name or f'p{number or position}'})s"

    for each in END.split(sql):
        yield TOKEN.sub(placeholder, each)


def by_name(parameters: Parameters) -> dict[str, Any]:
    """Parameters by name: positional ones are p1, p2 …"""
    if isinstance(parameters, Mapping):
        return dict(parameters)
    return {f"p{i}": value for i, value in enumerate(parameters, 1)}
