"""Which tests reach a line of the four packages, and what each test costs.

Also a pytest plugin that records it, with coverage.py and a context for each test::

    python -m pytest -p bench.mutants_reach tests/text tests/search …

A line is known by its function and its text, so that a change elsewhere in the module leaves what
was recorded; only files of tests that changed are recorded again. What runs in another process
isn't seen, nor what a cache answers: a test counts for a module when it reaches any of its lines.
"""

from __future__ import annotations

import ast
import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage, CoverageData

PACKAGES = ("bot/text", "bot/search", "bot/store", "bot/ingest")
TESTS = ("tests/text", "tests/search", "tests/store", "tests/contract", "tests/ingest")
COVERAGE = Path("build/reach.coverage")  # of one recording, relative to the tree
SECONDS = Path("build/reach_seconds.json")

NAMED_LIMIT_S = 30.0  # CPU time of the tests named after the module
REACHING_LIMIT_S = 12.0  # and of all others that a mutant is tried with


class Recorder:
    """The plugin: which test runs which line, and the CPU seconds of each that passes."""

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


def pytest_configure(config: pytest.Config) -> None:
    """The entry of the plugin."""
    recorder = Recorder()
    recorder.start()
    config.pluginmanager.register(recorder)


class Reach:
    """What was recorded of the tests in ``tree``, a file for each file of tests in ``folder``."""

    def __init__(self, tree: Path, folder: Path) -> None:
        self._tree = tree
        self._folder = folder
        self._seconds: dict[str, float] = {}
        self._of_line: dict[str, set[str]] = defaultdict(set)
        self._of_module: dict[str, set[str]] = defaultdict(set)

    def load(self, record: Callable[[list[str]], None]) -> None:
        """Read what is recorded; ``record`` is called with the files of tests that changed."""
        for folder in TESTS:
            files = sorted((self._tree / folder).rglob("test_*.py"))
            if missing := [file for file in files if not self._record_of(file).exists()]:
                record([file.relative_to(self._tree).as_posix() for file in missing])
                self.keep(missing)
            for file in files:
                self._add(json.loads(self._record_of(file).read_text("utf-8")))

    def keep(self, files: Iterable[Path]) -> None:
        """Turn one recording into a file for each file of tests."""
        lines: dict[str, set[str]] = defaultdict(set)
        for line, tests in self._recorded_lines():
            for test in tests:
                lines[test].add(line)
        self._folder.mkdir(parents=True, exist_ok=True)
        seconds = json.loads((self._tree / SECONDS).read_text("utf-8"))
        for file in files:
            start = f"{file.relative_to(self._tree).as_posix()}::"
            of_file = {test: cost for test, cost in seconds.items() if test.startswith(start)}
            found = {
                test: {"seconds": cost, "lines": sorted(lines[test])}
                for test, cost in of_file.items()
            }
            self._record_of(file).write_text(json.dumps(found), "utf-8")

    def tests(self, path: str, line: int) -> tuple[list[str], float]:
        """Node ids and their CPU seconds: by name, by line, then by module, cheapest first."""
        named = {test for test in self._seconds if _is_named_after(test, path)}
        chosen, spent = self._cheapest(named, NAMED_LIMIT_S)
        left = REACHING_LIMIT_S
        name = _names_of_lines(self._tree / path)[line]
        for others in (self._of_line[f"{path} {name}"], self._of_module[path]):
            more, cost = self._cheapest(others - set(chosen), left)
            chosen, spent, left = chosen + more, spent + cost, left - cost
        return chosen, spent

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
