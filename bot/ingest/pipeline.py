"""A submission → an article in the library: fetch, read, chunk, embed, store.

An address that already has an article is checked again: a changed page becomes the article's new
version. A near-duplicate of another article is reported, and stored only on request. Untrusted
text is parsed and chunked in the reader's processes; embedding runs in its own thread. The
article is stored in one transaction at the end: all of it or nothing. Progress is reported
through a callback. Knows nothing of Discord or the terminal.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from bot.answer_records import Spending
from bot.embedding import Embedder, LedgerWrapper, unmetered
from bot.errors import ArticleTooLarge, ModelError
from bot.ingest import READER_VERSION
from bot.ingest.addition_log import log_addition
from bot.ingest.chunk import CHUNKER_VERSION
from bot.ingest.extract.document import Bounds, Document
from bot.ingest.fetch.addresses import check_address
from bot.ingest.fetch.fetch import Fetched, Fetcher, NotModified
from bot.ingest.job_payload import attached_payloads
from bot.ingest.language_notice import LanguageNotices
from bot.ingest.moderation import check_not_blocked, without_new_version
from bot.ingest.near_duplicates import minhash_signature, nearest_duplicate
from bot.ingest.outdated import is_outdated
from bot.ingest.progress import OnProgress, Progress, ignore_progress
from bot.ingest.recognition import recognize_pages
from bot.ingest.submission import IngestResult, Submission
from bot.ingest.worker.pool import Reader, ReadResult
from bot.records import Article, Scope
from bot.store.protocols import Library
from bot.store.values import Floats, KnownPage, MinhashSignature, NewArticle, text_hash
from bot.strings import _
from bot.text.language import certain_language
from bot.text.normalize import NORMALIZER_VERSION, make_title, normalize

log = logging.getLogger(__name__)
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How large one article may be."""

    file_mb: int
    characters: int
    pages: int = 2_000
    articles: int | None = None  # per server


@dataclass(frozen=True, slots=True)
class _Fingerprint:
    """What tells whether a text is there already: its hash and its MinHash signature."""

    hash: str
    signature: MinhashSignature | None


@dataclass(frozen=True, slots=True)
class _Original:
    """The data to read, and what fetching found out about it."""

    data: bytes | str
    name: str
    options: dict[str, Any] = field(default_factory=dict)
    fetched: Fetched | None = None
    page: KnownPage | None = None  # the page it may be a new version of
    digest: str = ""  # SHA-256, in hexadecimal
    outdated: Article | None = None  # what an older reader made of the same data

    @property
    def replaces(self) -> Article | None:
        """The article that this may be a new version of."""
        return self.page.article if self.page else self.outdated


