"""A sentence knows the page it begins on, also where its passage runs over a page's end."""

from __future__ import annotations

from bot.ingest.chunk import split_passages
from bot.records import TextMarker


def test_a_passage_over_a_pages_end_has_sentences_of_both_pages() -> None:
    text = "It ends on three. Still three. It begins on four."
    pages = [TextMarker(0, "3"), TextMarker(text.index("It begins"), "4")]
    (passage,) = split_passages(text, lambda part: len(part.split()), pages=pages)
    assert passage.page == 3
    assert [sentence.page for sentence in passage.sentences] == [3, 3, 4]


def test_without_pages_there_is_no_page() -> None:
    (passage,) = split_passages("One sentence.", len)
    assert passage.page is None
    assert passage.sentences[0].page is None
