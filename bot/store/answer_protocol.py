"""What a library promises about its answers and the Discord messages that show them.

Knows nothing of SQLite, nor of how a message is drawn.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from bot.answer_records import Citation, CitedPassage, Rating
from bot.records import Article, Scope
from bot.store.values import (
    NO_DEPENDENCIES,
    ArticleCard,
    Dependencies,
    PostedAnswer,
    PostedMessage,
    StoredAnswer,
)


class Answers(Protocol):
    """One server's answers. A scope sees an answer if it sees every article it depends on."""

    async def save(
        self,
        answer: StoredAnswer,
        citations: Sequence[Citation],
        dependencies: Dependencies = NO_DEPENDENCIES,
    ) -> int:
        """Store an answer with its citations and dependencies. Returns its id."""

    async def id_of_event(self, event_id: int) -> int | None:
        """The id of the answer to an event, if there is one already."""

    async def answer(self, answer_id: int, scope: Scope) -> StoredAnswer | None:
        """One answer; None if it does not exist or the scope does not show it."""

    async def last_answer_of(self, asker_id: int, scope: Scope) -> StoredAnswer | None:
        """The latest answer that this person got."""

    async def last_turns(self, channel_id: int, scope: Scope, *, limit: int) -> list[StoredAnswer]:
        """The latest public answers of a channel or thread, oldest first."""

    async def unanswered(self, scope: Scope, *, limit: int) -> list[StoredAnswer]:
        """The questions whose askers wait for an article that answers them, newest first."""

    async def record_alert(self, answer_id: int, article_id: int) -> None:
        """An article answers this waiting question; its asker is being told."""

    async def undelivered_alerts(self) -> dict[int, int]:
        """For each waiting question whose asker was not told in the end: the article."""

    async def mark_notified(self, answer_id: int) -> bool:
        """The asker no longer waits; False if they were not waiting."""

    async def cited_passage(self, answer_id: int, n: int, scope: Scope) -> CitedPassage:
        """Open footnote ``n`` of an answer. Raises ArticleNotFound when its article is gone."""

    async def rate(self, answer_id: int, user_id: int, kind: Rating) -> None:
        """Store a user's rating of an answer in place of their earlier one."""

    async def ratings(self, scope: Scope) -> dict[Rating, int]:
        """The number of ratings of each kind, of the answers that a scope shows."""

    async def ratings_of(self, answer_id: int) -> dict[Rating, int]:
        """The number of ratings of each kind of one answer."""

    async def forget(self, before: str) -> None:
        """Blank answers from before a time (ISO 8601) and forget who asked.

        Their footnotes still open. The asker of an answer in a direct message is kept, because
        the message can be edited only by way of them.
        """

    async def forget_channel(self, channel_id: int) -> None:
        """Blank the text of all answers in a channel or thread."""


class Cards(Protocol):
    """The bot's messages that show one server's answers or name its articles."""

    async def record_answer_messages(
        self, answer_id: int, posted: Sequence[PostedMessage], nearest: Collection[int] = ()
    ) -> None:
        """Store which messages show an answer, in order, and which other articles they name."""

    async def record_article_message(self, article_id: int, posted: PostedMessage) -> None:
        """Store that a message names an article."""

    async def answers_showing(self, article_ids: Collection[int]) -> list[int]:
        """The ids of posted answers that depend on any of the articles, or name one."""

    async def count_unrecorded(self, article_ids: Collection[int]) -> int:
        """How many public answers cite the articles in messages that were never recorded."""

    async def answer(self, answer_id: int, scope: Scope) -> PostedAnswer | None:
        """An answer with its messages, and the articles behind it that a scope does not show."""

    async def mark_up_to_date(self, answer_id: int, withheld_ids: Collection[int]) -> None:
        """Store which removed articles an answer's messages leave out.

        These are ``removed_ids`` as they were when the messages were drawn: what was removed or
        restored since leaves the answer stale.
        """

    async def changed_answers(self) -> list[int]:
        """The posted answers that cite an article which has a new version since."""

    async def mark_change_shown(self, answer_id: int) -> None:
        """The messages of an answer say what has changed, or can no longer be edited."""

    async def stale_answers(self) -> list[int]:
        """The ids of the answers whose messages are out of date."""

    async def messages_naming(self, article_ids: Collection[int]) -> list[ArticleCard]:
        """The messages that name any of the articles."""

    async def due_edits(self) -> list[tuple[PostedMessage, ArticleCard | None]]:
        """The messages to edit since an article was trashed, restored or erased.

        None: the message shows an answer whose article was erased.
        """

    async def mark_edited(self, message_ids: Collection[int]) -> None:
        """These messages show nothing any more that they should not."""


class Messages(Protocol):
    """The articles that were made from messages of one server."""

    async def trash_articles_of(
        self, message_ids: Collection[int], scope: Scope, *, removal_id: int, extra_s: float
    ) -> list[int]:
        """Move the articles made from deleted messages to the trash. Returns their ids.

        A job that still waits to read one of the messages stores nothing. If one removal (all
        calls with the same id), or one minute, trashes several articles, they can be restored
        for ``extra_s`` longer.
        """

    async def trashed_by_removal(self, removal_id: int, scope: Scope) -> list[Article]:
        """The articles that one removal trashed and that can still be restored."""
