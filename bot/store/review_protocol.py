"""What a library promises about reviewing its answers: bad ratings, open questions, citations.

A question is shown only where its channel is shown; private ones are counted. Knows nothing of
SQLite.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.answer_records import Rating
from bot.records import Scope
from bot.store.values import StoredAnswer


@dataclass(frozen=True, slots=True)
class BadAnswer:
    """An answer that readers found wrong, and its case as JSON; "" for one rated before cases."""

    answer: StoredAnswer
    ratings: Mapping[Rating, int]
    details: str


@dataclass(frozen=True, slots=True)
class PrivateCounts:
    """How many private answers were found wrong, and how many private questions have no answer."""

    bad: int
    unanswered: int


class Review(Protocol):
    """What is worth looking at in one server's answers.

    ``asked_in``: the channels whose questions may be shown (None: all of them).
    """

    async def keep_case(self, answer: StoredAnswer, details: str) -> None:
        """Store the case of an answer that was found wrong, unless it has one or has changed since.

        It is erased with the text of its answer, and when nobody finds it wrong any more.
        """

    async def bad_answers(
        self, scope: Scope, asked_in: frozenset[int] | None, *, limit: int
    ) -> list[BadAnswer]:
        """The answers with a bad rating that a scope shows, the newest first."""

    async def unanswered(
        self, scope: Scope, asked_in: frozenset[int] | None, *, limit: int
    ) -> list[StoredAnswer]:
        """The questions without an answer, the newest first."""

    async def private_counts(self, scope: Scope) -> PrivateCounts:
        """How many of both that a scope shows were private."""

    async def citation_counts(self, scope: Scope) -> dict[int, int]:
        """How many answers cite each article that a scope shows (0: none), not counting lists."""
