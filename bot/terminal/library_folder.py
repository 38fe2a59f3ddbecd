"""``footnote export`` and ``footnote import``: a library as a folder that anyone can read."""

from __future__ import annotations

import argparse
import logging
from contextlib import aclosing
from pathlib import Path

from bot.app import App
from bot.errors import ModelError
from bot.maintenance import EmbeddingProgress, embedding_dimension, reembed_library
from bot.records import Scope
from bot.service.export_library import export_library
from bot.service.import_library import ImportLimits, import_library
from bot.service.library_folder import check_description
from bot.store.protocols import Library
from bot.strings import _, ngettext
from bot.terminal.adding import outcome_row, row_lines, totals
from bot.terminal.live import show_progress
from bot.terminal.output import DONE, FAILED, Result

log = logging.getLogger(__name__)


async def export(app: App, arguments: argparse.Namespace) -> Result:
    """Write a library to a new folder."""
    folder = Path(arguments.dir)

    def on_progress(done: int, total: int) -> None:
        show_progress(_("{done:,} of {total:,} articles written").format(done=done, total=total))

    async with app.store.library(arguments.server) as library:
        exported = await export_library(library, Scope(arguments.server), folder, on_progress)
    show_progress("")
    document = {
        "path": str(folder),
        "articles": exported.articles,
        "versions": exported.versions,
    }
    text = ngettext(
        "Exported {n:,} article to {folder}.",
        "Exported {n:,} articles to {folder}.",
        exported.articles,
    )
    return DONE, {"exported": document}, text.format(n=exported.articles, folder=folder)


async def import_folder(app: App, arguments: argparse.Namespace) -> Result:
    """Add the articles of an exported library."""
    folder, scope = Path(arguments.dir), Scope(arguments.server)
    origin = check_description(folder)
    limits = ImportLimits(app.settings.max_characters, app.settings.max_articles)
    rows = []
    async with app.store.library(arguments.server) as library:
        outcomes = import_library(
            app.ingest, library, scope, folder, limits, keep_channels=not arguments.whole_server
        )
        async with aclosing(outcomes):
            async for outcome in outcomes:
                rows.append(outcome_row(outcome))
                show_progress(_("{n:,} articles imported").format(n=len(rows)))
        await _embed(app, library, scope)
        channels = await library.articles.channels(scope)
    show_progress("")
    lines = [line for row in rows for line in row_lines(row)]
    lines += filter(None, [totals(rows)] if rows else [_("The folder has no articles.")])
    if channels and origin != arguments.server and not arguments.whole_server:
        lines.append(
            _(
                "They come from server {origin}. Members here can't see those that were added in "
                "a channel there; to show them to everyone, remove them and import again with "
                "--whole-server."
            ).format(origin=origin)
        )
    status = FAILED if any(row["status"] == "refused" for row in rows) else DONE
    return status, {"articles": rows}, "\n".join(lines)


async def _embed(app: App, library: Library, scope: Scope) -> None:
    """Give the imported passages their vectors. If that fails, the running bot does it later."""
    embedder = app.budget.metered_embedder(app.embedder, library.ledger)
    try:
        dimension = await embedding_dimension(app.embedder)
        await reembed_library(library, scope, embedder, dimension, _show_embedded)
    except ModelError as error:
        log.warning("imported without vectors for now: %s", error.message)


def _show_embedded(progress: EmbeddingProgress) -> None:
    message = _("{done:,} of {total:,} passages embedded")
    show_progress(message.format(done=progress.done, total=progress.total))
