"""What every store promises of the blocks of its texts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from bot.records import CitableRange, Scope, Sentence, StoredPassage
from bot.store.values import SentencePlace
from bot.structure import Structure


class Structures(Protocol):
    """The blocks of one server's texts. A text stored without any has an empty structure."""

    async def of_versions(self, version_ids: Collection[int], scope: Scope) -> dict[int, Structure]:
        """The structures of versions; those that the scope does not show are absent."""

    async def contexts(
        self, places: Sequence[SentencePlace], scope: Scope
    ) -> list[tuple[CitableRange, ...]]:
        """For each sentence, what it must be read with, in the order of the text.

        The path of headings, the header rows and caption of a row, the line that a list hangs on,
        the question and the byline of a reply.
        """

    async def sentences_beside(
        self, place: SentencePlace, scope: Scope, *, limit: int
    ) -> list[tuple[StoredPassage, Sentence]]:
        """The sentences of the list or table that holds a place, in order; none outside of one.

        Of its items and rows only the first ``limit``.
        """
