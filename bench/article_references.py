"""Prints how often the articles that a line points to are found.

    .venv/bin/python -m bench.article_references [--counted | --more] [--all]

The lines are tests/quality/references, over its own library of titles and facts. Right: the same
articles and the same outcome (one or several, asked back, none there, no reference at all).
``--more`` reads lines of kinds that came later; ``--all`` prints the wrong ones, except of the half
that is only counted.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from bot.answer.reference.pointer import ArticleFacts
from bot.answer.reference.resolve import Resolution, resolve_line

FOLDER = Path(__file__).parent.parent / "tests" / "quality" / "references"
STATUS = {"single": "found", "several": "found", "ambiguous": "ambiguous", "none": "none"}


def facts() -> list[ArticleFacts]:
    """The library of the lines."""
    return [
        ArticleFacts(
            row["id"],
            row["title"],
            row["kind"],
            row["author"],
            row["added_by"],
            row["added"],
            tuple(row["tags"]),
            row["language"],
            row["url"] or "",
        )
        for row in json.loads((FOLDER / "library.json").read_text("utf-8"))
    ]


def is_right(row: dict[str, Any], found: Resolution | None) -> bool:
    """Whether a resolution is what the line means."""
    if (
        found is not None and found.topic and not found.ids
    ):  # these articles have no text to look it up in
        found = None
    if row["kind"] == "not_a_reference" or found is None:
        return row["kind"] == "not_a_reference" and found is None
    same = list(found.ids) == row["ids"] if row["ordered"] else set(found.ids) == set(row["ids"])
    return found.status == STATUS[row["kind"]] and same


def measure(name: str) -> tuple[Counter[str], Counter[str], list[str]]:
    """Right and all lines by kind, and the wrong ones."""
    right: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    wrong: list[str] = []
    entries = facts()
    for text in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines():
        row = json.loads(text)
        today = date.fromisoformat(row["today"])
        found = resolve_line(row["text"], entries, shown=row["shown"], today=today)
        lines[row["kind"]] += 1
        right[row["kind"]] += is_right(row, found)
        if not is_right(row, found):
            wrong.append(f"{row['kind']} {row['ids']}: {row['text']} {row['shown']} -> {found}")
    return right, lines, wrong


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--counted", action="store_true")
    parser.add_argument("--more", action="store_true")
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()
    half = "counted" if arguments.counted else "looked_at"
    right, lines, wrong = measure("more_kinds" if arguments.more else half)
    for kind in sorted(lines):
        print(f"{kind}: {right[kind]} of {lines[kind]}")
    print(f"right {sum(right.values()) / sum(lines.values()):.3f} of {sum(lines.values())}")
    if arguments.all and (arguments.more or not arguments.counted):
        print("\n".join(wrong))


if __name__ == "__main__":
    main()
