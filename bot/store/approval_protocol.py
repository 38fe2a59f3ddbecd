"""What a library promises about articles that wait for approval, and about blocked addresses.

A waiting article is seen only here. Knows nothing of SQLite, nor of who may approve.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from bot.records import Article, Scope
from bot.store.values import PostedMessage


@dataclass(frozen=True, slots=True)
class WaitingArticle:
    """An article that waits for approval, since a time (ISO 8601, UTC).

    ``beginning``: the first ``BEGINNING_CHARACTERS`` of its text. ``text_hash``: of the whole.
    ``card``: the moderators' message, if it was posted.
    """

    article: Article
    since: str
    beginning: str
    text_hash: str
    card: PostedMessage | None = None


BEGINNING_CHARACTERS = 3_000


class Approvals(Protocol):
    """One server's waiting articles. They were stored with ``NewArticle.awaits_approval``."""

    async def waiting(self, scope: Scope) -> list[WaitingArticle]:
        """Those that a scope would show, the oldest first."""

    async def get(self, article_id: int, scope: Scope) -> WaitingArticle:
        """One of them. Raises ArticleNotFound, also once it was decided."""

    async def record_card(self, article_id: int, posted: PostedMessage) -> None:
        """Store which message shows it."""

    async def forget_cards(
        self, *, message_ids: Collection[int] = (), channel_id: int | None = None
    ) -> bool:
        """Messages, or a channel, were deleted. Whether any of them showed a waiting article."""

    async def approve(self, article_id: int, scope: Scope) -> bool:
        """Let an article be searched and shown. False if it does not wait (anymore)."""

    async def decline(self, article_id: int, scope: Scope) -> bool:
        """Erase a waiting article. False if it does not wait (anymore)."""

    async def block(self, address: str) -> None:
        """Block an address, as ``address_prefixes`` writes it."""

    async def unblock(self, address: str) -> None:
        """Undo ``block``."""

    async def blocked(self) -> list[str]:
        """The blocked addresses, in alphabetical order."""

    async def is_blocked(self, prefixes: Collection[str]) -> bool:
        """Whether any of an address's prefixes is blocked."""
