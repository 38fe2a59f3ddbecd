"""``footnote add`` and ``footnote refresh``: one source after another, each with a line."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Any

from bot import json_output
from bot.app import App
from bot.ingest.pipeline import MIB
from bot.ingest.progress import Progress
from bot.ingest.submission import Submission
from bot.records import Scope
from bot.service.add import SourceOutcome, SourceToAdd, add_each, pages_to_refresh
from bot.strings import N_, _
from bot.terminal.console import STANDARD_INPUT, console
from bot.terminal.live import show_progress
from bot.terminal.output import DONE, FAILED, Result, passage_count

BAR_CELLS = 20
STATUS_NAMES = {  # of a source in ``add``, by its status in JSON
    "added": N_("added"),
    "duplicate": N_("duplicate"),
    "similar": N_("similar"),
    "unchanged": N_("unchanged"),
    "updated": N_("updated"),
    "refused": N_("refused"),
}


async def add(app: App, arguments: argparse.Namespace) -> Result:
    """Add the ``sources`` that ``find_sources`` found: files, addresses or standard input."""
    most = app.settings.max_file_mb * MIB + 1  # a file that is larger is refused by its size
    sources = [
        SourceToAdd(source, partial(_submission, source, from_web, most, arguments))
        for source, from_web in arguments.sources
    ]
    return await _add_all(app, arguments, sources)


async def refresh(app: App, arguments: argparse.Namespace) -> Result:
    """Fetch the pages of articles again."""
    async with app.store.library(arguments.server) as library:
        pages = await pages_to_refresh(library, arguments.id, Scope(arguments.server))
    sources = [SourceToAdd(page.source, partial(_itself, page)) for page in pages]
    return await _add_all(app, arguments, sources)


async def _itself(page: Submission) -> Submission:
    return page


async def _add_all(
    app: App, arguments: argparse.Namespace, sources: Sequence[SourceToAdd]
) -> Result:
    """Add one source after another, and print what became of each at once."""
    names, rows = [source.name for source in sources], []
    async with app.store.library(arguments.server) as library:
        show = partial(_show_progress, names)
        outcomes = add_each(app.ingest, library, Scope(arguments.server), sources, show)
        async with aclosing(outcomes):
            async for outcome in outcomes:
                rows.append(outcome_row(outcome))
                show_progress("")
                if not arguments.json:
                    console().write("\n".join(row_lines(rows[-1])))
    status = FAILED if any(row["status"] == "refused" for row in rows) else DONE
    return status, {"articles": rows}, totals(rows) if rows else _("Nothing to do.")


def outcome_row(outcome: SourceOutcome) -> dict[str, Any]:
    if outcome.refusal is not None:
        return json_output.refused_json(outcome.source, outcome.refusal)
    assert outcome.result is not None
    row = json_output.added_json(outcome.source, outcome.result)
    return row | {"notes": [*row["notes"], *outcome.notes]}


async def _submission(
    source: str, from_web: bool, most: int, arguments: argparse.Namespace
) -> Submission:
    """A web address, a file's bytes, or standard input for ``-``. Raises ArticleRefused."""
    name, data = source, None
    if not from_web:
        name = "standard input.txt" if source == STANDARD_INPUT else Path(source).name
        data = await console().read_file(source, most)
    return Submission(
        name,
        data,
        arguments.title or "",
        arguments.published,
        keep_similar=arguments.keep_similar,
    )


def _show_progress(names: Sequence[str], done: int, progress: Progress) -> None:
    """The progress of one source, with a bar of all if there are several."""
    total, name = len(names), Path(names[done]).name or names[done]
    full = BAR_CELLS * done // total
    bar = f"{'█' * full}{'░' * (BAR_CELLS - full)} {done}/{total}  " if total > 1 else ""
    show_progress(f"{bar}{name}: {progress.describe()}")


def row_lines(row: Mapping[str, Any]) -> Iterator[str]:
    """A line for a source, with its notes below."""
    status = f"{_(STATUS_NAMES[row['status']]):<10}"
    if row["status"] == "refused":
        yield f"{status}     -  {row['source']}: {row['reason']}"
        return
    yield f"{status} {row['id']:>5}  {row['title']} ({passage_count(row['passages'])})"
    if row["status"] == "similar":
        hint = _("Use --keep-similar to store it anyway.")
        yield f"{'':17} {row['reason']} {hint}"
    yield from (f"{'':17} {note}" for note in row["notes"])


def totals(rows: Sequence[Mapping[str, Any]]) -> str:
    """How many sources ended how; empty for a single one."""
    counts = Counter(row["status"] for row in rows) if len(rows) > 1 else Counter[str]()
    return ", ".join(f"{n:,} {_(STATUS_NAMES[name])}" for name, n in counts.most_common())
