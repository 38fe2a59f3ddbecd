"""What a library promises about what it stores of one person. Knows nothing of SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.store.values import StoredAnswer


@dataclass(frozen=True, slots=True)
class PersonalData:
    """Everything that a library stores of a person.

    The entries of the sequences besides ``answers`` are plain values, by the names of columns:
    ``articles`` (id, title, added_at, channel_id, and whether they added it or wrote its message),
    ``ratings``, ``costs`` by day, ``setting_changes`` and ``question_counts``.
    """

    answers: Sequence[StoredAnswer]
    articles: Sequence[dict[str, Any]]
    ratings: Sequence[dict[str, Any]]
    costs: Sequence[dict[str, Any]]
    setting_changes: Sequence[dict[str, Any]]
    question_counts: Sequence[dict[str, Any]]


class People(Protocol):
    """What one server's library stores of people. ``Library.forget_person`` erases it."""

    async def data_of(self, user_id: int) -> PersonalData:
        """What is stored of a person."""

    async def articles_of(self, user_id: int) -> list[int]:
        """The articles that a person added, also those in the trash or waiting."""

    async def erase_articles(self, ids: Sequence[int]) -> None:
        """Erase articles wherever they are: shown, set aside, in the trash or waiting."""
