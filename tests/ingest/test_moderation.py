"""What blocks an address: its site, the domains above it, and the beginnings of its path."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.moderation import address_prefixes, normalize_block

WORDS = st.text("abcz09-", min_size=1, max_size=6)


def test_an_address_has_all_its_prefixes() -> None:
    assert address_prefixes("https://www.a.org/x/y?z=1") == [
        *("www.a.org", "www.a.org/x", "www.a.org/x/y", "www.a.org/x/y?z=1"),
        *("a.org", "a.org/x", "a.org/x/y", "a.org/x/y?z=1"),
    ]


@pytest.mark.parametrize(
    ("typed", "blocked"),
    [
        ("https://www.A.org/", "a.org"),
        (" a.org/x/ ", "a.org/x"),
        ("a.org./x?y", "a.org/x?y"),
        ("org", ""),
        ("", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_what_is_typed_is_blocked_in_one_spelling(typed: str, blocked: str) -> None:
    assert normalize_block(typed) == blocked


@given(
    st.lists(WORDS, min_size=2, max_size=3), st.lists(WORDS, max_size=3), st.booleans(), st.data()
)
def test_the_beginning_of_an_address_blocks_it(
    labels: list[str], path: list[str], has_www: bool, data: st.DataObject
) -> None:
    host = ".".join(labels)
    address = "/".join([f"https://{'www.' if has_www else ''}{host}", *path])
    cut = data.draw(st.integers(0, len(path)))
    blocked = normalize_block("/".join([host, *path[:cut]]))
    assert blocked in address_prefixes(address)
