"""The queries of ``sql/queries.sql`` (``bot.store.named_queries``)."""

from __future__ import annotations

from functools import cache
from importlib import resources

from bot.store.named_queries import read_queries


@cache
def _all() -> dict[str, str]:
    file = resources.files("bot.store.sqlite").joinpath("sql/queries.sql")
    return read_queries(file.read_text("utf-8"))


def all_names() -> list[str]:
    """The names of all queries."""
    return list(_all())


def query(name: str) -> str:
    """The SQL of a named query. Raises KeyError for an unknown name."""
    return _all()[name]


def named_or_sql(statement: str) -> str:
    """The SQL of a named query; anything else is SQL already."""
    return _all().get(statement, statement)
