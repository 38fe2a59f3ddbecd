"""The parameters by which the queries apply a scope and a filter."""

from __future__ import annotations

import json
from typing import Any

from bot.records import Filter, Scope


def scope_parameters(server_id: str, scope: Scope) -> dict[str, Any]:
    """Parameters of ``{visible}``. A scope of another server sees nothing here."""
    return {
        "here": scope.server_id == server_id,
        "everywhere": scope.channels is None,
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
