"""Every error that Footnote raises on purpose, in one tree.

FootnoteError
├── SettingsError           a setting that cannot be used
├── NotAllowed              this person may not do this
├── ArticleNotFound         no such article, or not visible here
├── ArticleRefused          an article that cannot be taken in
│   ├── AddressRefused      not a web address, or nothing public behind it
│   ├── TooManyRedirects
│   ├── SiteNotTrusted      its certificate proves nothing
│   ├── PageNotFound
│   ├── PageForbidden       a login, a paywall, a site that turns programs away
│   ├── PageUnavailable     may pass: time-outs, connection, 5xx, rate limits
│   ├── NotAnArticle        a picture, a video, data
│   ├── UnsupportedFormat
│   ├── EmptyArticle
│   ├── TooLittleText       a page that shows hardly any of its article
│   ├── ArticleTooLarge
│   ├── UnreadableText
│   ├── EncryptedDocument
│   ├── ScannedDocument     pictures of pages
│   ├── DamagedDocument     broken, cut off, or not what it says it is
│   ├── DocumentTooComplex  bombs, and nesting beyond the limits
│   ├── ReaderUnavailable   may pass: the reader process does not start, or is shut down
│   ├── LibraryFull         as many articles as the operator allows
│   ├── QueueFull           too many of the server's articles wait already
│   └── ReadingCancelled    somebody who may took it back before it was read
├── ReadingPaused           Footnote is stopping: what was accepted is read after the restart
├── QuestionRefused         a question that cannot be asked
├── StoreError              the library's files
│   ├── LibraryNotFound     a server has none, or none any more
│   ├── DataFolderLocked
│   ├── DatabaseTooNew
│   └── DatabaseDamaged
└── ModelError              no answer of a language model
    ├── ModelUnavailable    may pass: timeouts, connection, 5xx, rate limits
    ├── ModelRejected       will not pass: bad key, unknown model, bad request
    └── BudgetSpent         it is not asked: what a day may cost is used up
        └── AlreadyCharged  it is not asked twice about the same

Each message is one or two sentences fit for a user: what happened, what was kept, what
to do next. ``code`` is the stable name that ``--json`` prints.
"""

from __future__ import annotations

import re


class FootnoteError(Exception):
    """The base: its message may be shown to a user as it is."""

    code: str = "footnote_error"
    is_transient: bool = False  # whether trying the same again later may go well

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @property
    def message(self) -> str:
        return str(self)


class SettingsError(FootnoteError):
    """A setting holds a value that cannot be used."""


class NotAllowed(FootnoteError):
    """The person asking may not do this."""


class ArticleNotFound(FootnoteError):
    """There is no such article in what the asker can see."""


class ArticleRefused(FootnoteError):
    """An article that cannot be taken in; nothing was stored."""


class AddressRefused(ArticleRefused):
    """Not an address on the public web; nothing was sent to it."""


class TooManyRedirects(ArticleRefused):
    """The address leads from one page to the next without arriving."""


class SiteNotTrusted(ArticleRefused):
    """The site's certificate does not prove that it is the site."""


class PageNotFound(ArticleRefused):
    """The site says that there is no such page."""


class PageForbidden(ArticleRefused):
    """The site does not hand this page to Footnote: a login, a paywall, a bot filter."""


class PageUnavailable(ArticleRefused):
    """A failure that may pass: time-out, connection, rate limit, server error."""

    may_pass = True


class NotAnArticle(ArticleRefused):
    """The address holds something that is not read as text."""


class UnsupportedFormat(ArticleRefused):
    """A kind of file that Footnote does not read."""


class EmptyArticle(ArticleRefused):
    """Nothing readable was left after cleaning."""


class TooLittleText(ArticleRefused):
    """A web page that shows hardly any of its article without scripts, payment or consent."""


class ArticleTooLarge(ArticleRefused):
    """More bytes or characters than the operator allows."""


class UnreadableText(ArticleRefused):
    """The bytes are not text in any charset that could be told."""


class EncryptedDocument(ArticleRefused):
    """A password or a copy protection stands before the text."""


class ScannedDocument(ArticleRefused):
    """Pages that are pictures: there are no characters to read."""


class DamagedDocument(ArticleRefused):
    """A file that breaks the rules of its format."""


class DocumentTooComplex(ArticleRefused):
    """A file that would unpack to more than is safe to read."""


class ReaderUnavailable(ArticleRefused):
    """The bot's own trouble: nothing can be read at the moment, whatever the file."""

    may_pass = True


class QueueFull(ArticleRefused):
    """As many articles of a server wait to be read as may."""


class LibraryFull(ArticleRefused):
    """The server's library holds as many articles as the operator allows."""


class ReadingCancelled(ArticleRefused):
    """It was taken back before it was read."""


class ReadingPaused(FootnoteError):
    """Footnote is stopping; what was accepted is kept and read when it is back."""


class QuestionRefused(FootnoteError):
    """A question that is empty or longer than can be asked."""


class StoreError(FootnoteError):
    """The library's files could not be used."""


class LibraryNotFound(StoreError):
    """A server has no library, or none any more."""


class DataFolderLocked(StoreError):
    """Another process is using this data folder."""


class DatabaseTooNew(StoreError):
    """The database was written by a newer Footnote."""


class DatabaseDamaged(StoreError):
    """SQLite says that the file is not a sound database."""


class ModelError(FootnoteError):
    """The model's server did not give an answer.

    ``free``: it turned the request away before any work, which costs nothing. ``retry_after_s``
    is when it wants to be asked again, if it says so. ``window`` is the model's, in tokens, where
    a prompt was longer than that and the server said so.
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
    """A failure that may pass: time-out, connection, rate limit, server error."""

    may_pass = True


class ModelTooSlow(ModelUnavailable):
    """It was waited for as long as may be, and given up: what it wrote by then was read."""


class ModelRejected(ModelError):
    """A failure that will not pass by itself: key, model name, request."""


class BudgetSpent(ModelError):
    """As much was spent on written answers as the operator allows a day; quotes cost nothing."""


class AlreadyCharged(BudgetSpent):
    """The same event of Discord came again: it is charged once."""
