"""What an article says about something is more than a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.answer.strategies.passages import with_next
from tests.answer.library import passage

FOUND = passage(
    1, ["The price.", "The refit was dear.", "It cost 1.9 million.", "The town paid half.", "So."]
)
HEADED = replace(
    FOUND, sentences=(replace(FOUND.sentences[0], kind="heading"), *FOUND.sentences[1:])
)


def quoted(*at: int) -> Sequence[str]:
    return [FOUND.quote(s) for _, s in with_next([(HEADED, HEADED.sentences[i]) for i in at])]


def test_the_next_sentence_comes_along() -> None:
    assert quoted(1) == ["The refit was dear.", "It cost 1.9 million."]


def test_no_more_than_two_come_along_and_none_twice() -> None:
    assert quoted(1, 2) == ["The refit was dear.", "It cost 1.9 million.", "The town paid half."]
    assert quoted(1, 3) == [
        *("The refit was dear.", "It cost 1.9 million."),
        *("The town paid half.", "So."),
    ]


def test_nothing_comes_along_with_a_heading_or_at_the_end() -> None:
    assert quoted(0) == ["The price."]
    assert quoted(4) == ["So."]
