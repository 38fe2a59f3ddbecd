"""What every store promises: the Protocols (their values are in ``values``).

A ``Store`` holds one ``Library`` per server. Every reading method takes a ``Scope`` and
applies it inside the query, before ranking and before counting. Writes are whole or
absent, and durable when the method returns. Knows nothing of SQLite.

Every method may raise StoreError (a full disk, a damaged file) in words for a user.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.records import (
    Article,
    Citation,
    CitedPassage,
    Filter,
    ModelProfile,
    Rating,
    Scope,
    SortOrder,
    StoredPassage,
    Version,
)
from bot.store.ledger_protocol import Ledger
from bot.store.passage_table import PassageTable, Postings, QuantizedVectors
from bot.store.values import (
    EVERYTHING,
    NO_DEPENDENCIES,
    AddResult,
    AnswerCards,
    ArticleCard,
    Dependencies,
    ErasedCounts,
    Floats,
    Job,
    JobPayload,
    JobResult,
    KnownPage,
    Membership,
    MinhashSignatures,
    NewArticle,
    PostedMessage,
    QuestionCard,
    StatusMessage,
    StoredAnswer,
    Submissions,
    Totals,
)


class Jobs(Protocol):
    """One server's jobs. An article's jobs are erased with it."""

    async def enqueue(self, order: JobPayload, *, now: float, most: int) -> int:
        """Keeps an order; returns its job's id. Raises QueueFull when ``most`` are pending."""

    async def claim(self, now: float) -> tuple[Job, JobPayload] | None:
        """The oldest queued job that need not wait, now running: nobody else gets it."""

    async def requeue_orphans(self, held: Collection[int]) -> None:
        """Queues the running jobs that nobody works on any more, all but ``held``."""

    async def release(self, job_id: int) -> None:
        """Queues a running job again, as if it had not been claimed."""

    async def retry_later(self, job_id: int, until: float, code: str, reason: str) -> Job | None:
        """Queues a running job after a failure that may pass; what it is now."""

    async def finish(self, job_id: int, ending: JobResult, now: float) -> Job | None:
        """Ends a job that has not ended, and blanks what was handed in; what it is now.

        What ended as "similar" is kept until it is forgotten.
        """

    async def keep_similar(self, job_id: int, now: float) -> Job | None:
        """Queues again what ended as "similar", to be kept; what the job is now."""

    async def drop_similar(self, job_id: int) -> None:
        """Blanks what was handed in and ended as "similar"."""

    async def job(self, job_id: int) -> Job | None:
        """How far a job is; None for one that is forgotten or erased."""

    async def undisplayed(self) -> list[tuple[int, StatusMessage]]:
        """The jobs whose cards do not show their ends yet, by their ids."""

    async def mark_displayed(self, job_ids: Collection[int]) -> None:
        """Their cards show their ends, or cannot any more."""

    async def pending(self) -> tuple[int, float | None]:
        """How many jobs have not ended, and when the first queued one may be claimed."""

    async def forget(self, before: float) -> None:
        """Deletes the jobs that ended before a time."""


class Answers(Protocol):
    """One server's answers. A scope sees an answer when it sees every article that it rests on."""

    async def save(
        self,
        given: StoredAnswer,
        citations: Sequence[Citation],
        rests: Dependencies = NO_DEPENDENCIES,
    ) -> int:
        """Remembers an answer, what it cites and what it rests on; returns its id."""

    async def id_of_event(self, event_id: int) -> int | None:
        """The answer that an event was given already."""

    async def answer(self, answer_id: int, scope: Scope) -> StoredAnswer | None:
        """One answer; None when it is not there or not to be seen."""

    async def last_answer_of(self, asker_id: int, scope: Scope) -> StoredAnswer | None:
        """The last answer that somebody was given."""

    async def last_turns(self, channel_id: int, scope: Scope, *, limit: int) -> list[StoredAnswer]:
        """The last public answers of a channel or thread, oldest first."""

    async def unanswered(self, scope: Scope, *, limit: int) -> list[StoredAnswer]:
        """The newest questions whose askers wait for an article that answers, newest first."""

    async def mark_notified(self, answer_id: int) -> bool:
        """Its asker waits no more; False when they did not wait."""

    async def rate(self, answer_id: int, user_id: int, kind: Rating) -> None:
        """Keeps what somebody said of an answer; the last word counts."""

    async def ratings(self) -> dict[Rating, int]:
        """How often each thing was said."""

    async def forget(self, before: str) -> None:
        """Blanks what answers before a time (ISO) said; their footnotes still open."""

    async def forget_channel(self, channel_id: int) -> None:
        """Blanks what was said in a channel or thread."""


