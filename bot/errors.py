"""Every error that Footnote raises on purpose, in one tree.

FootnoteError
├── SettingsError           a setting has an invalid value
├── NotAllowed              this person lacks the permission
├── ArticleNotFound         no such article, or not visible here
├── ArticleRefused          an article that cannot be added
│   ├── AddressRefused      not a web address, or not a public one
│   ├── TooManyRedirects
│   ├── SiteNotTrusted      invalid TLS certificate
│   ├── PageNotFound
│   ├── PageForbidden       a login, a paywall, a bot filter
│   ├── PageUnavailable     transient: timeout, connection, 5xx, rate limit
│   ├── NotAnArticle        an image, a video, data
│   ├── UnsupportedFormat
│   ├── EmptyArticle
│   ├── TooLittleText       a page that shows hardly any of its article
│   ├── ArticleTooLarge
│   ├── UnreadableText      unknown text encoding
│   ├── EncryptedDocument
│   ├── ScannedDocument     images of pages, without text
│   ├── DamagedDocument     broken, truncated, or not what it claims to be
│   ├── DocumentTooComplex  decompression bombs, excessive nesting
│   ├── ReaderUnavailable   transient: the reader process does not start, or is shutting down
│   ├── AddressBlocked      a moderator blocked it for this server
│   ├── ApprovalNeeded      a changed page, where only a moderator may refresh one
│   ├── LibraryFull         as many articles as the operator allows
│   ├── QueueFull           too many articles of the server are waiting
│   └── ReadingCancelled    somebody with permission cancelled it
├── ReadingPaused           Footnote is stopping; accepted articles are read after the restart
├── ErrorNotFound           no error with this reference is kept
├── BotUnavailable          the running bot could not carry out a command
├── QuestionRefused         a question that is empty or too long
├── StoreError              the library's files
│   ├── LibraryNotFound     the server has no library, or no longer has one
│   ├── LibraryElsewhere    another process of the bot serves this server
│   ├── DataFolderLocked
│   ├── DatabaseTooNew
│   ├── DatabaseOutdated    an older Footnote wrote it, and it may only be read
│   └── DatabaseDamaged
└── ModelError              the language model gave no answer
    ├── ModelUnavailable    transient: timeout, connection, 5xx, rate limit
    │   └── ModelTooSlow    its time ran out
    ├── ModelRejected       permanent: bad key, unknown model, bad request
    └── BudgetSpent         not called: the day's limit is reached
        └── AlreadyCharged  not called again for the same Discord event

Each message is one or two sentences that can be shown to a user: what happened, what was kept,
what to do next. ``code`` is the stable name that ``--json`` prints.
"""

from __future__ import annotations

import re


class FootnoteError(Exception):
    """The base class: its message can be shown to a user as it is."""

    code: str = "footnote_error"
    is_transient: bool = False  # the same may succeed later

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @property
    def message(self) -> str:
        return str(self)


class SettingsError(FootnoteError):
    """A setting has an invalid value."""


class NotAllowed(FootnoteError):
    """The person lacks the permission for this."""


class ArticleNotFound(FootnoteError):
    """No article with this id is visible to the person."""


class ArticleRefused(FootnoteError):
    """An article that cannot be added; nothing was stored."""


class AddressRefused(ArticleRefused):
    """Not an address on the public web. No request was sent to it."""


class TooManyRedirects(ArticleRefused):
    """The address keeps redirecting."""


class SiteNotTrusted(ArticleRefused):
    """The site's TLS certificate is not valid."""


class PageNotFound(ArticleRefused):
    """The site has no such page."""


class PageForbidden(ArticleRefused):
    """The site does not serve this page to Footnote: a login, a paywall, a bot filter."""


class PageUnavailable(ArticleRefused):
    """A transient failure: timeout, connection, rate limit, server error."""

    is_transient = True


class NotAnArticle(ArticleRefused):
    """The address is not of a text: an image, a video, data."""


class UnsupportedFormat(ArticleRefused):
    """A file format that Footnote does not read."""


class EmptyArticle(ArticleRefused):
    """No text was left after cleaning."""


class TooLittleText(ArticleRefused):
    """A web page that shows hardly any of its article without scripts, payment or consent."""


class ArticleTooLarge(ArticleRefused):
    """More bytes or characters than the operator allows."""


class UnreadableText(ArticleRefused):
    """The text encoding could not be detected."""


class EncryptedDocument(ArticleRefused):
    """The text is protected by a password or copy protection."""


class ScannedDocument(ArticleRefused):
    """The pages are images without text."""


class DamagedDocument(ArticleRefused):
    """A file that is not valid in its format."""


class DocumentTooComplex(ArticleRefused):
    """A file that would unpack to more than is safe to read."""


class ReaderUnavailable(ArticleRefused):
    """The bot cannot read any file at the moment."""

    is_transient = True


class QueueFull(ArticleRefused):
    """The server's queue of articles is full."""


class AddressBlocked(ArticleRefused):
    """A moderator blocked the address for this server."""


class ApprovalNeeded(ArticleRefused):
    """The page of an article has changed, and only a moderator may refresh it here."""


class LibraryFull(ArticleRefused):
    """The server's library holds as many articles as the operator allows."""


class ReadingCancelled(ArticleRefused):
    """It was cancelled before it was read."""


class ReadingPaused(FootnoteError):
    """Footnote is stopping; accepted articles are kept and read after the restart."""


class ErrorNotFound(FootnoteError):
    """No error with this reference is kept."""


class BotUnavailable(FootnoteError):
    """The bot that uses the data folder ended during a command, or is of another version."""


class QuestionRefused(FootnoteError):
    """A question that is empty or too long."""


class StoreError(FootnoteError):
    """The library's files could not be read or written."""


class LibraryNotFound(StoreError):
    """The server has no library, or no longer has one."""


class LibraryElsewhere(StoreError):
    """Another process of the bot serves this server, and writes to its library."""


class DataFolderLocked(StoreError):
    """Another process is using this data folder."""


class DatabaseTooNew(StoreError):
    """The database was written by a newer Footnote."""


class DatabaseOutdated(StoreError):
    """The database was written by an older Footnote, and this process may only read it."""


class DatabaseDamaged(StoreError):
    """SQLite reports that the file is not a valid database."""


class ModelError(FootnoteError):
    """The model's server gave no answer.

    ``free``: the server rejected the request before doing any work, so it costs nothing.
    ``retry_after_s``: when the server wants the next request, if it said so.
    ``window``: the model's context window in tokens, if the prompt exceeded it and the server
    said so.
    """

    def __init__(
        self,
        message: str,
        *,
        free: bool = False,
        retry_after_s: float | None = None,
        window: int | None = None,
    ):
        super().__init__(message)
        self.free = free
        self.retry_after_s = retry_after_s
        self.window = window


class ModelUnavailable(ModelError):
    """A transient failure: timeout, connection, rate limit, server error."""

    is_transient = True


class ModelTooSlow(ModelUnavailable):
    """Its time ran out. What it had written by then was read."""


class ModelRejected(ModelError):
    """A permanent failure: key, model name, request."""


class BudgetSpent(ModelError):
    """The day's limit for written answers is reached. Quotes cost nothing."""


class AlreadyCharged(BudgetSpent):
    """The same Discord event arrived again; it is charged once."""
