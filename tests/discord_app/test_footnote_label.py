"""What the button of a footnote says."""

from __future__ import annotations

import pytest

from bot.answer_records import Citation
from bot.discord_app.buttons import footnote_label


@pytest.mark.parametrize(
    ("quote", "label"),
    [
        ("The lamp is an LED.", "2 · “The lamp is an LED.”"),
        ('"We sold jam," said Joan.', '2 · “We sold jam," said Joan.”'),
        ("„Es brennt“, sagte sie.", "2 · “Es brennt“, sagte sie.”"),
    ],
)
def test_a_quotation_is_not_quoted_twice(quote: str, label: str) -> None:
    citation = Citation(2, 1, 1, 1, "Title", None, None, None, 0, len(quote), quote)
    assert footnote_label(citation, names_article=False) == label