class Cards(Protocol):
    """The bot's messages that show an answer of one server, or name an article of it."""

    async def record_answer_messages(
        self, answer_id: int, posted: Sequence[PostedMessage], nearest: Collection[int] = ()
    ) -> None:
        """Notes which messages show an answer, in order, and which articles they name besides."""

    async def record_article_message(self, article_id: int, posted: PostedMessage) -> None:
        """Notes that a message names an article."""

    async def answers_showing(self, article_ids: Collection[int]) -> list[int]:
        """The answers with messages that rest on some articles, or name them."""

    async def count_unrecorded(self, article_ids: Collection[int]) -> int:
        """How many public answers cite some articles in messages that were not noted."""

    async def answer(self, answer_id: int, scope: Scope) -> AnswerCards | None:
        """An answer with its messages, and what of it a scope does not show."""

    async def mark_up_to_date(self, answer_id: int) -> None:
        """Notes that an answer's messages show it without what is removed now."""

    async def stale_answers(self) -> list[int]:
        """The answers whose messages are not up to date."""

    async def messages_naming(self, article_ids: Collection[int]) -> list[ArticleCard]:
        """The messages that name some articles."""

    async def due_edits(self) -> list[tuple[PostedMessage, ArticleCard | None]]:
        """The messages that are still to be edited after an article was removed, restored or
        erased. None: it shows an answer of an article that was erased."""

    async def mark_edited(self, message_ids: Collection[int]) -> None:
        """They show nothing any more that they should not."""


class Messages(Protocol):
    """What was taken from messages of one server, when those are deleted."""

    async def trash_articles_of(
        self, message_ids: Collection[int], scope: Scope, *, removal_id: int, extra_s: float
    ) -> list[int]:
        """Removes what was taken from some messages, so that it can be restored; their articles.

        What still waits to be read is not kept when it is. Several articles of one removal, over
        all calls with its id, or of several within a minute, can be restored for ``extra_s`` more.
        """

    async def trashed_by_removal(self, removal_id: int, scope: Scope) -> list[Article]:
        """What was removed so, together, and can be restored."""


class Vectors(Protocol):
    """One server's vectors, where they are made after their passages were kept.

    Only the newest versions' passages have any. An embedder is a model and a dimension.
    """

    async def count_missing(self, model: str, dimension: int, scope: Scope) -> int:
        """How many passages have no vector of an embedder."""

    async def missing(
        self, model: str, dimension: int, scope: Scope, *, after: int = 0, limit: int
    ) -> list[tuple[int, str]]:
        """The first of them after some id, with their texts, by rising id."""

    async def add(self, model: str, ids: Sequence[int], vectors: Floats) -> None:
        """Keeps the vectors (rows) of those passages that are still there, in one transaction."""

    async def drop_others(self, model: str, dimension: int) -> int:
        """Deletes the vectors of all other embedders; how many there were."""