class Ingest:
    """Adds articles. Raises ArticleRefused, with nothing stored, when it cannot."""

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
        self._languages = LanguageNotices()

    def warm(self) -> None:
        """Start a reader ahead of the first article. For long-running processes.

        Everything loaded so far is exempted from garbage collection: a large file's passages
        trigger full collections, which stop the event loop (measured: 286 ms without this, 48
        with it).
        """
        gc.freeze()
        self._reader.warm()

    async def add(
        self,
        submission: Submission,
        library: Library,
        scope: Scope,
        on_progress: OnProgress = ignore_progress,
    ) -> IngestResult:
        """Read and store one article, unless ``scope`` already shows the same or a similar one."""
        spent = Spending()
        adding = self._add(submission, library, scope, on_progress, spent)
        return await log_addition(scope.server_id, adding, spent)

    async def _add(
        self,
        submission: Submission,
        library: Library,
        scope: Scope,
        on_progress: OnProgress,
        spent: Spending,
    ) -> IngestResult:
        if submission.data is None:
            original = await self._fetch(submission, library, scope, on_progress)
        else:
            self._check_size(submission.data)
            original = _Original(submission.data, submission.source)
        if isinstance(original, KnownPage):
            return IngestResult(await library.articles.mark_checked(original, scope), "unchanged")
        original = await _identify(original, library, scope)
        result = await self._read(original, submission, library, on_progress)
        fingerprint = await asyncio.to_thread(_fingerprint, result.document.text)
        attached = _attached(submission, result.document)
        jobs = attached_payloads(attached, scope, submission.job_id)
        existing = await self._find_existing(original, submission, fingerprint, library, scope)
        if existing is not None and existing.status == "similar":
            return existing  # what is attached waits for the decision, too
        if existing is not None:
            if submission.job_id is not None and jobs:
                await library.jobs.queue_attached(submission.job_id, jobs)
            return replace(existing, attachments=attached)
        article = await self._new_article(
            submission, original, result, fingerprint, library, on_progress, spent
        )
        article = replace(article, attached=jobs)
        added = await library.articles.add(article, scope, most=self._limits.articles)
        return IngestResult(added.article, added.status, attachments=attached)

    async def _find_existing(
        self,
        original: _Original,
        submission: Submission,
        fingerprint: _Fingerprint,
        library: Library,
        scope: Scope,
    ) -> IngestResult | None:
        """The article that makes storing this needless, if there is one."""
        if original.replaces is None:
            return await self._find_duplicate(submission, fingerprint, library, scope)
        if original.page and _is_unchanged(original.page, fingerprint):
            page = _with_new_validators(original.page, original.fetched)
            return IngestResult(await library.articles.mark_checked(page, scope), "unchanged")
        if submission.needs_approval:
            return without_new_version(original.replaces, original.page)
        return None

    async def _fetch(
        self, submission: Submission, library: Library, scope: Scope, on_progress: OnProgress
    ) -> _Original | KnownPage:
        """The data behind the submission's address, or the known page if it has not changed."""
        on_progress(Progress("fetching"))
        await check_not_blocked(submission.source, library)
        page = await _known_page(submission, library, scope)
        validators = None if page and is_outdated(page.article) else page  # read again in any case
        fetched = await self._fetcher.fetch(
            submission.source,
            etag=validators.etag if validators else None,
            last_modified=validators.last_modified if validators else None,
            on_progress=lambda done, total: on_progress(Progress("fetching", done, total or 0)),
        )
        if isinstance(fetched, NotModified):
            assert page is not None  # only its validators can bring NotModified
            return page
        await check_not_blocked(fetched.url, library)
        page = page or await library.articles.find_by_address([fetched.url], scope)
        options = {"declared": fetched.charset, "address": fetched.url}
        return _Original(fetched.data, fetched.file_name, options, fetched, page)

    async def _find_duplicate(
        self,
        submission: Submission,
        fingerprint: _Fingerprint,
        library: Library,
        scope: Scope,
    ) -> IngestResult | None:
        """The article with the same text, or a near-duplicate of it; None if there is neither."""
        same = await library.articles.find_same_text(fingerprint.hash, scope)
        if same is not None:
            return IngestResult(same, "duplicate")
        if submission.keep_similar or fingerprint.signature is None:
            return None
        nearest = nearest_duplicate(
            fingerprint.signature,
            await library.articles.similar_signatures(fingerprint.signature, scope),
        )
        if nearest is None:
            return None
        article_id, similarity = nearest
        return IngestResult(await library.articles.get(article_id, scope), "similar", similarity)

    async def _read(
        self,
        original: _Original,
        submission: Submission,
        library: Library,
        on_progress: OnProgress,
    ) -> ReadResult:
        """Read the original; pages without text by OCR, where that is installed."""
        on_progress(Progress("reading"))
        read = partial(self._read_with, original, on_progress, submission.attachments_left)
        result = await read(ocr=True)
        pages = result.document.unread_pages
        if not pages:
            return result
        texts = await recognize_pages(
            self._reader,
            original.data,
            original.name,
            pages,
            library,
            submission.job_id,
            lambda page, total: on_progress(Progress("recognizing", page, total)),
        )
        on_progress(Progress("reading"))
        return await read(recognized=texts)

    async def _read_with(
        self, original: _Original, on_progress: OnProgress, attachments: int, **options: object
    ) -> ReadResult:
        return await self._reader.read(
            original.data,
            original.name,
            lambda page, pages: on_progress(Progress("reading", page, pages)),
            bounds=Bounds(self._limits.characters, self._limits.pages, attachments),
            **original.options,
            **options,
        )

    async def _new_article(
        self,
        submission: Submission,
        original: _Original,
        result: ReadResult,
        fingerprint: _Fingerprint,
        library: Library,
        on_progress: OnProgress,
        spent: Spending,
    ) -> NewArticle:
        document, passages, fetched = result.document, result.passages, original.fetched
        texts = [document.text[p.start : p.end] for p in passages]
        language_notes = self._languages.notes(document.text, self._embedder)
        published = submission.published_day
        return NewArticle(
            title=_title(submission, document),
            text=document.text,
            passages=passages,
            source=submission.source,
            cleaner=NORMALIZER_VERSION,
            splitter=CHUNKER_VERSION,
            reader=READER_VERSION,
            url=submission.url or document.url or (fetched.url if fetched else None),
            author=submission.author or document.author,
            published=published or document.published,
            date_kind="published" if published else document.date_kind,
            date_source="given" if published else document.date_source,
            language=document.language or certain_language(document.text),
            notes=(*document.notes, *submission.origin_note, *language_notes),
            blocks=document.blocks,
            original=original.digest,
            submitter=submission.submitter,
            tags=submission.tags,
            embedder=self._embedder.model,
            vectors=await self._embed(texts, library, on_progress, spent),
            job_id=submission.job_id,
            has_given_title=bool(submission.title),
            address=fetched.url if fetched else None,
            etag=fetched.etag if fetched else None,
            last_modified=fetched.last_modified if fetched else None,
            signature=fingerprint.signature,
            text_hash=fingerprint.hash,
            replaces=original.replaces.id if original.replaces else None,
            message=submission.message,
            page_unit=document.page_unit,
            by_ocr=document.by_ocr,
            awaits_approval=submission.needs_approval,
        )

    async def _embed(
        self, texts: Sequence[str], library: Library, on_progress: OnProgress, spent: Spending
    ) -> Floats | None:
        """One vector per text; None if the embedding server fails.

        The article can then be found by its words, and maintenance adds the vectors later.
        """
        try:
            embedder = self._charged(self._embedder, library.ledger, spent)
            return await embedder.embed(
                texts, lambda done: on_progress(Progress("embedding", done, len(texts)))
            )
        except ModelError as error:
            log.warning("stored without vectors for now: %s", error.message)
            return None

    def _check_size(self, data: bytes | str) -> None:
        if len(data) > self._limits.file_mb * MIB:
            raise ArticleTooLarge(
                _(
                    "This is larger than {limit} MB, the limit here, so nothing was stored. "
                    "Add it in parts, or ask the operator to raise MAX_FILE_MB."
                ).format(limit=self._limits.file_mb)
            )


