"""A submission → an article in the library: fetch, read, split, embed, keep.

Foreign text is parsed and split in the reader's processes, embedding has a thread of its own.
The article is kept in one transaction at the end: whole or absent. Progress is told through
a callback. Knows nothing of Discord or the terminal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.embedding import Embedder
from bot.errors import ArticleTooLarge
from bot.ingest.formats.document import Bounds, Document
from bot.ingest.reader.pool import Read, Reader
from bot.ingest.text.clean import CLEANER_VERSION, make_title, normalise
from bot.ingest.text.split import SPLITTER_VERSION
from bot.ingest.web.fetch import Fetched, Fetcher
from bot.records import Article, Scope, Submitter
from bot.store.base import Draft, Library

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Submission:
    """What was handed in: a file's bytes under its name, pasted text, or (None) an address."""

    source: str
    data: bytes | str | None
    title: str = ""
    published: str | None = None
    submitter: Submitter = field(default_factory=Submitter)
    job_id: int | None = None  # the job that ends when the article is kept


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one article may be."""

    file_mb: int
    characters: int
    pages: int = 2_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an article is.

    ``stage`` is "fetching" (bytes), "reading" (pages) or "embedding" (passages); ``total``
    is 0 where it is not known.
    """

    stage: str
    done: int = 0
    total: int = 0

    def words(self) -> str:
        """The same for people."""
        if self.stage == "fetching" and self.total:
            return f"fetching {self.done / MIB:.1f} of {self.total / MIB:.1f} MB …"
        if self.stage == "reading" and self.total:
            return f"page {self.done} of {self.total} …"
        if self.stage == "embedding":
            share = 100 * self.done // max(1, self.total)
            return f"{self.total:,} passages, meaning {share} % …"
        return f"{self.stage} …"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a submission: ``status`` is "added" or "duplicate"."""

    article: Article
    status: str


OnProgress = Callable[[Progress], None]


def _silent(progress: Progress) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class _Original:
    """What is to be read, and what is known of it besides."""

    data: bytes | str
    name: str
    address: str | None = None
    options: dict[str, Any] = field(default_factory=dict)


class Ingest:
    """Takes articles in. Raises ArticleRefused, with nothing stored, when it cannot."""

    def __init__(self, embedder: Embedder, reader: Reader, fetcher: Fetcher, limits: Limits):
        self._embedder = embedder
        self._reader = reader
        self._fetcher = fetcher
        self._limits = limits

    async def add(
        self,
        submission: Submission,
        library: Library,
        scope: Scope,
        on_progress: OnProgress = _silent,
    ) -> Outcome:
        """Reads and keeps one article; a text that the scope already holds is not kept twice."""
        original = await self._original(submission, on_progress)
        read = await self._read(original, on_progress)
        same = await library.find_same(read.document.text, scope)
        if same is not None:
            return Outcome(same, "duplicate")
        draft = await self._draft(submission, original, read, on_progress)
        added = await library.add(draft, scope)
        return Outcome(added.article, "duplicate" if added.duplicate else "added")

    async def _original(self, submission: Submission, on_progress: OnProgress) -> _Original:
        if submission.data is not None:
            self._check_size(submission.data)
            return _Original(submission.data, submission.source)
        on_progress(Progress("fetching"))
        fetched = await self._fetcher.fetch(
            submission.source,
            on_progress=lambda done, total: on_progress(Progress("fetching", done, total or 0)),
        )
        assert isinstance(fetched, Fetched)  # nothing but a validator brings Unchanged
        options = {"declared": fetched.charset, "address": fetched.url}
        return _Original(fetched.data, fetched.file_name, fetched.url, options)

    async def _read(self, original: _Original, on_progress: OnProgress) -> Read:
        on_progress(Progress("reading"))
        return await self._reader.read(
            original.data,
            original.name,
            lambda page, pages: on_progress(Progress("reading", page, pages)),
            bounds=Bounds(self._limits.characters, self._limits.pages),
            **original.options,
        )

    async def _draft(
        self, submission: Submission, original: _Original, read: Read, on_progress: OnProgress
    ) -> Draft:
        document, passages = read.document, read.passages
        vectors = await self._embedder.embed(
            [document.text[p.start : p.end] for p in passages],
            lambda done: on_progress(Progress("embedding", done, len(passages))),
        )
        return Draft(
            title=_title(submission, document),
            text=document.text,
            passages=passages,
            source=submission.source,
            cleaner=CLEANER_VERSION,
            splitter=SPLITTER_VERSION,
            url=document.url or original.address,
            author=document.author,
            published=submission.published or document.published,
            language=document.language,
            notes=document.notes,
            original=_sha256(original.data),
            submitter=submission.submitter,
            embedder=self._embedder.model,
            vectors=vectors,
            job_id=submission.job_id,
        )

    def _check_size(self, data: bytes | str) -> None:
        if len(data) > self._limits.file_mb * MIB:
            raise ArticleTooLarge(
                f"This is larger than {self._limits.file_mb} MB, the limit here, so nothing was "
                "stored. Hand it in in parts, or ask the operator to raise MAX_FILE_MB."
            )


def _sha256(data: bytes | str) -> str:
    """Of the original, which itself is not kept."""
    return hashlib.sha256(
        data.encode("utf-8", "replace") if isinstance(data, str) else data
    ).hexdigest()


def _title(submission: Submission, document: Document) -> str:
    """The title given, else the one found, else the first line."""
    given = " ".join(normalise(submission.title or document.title).split())
    return make_title(given or document.text)
