"""Every error that Footnote raises on purpose, in one tree.

FootnoteError
├── SettingsError           a setting that cannot be used
├── NotAllowed              this person may not do this
├── ArticleNotFound         no such article, or not visible here
├── ArticleRefused          an article that cannot be taken in
│   ├── UnsupportedFormat
│   ├── EmptyArticle
│   ├── ArticleTooLarge
│   └── UnreadableText
├── QuestionRefused         a question that cannot be asked
├── StoreError              the library's files
│   ├── DataFolderLocked
│   ├── DatabaseTooNew
│   └── DatabaseDamaged
└── ModelError              the language model's server
    ├── ModelUnavailable    may pass: timeouts, connection, 5xx, rate limits
    └── ModelRejected       will not pass: bad key, unknown model, bad request

Each message is one or two sentences fit for a user: what happened, what was kept, what
to do next. ``code`` is the stable name that ``--json`` prints.
"""

from __future__ import annotations

import re


class FootnoteError(Exception):
    """The base: its message may be shown to a user as it is."""

    code: str = "footnote_error"

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


class UnsupportedFormat(ArticleRefused):
    """A kind of file that Footnote does not read."""


class EmptyArticle(ArticleRefused):
    """Nothing readable was left after cleaning."""


class ArticleTooLarge(ArticleRefused):
    """More bytes or characters than the operator allows."""


class UnreadableText(ArticleRefused):
    """The bytes are not text in any charset that could be told."""


class QuestionRefused(FootnoteError):
    """A question that is empty or longer than can be asked."""


class StoreError(FootnoteError):
    """The library's files could not be used."""


class DataFolderLocked(StoreError):
    """Another process is using this data folder."""


class DatabaseTooNew(StoreError):
    """The database was written by a newer Footnote."""


class DatabaseDamaged(StoreError):
    """SQLite says that the file is not a sound database."""


class ModelError(FootnoteError):
    """The model's server did not give an answer."""


class ModelUnavailable(ModelError):
    """A failure that may pass: time-out, connection, rate limit, server error."""


class ModelRejected(ModelError):
    """A failure that will not pass by itself: key, model name, request."""
