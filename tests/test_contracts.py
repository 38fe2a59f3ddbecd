"""The import contracts work: each is broken in a copy of the tree, and must be reported."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
CONTRACTS: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))[
    "tool"
]["importlinter"]["contracts"]
DOORS = [
    contract
    for contract in CONTRACTS
    if contract["type"] == "protected" and not contract["protected_modules"][0].startswith("bot.")
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the code and its contracts."""
    shutil.copytree(
        ROOT / "bot", tmp_path / "bot", ignore=lambda _, names: [*filter(_is_not_code, names)]
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def _is_not_code(name: str) -> bool:
    return "." in name and not name.endswith(".py")


def plant(copy: Path, module: str, line: str) -> None:
    """Append an import to a module, or create the module."""
    file = copy / f"{module.replace('.', '/')}.py"
    if not file.exists() and file.with_suffix("").is_dir():
        file = file.with_suffix("") / "__init__.py"
    with file.open("a", encoding="utf-8") as opened:
        opened.write(f"\n{line}\n")


def lint(copy: Path) -> subprocess.CompletedProcess[str]:
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )


def packages() -> list[str]:
    """The modules and packages directly under ``bot``."""
    return sorted(
        f"bot.{entry.stem}"
        for entry in (ROOT / "bot").iterdir()
        if entry.suffix == ".py" or (entry / "__init__.py").exists()
    )


def test_the_unchanged_tree_keeps_every_contract(copy: Path) -> None:
    done = lint(copy)

    assert done.returncode == 0, done.stdout
    assert f"{len(CONTRACTS)} kept, 0 broken" in done.stdout


def test_a_protected_import_is_reported_in_every_other_module(copy: Path) -> None:
    """Also in modules that are newer than the contract."""
    plant(copy, "bot.newcomer", "")
    others = [name for name in [*packages(), "bot.newcomer"] if name != "bot.__init__"]
    libraries = {
        library: contract["allowed_importers"]
        for contract in DOORS
        for library in contract["protected_modules"]
    }
    for module in others:
        plant(copy, module, "\n".join(f"import {library}" for library in libraries))

    done = lint(copy)

    reported = set(re.findall(r"(bot[\w.]*) -> ([\w]+) \(l", done.stdout))
    assert done.returncode != 0
    assert {"discord", "simcord", "openai", "aiosqlite", "sqlite3", "psycopg"} <= set(libraries)
    for library, allowed in libraries.items():
        forbidden = set(others) - set(allowed)
        assert {module for module, imported in reported if imported == library} == forbidden
        assert len(forbidden) > 15


def test_an_import_that_breaks_a_contract_is_reported(copy: Path) -> None:
    breaches = [
        ("bot.maintenance", "import discord", "bot.maintenance -> discord"),
        ("bot.service.ask", "import discord", "bot.service.ask -> discord"),
        ("bot.service.ask", "import bot.terminal", "bot.service.ask -> bot.terminal"),
        (
            "bot.service.ask",
            "from bot.discord_app import access",
            "bot.service.ask -> bot.discord_app",
        ),
        ("bot.app", "import bot.service.ask", "bot.app -> bot.service.ask"),
        ("bot.json_output", "import openai", "bot.json_output -> openai"),
        (
            "bot.text.calendar_names",
            "def f():\n    import sqlite3",
            "bot.text.calendar_names -> sqlite3",
        ),
        (
            "bot.maintenance",
            "from bot.store.sqlite.store import SqliteStore",
            "bot.maintenance -> bot.store.sqlite.store",
        ),
        ("bot.records", "import bot.store.values", "bot.records -> bot.store.values"),
        (
            "bot.ingest.fetch.fetch",
            "import bot.ingest.pipeline",
            "No cycles are allowed in bot.ingest.",
        ),
    ]
    for module, line, _ in breaches:
        plant(copy, module, line)

    done = lint(copy)

    assert done.returncode != 0
    assert [message for _, _, message in breaches if message not in done.stdout] == []


def test_a_new_module_must_be_given_its_layer(copy: Path) -> None:
    plant(copy, "bot.newcomer", "")

    done = lint(copy)

    assert done.returncode != 0
    assert "newcomer" in done.stdout
