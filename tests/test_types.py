"""What can only be one of a few words is typed so: mypy finds the word that does not exist."""

from __future__ import annotations

import ast
from pathlib import Path

BOT = Path(__file__).parent.parent / "bot"
FEW_WORDS = {"kind", "mode", "order", "rating", "rule", "sort", "stage", "state", "status"}


def test_no_record_holds_one_of_a_few_words_as_any_text() -> None:
    loose = [
        f"{file.relative_to(BOT)}:{field.lineno} {field.target.id}"
        for file in BOT.rglob("*.py")
        for record in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(record, ast.ClassDef)
        for field in record.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if field.target.id in FEW_WORDS and "str" in ast.unparse(field.annotation).split(" | ")
    ]

    assert loose == []
