"""The rows of a table in plain text, up to the last line of the text."""

from __future__ import annotations

import pytest

from bot.ingest.extract.plain_text import read_plain_text


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("| a | b |\n|---|---|\n| 1 | 2 |", ["table_header", "note", "table_row"]),
        ("Seen.\n\n| 1 | 2 |", ["lead_in", "table_row"]),
        ("| a |\n|---|", ["paragraph", "note"]),  # one column is a frame
        ("- ice\n- water", ["list_item", "list_item"]),
        ("1. ice", ["paragraph"]),  # a single one may be a line that was wrapped there
    ],
)
def test_what_a_line_is(text: str, kinds: list[str]) -> None:
    document = read_plain_text(text)
    assert document.text == text
    containers = ("list", "table")
    assert [block.kind for block in document.blocks if block.kind not in containers] == kinds
