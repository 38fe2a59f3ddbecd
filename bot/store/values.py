"""The values that go into a store and come out of it, beside the records that everybody knows.

Frozen, and without any knowledge of where they are kept.
"""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bot.records import (
    Article,
    Filter,
    Passage,
    Scope,
    SourceMessage,
    Submitter,
)

Floats = NDArray[np.float32]
# "duplicate": another article holds the same text; "updated" and "unchanged": of an article that
# was looked at again; "similar": nothing was stored, for another article is almost the same.
AddStatus = Literal["added", "duplicate", "updated", "unchanged"]
OutcomeStatus = AddStatus | Literal["similar"]
EndState = Literal["done", "refused", "cancelled"]
JobState = Literal["queued", "running"] | EndState

EVERYTHING = Filter()
SAME_REMOVAL_S = 60.0  # what is removed within it, as messages were deleted, is removed at once


@dataclass(frozen=True, slots=True)
class MinhashSignature:
    """A MinHash of a text. Only those of one ``scheme`` (code and settings) can be compared."""

    scheme: int
    hashes: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class MinhashSignatures:
    """The sketches of the newest versions: ``hashes`` has a row for each of ``articles``."""

    articles: NDArray[np.int64]
    hashes: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article read, split and embedded, ready to be kept in one transaction."""

    title: str
    text: str
    passages: tuple[Passage, ...]
    source: str
    cleaner: int
    splitter: int
    url: str | None = None
    author: str | None = None
    published: str | None = None
    language: str | None = None
    notes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()  # beside those that a renewed article has
    original: str = ""  # SHA-256 of what was handed in, hexadecimal
    submitter: Submitter = field(default_factory=Submitter)
    embedder: str = ""
    vectors: Floats | None = None  # one row a passage
    job_id: int | None = None  # ends as done in the same transaction
    has_given_title: bool = False  # by who handed it in: a new version then changes the title
    address: str | None = None  # where it was fetched, and what the site said of the page
    etag: str | None = None
    last_modified: str | None = None
    signature: MinhashSignature | None = None
    replaces: int | None = None  # the article of which it may be a new version
    message: SourceMessage | None = None  # of a new article


@dataclass(frozen=True, slots=True)
class AddResult:
    """What became of a draft, and the article that holds its text now."""

    article: Article
    status: AddStatus


@dataclass(frozen=True, slots=True)
class KnownPage:
    """An article that came from an address, and what its site said of the page then."""

    article: Article
    hash: str  # SHA-256 of the newest text, hexadecimal
    address: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Submissions:
    """How many articles somebody handed in; the operator has no name."""

    name: str
    articles: int


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer as it is kept. ``body`` is what its keeper wants to read again, as JSON.

    All it says is empty when it was forgotten, or when an article that it cites was erased.
    """

    asker_id: int | None = None
    channel_id: int | None = None
    private: bool = False
    question: str = ""  # as it was asked
    standalone_question: str = ""  # as it was understood
    body: str = ""
    event_id: int | None = None  # of two answers to the same one, the second is the first
    awaits_answer: bool = False  # not answered: the asker is told when a later article does
    id: int = 0
    answered_at: str = ""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What an answer rests on besides its citations: it is shown to who may see all of it.

    ``over``: it counts, lists or chose from everything that this scope shows now. ``repeats``: the
    id of an answer that it says again, and on whose grounds it stands.
    """

    article_ids: frozenset[int] = frozenset()
    counted_scope: Scope | None = None
    repeated_answer_id: int | None = None


NO_DEPENDENCIES = Dependencies()


@dataclass(frozen=True, slots=True)
class StatusMessage:
    """The public card on which a job is shown, and by what name."""

    channel_id: int
    message_id: int
    name: str


@dataclass(frozen=True, slots=True)
class PostedMessage:
    """A message that the bot posted."""

    channel_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class AnswerCards:
    """An answer with the messages that show it, in order, and what has gone from under it.

    ``gone``: the articles that it rests on, or names, and that its readers may not see (any more).
    ``withheld``: those removed ones without which the messages show it now.
    """

    answer: StoredAnswer
    messages: tuple[PostedMessage, ...]
    hidden_ids: frozenset[int] = frozenset()
    withheld_ids: frozenset[int] = frozenset()
    cited_ids: frozenset[int] = frozenset()
    nearest_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ArticleCard:
    """A message that names articles, those of them that are there, and how many are not."""

    message: PostedMessage
    article_ids: tuple[int, ...]
    removed_count: int


@dataclass(frozen=True, slots=True)
class JobPayload:
    """What was handed in, as a job keeps it: ``details`` is everything but the data, as JSON."""

    details: str
    data: bytes | str | None = None
    submitter_id: int | None = None
    event_id: int | None = None  # of two orders with the same one, the second is the first
    status_message: StatusMessage | None = None
    message_id: int | None = None  # Discord's, of what was taken from one


@dataclass(frozen=True, slots=True)
class Job:
    """How far an order is. Times are seconds since 1970.

    ``article_id`` and ``status`` are of what is done, ``code`` and ``reason`` of what is refused,
    and of the last failure while it waits.
    """

    id: int
    submitter_id: int | None
    state: JobState
    failures: int
    interrupted: int
    not_before: float
    article_id: int | None = None
    status: OutcomeStatus | Literal[""] = ""
    code: str = ""
    reason: str = ""

    @property
    def has_ended(self) -> bool:
        return self.state not in ("queued", "running")


@dataclass(frozen=True, slots=True)
class JobResult:
    """How a job ends: see ``Job``. ``reason`` of what is similar: how much, 0 … 1."""

    state: EndState
    article_id: int | None = None
    status: OutcomeStatus | Literal[""] = ""
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    """A server that the bot is in, or was removed from at ``left_at`` (seconds since 1970)."""

    server_id: str
    application_id: int  # as which it was there
    left_at: float | None = None


@dataclass(frozen=True, slots=True)
class ErasedCounts:
    """How much was kept of a person who was erased, in one library or in several."""

    questions: int = 0  # that they asked
    answers: int = 0  # theirs, and those of others that named them
    articles: int = 0  # that they added or wrote: these stay, without their name
    charges: int = 0
    ratings: int = 0

    def __add__(self, other: ErasedCounts) -> ErasedCounts:
        pairs = zip(astuple(self), astuple(other), strict=True)
        return ErasedCounts(*(mine + its for mine, its in pairs))


@dataclass(frozen=True, slots=True)
class Totals:
    """How much a scope holds."""

    articles: int
    passages: int


def text_hash(text: str) -> str:
    """SHA-256 of a stored text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class QuestionCard:
    """The public message that shows a question while it is being answered."""

    event_id: int
    server_id: str
    channel_id: int
    message_id: int
