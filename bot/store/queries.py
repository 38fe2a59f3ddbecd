"""Loads ``sql/queries.sql``: each query under its name, the scope's condition filled in."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

NAMED = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)


@cache
def _all() -> dict[str, str]:
    text = resources.files("bot.store").joinpath("sql/queries.sql").read_text("utf-8")
    bodies = {name: body.strip().rstrip(";") for name, body in NAMED.findall(text)}
    return {name: body.replace("{visible}", bodies["visible"]) for name, body in bodies.items()}


def query(name: str) -> str:
    """The SQL of one named query. Raises KeyError for a name that the file does not hold."""
    return _all()[name]
