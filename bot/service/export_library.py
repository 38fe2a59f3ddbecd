"""Writes a library in its open form (``library_folder``): everything that a move must not lose.

Articles in the trash, answers and costs aren't part of it. Written beside its place and renamed, so
a folder with the name is complete.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.errors import FootnoteError
from bot.records import Article, Passage, Scope, StoredPassage, Version
from bot.service.library_folder import (
    ARTICLES,
    DESCRIPTION,
    FORMAT,
    FORMAT_VERSION,
    OFFSETS,
    ArticleRow,
    VersionFile,
    article_text,
    row_json,
)
from bot.service.library_head import head_of
from bot.store.protocols import Library
from bot.strings import _
from bot.structure import Block

SLUG_CHARACTERS = 40
README = "README.txt"
FOR_STRANGERS = """\
A library, exported by Footnote.

articles/*.md   One file per article and version. Above the text, between "---" lines, is what is
                known of the article: one "name: value" per line, the values in JSON. The text
                begins after the second "---" line and the empty line below it.
offsets.jsonl   One line of JSON per article: its file and its older versions, and the passages,
                sentences and blocks (headings, table rows ...) of the newest text. start and end
                count Unicode code points from the beginning of the text; end is exclusive.
                A sentence is [start, end, page, kind], a block [kind, start, end, level, parent],
                where parent is the index of the block around it, or -1.
library.json    What this folder is.
"""


@dataclass(frozen=True, slots=True)
class Exported:
    """How much was written."""

    articles: int = 0
    versions: int = 0


async def export_library(
    library: Library, scope: Scope, folder: Path, on_progress: Callable[[int, int], None]
) -> Exported:
    """Write all articles that a scope shows. Raises FootnoteError; then there is no folder.

    ``on_progress`` gets how many articles are done, and of how many.
    """
    try:
        partial = await asyncio.to_thread(_begin, folder)
        try:
            await asyncio.to_thread(_write_readme, partial)
            exported = await _write_articles(library, scope, partial, on_progress)
            await asyncio.to_thread(_finish, partial, folder, scope.server_id, exported)
        finally:
            await asyncio.to_thread(shutil.rmtree, partial, ignore_errors=True)
    except OSError as error:
        message = _("The folder {folder} can't be written ({reason}). Nothing was exported.")
        raise FootnoteError(message.format(folder=folder, reason=error.strerror)) from error
    return exported


def _begin(folder: Path) -> Path:
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        message = _("{folder} isn't empty. Name a new folder: nothing in it would be overwritten.")
        raise FootnoteError(message.format(folder=folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))


def _write_readme(partial: Path) -> None:
    (partial / README).write_text(FOR_STRANGERS, "utf-8", newline="\n")
    (partial / ARTICLES).mkdir()
    (partial / OFFSETS).touch()


def _finish(partial: Path, folder: Path, server_id: str, exported: Exported) -> None:
    description = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "server": server_id,
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "articles": exported.articles,
    }
    (partial / DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n", "utf-8")
    partial.chmod(0o755)
    if folder.exists():
        folder.rmdir()  # it is empty
    partial.rename(folder)


async def _write_articles(
    library: Library, scope: Scope, partial: Path, on_progress: Callable[[int, int], None]
) -> Exported:
    articles = await library.articles.select(scope, sort="oldest")
    versions = 0
    for done, article in enumerate(articles):
        on_progress(done, len(articles))
        newest = await library.articles.version(article.id, scope)
        texts = {stamp.version: "" for stamp in newest.versions}
        for number in texts:
            version = await library.articles.version(article.id, scope, number)
            texts[number] = version.text
        passages = await library.articles.passages_of(article.id, scope)
        version_ids = {passage.version_id for passage in passages}
        structures = await library.structures.of_versions(version_ids, scope)
        blocks = tuple(block for each in structures.values() for block in each.blocks)
        row, head = _row(newest, passages, blocks), head_of(article, passages)
        await asyncio.to_thread(_write_article, partial, row, head, texts)
        versions += len(texts)
    return Exported(len(articles), versions)


def _row(
    newest: Version, passages: Sequence[StoredPassage], blocks: tuple[Block, ...]
) -> ArticleRow:
    name = _file_name(newest.article)
    files = {
        stamp.version: VersionFile(
            stamp.version,
            stamp.at,
            stamp.hash,
            f"{ARTICLES}/{name}.md"
            if stamp.version == newest.version
            else f"{ARTICLES}/{name}.v{stamp.version}.md",
        )
        for stamp in newest.versions
    }
    older = (file for number, file in sorted(files.items()) if number != newest.version)
    return ArticleRow(
        files[newest.version], tuple(older), tuple(_passage(p) for p in passages), blocks
    )


def _passage(stored: StoredPassage) -> Passage:
    return Passage(stored.start, stored.end, stored.sentences, 0, stored.heading, stored.page)


def _file_name(article: Article) -> str:
    """The id, and as much of the title as any file system takes."""
    slug = "-".join(re.findall(r"\w+", article.title.lower()))[:SLUG_CHARACTERS].strip("-")
    return f"{article.id}-{slug}" if slug else str(article.id)


def _write_article(
    partial: Path, row: ArticleRow, head: dict[str, Any], texts: dict[int, str]
) -> None:
    for version in (*row.older, row.newest):
        is_newest = version is row.newest
        about = head if is_newest else {"title": head["title"], "replaced": True}
        content = article_text(about, texts[version.number])
        (partial / version.file).write_text(content, "utf-8", newline="\n")
    with (partial / OFFSETS).open("a", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(row_json(row), ensure_ascii=False) + "\n")
