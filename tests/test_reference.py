"""The reference in docs/reference is what the code says."""

from __future__ import annotations

import re

import pytest

from bench.reference import FOLDER, pages


@pytest.mark.parametrize("name", pages())
def test_a_page_is_what_the_code_says(name: str) -> None:
    written = (FOLDER / name).read_text("utf-8")

    assert written == pages()[name], "run python -m bench.reference"


def test_every_page_is_written() -> None:
    assert {file.name for file in FOLDER.glob("*.md")} == set(pages())


def test_every_command_and_argument_has_a_description() -> None:
    assert "| . |" not in pages()["terminal.md"]
    assert not re.search(r"^\.$", "\n".join(pages().values()), re.MULTILINE)
