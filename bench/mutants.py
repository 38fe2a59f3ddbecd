"""Mutation testing: how many small changes of six packages the tests notice.

    make mutants                                   # 52 mutants of each package
    make mutants ARGS="--of-each 100 --seed 2"
    make mutants ARGS="--packages bot/verify bot/answer"
    make mutants ARGS="--keep-killed"              # after adding tests: those that survived

Cosmic Ray makes the changes (``bench.mutation_sites``) and this module runs the tests, because
Cosmic Ray runs one command for all mutants, which here is 5,500 tests for each, and mutmut 3 leaves
alone what stands outside functions, where most thresholds are, and functions with a decorator. A
mutant is tried with the tests that reach its line (``bench.mutants_reach``), those named after its
module first, in a copy of the tree under ``build/mutants``, in a process of its own that starts
with the libraries loaded. It is killed when a test fails or hangs, or when its CPU time is up. What
was tried is kept there, too: an interrupted run goes on where it stopped, until bot or tests
change. A busy machine takes longer but counts the same.
At the end the tests that killed something must pass on the code as it is.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import pytest

from bench.mutants_reach import LIMIT_S, PACKAGES, SECONDS, Reach, Recorder
from bench.mutation_sites import Mutant, sample

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "build" / "mutants"
TREE = FOLDER / "tree"
RESULTS = FOLDER / "results.jsonl"

OF_EACH = 52  # of six packages: 312
SEED = 15
CPU_FACTOR, CPU_EXTRA_S = 2, 20  # what a test run may take, of what it took without the mutant
HANGING_S = 300  # wall time of one test that waits forever: a busy machine takes its time
RECORDING_S = 120  # CPU time of a file of tests; what takes longer is not tried
IN_MEMORY = Path("/dev/shm")
MEMORY_BYTES = 10 << 30
_BROKEN = (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR)  # conftest, at import
Outcome = Literal["killed", "survived"]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a mutant; ``killer`` is the test that failed, or ``"time"``."""

    key: str
    place: str
    outcome: Outcome
    killer: str
    tests: int
    digest: str


def main() -> None:
    """Try the sample, print the figures and what survived."""
    arguments = _arguments()
    digest = _copy_tree()
    reach = Reach(TREE, FOLDER / "reach", arguments.limit)
    reach.load(arguments.packages, _record)
    mutants = sample(TREE, tuple(arguments.packages), arguments.of_each, arguments.seed)
    done = dict(_known(digest, keep_killed=arguments.keep_killed))
    for number, mutant in enumerate(mutants, 1):
        if mutant.key not in done:
            done[mutant.key] = _try(mutant, reach, digest)
            print(f"{number}/{len(mutants)} {done[mutant.key].outcome} {mutant}", flush=True)
    results = [(mutant, done[mutant.key]) for mutant in mutants]
    _report(results)
    shutil.rmtree(_temporary(TREE), ignore_errors=True)
    sys.exit(_control(results))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.mutants", description=__doc__.split("\n")[0])
    parser.add_argument("--of-each", type=int, default=OF_EACH, help="mutants of each package")
    parser.add_argument("--seed", type=int, default=SEED, help="another sample")
    parser.add_argument(
        "--packages",
        nargs="+",
        choices=PACKAGES,
        default=PACKAGES,
        metavar="PACKAGE",
        help="only of these, with their own tests",
    )
    parser.add_argument(
        "--limit",
        type=float,
        default=LIMIT_S,
        metavar="SECONDS",
        help="CPU time of each of five groups of tests; with less, more survive",
    )
    parser.add_argument(
        "--keep-killed", action="store_true", help="try only what earlier tests let live"
    )
    return parser.parse_args()


def _copy_tree() -> str:
    """Copy what git doesn't ignore, and say what bot and tests hold, in a digest."""
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    files = [name for name in names if name and (ROOT / name).is_file()]
    digest = hashlib.sha256()
    for name in sorted(files):
        _copy(ROOT / name, TREE / name)
        if name.startswith(("bot/", "tests/")):
            digest.update(name.encode() + (TREE / name).read_bytes())
    for file in TREE.rglob("*.py"):
        if not (ROOT / file.relative_to(TREE)).exists():
            file.unlink()
    return digest.hexdigest()[:16]


