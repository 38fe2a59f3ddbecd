"""What someone adds, and what becomes of it. Knows nothing of how it is read or stored."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.records import Article, SourceMessage, Submitter
from bot.store.values import AttachedJob, OutcomeStatus
from bot.strings import _
from bot.text.date_ranges import iso_date

MAX_ATTACHMENTS = 20  # that become articles, of one mail or mailbox and the mails within it


@dataclass(frozen=True, slots=True)
class Submission:
    """What someone adds: a file's bytes under its name, pasted text, or (None) an address."""

    source: str
    data: bytes | str | None
    title: str = ""
    published: str | None = None  # in any common form
    author: str | None = None
    url: str | None = None  # where the text can be found, if it was not fetched from there
    tags: tuple[str, ...] = ()
    submitter: Submitter = field(default_factory=Submitter)
    job_id: int | None = None  # the job that ends when the article is stored
    article_id: int | None = None  # the article whose page is checked again
    message: SourceMessage | None = None  # the message it was taken from
    keep_similar: bool = False  # store it even if it is a near-duplicate
    needs_approval: bool = False  # nobody is shown it until a moderator approves it
    attached_to: str = ""  # the title of the mail that it was attached to
    attachments_left: int = MAX_ATTACHMENTS  # how many articles may come of what is attached to it

    @property
    def published_day(self) -> str | None:
        """When it was published, as YYYY-MM-DD or a part of that; None if no date was given."""
        return iso_date(self.published) if self.published else None

    @property
    def origin_note(self) -> tuple[str, ...]:
        """The note of what came with a mail; none for others."""
        if not self.attached_to:
            return ()
        return (_("Attached to the email “{title}”.").format(title=self.attached_to),)


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of a submission, and its article.

    For a "duplicate", ``article`` is the one that holds the same text; for "similar", the nearest
    one, with the estimated Jaccard ``similarity`` (0 … 1). Files attached to a mail become
    articles of their own: if the submission has a job, ``attached_jobs`` read them; else the
    caller has to add the ``attachments``.
    """

    article: Article
    status: OutcomeStatus
    similarity: float | None = None
    attachments: tuple[Submission, ...] = ()
    attached_jobs: tuple[AttachedJob, ...] = ()
