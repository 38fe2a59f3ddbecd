"""A submission → an article in the library: read, split, embed, keep.

Reading and splitting run in a thread, embedding in the embedder's own. The article is
kept in one transaction at the end: whole or absent. Progress is told through a callback.
Knows nothing of Discord or the terminal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.embedding import Embedder
from bot.errors import ArticleTooLarge
from bot.ingest.clean import CLEANER_VERSION, make_title, normalise
from bot.ingest.document import Document
from bot.ingest.extract import extract, read_text
from bot.ingest.split import SPLITTER_VERSION, split_passages
from bot.records import Article, Passage, Scope, Submitter
from bot.store.base import Draft, Library
from bot.tokens import count_tokens

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Submission:
    """What was handed in: a file's bytes under its name, or text as it was pasted."""

    source: str
    data: bytes | str
    title: str = ""
    published: str | None = None
    submitter: Submitter = field(default_factory=Submitter)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one article may be."""

    file_mb: int
    characters: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an article is: ``stage`` is "reading" or "embedding", counted in passages."""

    stage: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a submission: ``status`` is "added" or "duplicate"."""

    article: Article
    status: str


def _silent(progress: Progress) -> None:
    """Nobody watches."""


class Ingest:
    """Takes articles in. Raises ArticleRefused, with nothing stored, when it cannot."""

    def __init__(self, embedder: Embedder, limits: Limits):
        self._embedder = embedder
        self._limits = limits

    async def add(
        self,
        submission: Submission,
        library: Library,
        scope: Scope,
        on_progress: Callable[[Progress], None] = _silent,
    ) -> Outcome:
        """Reads and keeps one article; a text that the scope already holds is not kept twice."""
        self._check_size(submission)
        on_progress(Progress("reading"))
        document = await asyncio.to_thread(_read, submission)
        self._check_length(document)
        same = await library.find_same(document.text, scope)
        if same is not None:
            return Outcome(same, "duplicate")
        passages = await asyncio.to_thread(_split, document)
        vectors = await self._embedder.embed(
            [document.text[p.start : p.end] for p in passages],
            lambda done: on_progress(Progress("embedding", done, len(passages))),
        )
        draft = Draft(
            title=_title(submission, document),
            text=document.text,
            passages=tuple(passages),
            source=submission.source,
            cleaner=CLEANER_VERSION,
            splitter=SPLITTER_VERSION,
            url=document.url,
            author=document.author,
            published=submission.published or document.published,
            language=document.language,
            submitter=submission.submitter,
            embedder=self._embedder.model,
            vectors=vectors,
        )
        added = await library.add(draft, scope)
        return Outcome(added.article, "duplicate" if added.duplicate else "added")

    def _check_size(self, submission: Submission) -> None:
        if len(submission.data) > self._limits.file_mb * MIB:
            raise ArticleTooLarge(
                f"This is larger than {self._limits.file_mb} MB, the limit here, so nothing was "
                "stored. Hand it in in parts, or ask the operator to raise MAX_FILE_MB."
            )

    def _check_length(self, document: Document) -> None:
        if len(document.text) > self._limits.characters:
            raise ArticleTooLarge(
                f"The text has {len(document.text):,} characters; the limit here is "
                f"{self._limits.characters:,}, so nothing was stored. Hand it in in parts, "
                "or ask the operator to raise MAX_CHARACTERS."
            )


def _read(submission: Submission) -> Document:
    if isinstance(submission.data, str):
        return read_text(submission.data)
    return extract(submission.data, submission.source)


def _split(document: Document) -> list[Passage]:
    return split_passages(
        document.text, count_tokens, headings=document.headings, pages=document.pages
    )


def _title(submission: Submission, document: Document) -> str:
    """The title given, else the one found, else the first line."""
    given = " ".join(normalise(submission.title or document.title).split())
    return make_title(given or document.text)
