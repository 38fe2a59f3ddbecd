"""Loads ``sql/queries.sql``, in which each query has a name.

``{visible}`` and the like are replaced by the fragment of that name, such as the condition that
applies a scope.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import Any

from bot.records import Filter, Scope

FRAGMENTS = (
    "same_removal",
    "unembedded",
    "answer_visible",
    "visible",
    "trashed",
    "waiting",
    "is_outside",
    "library_channels",
    "matches",
    "article_columns",
    "message_text_url",
    "blanked",
    "outdated_versions",
    "shown_directly",
    "is_shown_question",
    "is_unanswered",
)  # in the order of replacement: earlier ones may contain later ones
NAMED = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)


@cache
def _all() -> dict[str, str]:
    text = resources.files("bot.store.sqlite").joinpath("sql/queries.sql").read_text("utf-8")
    bodies = {name: body.strip().rstrip(";") for name, body in NAMED.findall(text)}
    for fragment in FRAGMENTS:
        for name, body in bodies.items():
            bodies[name] = body.replace(f"{{{fragment}}}", bodies[fragment])
    return bodies


def query(name: str) -> str:
    """The SQL of a named query. Raises KeyError for an unknown name."""
    return _all()[name]


def scope_parameters(server_id: str, scope: Scope) -> dict[str, Any]:
    """Parameters of ``{visible}``. A scope of another server sees nothing here."""
    return {
        "here": int(scope.server_id == server_id),
        "everywhere": int(scope.channels is None),
        "channels": json.dumps(sorted(scope.channels or ())),
    }


def filter_parameters(matching: Filter) -> dict[str, Any]:
    """Parameters of ``{matches}``."""
    only = None if matching.articles is None else json.dumps(sorted(matching.articles))
    return {
        "only": only,
        "part": matching.title,
        "tag": matching.tag,
        "submitter_id": matching.submitter_id,
        "since": matching.since,
        "until": matching.until,
        "read_before": matching.read_before,
    }
