"""Loads ``sql/queries.sql``: each query under its name.

``{visible}`` and the like stand for the part of that name, above all the scope's condition.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import Any

from bot.records import Scope

FRAGMENTS = (
    "removed_lately",
    "unembedded",
    "allowed",
    "visible",
    "removed",
    "matches",
    "card_columns",
)  # in this order
NAMED = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)


@cache
def _all() -> dict[str, str]:
    text = resources.files("bot.store").joinpath("sql/queries.sql").read_text("utf-8")
    bodies = {name: body.strip().rstrip(";") for name, body in NAMED.findall(text)}
    for part in FRAGMENTS:
        for name, body in bodies.items():
            bodies[name] = body.replace(f"{{{part}}}", bodies[part])
    return bodies


def query(name: str) -> str:
    """The SQL of one named query. Raises KeyError for a name that the file does not hold."""
    return _all()[name]


def scope_parameters(server_id: str, scope: Scope) -> dict[str, Any]:
    """The scope as parameters for ``{visible}``: one of another server sees nothing here."""
    return {
        "here": int(scope.server_id == server_id),
        "everywhere": int(scope.channels is None),
        "channels": json.dumps(sorted(scope.channels or ())),
    }
