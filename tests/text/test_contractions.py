"""Contractions that were typed without their apostrophe."""

from __future__ import annotations

import pytest

from bot.text.contractions import with_apostrophes


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Whats that, and wheres it?", "What's that, and where's it?"),
        ("i dont know whos in", "i don't know who's in"),
        ("its own, lets go, wants, cants", "its own, lets go, wants, cants"),
    ],
)
def test_an_apostrophe_is_put_back(typed: str, written: str) -> None:
    assert with_apostrophes(typed) == written
