"""Checks the bodies of calls against Discord's own OpenAPI document, if it is there.

Snowflakes may be integers: Discord takes both. What the document does not say is in ``rules``.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import jsonschema_rs

from tests.wire.payloads import Payload

DOCUMENT = Path(__file__).parents[3] / "shared" / "discord-openapi.json"
JSON = "application/json"
WORDS = 400  # of an error, which names every alternative
Operations = list[tuple[str, re.Pattern[str], jsonschema_rs.Draft202012Validator]]


def schema_violations(method: str, path: str, body: Payload) -> list[str]:
    """How a call's body differs from what Discord accepts; nothing without the document."""
    for operation, pattern, validator in operations():
        if operation == method and pattern.fullmatch(path):
            errors = validator.iter_errors(body.get("list", body))
            return [f"{method} {path}: {error}"[:WORDS] for error in errors]
    return []


@cache
def operations() -> Operations:
    """Every operation with a JSON body. Paths without parameters come first."""
    if not DOCUMENT.exists():
        return []
    document = json.loads(DOCUMENT.read_text())
    components = document["components"]
    components["schemas"]["SnowflakeType"]["type"] = ["string", "integer"]
    found: Operations = []
    for path in sorted(document["paths"], key=lambda path: path.count("{")):
        pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", path))
        for method, operation in document["paths"][path].items():
            content = operation.get("requestBody", {}) if isinstance(operation, dict) else {}
            schema = content.get("content", {}).get(JSON, {}).get("schema")
            if schema is not None:
                whole = {**schema, "components": components}
                found.append((method.upper(), pattern, jsonschema_rs.Draft202012Validator(whole)))
    return found
