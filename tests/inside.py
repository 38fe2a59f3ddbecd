"""An app that reads articles in its own process, for tests that add many but are not about reading:
a reader process takes half a second to start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import lru_cache
from typing import Any

from bot.app import App, open_app
from bot.ingest.chunk import split_passages
from bot.ingest.extract.document import Bounds, Document, OnProgress, ignore_progress, truncate
from bot.ingest.extract.extract import extract, read_text
from bot.ingest.fetch.fetch import Fetcher
from bot.ingest.jobs import IngestQueue
from bot.ingest.pipeline import MIB, Ingest, Limits
from bot.ingest.worker.process import ReadResult
from bot.settings import Settings
from bot.tokens import count_tokens
from tests.quick import QuickEmbedder


@lru_cache(maxsize=128)
def _extracted(
    data: bytes, name: str, bounds: Bounds, options: tuple[tuple[str, Any], ...]
) -> Document:
    """A file as it is read: tests read the same few again and again, 0.1 s for a page each."""
    return extract(data, name, bounds=bounds, **dict(options))


class InsideReader:
    """Does what a reader process does, without the isolation."""

    async def read(
        self,
        data: bytes | str,
        name: str,
        on_progress: OnProgress = ignore_progress,
        *,
        bounds: Bounds | None = None,
        **options: Any,
    ) -> ReadResult:
        bounds = bounds or Bounds()
        if isinstance(data, str):
            document = truncate(read_text(data), bounds.characters)
        else:
            document = _extracted(data, name, bounds, tuple(sorted(options.items())))
        passages = split_passages(
            document.text,
            count_tokens,
            headings=document.headings,
            pages=document.pages,
            blocks=document.blocks,
        )
        return ReadResult(document, tuple(passages))

    async def layers(self) -> dict[str, bool]:
        """Of protection: none."""
        return {}

    def warm(self) -> None:
        """It is."""

    async def close(self) -> None:
        """Nothing to end."""


@asynccontextmanager
async def open_inside(settings: Settings, fetcher: Fetcher | None = None) -> AsyncIterator[App]:
    """``fetcher``: replaces the usual one."""
    embedder = QuickEmbedder()
    reader: Any = InsideReader()
    async with open_app(settings, embedder=embedder) as app:
        limits = Limits(settings.max_file_mb, settings.max_characters, settings.max_pages)
        web = fetcher or Fetcher(max_bytes=settings.max_file_mb * MIB)
        ingest = Ingest(embedder, reader, web, limits)
        async with IngestQueue(app.store, ingest.add).running() as jobs:
            yield replace(app, ingest=ingest, jobs=jobs)
        await web.close()
