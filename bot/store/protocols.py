"""What every store promises: the Protocols of a store and of a library.

A ``Store`` holds one ``Library`` per server. Every method that reads takes a ``Scope`` and
applies it inside the query, before ranking and counting. A write happens completely or not at
all, and is durable when the method returns. Knows nothing of SQLite.

Every method may raise StoreError (disk full, damaged file) with a message for a user.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.answer_records import ModelProfile
from bot.shards import Shards
from bot.store.answer_protocol import Answers, Cards, Messages
from bot.store.approval_protocol import Approvals
from bot.store.article_protocol import Articles, Tokens, Vectors
from bot.store.job_protocol import Jobs
from bot.store.lease_protocol import ShardClaims
from bot.store.ledger_protocol import Ledger
from bot.store.passage_index import PassageIndex
from bot.store.people_protocol import People
from bot.store.review_protocol import Review
from bot.store.settings_protocol import QuestionCounts, SettingsLog
from bot.store.structure_protocol import Structures
from bot.store.values import ErasedCounts, Membership, QuestionCard


class Erasures(Protocol):
    """The journal of what one library erased, by ids alone (``bot.store.erasures``)."""

    async def forget(self, before: float) -> None:
        """Drop entries that are older (seconds since 1970) than every backup."""


class Library(Protocol):
    """One server's library, in parts by use."""

    @property
    def server_id(self) -> str:
        """The server that the library belongs to."""

    @property
    def articles(self) -> Articles:
        """The articles, their texts and passages."""

    @property
    def index(self) -> PassageIndex:
        """What search finds passages with."""

    @property
    def vectors(self) -> Vectors:
        """The passage vectors that are computed later."""

    @property
    def tokens(self) -> Tokens:
        """The tokens of passages that are made again."""

    @property
    def structures(self) -> Structures:
        """The blocks of the texts."""

    @property
    def messages(self) -> Messages:
        """The articles that were made from messages."""

    @property
    def answers(self) -> Answers:
        """The questions and their answers."""

    @property
    def cards(self) -> Cards:
        """Which Discord messages show answers and articles."""

    @property
    def review(self) -> Review:
        """What is worth looking at in the answers."""

    @property
    def jobs(self) -> Jobs:
        """The submissions that wait to be read."""

    @property
    def ledger(self) -> Ledger:
        """What the answers cost."""

    @property
    def approvals(self) -> Approvals:
        """The articles that wait for approval."""

    @property
    def people(self) -> People:
        """What is stored of people."""

    @property
    def settings(self) -> SettingsLog:
        """What those who manage the server have set."""

    @property
    def question_counts(self) -> QuestionCounts:
        """How many questions people asked today."""

    @property
    def erasures(self) -> Erasures:
        """What was erased, for the day when a backup is restored."""

    async def forget_person(self, user_id: int) -> ErasedCounts:
        """Erase a person's questions, answers and name. Returns how much there was."""


class Store(Protocol):
    """All libraries of a data folder, and the bot-wide data."""

    @property
    def shards(self) -> Shards:
        """The shards of this process: the libraries of other servers are refused."""

    @property
    def claims(self) -> ShardClaims | None:
        """How this process shares the shards with others. None: they are fixed as it lives."""

    async def claim_shards(self) -> None:
        """Make this process the one that answers the servers of its shards, until it closes.

        Call it once. Shared ones are taken later (``claims``). Raises DataFolderLocked if another
        process has those that the settings fix, or the same data folder.
        """

    def library(
        self, server_id: str, *, background: bool = False
    ) -> AbstractAsyncContextManager[Library]:
        """A lease on a server's library. It is opened on demand, and created if need be.

        ``background``: for maintenance. It does not count as use, evicts no library that is in
        use, and raises LibraryNotFound instead of creating one.
        """

    async def get_meta(self, key: str) -> str | None:
        """A bot-wide value; None if it was never set."""

    async def set_meta(self, key: str, value: str) -> None:
        """Store a bot-wide value."""

    async def take_identify_turn(self, key: int, now: float, interval_s: float) -> float:
        """The time (seconds since 1970) of this caller's turn to identify with Discord.

        It is ``now``, or ``interval_s`` after the turn of the caller before with the same ``key``,
        in whichever process. A turn far in the future, by a clock that was wrong, does not count.
        """

    async def model_profiles(self, address: str) -> dict[str, ModelProfile]:
        """What is known of the models at a server's address, by model name."""

    async def keep_model_profile(self, address: str, model: str, profile: ModelProfile) -> None:
        """Replace what is known of a model."""

    async def mark_pending(self, server_id: str) -> None:
        """Store, before a job is queued, that a library has work to resume after a restart."""

    async def clear_pending(self, server_id: str) -> None:
        """Undo ``mark_pending``."""

    async def servers(self) -> list[str]:
        """The servers that have a library, last used first."""

    async def pending_servers(self) -> list[str]:
        """The servers that may have pending jobs, last used first."""

    async def record_question(self, card: QuestionCard) -> None:
        """Store a question that is being answered, or its message once it is known."""

    async def drop_question(self, event_id: int) -> None:
        """Forget a question that was answered. Does nothing if it was not recorded."""

    async def questions(self) -> list[QuestionCard]:
        """The questions that are being answered, or were when the last process ended."""

    async def forget_questions(self, user_id: int) -> None:
        """Erase a person's questions that are being answered, or were interrupted."""

    async def forget_old_questions(self, before: str) -> None:
        """Forget the questions that were asked before a time (ISO 8601, UTC)."""

    async def mark_joined(self, server_ids: Collection[str], application_id: int) -> None:
        """Store that the bot is in these servers, so their libraries are not to be erased."""

    async def mark_left(self, server_id: str, application_id: int, at: float) -> bool:
        """Store when the bot was removed from a server.

        False if that was known already, or if another application is in that server.
        """

    async def memberships(self) -> list[Membership]:
        """All servers that the bot is in, or was removed from."""

    async def forget_erasures(self, before: float) -> None:
        """Drop what is known of libraries that were erased before a time (seconds since 1970)."""

    async def erase_library(self, server_id: str) -> None:
        """Delete a library with all its files, and everything else stored about its server.

        Raises StoreError while the library is in use; then nothing is deleted.
        """

    async def close(self) -> None:
        """Close every library. Idempotent."""
