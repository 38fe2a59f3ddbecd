"""A library with one of everything, its export, and imports of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.app import App
from bot.records import Scope, SourceMessage
from bot.service.add import SourceOutcome
from bot.service.export_library import export_library
from bot.service.import_library import ImportLimits, import_library
from bot.service.library_folder import (
    check_description,
)
from bot.store.protocols import Library
from bot.structure import Block
from tests.contract.samples import MARS, new_article

HERE, THERE = Scope("1"), Scope("2")
LIMITS = ImportLimits(100_000, 100)


async def fill(library: Library) -> None:
    """One of everything: versions, pages, blocks, tags, a channel and a message."""
    await library.articles.add(rich("Mars is warm."), HERE)
    await library.articles.add(replace(rich(MARS), replaces=1), HERE)
    await library.articles.add(new_article("Venus is hot.", title="Venus: “CON” …/..\\"), HERE)


def rich(text: str) -> Any:
    draft = new_article(text, channel=5)
    passages = tuple(replace(p, page=3, heading="Planets › Mars") for p in draft.passages)
    return replace(
        draft,
        passages=passages,
        blocks=(Block("list", 0, len(text)), Block("list_item", 0, 8, 1, 0)),
        url="https://example.org/mars#air",
        author="A. Uthor",
        published="2026-Q1",
        date_source="front matter",
        language="en",
        notes=("One page was left out.",),
        tags=("space",),
        address="https://example.org/mars",
        message=SourceMessage(77, 8),
        page_unit="slide",
        by_ocr=True,
        reader=2,
    )


async def export(library: Library, folder: Path) -> Path:
    await export_library(library, Scope(library.server_id), folder, lambda *_: None)
    return folder


async def import_all(
    app: App, folder: Path, *, limits: ImportLimits = LIMITS, keep_channels: bool = True
) -> list[SourceOutcome]:
    check_description(folder)
    async with app.store.library("2") as library:
        outcomes = import_library(
            app.ingest, library, THERE, folder, limits, keep_channels=keep_channels
        )
        return [outcome async for outcome in outcomes]


async def texts_of(app: App) -> list[str]:
    async with app.store.library("2") as library:
        articles = await library.articles.select(THERE, sort="oldest")
        return [(await library.articles.version(a.id, THERE)).text for a in articles]


def statuses(outcomes: list[SourceOutcome]) -> list[str]:
    return [o.result.status if o.result else "refused" for o in outcomes]
