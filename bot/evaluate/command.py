"""``footnote eval``: evaluate the bot on a dataset and print the figures."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.app import open_app
from bot.evaluate.compare import compare_runs
from bot.evaluate.dataset import Dataset, read_dataset
from bot.evaluate.judges import measure_judges
from bot.evaluate.report import figures, oracle_figures, table
from bot.evaluate.run import EvaluationRun, answers_json, library_name
from bot.evaluate.run_files import read_run, write_run
from bot.evaluate.thorough import measure_thorough
from bot.evaluate.verification import measure_verification
from bot.settings import Settings


def run_eval(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status. Raises FootnoteError."""
    dataset = read_dataset(Path(arguments.dir), arguments.limit)
    other = read_run(Path(arguments.against)) if arguments.against else None
    with ExitStack() as stack:
        folder = arguments.data or stack.enter_context(tempfile.TemporaryDirectory())
        document = asyncio.run(_evaluate(dataset, Path(folder), arguments, other))
    text = json.dumps(document, ensure_ascii=False) if arguments.json else table(document)
    sys.stdout.write(text + "\n")
    return 0


async def _evaluate(
    dataset: Dataset, folder: Path, arguments: argparse.Namespace, other: Any
) -> dict[str, Any]:
    settings = replace(Settings(), data_dir=folder)
    async with open_app(settings) as app:
        server_id = library_name(dataset, app.embedder.model)
        async with app.store.library(server_id) as library:
            run = EvaluationRun(app, library, server_id)
            await run.read(dataset.documents)
            data = await run.ask(dataset, answers=arguments.answers, history=arguments.history)
            if arguments.answers:
                await run.ask_oracle(dataset)
                verification = await measure_verification(dataset, app.embedder)
            if arguments.thorough:
                thorough = await measure_thorough(app, library, server_id, dataset)
            if arguments.judges:
                judges = await measure_judges(dataset, app.embedder)
    document = figures(dataset, data)
    if arguments.answers:
        document["support"] = {"oracle": oracle_figures(data), **(verification or {})}
    if arguments.thorough:
        document["thorough"] = thorough
    if arguments.judges:
        document["judges"] = judges
    if other is not None:
        document["against"] = compare_runs(dataset.questions, data.results, other)
    if arguments.run:
        write_run(Path(arguments.run), data.results, answers_json(data))
    return document
