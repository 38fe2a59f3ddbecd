"""The values that go into a store and come out of it, besides those in ``records``.

Frozen. Knows nothing of how they are stored.
"""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.records import (
    Article,
    DateKind,
    Filter,
    PageUnit,
    Passage,
    Scope,
    SourceMessage,
    Submitter,
)
from bot.structure import Block

Floats = NDArray[np.float32]
LONGEST_IDENTIFY_WAIT_S = 600.0  # 120 shards that wait for one another
# "duplicate": another article holds the same text; "updated" and "unchanged": an existing article
# was refreshed; "waiting": it waits for approval; "similar": nothing was stored, because another
# article is almost the same.
AddStatus = Literal["added", "duplicate", "updated", "unchanged", "waiting"]
OutcomeStatus = AddStatus | Literal["similar"]
EndState = Literal["done", "refused", "cancelled"]
JobState = Literal["queued", "running"] | EndState

EVERYTHING = Filter()
# Articles trashed within it, because their messages were deleted, count as one removal.
SAME_REMOVAL_S = 60.0


@dataclass(frozen=True, slots=True)
class MinhashSignature:
    """The MinHash of a text. Comparable only within one ``scheme`` (code and settings)."""

    scheme: int
    hashes: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class MinhashSignatures:
    """The signatures of the newest versions: ``hashes`` has one row per article id."""

    articles: NDArray[np.int64]
    hashes: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class OlderVersion:
    """A replaced text of an article that comes from another library."""

    number: int
    text: str
    hash: str
    at: str


@dataclass(frozen=True, slots=True)
class ArticleHistory:
    """What an article from another library brings along. An empty time means now."""

    added: str
    number: int  # of the newest version
    at: str
    older: tuple[OlderVersion, ...] = ()


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article that was read, split and embedded, ready to be stored in one transaction."""

    title: str
    text: str
    passages: tuple[Passage, ...]
    source: str
    cleaner: int
    splitter: int
    url: str | None = None
    author: str | None = None
    published: str | None = None
    date_kind: DateKind = "published"
    date_source: str = ""
    language: str | None = None
    reader: int = 0  # the version of the code that read it (``ingest.READER_VERSION``)
    text_hash: str = ""  # ``text_hash`` of the text; empty: not computed yet
    notes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()  # a replaced article keeps its own as well
    original: str = ""  # SHA-256 of the submitted bytes, hexadecimal
    submitter: Submitter = field(default_factory=Submitter)
    embedder: str = ""
    vectors: Floats | None = None  # one row per passage
    job_id: int | None = None  # this job ends as done in the same transaction
    has_given_title: bool = False  # by the submitter; a new version then changes the title
    address: str | None = None  # where it was fetched, and the HTTP validators of the page
    etag: str | None = None
    last_modified: str | None = None
    signature: MinhashSignature | None = None
    replaces: int | None = None  # the article that this may be a new version of
    message: SourceMessage | None = None  # the one that a new article was made from
    page_unit: PageUnit = "page"
    by_ocr: bool = False  # its letters were recognized in pictures
    blocks: tuple[Block, ...] = ()
    history: ArticleHistory | None = None
    attached: tuple[JobPayload, ...] = ()  # queued in the same transaction, if there is a job
    awaits_approval: bool = False  # nobody is shown it until it is approved


class SentencePlace(NamedTuple):
    """Where a sentence begins: an offset in the text of a version."""

    version_id: int
    start: int


@dataclass(frozen=True, slots=True)
class AddResult:
    """The outcome of storing a draft, and the article that now holds its text."""

    article: Article
    status: AddStatus


@dataclass(frozen=True, slots=True)
class KnownPage:
    """An article that was fetched from an address, with the page's HTTP validators."""

    article: Article
    hash: str  # SHA-256 of the newest text, hexadecimal
    address: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Submissions:
    """How many articles a person added. The operator's name is empty."""

    name: str
    articles: int


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer as it is stored. ``body`` is the caller's own JSON.

    The texts are empty once it was forgotten, or an article that it cites was erased.
    """

    asker_id: int | None = None
    channel_id: int | None = None
    private: bool = False
    question: str = ""  # as it was asked
    standalone_question: str = ""  # rewritten to stand alone
    body: str = ""
    event_id: int | None = None  # a second answer to the same event is not stored
    awaits_answer: bool = False  # unanswered: the asker is notified once an article answers it
    id: int = 0
    answered_at: str = ""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What an answer depends on besides its citations: a reader must be able to see all of it.

    ``counted_scope``: the answer counts, lists or chose from everything that this scope shows now.
    ``repeated_answer_id``: the answer that it repeats, and whose dependencies it shares.
    """

    article_ids: frozenset[int] = frozenset()
    counted_scope: Scope | None = None
    repeated_answer_id: int | None = None


