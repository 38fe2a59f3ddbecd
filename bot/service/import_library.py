"""Imports a library from its open form (``library_folder``), which may come from a stranger.

A text that is as it was exported keeps its passages, sentences, blocks and older versions, if they
fit it. Any other is read again, like a text that somebody adds. One article's refusal doesn't stop
the others, and each article is stored in one transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.errors import ArticleRefused, ArticleTooLarge, LibraryFull
from bot.ingest.chunk import PASSAGE_CHARACTERS, PATH_CHARACTERS
from bot.ingest.near_duplicates import minhash_signature
from bot.ingest.pipeline import Ingest
from bot.ingest.submission import IngestResult, Submission
from bot.records import Passage, Scope
from bot.service.add import SourceOutcome
from bot.service.library_folder import (
    ArticleRow,
    VersionFile,
    fits,
    parse_row,
    read_article,
    read_rows,
)
from bot.service.library_head import draft_of, time_of
from bot.store.protocols import Library
from bot.store.values import ArticleHistory, NewArticle, OlderVersion, text_hash
from bot.strings import _, ngettext
from bot.text.normalize import normalize
from bot.text.sentences import SENTENCE_CHARACTERS
from bot.tokens import count_tokens

MAX_REFUSED = 1_000  # after that the rest of a folder isn't looked at
BYTES_PER_CHARACTER = 4


@dataclass(frozen=True, slots=True)
class ImportLimits:
    """How large an article, and the library, may be."""

    characters: int
    articles: int


@dataclass(frozen=True, slots=True)
class _Read:
    """An article as it was read from the folder. ``draft`` is None if it has to be read again."""

    head: dict[str, Any]
    text: str
    draft: NewArticle | None
    notes: tuple[str, ...] = ()


async def import_library(
    ingest: Ingest,
    library: Library,
    scope: Scope,
    folder: Path,
    limits: ImportLimits,
    *,
    keep_channels: bool = True,
) -> AsyncGenerator[SourceOutcome]:
    """Import every article of a folder. Raises FootnoteError if it is no exported library.

    ``keep_channels``: whether an article is shown only where the channel it was added in is.
    """
    refused = 0
    lines = read_rows(folder)
    number = 0
    while (line := await asyncio.to_thread(next, lines, None)) is not None:
        number += 1
        source = _("line {n}").format(n=number)
        try:
            row = await asyncio.to_thread(_parsed, line)
            source = row.newest.file
            read = await asyncio.to_thread(_read, folder, row, limits, keep_channels)
            yield await _store(ingest, library, scope, source, read, limits)
        except ArticleRefused as error:
            refused += 1
            if isinstance(error, LibraryFull) or refused > MAX_REFUSED:
                message = _("{reason} The rest of the folder wasn't imported.")
                yield SourceOutcome(
                    source, refusal=type(error)(message.format(reason=error.message))
                )
                return
            yield SourceOutcome(source, refusal=error)


def _parsed(line: bytes) -> ArticleRow:
    try:
        return parse_row(line)
    except ValueError as error:
        raise ArticleRefused(_("This line of offsets.jsonl isn't about an article.")) from error


async def _store(
    ingest: Ingest,
    library: Library,
    scope: Scope,
    source: str,
    read: _Read,
    limits: ImportLimits,
) -> SourceOutcome:
    if read.draft is None:
        submission = _submission(read, source)
        result = await ingest.add(submission, library, scope)
        return SourceOutcome(source, result, notes=read.notes)
    same = await library.articles.find_same_text(read.draft.text_hash, scope)
    if same is not None:
        return SourceOutcome(source, IngestResult(same, "duplicate"))
    added = await library.articles.add(read.draft, scope, most=limits.articles)
    return SourceOutcome(source, IngestResult(added.article, added.status), notes=read.notes)


def _submission(read: _Read, source: str) -> Submission:
    """The text as somebody's who adds it now."""
    draft = draft_of(read.head, source)
    return Submission(
        draft.source,
        read.text,
        draft.title,
        draft.published,
        draft.author,
        draft.url,
        draft.tags,
        draft.submitter,
        message=draft.message,
        keep_similar=True,
    )


# --- reading ----------------------------------------------------------------------------------


def _read(folder: Path, row: ArticleRow, limits: ImportLimits, keep_channels: bool) -> _Read:
    """Read an article's files and check them. CPU-bound. Raises ArticleRefused."""
    head, text = read_article(folder, row.newest.file, limits.characters * BYTES_PER_CHARACTER)
    if len(text) > limits.characters:
        message = _("Its text has {n:,} characters; the limit is {limit:,}.")
        raise ArticleTooLarge(message.format(n=len(text), limit=limits.characters))
    if not keep_channels:
        head = {name: value for name, value in head.items() if name != "channel"}
    if not row.passages or text_hash(text) != row.newest.hash or normalize(text) != text:
        note = _("Its text isn't as it was exported, so it was read again.")
        return _Read(head, text, None, (note,))
    if not fits(row, text) or not all(_is_plausible(passage) for passage in row.passages):
        note = _("Its offsets don't fit its text, so it was read again.")
        return _Read(head, text, None, (note,))
    older, notes = _older_versions(folder, row.older, limits)
    draft = draft_of(head, row.newest.file)
    history = ArticleHistory(
        time_of(head.get("added")) or time_of(row.newest.at),
        row.newest.number,
        time_of(row.newest.at),
        older,
    )
    passages = tuple(
        replace(passage, tokens=count_tokens(text[passage.start : passage.end]))
        for passage in row.passages
    )
    signature = minhash_signature(text)
    draft = replace(
        draft,
        text=text,
        passages=passages,
        blocks=row.blocks,
        text_hash=row.newest.hash,
        signature=signature,
        history=history,
    )
    return _Read(head, text, draft, notes)


def _is_plausible(passage: Passage) -> bool:
    """Whether the chunker could have made it: a passage of several sentences is short."""
    longest = max(sentence.end - sentence.start for sentence in passage.sentences)
    is_short = passage.end - passage.start <= PASSAGE_CHARACTERS
    heading = passage.heading
    return (
        longest <= SENTENCE_CHARACTERS
        and is_short
        and len(heading) <= PATH_CHARACTERS
        and normalize(heading) == heading
    )


def _older_versions(
    folder: Path, files: Sequence[VersionFile], limits: ImportLimits
) -> tuple[tuple[OlderVersion, ...], tuple[str, ...]]:
    """The older versions that are as they were exported, and a note about the others."""
    versions = []
    for file in files:
        try:
            _head, text = read_article(folder, file.file, limits.characters * BYTES_PER_CHARACTER)
        except ArticleRefused:
            continue
        is_same = text_hash(text) == file.hash and normalize(text) == text
        if is_same and len(text) <= limits.characters:
            versions.append(OlderVersion(file.number, text, file.hash, time_of(file.at)))
    missing = len(files) - len(versions)
    note = ngettext(
        "{n:,} older version couldn't be imported.",
        "{n:,} older versions couldn't be imported.",
        missing,
    )
    return tuple(versions), (note.format(n=missing),) if missing else ()
