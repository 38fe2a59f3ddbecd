"""docs/json.md has a row for every command that prints JSON, with the keys that it prints."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import build_parser, main

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "json.md").read_text("utf-8")
ROWS = {row[1]: row[0] for row in re.finditer(r"^\| `(\w+).*$", PAGE, re.MULTILINE)}
SAME_AS = {"refresh": "add", "import": "add", "summarise": "ask"}
SAMPLE = ROOT / "bot" / "sandbox" / "samples" / "lighthouse.md"
SESSION = (  # of one library, in order
    f"add {SAMPLE} missing.txt",
    'ask "How much did the restoration cost?"',
    "cite 1",
    "summarise 1 --sentences 2",
    "search lamp -k 1",
    "show 1",
    "list",
    "usage",
    "review",
    "why 1",
    "export folder",
    "import folder --server 2",
    "refresh",
    "reembed",
    "remove 1",
    "forget 7",
    "backup --to backups",
)
NOT_RUN = {"restore", "migrate", "doctor", "eval"}  # have tests of their own


def commands_with_json() -> set[str]:
    (choices,) = [a.choices for a in build_parser()._actions if isinstance(a.choices, dict)]
    return {name for name, parser in choices.items() if "--json" in parser.format_help()}


def documents(row: str) -> list[set[str]]:
    """The keys of each document that a row shows, without those of the objects in it."""
    depth, result = 0, list[set[str]]()
    for part in re.findall(r'[{}]|"\w+"', row):
        depth += (part == "{") - (part == "}")
        if part == "{" and depth == 1:
            result.append(set())
        elif part not in "{}" and depth == 1:
            result[-1].add(part.strip('"'))
    return result


def every_key(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, dict | list):
            yield from every_key(item)


def test_every_command_that_prints_json_has_a_row() -> None:
    assert set(ROWS) == commands_with_json()


def test_a_row_has_the_keys_that_its_command_prints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    page = set(re.findall(r'"(\w+)"', PAGE))
    for line in SESSION:
        command, *arguments = shlex.split(line)
        main([command, *arguments, "--json"])
        document = json.loads(capsys.readouterr().out)
        shown = documents(ROWS[SAME_AS.get(command, command)])
        assert any(keys <= set(document) for keys in shown), line
        assert set(every_key(document)) - page == set(), line
    assert {line.split()[0] for line in SESSION} == set(ROWS) - NOT_RUN