async def _known_page(submission: Submission, library: Library, scope: Scope) -> KnownPage | None:
    """The page of the article that the submission names, or of the one from its address."""
    if submission.article_id is not None:
        return await library.articles.page_of(submission.article_id, scope)
    address = check_address(submission.source).with_fragment(None)
    return await library.articles.find_by_address([str(address)], scope)


def _with_new_validators(page: KnownPage, fetched: Fetched | None) -> KnownPage:
    """The page with its current address, ETag and Last-Modified."""
    if fetched is None:
        return page
    return replace(
        page, address=fetched.url, etag=fetched.etag, last_modified=fetched.last_modified
    )


async def _identify(original: _Original, library: Library, scope: Scope) -> _Original:
    """With its digest, and the article that an older reader made of the same data."""
    digest = await asyncio.to_thread(_sha256, original.data)
    if original.page is not None:
        return replace(original, digest=digest)
    outdated = await library.articles.find_outdated(digest, READER_VERSION, scope)
    return replace(original, digest=digest, outdated=outdated)


def _is_unchanged(page: KnownPage, fingerprint: _Fingerprint) -> bool:
    return page.hash == fingerprint.hash and not is_outdated(page.article)


def _fingerprint(text: str) -> _Fingerprint:
    """CPU-bound."""
    return _Fingerprint(text_hash(text), minhash_signature(text))


def _sha256(data: bytes | str) -> str:
    """The hash of the original, which itself is not stored."""
    return hashlib.sha256(
        data.encode("utf-8", "replace") if isinstance(data, str) else data
    ).hexdigest()


def _attached(submission: Submission, document: Document) -> tuple[Submission, ...]:
    """The files attached to a mail, to be added like the mail. They share what it has left."""
    files = document.attachments
    left = (submission.attachments_left - len(files)) // len(files) if files else 0
    return tuple(
        Submission(
            file.name,
            file.data,
            tags=submission.tags,
            submitter=submission.submitter,
            message=submission.message,
            keep_similar=submission.keep_similar,
            needs_approval=submission.needs_approval,
            attached_to=_title(submission, document),
            attachments_left=left,
        )
        for file in files
    )


def _title(submission: Submission, document: Document) -> str:
    """The submitter's title, else the document's, else its first line."""
    title = " ".join(normalize(submission.title or document.title).split())
    return make_title(title or document.text)
