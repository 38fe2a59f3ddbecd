"""JSON → the same values, one on each line, its escapes written as the characters that they mean.

Figures stay as they are written: nothing is computed. Files inside it, written as base64, are left
out, and counted. Text that is no JSON stays as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from bot.ingest.extract.document import Document, TextBuilder
from bot.ingest.extract.left_out import LeftOut
from bot.ingest.extract.metadata import TITLE_CHARACTERS, plausible_text

INDENT = "  "
INDENTED_LEVELS = 20
TITLE_KEYS = ("title", "name", "headline")
LEFT_OUT = '"…"'
# A data: address, or base64 that is longer than keys and signatures are.
_ENCODED_FILE = re.compile(
    r'"(?:data:[^,"\s]{1,100},[^"\s]*|(?:[\w+/-]|\\/){1000,}={0,2})"', re.ASCII
)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


def read_json(text: str) -> Document:
    """Reads JSON or JSON Lines."""
    builder = TextBuilder()
    values = _values(text)
    if values is None:
        builder.add(text)
        return Document(builder.text(), blocks=builder.blocks)
    left_out = LeftOut()
    for value in values:
        builder.add("\n".join(_lines(value, left_out)), "code")
    return Document(
        builder.text(),
        title=_title(values[0]),
        blocks=builder.blocks,
        notes=left_out.notes(),
    )


def _values(text: str) -> list[str] | None:
    """The JSON values of a file: one, or one on each line; None if it holds none."""
    if _is_json(text):
        return [text]
    lines = [line for line in text.splitlines() if line.strip()]
    return lines if lines and all(map(_is_json, lines)) else None


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _lines(text: str, left_out: LeftOut) -> Iterator[str]:
    """The value with one member on each line, however it was written."""
    depth, line = 0, ""
    for token in _TOKEN.findall(text):
        if token in "}]":
            if line.strip():
                yield line
            depth = max(0, depth - 1)
            line = _indent(depth) + token
        elif token in "{[":
            yield line + token
            depth += 1
            line = _indent(depth)
        elif token == ",":
            yield line + token
            line = _indent(depth)
        elif token == ":":
            line += ": "
        elif _ENCODED_FILE.fullmatch(token):
            left_out["embedded file"] += 1
            line += LEFT_OUT
        else:
            line += _readable(token)
    if line.strip():
        yield line


def _indent(depth: int) -> str:
    return INDENT * min(depth, INDENTED_LEVELS)


def _readable(token: str) -> str:
    """A string with its escapes resolved, on one line; anything else as it is."""
    if not token.startswith('"'):
        return token
    try:
        words = json.loads(token, strict=False)
    except ValueError:
        return token
    return '"' + " ".join(words.split()) + '"' if words.strip() else token


def _title(text: str) -> str:
    value = json.loads(text)
    names = [value.get(key) for key in TITLE_KEYS] if isinstance(value, dict) else []
    return next((plausible_text(n, TITLE_CHARACTERS) for n in names if isinstance(n, str)), "")
