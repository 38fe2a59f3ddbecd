"""A submission → an article in the library: fetch, read, split, embed, keep.

An address that an article came from already is looked at again: a page that changed becomes the
article's new version. A text that is almost another article's is told, and kept on demand.
Foreign text is parsed and split in the reader's processes, embedding has a thread of its own.
The article is kept in one transaction at the end: whole or absent. Progress is told through
a callback. Knows nothing of Discord or the terminal.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bot.embedding import Embedder, LedgerWrapper, unmetered
from bot.errors import ArticleTooLarge, ModelError
from bot.ingest.chunk import CHUNKER_VERSION
from bot.ingest.formats.document import Bounds, Document
from bot.ingest.near_duplicates import SIGNATURE_SCHEME, minhash_signature, nearest_duplicate
from bot.ingest.reader.pool import Reader, ReadResult
from bot.ingest.web.addresses import check_address
from bot.ingest.web.fetch import Fetched, Fetcher, NotModified
from bot.records import Article, Scope, SourceMessage, Submitter
from bot.store.protocols import Library
from bot.store.values import (
    Floats,
    KnownPage,
    MinhashSignature,
    NewArticle,
    OutcomeStatus,
    text_hash,
)
from bot.text.normalize import NORMALIZER_VERSION, make_title, normalize

log = logging.getLogger(__name__)

MIB = 1024 * 1024
Stage = Literal["queued", "waiting", "fetching", "reading", "embedding"]


@dataclass(frozen=True, slots=True)
class Submission:
    """What was handed in: a file's bytes under its name, pasted text, or (None) an address."""

    source: str
    data: bytes | str | None
    title: str = ""
    published: str | None = None
    author: str | None = None
    url: str | None = None  # where it stands, of what was not fetched from there
    tags: tuple[str, ...] = ()
    submitter: Submitter = field(default_factory=Submitter)
    job_id: int | None = None  # the job that ends when the article is kept
    article_id: int | None = None  # the article whose page is to be looked at again
    message: SourceMessage | None = None  # the message that it was taken from
    keep_similar: bool = False  # also when the library holds almost the same text


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one article may be."""

    file_mb: int
    characters: int
    pages: int = 2_000
    articles: int | None = None  # of a server


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an article is.

    It counts bytes while fetching, pages while reading, passages while embedding; ``total`` is 0
    where it is not known.
    """

    stage: Stage
    done: int = 0
    total: int = 0

    def describe(self) -> str:
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
class IngestResult:
    """What became of a submission, and the article that it came to.

    Of a "duplicate" ``article`` holds the same text, of what is "similar" one that is ``likeness``
    like it (0 … 1).
    """

    article: Article
    status: OutcomeStatus
    similarity: float | None = None


OnProgress = Callable[[Progress], None]


def _silent(progress: Progress) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class _Original:
    """What is to be read, and what is known of it besides."""

    data: bytes | str
    name: str
    options: dict[str, Any] = field(default_factory=dict)
    fetched: Fetched | None = None
    page: KnownPage | None = None  # of which it may be a new version