class Library(Protocol):
    """One server's articles. What was removed (``shelve``) is seen by no method but ``restore``,
    ``removed_article`` and ``remove``."""

    @property
    def server_id(self) -> str:
        """Whose library it is."""

    @property
    def jobs(self) -> Jobs:
        """What was handed in and waits to be read."""

    @property
    def answers(self) -> Answers:
        """What was asked and answered."""

    @property
    def messages(self) -> Messages:
        """What was taken from messages."""

    @property
    def cards(self) -> Cards:
        """Where answers and articles stand in Discord."""

    @property
    def ledger(self) -> Ledger:
        """What the answers cost."""

    @property
    def vectors(self) -> Vectors:
        """What finding by meaning compares a question with."""

    async def add(self, draft: NewArticle, scope: Scope, *, most: int | None = None) -> AddResult:
        """Keeps an article, unless the scope already holds the same text.

        A draft that ``renews`` an article becomes its new version, when its text is another.
        Raises LibraryFull when there are ``most`` articles, those of every scope counted.
        """

    async def mark_checked(self, page: KnownPage, scope: Scope) -> Article:
        """Notes that a page is as it was, and what its site says now. Raises ArticleNotFound."""

    async def find_same_text(self, text: str, scope: Scope) -> Article | None:
        """The article that already holds exactly this text."""

    async def find_by_address(self, addresses: Collection[str], scope: Scope) -> KnownPage | None:
        """The article that was fetched from one of these addresses."""

    async def page_of(self, article_id: int, scope: Scope) -> KnownPage:
        """Where an article came from. Raises ArticleNotFound, also for one without an address."""

    async def with_url(self, scope: Scope) -> list[int]:
        """The ids of all articles that came from an address."""

    async def signatures(self, scheme: int, scope: Scope) -> MinhashSignatures:
        """What newly handed-in texts are compared with."""

    async def erase(self, ids: Sequence[int], scope: Scope) -> list[int]:
        """Erases articles so that no trace stays; returns the ids that were there."""

    async def trash(self, ids: Sequence[int], scope: Scope, *, by: int | None) -> list[int]:
        """Removes articles so that they can be restored; returns the ids that were there."""

    async def restore(self, ids: Sequence[int], scope: Scope) -> list[int]:
        """Brings removed articles back; returns the ids that were there."""

    async def purge(self, before: float, scope: Scope) -> int:
        """Erases what was removed before a time (seconds since 1970); how many articles."""

    async def count_trashed(self) -> int:
        """How many removed articles wait to be purged."""

    async def trashed_article(self, article_id: int, scope: Scope) -> Article:
        """One that can be restored. Raises ArticleNotFound."""

    async def rename(self, article_id: int, title: str, scope: Scope) -> Article:
        """Gives an article another title. Raises ArticleNotFound."""

    async def tag(self, article_id: int, tags: Collection[str], scope: Scope) -> Article:
        """Gives an article these tags and no others. Raises ArticleNotFound."""

    async def set_message_link(self, article_id: int, address: str) -> None:
        """Notes where the bot's own card about an article stands."""

    async def articles(
        self,
        scope: Scope,
        *,
        limit: int = -1,
        offset: int = 0,
        matching: Filter = EVERYTHING,
        sort: SortOrder = "newest",
    ) -> list[Article]:
        """``limit=-1`` means all."""

    async def ids_matching(self, matching: Filter, scope: Scope) -> list[int]:
        """The ids of the articles that a filter lets through."""

    async def channels(self, scope: Scope) -> list[int]:
        """The channels where articles were handed in."""

    async def tags(self, scope: Scope) -> dict[str, int]:
        """All tags, the commonest first, with how many articles have each."""

    async def submitters(self, scope: Scope) -> list[Submissions]:
        """Who handed articles in, the most diligent first."""

    async def search_titles(self, part: str, scope: Scope, *, limit: int = 25) -> list[Article]:
        """Articles whose title holds ``part``, newest first."""

    async def article(self, article_id: int, scope: Scope) -> Article:
        """Raises ArticleNotFound, the same for what is not there and what is not visible."""

    async def version(self, article_id: int, scope: Scope, number: int | None = None) -> Version:
        """A stored text, the newest by default. Raises ArticleNotFound."""

    async def totals(self, scope: Scope, matching: Filter = EVERYTHING) -> Totals: ...

    async def passage_table(self, scope: Scope) -> PassageTable:
        """Which passages the scope shows, as arrays to rank with."""

    async def postings(self, terms: Sequence[str], scope: Scope) -> dict[str, Postings]:
        """Where each term stands in what the scope shows; terms that stand nowhere are absent."""

    async def quantized_vectors(self, model: str, dimension: int, scope: Scope) -> QuantizedVectors:
        """The vectors of one embedder in few bits; rank only those the catalogue shows."""

    async def passages(self, ids: Sequence[int], scope: Scope) -> list[StoredPassage]:
        """Passages with their sentences, in the order of ``ids``."""

    async def passages_of(self, article_id: int, scope: Scope) -> list[StoredPassage]:
        """All passages of an article's newest version, in order; none when it is not visible."""

    async def forget_person(self, user_id: int) -> ErasedCounts:
        """Erases what somebody asked and was answered, and their name; how much there was."""

    async def cited_passage(self, answer_id: int, n: int, scope: Scope) -> CitedPassage:
        """Opens footnote ``n`` of an answer. Raises ArticleNotFound when its article is gone."""


class Store(Protocol):
    """All libraries of a data folder, and the bot's own notes."""

    def library(
        self, server_id: str, *, background: bool = False
    ) -> AbstractAsyncContextManager[Library]:
        """A lease on a server's library, opened on demand and made when it does not exist.

        ``background``: for housekeeping, which is no use of it and keeps no other one out. It
        makes none: LibraryNotFound.
        """

    async def get_meta(self, key: str) -> str | None: ...

    async def set_meta(self, key: str, value: str) -> None: ...

    async def model_profiles(self, address: str) -> dict[str, ModelProfile]:
        """What is known of the models of a server, by their names."""

    async def keep_model_profile(self, address: str, model: str, profile: ModelProfile) -> None:
        """Keeps what was measured of a model, in place of what was known."""

    async def mark_pending(self, server_id: str) -> None:
        """Notes, before a job is queued, that a library is to be looked at after a restart."""

    async def clear_pending(self, server_id: str) -> None:
        """Takes the note of ``expect_work`` back."""

    async def servers(self) -> list[str]:
        """The servers that have a library, last used first."""

    async def pending_servers(self) -> list[str]:
        """The servers that may have work waiting, last used first."""

    async def record_question(self, card: QuestionCard) -> None:
        """Notes which message shows a question that is being answered."""

    async def drop_question(self, event_id: int) -> None:
        """The card is at its end. Nothing when it was not noted."""

    async def questions(self) -> list[QuestionCard]:
        """The cards of questions that are in hand, or were when a process ended."""

    async def mark_joined(self, server_ids: Collection[str], application_id: int) -> None:
        """Notes that the bot is in these servers: no library of theirs waits to be erased."""

    async def mark_left(self, server_id: str, application_id: int, at: float) -> bool:
        """Notes when the bot was removed from a server; False when that was known already, or
        when it was in that server as another application."""

    async def memberships(self) -> list[Membership]:
        """All servers that the bot is in, or was removed from."""

    async def erase_library(self, server_id: str) -> None:
        """Deletes a library with all its files, and every note of its server.

        Raises StoreError while somebody uses it; then nothing is deleted.
        """

    async def close(self) -> None:
        """Closes every library. Idempotent."""
