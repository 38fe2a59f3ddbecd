"""Where the code may be changed for mutation testing, and a sample of those places.

The changes are Cosmic Ray's (`<` for `<=`, `and` for `or`, a number one larger, a loop that never
runs …) and three of our own: a statement that is only a call is left out, `min` and `max` change
places, and an exception isn't caught. A place is changed in one way, drawn like the place itself.
Knows nothing of tests.
"""

from __future__ import annotations

import ast
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import parso.python.tree
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Example, Operator
from cosmic_ray.plugins import get_operator

# Of Cosmic Ray's pairs of operators only those that a slip of the pen makes: a border missed by
# one, a condition turned round. It would also try `<` for `is`, and `+` for each of ten others.
_COMPARISONS = "Lt_LtE Lt_GtE LtE_Lt LtE_Gt Gt_GtE Gt_LtE GtE_Gt GtE_Lt Eq_NotEq NotEq_Eq Is_IsNot"
_BINARY = "Add_Sub Sub_Add Mul_Div Div_Mul FloorDiv_Mul Mod_FloorDiv BitOr_BitAnd BitAnd_BitOr"
_OTHERS = (
    "AddNot ReplaceTrueWithFalse ReplaceFalseWithTrue ReplaceAndWithOr ReplaceOrWithAnd"
    " ReplaceBreakWithContinue ReplaceContinueWithBreak NumberReplacer"
    " RemoveDecorator ZeroIterationForLoop ReplaceUnaryOperator_Delete_Not"
    " ReplaceUnaryOperator_USub_UAdd ReplaceComparisonOperator_IsNot_Is"
    " ReplaceBinaryOperator_LShift_RShift ReplaceBinaryOperator_RShift_LShift"
)

# What a program does without as well: logs, stored results, what mypy reads.
_LOGS = frozenset({"log", "logger", "logging"})
_UNSEEN_CALLS = frozenset({"assert_never", "cast", "dataclass", "lru_cache", "TypeVar"})
_UNSEEN_DECORATORS = frozenset({"cache", "dataclass", "lru_cache", "override", "overload"})
_UNSEEN_DECORATORS |= {"final", "runtime_checkable", "unique"}

OTHER_END = {"min": "max", "max": "min"}
NEVER_RAISED = "FloatingPointError"  # by Python

Position = tuple[int, int]
Span = tuple[Position, Position]


class RemoveCall(Operator):  # type: ignore[misc]  # Cosmic Ray has no types
    """Leaves out a statement that is nothing but a call, awaited or not."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        if node.type == "simple_stmt" and node.children[0].type == "atom_expr":
            yield node.children[0].start_pos, node.children[0].end_pos

    def mutate(self, node: Any, index: int) -> Any:
        call = node.children[0]
        nothing = parso.python.tree.Name("None", call.start_pos, call.get_first_leaf().prefix)
        node.children[0] = nothing
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("undo()\n", "None\n"),)


class SwapMinMax(Operator):  # type: ignore[misc]  # Cosmic Ray has no types
    """Writes ``max(…)`` for ``min(…)`` and the other way round."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        if node.type == "atom_expr" and node.children[1].get_code().startswith("("):
            name = node.children[0]
            if name.type == "name" and name.value in OTHER_END:
                yield name.start_pos, name.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.children[0].value = OTHER_END[node.children[0].value]
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("min(a, b)", "max(a, b)"),)


class ExceptionReplacer(Operator):  # type: ignore[misc]  # Cosmic Ray has no types
    """Catches another exception than one that is named (Cosmic Ray's can't read `module.Error`)."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        for name in self._names(node):
            yield name.start_pos, name.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        name = self._names(node)[index]
        prefix = name.get_first_leaf().prefix
        others = name.parent.children
        others[others.index(name)] = parso.python.tree.Name(NEVER_RAISED, name.start_pos, prefix)
        return node

    @staticmethod
    def _names(node: Any) -> list[Any]:
        """What an `except` names, in a tuple or alone."""
        if node.type != "except_clause":
            return []
        caught = node.children[1]
        if caught.type == "atom":  # in parentheses
            caught = caught.children[1]
        return caught.children[::2] if caught.type == "testlist_comp" else [caught]

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        tried = "try: ...\nexcept "
        return (
            Example(f"{tried}(OSError, error.A): ...", f"{tried}({NEVER_RAISED}, error.A): ..."),
            Example(f"{tried}error.A: ...", f"{tried}{NEVER_RAISED}: ..."),
        )


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change at one place of one module; ``key`` stays when other lines change."""

    key: str
    path: str
    line: int
    before: str
    after: str
    code: str

    @property
    def package(self) -> str:
        """``bot/text`` and so on."""
        return "/".join(self.path.split("/")[:2])

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.before}  →  {self.after}"


@cache
def operators() -> tuple[Operator, ...]:
    """Every kind of change."""
    names = [f"ReplaceComparisonOperator_{pair}" for pair in _COMPARISONS.split()]
    names += [f"ReplaceBinaryOperator_{pair}" for pair in _BINARY.split()]
    names += _OTHERS.split()
    own = (RemoveCall(), SwapMinMax(), ExceptionReplacer())
    return (*(get_operator(f"core/{name}")() for name in names), *own)


