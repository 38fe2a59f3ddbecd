"""``footnote scorecard``: what Footnote is worth on public sets, beside other engines.

Prints a page of Markdown: with which versions and on which machine it was made, and for each set
how well the passages are found (by Footnote and by its peers, in the same run over the same
passages), whether quotes are the stored text byte for byte, and which footnotes the labels of the
set's authors confirm. Without a model and a network.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot import __version__
from bot.app import open_app, sqlite_version
from bot.errors import FootnoteError
from bot.evaluate.dataset import Dataset, read_dataset
from bot.evaluate.peers import FIGURES, measure, peer_engines
from bot.evaluate.run import EvaluationData, EvaluationRun, library_name
from bot.evaluate.scoring import RetrievedPassage, retrieval_scores
from bot.settings import Settings
from bot.strings import _

SET_FILE = "questions.jsonl"


def run_scorecard(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status. Raises FootnoteError."""
    for line in _head():
        sys.stdout.write(line + "\n")
    for folder in find_sets(Path(arguments.dir)):
        dataset = read_dataset(folder, arguments.limit)
        with tempfile.TemporaryDirectory() as data:
            lines = asyncio.run(score(folder.name, dataset, Path(data)))
        sys.stdout.write("\n".join(["", *lines]) + "\n")
        sys.stdout.flush()
    return 0


def find_sets(folder: Path) -> list[Path]:
    """The folder itself if it is a set, else the sets in it. Raises FootnoteError if none is."""
    sets = sorted(file.parent for file in [folder / SET_FILE, *folder.glob(f"*/{SET_FILE}")])
    sets = [each for each in sets if (each / SET_FILE).is_file()]
    if not sets:
        raise FootnoteError(
            _(
                "{folder} has no set: put documents.jsonl and questions.jsonl into it, or into a "
                "folder for each set."
            ).format(folder=folder)
        )
    return sets


def describe_machine() -> str:
    """The versions and the machine, without its name."""
    page, pages = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_PHYS_PAGES")
    return " · ".join(
        [
            f"Footnote {__version__}",
            f"Python {platform.python_version()}",
            f"SQLite {sqlite_version()[0]}",
            f"{platform.system()} {platform.machine()}",
            f"{os.cpu_count()} cores",
            f"{page * pages / 2**30:.0f} GiB",
            f"{datetime.now(UTC):%Y-%m-%d}",
        ]
    )


def _head() -> list[str]:
    return ["# Scorecard", "", describe_machine()]


async def score(name: str, dataset: Dataset, data_dir: Path) -> list[str]:
    """The section of a set, in lines of Markdown."""
    settings = replace(Settings(), data_dir=data_dir, openai_api_key="", openai_base_url="")
    async with open_app(settings) as app:
        server_id = library_name(dataset, app.embedder.model)
        async with app.store.library(server_id) as library:
            run = EvaluationRun(app, library, server_id)
            await run.read(dataset.documents)
            data = await run.ask(dataset, answers=True)
            stored = await run.stored_passages()
        rows = [_row("**Footnote**", *_own_figures(dataset, data))]
        passages = [RetrievedPassage(doc_id, passage.text, 0.0) for doc_id, passage in stored]
        engines = await peer_engines(app, [passage for _id, passage in stored])
        for peer, engine in engines.items():
            rows.append(_row(peer, *await measure(engine, dataset.questions, passages)))
    counts = f"{len(dataset.documents)} documents, {data.passages} passages"
    return [
        f"## {name}",
        "",
        f"{counts}, {len(dataset.questions)} questions (SHA-256 {dataset.sha256[:12]})",
        "",
        f"| | {' | '.join(FIGURES)} | CPU ms |",
        "|---" * (len(FIGURES) + 2) + "|",
        *rows,
        "",
        *_answer_lines(dataset, data),
    ]


def _own_figures(dataset: Dataset, data: EvaluationData) -> tuple[dict[str, float], float]:
    rows = list(retrieval_scores(dataset.questions, data.results).values())
    means = {name: statistics.fmean(row[name] for row in rows) for name in FIGURES}
    return means, 1000 * statistics.median(data.search_cpu_s)


def _row(name: str, scores: dict[str, float], milliseconds: float) -> str:
    cells = [f"{scores[figure]:.3f}" for figure in FIGURES]
    return f"| {name} | {' | '.join(cells)} | {milliseconds:.1f} |"


def _answer_lines(dataset: Dataset, data: EvaluationData) -> list[str]:
    answered = {key for key, answer in data.answers.items() if answer.answered}
    answerable = {question.id for question in dataset.questions if question.answerable}
    others = {question.id for question in dataset.questions} - answerable
    labelled = {question.id for question in dataset.questions if question.evidence}
    quotes = list(data.quotes.values())
    checked = [data.quotes[key] for key in answered & labelled]
    return [
        _share("quotes equal to the stored text, byte for byte", [
            (each.valid, each.citations) for each in quotes
        ]),
        _share("footnotes of answers that the set's labels confirm", [
            (each.confirmed, each.citations) for each in checked
        ]),
        _share("answerable questions answered", [(key in answered, 1) for key in answerable]),
        _share("other questions answered", [(key in answered, 1) for key in others]),
    ]  # fmt: skip


def _share(name: str, parts: Sequence[tuple[int, int]]) -> str:
    part, whole = sum(part for part, _ in parts), sum(whole for _, whole in parts)
    return f"- {name}: {part} of {whole}" + (f" ({part / whole:.3f})" if whole else "")
