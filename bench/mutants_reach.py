"""Which tests reach a line of the six packages, and what each test costs.

Recorded with coverage.py, a file of tests at a time, with a context for each test. A line is known
by its function and its text, so that a change elsewhere in the module leaves what was recorded;
only files of tests that changed are recorded again. What runs in another process isn't seen, nor
what a cache answers: a test counts for a module when it reaches any of its lines.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage, CoverageData

PACKAGES = ("bot/text", "bot/search", "bot/store", "bot/ingest", "bot/verify", "bot/answer")
ALSO = {"bot/store": ("tests/contract",)}  # beside the folder of the package's name
COVERAGE = Path("build/reach.coverage")  # of one recording, relative to the tree
SECONDS = Path("build/reach_seconds.json")

LIMIT_S = 6.0  # CPU time of each of five groups of tests that a mutant is tried with


class Recorder:
    """A pytest plugin: which test runs which line, and the CPU seconds of each that passes."""

    def __init__(self) -> None:
        include = [f"{package}/*" for package in PACKAGES]
        self._coverage = Coverage(data_file=COVERAGE, include=include, config_file=False)
        self._seconds: dict[str, float] = {}

    def start(self) -> None:
        """To be called before anything of ``bot`` is imported."""
        COVERAGE.parent.mkdir(exist_ok=True)
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Give what runs from here on the name of its test."""
        self._coverage.switch_context(item.nodeid)
        started, failed = time.process_time(), item.session.testsfailed
        try:
            return (yield)
        finally:
            if item.session.testsfailed == failed:
                self._seconds[item.nodeid] = round(time.process_time() - started, 3)
            self._coverage.switch_context("")

    def pytest_unconfigure(self) -> None:
        """Keep what was recorded."""
        self._coverage.stop()
        self._coverage.save()
        SECONDS.write_text(json.dumps(self._seconds), "utf-8")


class Reach:
    """What was recorded of the tests in ``tree``, a file for each file of tests in ``folder``.

    ``limit_s``: what each group of tests that a mutant is tried with may take.
    """

    def __init__(self, tree: Path, folder: Path, limit_s: float = LIMIT_S) -> None:
        self._tree = tree
        self._limit_s = limit_s
        self._folder = folder
        self._seconds: dict[str, float] = {}
        self._of_line: dict[str, set[str]] = defaultdict(set)
        self._of_module: dict[str, set[str]] = defaultdict(set)

    def load(self, packages: Iterable[str], record: Callable[[str], None]) -> None:
        """Read what is recorded of the packages' tests.

        ``record`` is called with each file of tests that changed.
        """
        folders = [
            (package.replace("bot", "tests", 1), *ALSO.get(package, ())) for package in packages
        ]
        for folder in chain.from_iterable(folders):
            for file in sorted((self._tree / folder).rglob("test_*.py")):
                if not self._record_of(file).exists():
                    record(file.relative_to(self._tree).as_posix())
                    self._keep(file)
                self._add(json.loads(self._record_of(file).read_text("utf-8")))

    def _keep(self, file: Path) -> None:
        """Turn a recording into lines, each known by its function and its text."""
        lines: dict[str, set[str]] = defaultdict(set)
        for line, tests in self._recorded_lines():
            for test in tests:
                lines[test].add(line)
        seconds = json.loads((self._tree / SECONDS).read_text("utf-8"))
        found = {test: {"seconds": seconds[test], "lines": sorted(lines[test])} for test in seconds}
        self._folder.mkdir(parents=True, exist_ok=True)
        self._record_of(file).write_text(json.dumps(found), "utf-8")

    def tests(self, path: str, line: int) -> tuple[list[str], float]:
        """Node ids and their CPU seconds.

        First what reaches the line, then what is named after the module, then what reaches the
        module, or a module that imports it if the line is outside functions; each of them the
        cheapest first and up to a limit.
        """
        name = _names_of_lines(self._tree / path)[line]
        of_line, of_module = self._of_line[f"{path} {name}"], self._of_module[path]
        named = {test for test in self._seconds if _is_named_after(test, path)}
        users = self._importers(path) if name.startswith(" ") else ()
        of_users = {test for user in users for test in self._of_module[user]}
        chosen: list[str] = []
        spent = 0.0
        for tests in (of_line & named, of_line - named, named - of_line, of_module, of_users):
            more, cost = self._cheapest(tests - set(chosen), self._limit_s)
            chosen, spent = chosen + more, spent + cost
        return chosen, spent

    def _importers(self, path: str) -> Iterator[str]:
        """The modules of the six packages that import this one."""
        package, _, name = path.removesuffix(".py").replace("/", ".").rpartition(".")
        imported = re.compile(
            rf"^from {package}(?:\.{name} import| import .*\b{name}\b)", re.MULTILINE
        )
        for folder in PACKAGES:
            for file in (self._tree / folder).rglob("*.py"):
                if imported.search(file.read_text("utf-8")):
                    yield file.relative_to(self._tree).as_posix()

    def _record_of(self, file: Path) -> Path:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
        return self._folder / f"{file.parent.name}-{file.stem}-{digest}.json"

    def _recorded_lines(self) -> Iterator[tuple[str, set[str]]]:
        data = CoverageData(str(self._tree / COVERAGE))
        data.read()
        for file in data.measured_files():
            path = Path(file).relative_to(self._tree)
            names = _names_of_lines(self._tree / path)
            for number, tests in data.contexts_by_lineno(file).items():
                yield f"{path.as_posix()} {names[number]}", set(tests) - {""}

    def _add(self, recorded: dict[str, Any]) -> None:
        for test, found in recorded.items():
            self._seconds[test] = found["seconds"]
            for line in found["lines"]:
                self._of_line[line].add(test)
                self._of_module[line.split(" ", 1)[0]].add(test)

    def _cheapest(self, tests: Iterable[str], limit: float) -> tuple[list[str], float]:
        chosen, spent = [], 0.0
        for test in sorted(tests, key=lambda test: (self._seconds[test], test)):
            if spent + self._seconds[test] > limit:
                break
            spent += self._seconds[test]
            chosen.append(test)
        return chosen, spent


def _is_named_after(test: str, path: str) -> bool:
    """Whether it lies in ``test_<module>*.py`` of the package's tests."""
    file = Path(test.split("::")[0])
    same_package = file.parts[1] in (path.split("/")[1], "contract")
    return same_package and file.stem.startswith(f"test_{Path(path).stem}")


@cache
def _names_of_lines(file: Path) -> list[str]:
    """For each line number: the function it lies in, and its text."""
    lines = ["", *(line.strip() for line in file.read_text("utf-8").splitlines())]
    owners = [""] * len(lines)
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):  # outer ones come first
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            owners[node.lineno : node.end_lineno + 1] = [node.name] * (
                node.end_lineno + 1 - node.lineno
            )
    return [f"{owner} {line}" for owner, line in zip(owners, lines, strict=True)]