class Ingest:
    """Takes articles in. Raises ArticleRefused, with nothing stored, when it cannot."""

    def __init__(
        self,
        embedder: Embedder,
        reader: Reader,
        fetcher: Fetcher,
        limits: Limits,
        charged: LedgerWrapper = unmetered,
    ):
        self._embedder = embedder
        self._charged = charged
        self._reader = reader
        self._fetcher = fetcher
        self._limits = limits

    def warm(self) -> None:
        """For a process that runs for long: the first article then need not wait for a reader.

        What is loaded by now is left out of garbage collection: a large file's passages set off
        full collections, which stop the event loop (measured: 286 ms without this, 48 with it).
        """
        gc.freeze()
        self._reader.warm()

    async def add(
        self,
        submission: Submission,
        library: Library,
        scope: Scope,
        on_progress: OnProgress = _silent,
    ) -> IngestResult:
        """Reads and keeps one article, unless what the scope shows makes it needless."""
        if submission.data is None:
            original = await self._fetched(submission, library, scope, on_progress)
        else:
            self._check_size(submission.data)
            original = _Original(submission.data, submission.source)
        if isinstance(original, KnownPage):
            return IngestResult(await library.mark_checked(original, scope), "unchanged")
        read = await self._read(original, on_progress)
        made = await asyncio.to_thread(minhash_signature, read.document.text)
        if original.page is None:
            there = await self._there_already(submission, read, made, library, scope)
            if there is not None:
                return there
        elif original.page.hash == await asyncio.to_thread(text_hash, read.document.text):
            page = _looked_at(original.page, original.fetched)
            return IngestResult(await library.mark_checked(page, scope), "unchanged")
        draft = await self._draft(submission, original, read, made, library, on_progress)
        added = await library.add(draft, scope, most=self._limits.articles)
        return IngestResult(added.article, added.status)

    async def _fetched(
        self, submission: Submission, library: Library, scope: Scope, on_progress: OnProgress
    ) -> _Original | KnownPage:
        """What is behind an address; only the article's page where it is as it was."""
        on_progress(Progress("fetching"))
        page = await _known_page(submission, library, scope)
        fetched = await self._fetcher.fetch(
            submission.source,
            etag=page.etag if page else None,
            last_modified=page.last_modified if page else None,
            on_progress=lambda done, total: on_progress(Progress("fetching", done, total or 0)),
        )
        if isinstance(fetched, NotModified):
            assert page is not None  # nothing but its validators brings Unchanged
            return page
        page = page or await library.find_by_address([fetched.url], scope)
        options = {"declared": fetched.charset, "address": fetched.url}
        return _Original(fetched.data, fetched.file_name, options, fetched, page)

    async def _there_already(
        self,
        submission: Submission,
        read: ReadResult,
        made: MinhashSignature | None,
        library: Library,
        scope: Scope,
    ) -> IngestResult | None:
        """The article that holds the same text, or almost the same."""
        same = await library.find_same_text(read.document.text, scope)
        if same is not None:
            return IngestResult(same, "duplicate")
        if submission.keep_similar:
            return None
        alike = nearest_duplicate(made, await library.signatures(SIGNATURE_SCHEME, scope))
        if alike is None:
            return None
        return IngestResult(await library.article(alike[0], scope), "similar", alike[1])

    async def _read(self, original: _Original, on_progress: OnProgress) -> ReadResult:
        on_progress(Progress("reading"))
        return await self._reader.read(
            original.data,
            original.name,
            lambda page, pages: on_progress(Progress("reading", page, pages)),
            bounds=Bounds(self._limits.characters, self._limits.pages),
            **original.options,
        )

    async def _draft(
        self,
        submission: Submission,
        original: _Original,
        read: ReadResult,
        made: MinhashSignature | None,
        library: Library,
        on_progress: OnProgress,
    ) -> NewArticle:
        document, passages, fetched = read.document, read.passages, original.fetched
        texts = [document.text[p.start : p.end] for p in passages]
        return NewArticle(
            title=_title(submission, document),
            text=document.text,
            passages=passages,
            source=submission.source,
            cleaner=NORMALIZER_VERSION,
            splitter=CHUNKER_VERSION,
            url=submission.url or document.url or (fetched.url if fetched else None),
            author=submission.author or document.author,
            published=submission.published or document.published,
            language=document.language,
            notes=document.notes,
            original=_sha256(original.data),
            submitter=submission.submitter,
            tags=submission.tags,
            embedder=self._embedder.model,
            vectors=await self._vectors(texts, library, on_progress),
            job_id=submission.job_id,
            has_given_title=bool(submission.title),
            address=fetched.url if fetched else None,
            etag=fetched.etag if fetched else None,
            last_modified=fetched.last_modified if fetched else None,
            signature=made,
            replaces=original.page.article.id if original.page else None,
            message=submission.message,
        )

    async def _vectors(
        self, texts: Sequence[str], library: Library, on_progress: OnProgress
    ) -> Floats | None:
        """None where the embeddings' server fails: words find the article, and upkeep goes on."""
        try:
            return await self._charged(self._embedder, library.ledger).embed(
                texts, lambda done: on_progress(Progress("embedding", done, len(texts)))
            )
        except ModelError as error:
            log.warning("kept without vectors, for now: %s", error.message)
            return None

    def _check_size(self, data: bytes | str) -> None:
        if len(data) > self._limits.file_mb * MIB:
            raise ArticleTooLarge(
                f"This is larger than {self._limits.file_mb} MB, the limit here, so nothing was "
                "stored. Hand it in in parts, or ask the operator to raise MAX_FILE_MB."
            )


async def _known_page(submission: Submission, library: Library, scope: Scope) -> KnownPage | None:
    """The article that came from the submission's address, or that it names."""
    if submission.article_id is not None:
        return await library.page_of(submission.article_id, scope)
    address = check_address(submission.source).with_fragment(None)
    return await library.find_by_address([str(address)], scope)


def _looked_at(page: KnownPage, fetched: Fetched | None) -> KnownPage:
    """The page with what its site says of it now."""
    if fetched is None:
        return page
    return replace(
        page, address=fetched.url, etag=fetched.etag, last_modified=fetched.last_modified
    )


def _sha256(data: bytes | str) -> str:
    """Of the original, which itself is not kept."""
    return hashlib.sha256(
        data.encode("utf-8", "replace") if isinstance(data, str) else data
    ).hexdigest()


def _title(submission: Submission, document: Document) -> str:
    """The title given, else the one found, else the first line."""
    given = " ".join(normalize(submission.title or document.title).split())
    return make_title(given or document.text)
