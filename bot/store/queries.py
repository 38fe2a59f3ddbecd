"""Loads ``sql/queries.sql``: each query under its name."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

NAMED = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)


@cache
def _all() -> dict[str, str]:
    text = resources.files("bot.store").joinpath("sql/queries.sql").read_text("utf-8")
    return {name: body.strip().rstrip(";") for name, body in NAMED.findall(text)}


def query(name: str) -> str:
    """The SQL of one named query. Raises KeyError for a name that the file does not hold."""
    return _all()[name]
