"""The docs match the code: commands, settings, dependencies, the tree, links."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text("utf-8")

RENAMES_IN_PROGRESS = frozenset[str]()  # paths that the docs use already; to be empty


def test_every_dependency_is_listed_with_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    every = [*project["dependencies"], *project["optional-dependencies"]["sandbox"]]
    table = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    for requirement in every:
        name = re.split(r"[\[<>=;]", requirement)[0]
        assert re.search(rf"^\|.*\b{re.escape(name)}\b.*\|.+\|$", table, re.MULTILINE), name


def test_the_map_of_architecture_is_the_tree() -> None:
    drawn = set(re.findall(r"^  (\w+(?:\.py|/))", ARCHITECTURE, re.MULTILINE))
    real = {
        entry.name + ("/" if entry.is_dir() else "")
        for entry in (ROOT / "bot").iterdir()
        if entry.name not in ("__pycache__", "__init__.py", "py.typed")
    }
    assert drawn == real


def test_contributing_names_every_target_of_make() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    contributing = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"^\| `make ([a-z]+)`", contributing, re.MULTILINE)) == targets


def test_the_readme_stays_short() -> None:
    assert len(README.splitlines()) <= 120


def test_the_site_has_every_page() -> None:
    pages = {f"{file.relative_to(ROOT / 'docs')}" for file in ROOT.glob("docs/**/*.md")}
    listed = set(re.findall(r"[\w/.-]+\.md", (ROOT / "mkdocs.yml").read_text("utf-8")))
    assert listed == pages


def test_architecture_stays_short() -> None:
    assert len(ARCHITECTURE.splitlines()) < 130


@pytest.mark.parametrize("file", [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
def test_links_between_documents_lead_somewhere(file: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", file.read_text("utf-8")):
        assert (file.parent / target).exists(), target


def test_the_makefile_has_what_the_readme_says() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert {"help", "install", "run", "test", "fix", "lock"} <= set(targets)


def test_ci_runs_the_test_command_of_the_readme_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert [line for line in lines if "make" in line] == ["exec make test"]


def test_the_lock_files_name_no_registry() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text("utf-8")
        assert "://" not in text
        assert "--hash=sha256:" in text


@pytest.mark.parametrize("file", [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
def test_files_named_in_the_docs_exist(file: Path) -> None:
    text = file.read_text("utf-8")
    paths = re.findall(r"\b(?:bot|tests|bench|prompts)/[\w./-]+\.(?:py|txt|json|md)\b", text)
    paths += [f"bench/{name}.py" for name in re.findall(r"python -m bench\.(\w+)", text)]
    assert {path for path in paths if not (ROOT / path).exists()} <= RENAMES_IN_PROGRESS
