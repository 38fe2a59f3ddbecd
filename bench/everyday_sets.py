"""Reads the sets of ``tests/quality`` that ``bench.everyday`` asks; each has a README.

Of a table the row that answers must be quoted, and the header of the asked cell shown; of a list
all items; of a brief on a company each fact. A brief's questions are asked one after the other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from bench.everyday_scoring import CELL, Asked, Place

Row = dict[str, Any]
SPAN = " / "  # between the header cells above one column


def read_questions(file: Path) -> Iterator[Asked]:
    """The questions of a set, in order; those of one brief follow each other."""
    read = READERS.get(file.parent.name, _everyday)
    for line in file.read_text("utf-8").splitlines():
        yield from read(json.loads(line))


def _everyday(row: Row) -> Iterator[Asked]:
    yield Asked(
        id=row["id"],
        question=row["question"],
        kind=row.get("kind", ""),
        language=row.get("language", ""),
        answerable=row["answerable"],
        evidence=_places(row["evidence"]),
        must_not=_places(row["must_not"]),
        any_suffices=row.get("any", False),
    )


def _table(row: Row) -> Iterator[Asked]:
    file = row["file"]
    column = row["header"].index(row["column"]) if row["answerable"] else -1
    yield Asked(
        id=row["id"],
        question=row["question"],
        kind=file.split(".", 1)[1],
        language=row["language"],
        answerable=row["answerable"],
        evidence=_places([[file, CELL.join(row["row"])]] if row["answerable"] else []),
        must_not=_places([[file, CELL.join(cells)] for cells in row["must_not"]]),
        shown=tuple(row["column"].split(SPAN)) if column > 0 else (),
    )


def _list(row: Row) -> Iterator[Asked]:
    file = row["file"]
    yield Asked(
        id=row["id"],
        question=row["question"],
        kind=row["kind"],
        language=row["language"],
        answerable=True,
        evidence=_places([[file, text] for text in [*row["items"], *row.get("code", ())]]),
        must_not=_places([[file, text] for text in row["must_not"]]),
        shown=tuple(row.get("terms", ())),
    )


def _brief(row: Row) -> Iterator[Asked]:
    for question in row["questions"]:
        yield Asked(
            id=question["id"],
            question=question["question"],
            kind="brief",
            language=row["language"],
            answerable=True,
            evidence=_places(question["facts"]),
            must_not=_places(question["must_not"]),
            superseded=_places(question["superseded"]),
            brief=row["id"],
            subject=f"{row['company']}-",
        )


def _places(pairs: Iterable[list[str]]) -> tuple[Place, ...]:
    return tuple(Place(*pair) for pair in pairs)


READERS: dict[str, Callable[[Row], Iterator[Asked]]] = {  # all others as everyday
    "tables": _table,
    "lists": _list,
    "company": _brief,
}