def _copy(source: Path, target: Path) -> None:
    """With its time, by which Python knows whether its bytecode is of this text."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists() or target.read_bytes() != source.read_bytes():
        shutil.copy2(source, target)


def _known(digest: str, *, keep_killed: bool) -> Iterator[tuple[str, Result]]:
    """Results of the same bot and tests; with ``keep_killed`` what others killed, too."""
    if RESULTS.exists():
        for line in RESULTS.read_text("utf-8").splitlines():
            result = Result(**json.loads(line))
            if result.digest == digest or (keep_killed and result.outcome == "killed"):
                yield result.key, result


def _try(mutant: Mutant, reach: Reach, digest: str) -> Result:
    """Run the tests on the changed module and put the module back."""
    tests, seconds = reach.tests(mutant.path, mutant.line)
    file = TREE / mutant.path
    original, times = file.read_bytes(), file.stat()
    try:
        file.write_text(mutant.code, "utf-8")
        os.utime(file, (int(mutant.key[:8], 16),) * 2)  # so no other's bytecode is taken for its
        killer = _first_failure(tests, seconds) if tests else ""
    finally:
        file.write_bytes(original)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    outcome: Outcome = "killed" if killer else "survived"
    result = Result(mutant.key, str(mutant), outcome, killer, len(tests), digest)
    with RESULTS.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
    return result


def _record(file: str) -> None:
    """Let coverage.py see the tests of a file run."""
    print(f"Recording what {file} reaches …", flush=True)
    (TREE / SECONDS).unlink(missing_ok=True)
    _in_child(record_tests, file, RECORDING_S)
    if not (TREE / SECONDS).exists():
        (TREE / SECONDS).write_text("{}", "utf-8")  # takes too long to be tried with each mutant


def _first_failure(tests: list[str], seconds: float) -> str:
    """The first test that fails, ``"time"`` if none ends, or "" if all pass."""
    shutil.rmtree(TREE / ".hypothesis", ignore_errors=True)
    verdict = TREE.parent / "verdict"
    verdict.unlink(missing_ok=True)
    status = _in_child(run_tests, tests, int(CPU_FACTOR * seconds) + CPU_EXTRA_S)
    if status or not verdict.exists():
        assert status < 0, verdict.with_suffix(".log").read_text("utf-8")
        return "time"  # or a crash
    return verdict.read_text("utf-8")


def _in_child(target: Callable[..., None], what: object, cpu_s: int) -> int:
    """Call ``target(what, tree)`` in a process of its own; 0, or minus the signal that ended it."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["bench.mutants", "bench.mutants_warm"])
    process = context.Process(target=target, args=(what, cpu_s, TREE))
    process.start()
    process.join()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid or 0, signal.SIGKILL)  # what it has started
    return process.exitcode or 0


class Chosen:
    """A pytest plugin: only these tests, in this order; remembers the first that fails."""

    def __init__(self, tests: list[str]) -> None:
        self._order = {test: place for place, test in enumerate(tests)}
        self.failed = ""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep and order the chosen."""
        order = self._order
        items[:] = [item for item in items if item.nodeid in order]
        items.sort(key=lambda item: order[item.nodeid])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that can't be imported."""
        if report.failed:
            self.failed = self.failed or report.nodeid or "import"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test, or what it needs."""
        if report.failed:
            self.failed = self.failed or report.nodeid


def run_tests(tests: list[str], cpu_s: int, tree: Path) -> None:
    """Run tests in this process, which is for them alone, and write the verdict."""
    _settle(cpu_s, tree)
    chosen = Chosen(tests)
    files = list(dict.fromkeys(test.split("::")[0] for test in tests))
    status = pytest.main(["-x", "--hypothesis-seed=0", *_options(tree), *files], plugins=[chosen])
    failed = chosen.failed or ("import" if status in _BROKEN else "")
    (tree.parent / "verdict").write_text(failed, "utf-8")
    os._exit(0)  # a test that failed may have left a thread that never ends


def record_tests(file: str, cpu_s: int, tree: Path) -> None:
    """Run a file of tests in this process and record what they reach."""
    _settle(cpu_s, tree)
    recorder = Recorder()
    recorder.start()
    pytest.main([*_options(tree), file], plugins=[recorder])
    os._exit(0)


def _options(tree: Path) -> list[str]:
    options = ["-q", "-n", "0", "-p", "no:cacheprovider", f"--basetemp={_temporary(tree)}"]
    options.append(f"--timeout={HANGING_S}")
    return [*options, "-W", "ignore::pytest.PytestAssertRewriteWarning"]  # some are loaded already


def _temporary(tree: Path) -> Path:
    """Where tests keep their files, which is emptied at each start: in memory if possible."""
    name = hashlib.sha256(bytes(tree)).hexdigest()[:8]
    parent = IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else tree.parent
    return parent / f"footnote-mutants-{name}"


def _settle(cpu_s: int, tree: Path) -> None:
    """Make this process one that runs in the copy, with a limit for time and memory."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    with (tree.parent / "verdict.log").open("w") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    own = os.environ  # noqa: TID251 - what the tests start inherits it
    own["PYTHONPATH"] = str(tree)
    sys.dont_write_bytecode = False  # it would be compiled again for each mutant
    os.chdir(tree)
    sys.path.insert(0, str(tree))


def _report(results: list[tuple[Mutant, Result]]) -> None:
    """A line for each package, and what survived."""
    print(f"\n{'package':12} {'mutants':>8} {'killed':>8} {'survived':>9} {'figure':>8}")
    for package in (*dict.fromkeys(mutant.package for mutant, _ in results), "bot"):
        of_it = [result for mutant, result in results if mutant.path.startswith(f"{package}/")]
        killed = sum(result.outcome == "killed" for result in of_it)
        share = killed / len(of_it) if of_it else 0.0
        name = "together" if package == "bot" else package
        print(f"{name:12} {len(of_it):8} {killed:8} {len(of_it) - killed:9} {share:8.1%}")
    print("\nSurvived:")
    for mutant, result in results:
        if result.outcome == "survived":
            print(f"  {mutant}  ({result.tests} tests)")


def _control(results: list[tuple[Mutant, Result]]) -> int:
    """Run the tests that killed something on the code as it is: 0 if all pass."""
    killers = sorted({result.killer for _, result in results if "::" in result.killer})
    failure = _first_failure(killers, 60.0 * len(killers)) if killers else ""
    if failure:
        print(f"\nNot a figure: {failure} fails without a mutant, too.")
    return 1 if failure else 0


if __name__ == "__main__":
    main()
