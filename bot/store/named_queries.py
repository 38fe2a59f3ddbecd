"""Loads a file of SQL in which each query has a name.

``{visible}`` and the like are replaced by the query of that name, such as the condition that
applies a scope.
"""

from __future__ import annotations

import re

NAMED = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"^--.*\n?", re.MULTILINE)
FRAGMENT = re.compile(r"\{(\w+)\}")


def read_queries(text: str) -> dict[str, str]:
    """The SQL of each query, by its name. Raises KeyError for an unknown fragment."""
    named = {name: COMMENT.sub("", body) for name, body in NAMED.findall(text)}
    bodies = {name: body.strip().rstrip(";") for name, body in named.items()}

    def complete(sql: str) -> str:
        return FRAGMENT.sub(lambda match: complete(bodies[match[1]]), sql)

    return {name: complete(body) for name, body in bodies.items()}