NO_DEPENDENCIES = Dependencies()


@dataclass(frozen=True, slots=True)
class StatusMessage:
    """The public message that shows a job's progress, and the name it has there."""

    channel_id: int
    message_id: int
    name: str


@dataclass(frozen=True, slots=True)
class PostedMessage:
    """A Discord message that the bot posted."""

    channel_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class PostedAnswer:
    """An answer with the messages that show it, in order, and the articles behind it.

    ``hidden_ids``: articles that it depends on or names, but that its readers may not see.
    ``removed_ids``: those of them that nobody may see, as they are in the trash or erased.
    ``withheld_ids``: trashed articles that the messages have already been edited to leave out.
    """

    answer: StoredAnswer
    messages: tuple[PostedMessage, ...]
    hidden_ids: frozenset[int] = frozenset()
    removed_ids: frozenset[int] = frozenset()
    withheld_ids: frozenset[int] = frozenset()
    cited_ids: frozenset[int] = frozenset()
    nearest_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ArticleCard:
    """A message with the articles it names: those that exist, and how many do not."""

    message: PostedMessage
    article_ids: tuple[int, ...]
    removed_count: int


@dataclass(frozen=True, slots=True)
class JobPayload:
    """A submission as its job stores it. ``details`` is everything except the data, as JSON."""

    details: str
    data: bytes | str | None = None
    submitter_id: int | None = None
    event_id: int | None = None  # a second job for the same event is not queued
    status_message: StatusMessage | None = None
    message_id: int | None = None  # of the Discord message that it was taken from
    name: str = ""  # of a file attached to a mail, as its card shows it


@dataclass(frozen=True, slots=True)
class AttachedJob:
    """The job that reads a file attached to a mail, and the file's name."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Job:
    """The state of a job. Times are seconds since 1970.

    ``article_id`` and ``status`` belong to a job that is done; ``code`` and ``reason`` to one that
    was refused, or to the last failure of one that waits.
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
    """How a job ends: see ``Job``. For "similar", ``reason`` is the similarity (0 … 1)."""

    state: EndState
    article_id: int | None = None
    status: OutcomeStatus | Literal[""] = ""
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    """A server that the bot is in, or was removed from at ``left_at`` (seconds since 1970)."""

    server_id: str
    application_id: int  # the bot's application in that server
    left_at: float | None = None


@dataclass(frozen=True, slots=True)
class ErasedCounts:
    """How much was stored about an erased person, in one or several libraries."""

    questions: int = 0  # asked by them
    answers: int = 0  # to them, and others that named them
    articles: int = 0  # added or written by them: these stay, without the name
    charges: int = 0
    ratings: int = 0

    def __add__(self, other: ErasedCounts) -> ErasedCounts:
        pairs = zip(astuple(self), astuple(other), strict=True)
        return ErasedCounts(*(a + b for a, b in pairs))


@dataclass(frozen=True, slots=True)
class Totals:
    """The size of a scope."""

    articles: int
    passages: int


def text_hash(text: str) -> str:
    """The SHA-256 of a stored text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class QuestionCard:
    """A question in hand: where it is shown, and what is needed to ask it again.

    ``message_id`` is 0 for a private question, and until the message is known. ``article``, ``tag``
    and ``since`` are the options as they were typed. ``interrupted``: its card, or
    an offer to its asker, says so already. ``adds``: not a question, but an addition whose items
    may not all be queued.
    """

    event_id: int
    server_id: str
    channel_id: int
    message_id: int
    asker_id: int = 0
    private: bool = False
    question: str = ""
    article: str = ""
    tag: str = ""
    since: str = ""
    interrupted: bool = False
    adds: bool = False
