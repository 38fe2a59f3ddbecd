"""Mutation testing changes what a program does, in a sample that stays the same."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("cosmic_ray", reason="needs the development dependencies")

from bench.mutation_sites import Mutant, sample

SEEN = """
LIMIT = 20

def clamp(value: int) -> int:
    return min(value, LIMIT)

def undo(connection):
    connection.rollback()
    if connection.open and not connection.busy:
        connection.close()
"""

UNSEEN = '''
"""Fewer than 3 words or more than 4."""
__all__ = ["a"] + ["b"]
Value = str | int

class Store(Protocol):
    def search(self, limit: int = 20): ...

@dataclass(frozen=True, slots=True)
class Hit:
    score: float | None

def find(word: str | None) -> int | None:
    log.info("found %d", 1 + 2)
    assert_never(word)
'''


def mutants(folder: Path, code: str, of_each: int = 100) -> list[Mutant]:
    package = folder / "bot" / "text"
    package.mkdir(parents=True, exist_ok=True)
    (package / "code.py").write_text(code, "utf-8")
    return sample(folder, ("bot/text",), of_each, seed=1)


def test_borders_conditions_and_calls_are_changed(tmp_path: Path) -> None:
    changes = {(mutant.line, mutant.after) for mutant in mutants(tmp_path, SEEN)}
    assert (5, "return max(value, LIMIT)") in changes
    assert (8, "None") in changes  # no rollback
    assert (9, "if connection.open or not connection.busy:") in changes
    assert {after.replace("  ", " ") for line, after in changes if line == 2} < {
        "LIMIT = 19",
        "LIMIT = 21",
    }


def test_what_only_people_and_mypy_read_is_left_alone(tmp_path: Path) -> None:
    assert mutants(tmp_path, UNSEEN) == []


def test_a_larger_sample_holds_the_smaller_one(tmp_path: Path) -> None:
    everything = mutants(tmp_path, SEEN)
    assert mutants(tmp_path, SEEN, 3) == everything[:3]


def test_a_place_stays_in_the_sample_when_other_lines_change(tmp_path: Path) -> None:
    before = {mutant.key for mutant in mutants(tmp_path, SEEN)}
    after = {mutant.key for mutant in mutants(tmp_path, f"FIRST = 1\n{SEEN}")}
    assert before < after


CAUGHT = """
def read(file):
    try:
        return file.read()
    except (regex.error, OSError):
        return None
    except sqlite3.Error:
        raise
"""


def test_exceptions_with_dots_are_replaced_whole(tmp_path: Path) -> None:
    changes = {mutant.after for mutant in mutants(tmp_path, CAUGHT)}
    assert changes == {
        "except (FloatingPointError, OSError):",
        "except (regex.error, FloatingPointError):",
        "except FloatingPointError:",
    }
