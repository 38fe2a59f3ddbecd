"""Fields with a few possible values are Literal or StrEnum, so that mypy finds a wrong one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

BOT = Path(__file__).parent.parent / "bot"
ENUMERATED = {"kind", "mode", "order", "rating", "rule", "sort", "stage", "state", "status"}
# Most files have no such field, and need not be parsed.
FIELD = re.compile(rf"^ +(?:{'|'.join(sorted(ENUMERATED))})\s*:", re.MULTILINE)


def test_no_field_with_few_values_is_a_plain_string() -> None:
    loose = [
        f"{file.relative_to(BOT)}:{field.lineno} {field.target.id}"
        for file in BOT.rglob("*.py")
        if FIELD.search(text := file.read_text("utf-8"))
        for record in ast.walk(ast.parse(text))
        if isinstance(record, ast.ClassDef)
        for field in record.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if field.target.id in ENUMERATED and "str" in ast.unparse(field.annotation).split(" | ")
    ]

    assert loose == []
