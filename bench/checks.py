"""How well sentences with people's marks are checked, without a library: seconds, not minutes.

``python -m bench.checks ../shared/data/clapnq [--limit N]`` prints what ``footnote eval --answers``
prints of the checks: for each half of the documents the false alarms, by rule, and the
perturbed sentences that are caught, by kind. ``--limit``: so many questions.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.app import open_app
from bot.evaluate.dataset import Dataset, read_dataset
from bot.evaluate.verification import HALVES, measure_verification
from bot.settings import Settings


async def _figures(dataset: Dataset, folder: Path) -> dict[str, Any] | None:
    async with open_app(replace(Settings(), data_dir=folder)) as app:
        return await measure_verification(dataset, app.embedder)


def main() -> None:
    """Reads the arguments and prints the figures of each half."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--limit", type=int)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(_figures(read_dataset(arguments.dir, arguments.limit), Path(folder)))
    if found is None:
        parser.error("no question of it has evidence")
    for half in HALVES:
        figures = found[half]
        kinds = figures.pop("kinds")
        print(half)
        for name, value in figures.items():
            print(f"  {name}: {value}")
        for kind, row in kinds.items():
            print(f"  {kind}: {row['caught']} of {row['perturbed']}")


if __name__ == "__main__":
    main()
