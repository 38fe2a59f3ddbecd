"""``footnote add`` and ``footnote refresh``: one source after another, then a table."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Any

from bot import json_output
from bot.app import App
from bot.ingest.extract.formats import Format, format_of_ending
from bot.ingest.fetch.addresses import looks_like_address
from bot.ingest.progress import Progress
from bot.ingest.submission import Submission
from bot.records import Scope
from bot.service.add import SourceOutcome, SourceToAdd, add_each, pages_to_refresh
from bot.store.protocols import Library
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
    sources = [
        SourceToAdd(source, partial(_submission, source, from_web, arguments))
        for source, from_web in arguments.sources
    ]
    async with app.store.library(arguments.server) as library:
        return await _add_all(app, library, Scope(arguments.server), sources)


async def refresh(app: App, arguments: argparse.Namespace) -> Result:
    """Fetch the pages of articles again."""
    scope = Scope(arguments.server)
    async with app.store.library(arguments.server) as library:
        pages = await pages_to_refresh(library, arguments.id, scope)
        sources = [SourceToAdd(page.source, partial(_itself, page)) for page in pages]
        return await _add_all(app, library, scope, sources)


async def _itself(page: Submission) -> Submission:
    return page


async def _add_all(
    app: App, library: Library, scope: Scope, sources: Sequence[SourceToAdd]
) -> Result:
    """Add one source after another, and make a table of what became of them."""
    names = [source.name for source in sources]
    outcomes = add_each(app.ingest, library, scope, sources, partial(_show_progress, names))
    async with aclosing(outcomes):
        rows = [outcome_row(outcome) async for outcome in outcomes]
    show_progress("")
    status = FAILED if any(row["status"] == "refused" for row in rows) else DONE
    return status, {"articles": rows}, "\n".join(table(rows)) or _("Nothing to do.")


def outcome_row(outcome: SourceOutcome) -> dict[str, Any]:
    if outcome.refusal is not None:
        return json_output.refused_json(outcome.source, outcome.refusal)
    assert outcome.result is not None
    row = json_output.added_json(outcome.source, outcome.result)
    return row | {"notes": [*row["notes"], *outcome.notes]}


def find_sources(named: Sequence[str]) -> list[tuple[str, bool]]:
    """The sources, each with whether it is a web address, folders replaced by their files.

    (Recursively, without hidden ones.) Looks at the files where the command was typed.
    """
    return [(source, is_address(source)) for name in named for source in _files_of(name)]


def _files_of(source: str) -> Iterator[str]:
    folder = Path(source)
    if not folder.is_dir():
        yield source
        return
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    relative = (path.relative_to(folder) for path in files)
    yield from (str(folder / p) for p in relative if not any(n[0] == "." for n in p.parts))


async def _submission(source: str, from_web: bool, arguments: argparse.Namespace) -> Submission:
    """A web address, a file's bytes, or standard input for ``-``. Raises ArticleRefused."""
    name, data = source, None
    if not from_web:
        name = "standard input.txt" if source == STANDARD_INPUT else Path(source).name
        data = await console().read_file(source)
    return Submission(
        name,
        data,
        arguments.title or "",
        arguments.published,
        keep_similar=arguments.keep_similar,
    )


def is_address(source: str) -> bool:
    """Whether a source is a web address; "report.pdf" is a file, even if there is none."""
    path = Path(source)
    if not looks_like_address(source) or path.is_file():
        return False
    kind = format_of_ending(path.suffix.lower()) if path.name == source else None
    return kind in (None, Format.CODE)  # "example.py" may be a site in Paraguay


def _show_progress(names: Sequence[str], done: int, progress: Progress) -> None:
    """The progress of one source, with a bar of all if there are several."""
    total, name = len(names), Path(names[done]).name or names[done]
    full = BAR_CELLS * done // total
    bar = f"{'█' * full}{'░' * (BAR_CELLS - full)} {done}/{total}  " if total > 1 else ""
    show_progress(f"{bar}{name}: {progress.describe()}")


def table(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A line for each source with its notes below, then the totals by status."""
    for row in rows:
        status = f"{_(STATUS_NAMES[row['status']]):<10}"
        if row["status"] == "refused":
            yield f"{status}     -  {row['source']}: {row['reason']}"
            continue
        yield f"{status} {row['id']:>5}  {row['title']} ({passage_count(row['passages'])})"
        if row["status"] == "similar":
            yield f"{'':17} {row['reason']} {_('Use --keep-similar to store it anyway.')}"
        yield from (f"{'':17} {note}" for note in row["notes"])
    if len(rows) > 1:
        counts = Counter(row["status"] for row in rows)
        yield ", ".join(f"{n:,} {_(STATUS_NAMES[name])}" for name, n in counts.most_common())