def sample(root: Path, packages: tuple[str, ...], of_each: int, seed: int) -> list[Mutant]:
    """``of_each`` mutants of each package, drawn by a hash of the place: each as likely as another.

    A larger sample holds the smaller one, and a change of one module leaves the others' mutants.
    """
    return [mutant for package in packages for mutant in _sample(root, package, of_each, seed)]


def _sample(root: Path, package: str, size: int, seed: int) -> list[Mutant]:
    """The ``size`` places with the lowest hashes, each changed in one way."""
    places: dict[str, tuple[Path, list[tuple[Operator, int, Span]]]] = {}
    for file in sorted((root / package).rglob("*.py")):
        relative = file.relative_to(root)
        for name, changes in _places(relative, file.read_text("utf-8")):
            places[_hash(seed, name)] = (relative, changes)
    drawn = sorted(places)[:size]
    return [_mutant(root, places[key][0], key, places[key][1]) for key in drawn]


def _places(path: Path, code: str) -> Iterator[tuple[str, list[tuple[Operator, int, Span]]]]:
    """Each place that may be changed, under a name of its own, with the ways to change it."""
    unseen = list(_unseen(code))
    places: dict[tuple[Position, str], list[tuple[Operator, int, Span]]] = defaultdict(list)
    nodes = list(ast_nodes(get_ast(code)))
    for operator in operators():
        spans = [(span, node) for node in nodes for span in operator.mutation_positions(node)]
        for occurrence, (span, node) in enumerate(spans):
            is_star = node.type == "operator" and node.parent.type in ("parameters", "param")
            if not is_star and not any(start <= span[0] < end for start, end in unseen):
                places[span[0], type(operator).__name__.split("_")[0]].append(
                    (operator, occurrence, span)
                )
    lines, seen = code.splitlines(), defaultdict[str, int](int)
    for ((line, column), family), changes in sorted(places.items()):
        text = lines[line - 1]
        column -= len(text) - len(text.lstrip())
        name = f"{path.as_posix()} {text.strip()} {column} {family}"
        seen[name] += 1
        yield f"{name} {seen[name]}", changes


def _hash(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed} {name}".encode()).hexdigest()[:16]


def _mutant(root: Path, path: Path, key: str, changes: list[tuple[Operator, int, Span]]) -> Mutant:
    """The place changed in the way that its hash picks."""
    operator, occurrence, span = changes[int(key, 16) % len(changes)]
    before = (root / path).read_text("utf-8")
    after = mutate_code(before, operator, occurrence)
    was, becomes = _difference(before, after)
    return Mutant(key, path.as_posix(), span[0][0], was, becomes, after)


def _difference(before: str, after: str) -> tuple[str, str]:
    """The lines that differ, without those around them."""
    old, new = before.splitlines(), after.splitlines()
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return tuple(" ".join(line.strip() for line in lines) for lines in (old, new))  # type: ignore[return-value]  # two of two


def _unseen(code: str) -> Iterator[Span]:
    """Where a change makes no difference to what the program does."""
    lines = code.splitlines()
    for node in ast.walk(ast.parse(code)):
        for part in _unseen_parts(node):
            assert part.end_lineno is not None
            assert part.end_col_offset is not None
            start = _column(lines[part.lineno - 1], part.col_offset)
            start -= lines[part.lineno - 1][:start].endswith("@")  # of a decorator
            end = _column(lines[part.end_lineno - 1], part.end_col_offset)
            yield (part.lineno, start), (part.end_lineno, end)


def _column(line: str, bytes_before: int) -> int:
    return len(line.encode()[:bytes_before].decode())


def _unseen_parts(node: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """Annotations, Protocols, ``__all__``, log lines, stored results and what only mypy reads."""
    if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
        yield node.annotation
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
        yield node.returns
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield from (part for part in node.decorator_list if _name(part) in _UNSEEN_DECORATORS)
    if isinstance(node, ast.ClassDef) and "Protocol" in map(_name, node.bases):
        yield node
    if isinstance(node, ast.Assign) and (_name(node.targets[0]) == "__all__" or _is_type(node)):
        yield node
    if isinstance(node, ast.Call) and (_name(node.func) in _UNSEEN_CALLS or _is_log(node)):
        yield node


def _name(node: ast.expr) -> str:
    """The last name of ``a.b.c``, of ``a.b.c(…)`` and of ``a.b.c[…]``."""
    while isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _is_log(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and _name(call.func.value).strip("_") in _LOGS


def _is_type(assignment: ast.Assign) -> bool:
    """``Value = str | int`` and the like: names alone, written as a class is."""
    target, parts = _name(assignment.targets[0]).strip("_"), list(ast.walk(assignment.value))
    return target[:1].isupper() and not target.isupper() and _joins_types(parts)


def _joins_types(parts: list[ast.AST]) -> bool:
    allowed = (ast.Name, ast.Attribute, ast.Subscript, ast.BinOp, ast.BitOr, ast.Load, ast.Tuple)
    return all(isinstance(part, (*allowed, ast.Constant)) for part in parts)
