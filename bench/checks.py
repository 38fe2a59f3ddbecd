"""How well sentences with people's marks are checked, without a library: seconds, not minutes.

``python -m bench.checks ../shared/data/clapnq [--limit N]`` prints what ``footnote eval --answers``
prints of the checks: for each half of the documents the false alarms, by rule, and the
perturbed sentences that are caught, by kind; then what a check takes. ``--limit``: so many
questions.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from bot.app import open_app
from bot.evaluate.dataset import Dataset, read_dataset
from bot.evaluate.verification import HALVES, Case, cases_of, context_of, measure_verification
from bot.settings import Settings
from bot.verify.check import MAX_CHARACTERS, check, needs_similarity
from bot.verify.claim_context import ClaimContext

SENTENCE = "The keeper of the old light saw {n} ships pass the cape in winter"
LONG = ", ".join(SENTENCE.format(n=n) for n in range(200))
HIRAGANA = "".join(chr(0x3042 + n % 80) for n in range(MAX_CHARACTERS))
BOUNDS: dict[str, tuple[str, list[str]]] = {  # what is checked, and what it cites
    "10,000 characters": (LONG[:10_000], [LONG]),
    f"{MAX_CHARACTERS:,} characters": (LONG[: MAX_CHARACTERS - 1] + ".", [LONG]),
    "sources of 10,000 words": (f"{SENTENCE.format(n=7)}.", [f"{LONG}.\n"] * 4),
    f"{MAX_CHARACTERS:,} characters without spaces": (HIRAGANA, [HIRAGANA[1:]]),
    "an unknown script": ("\u1200\u1208 \u1210" * 500, ["\u1200\u1208 \u1218" * 500]),
}


async def _figures(dataset: Dataset, folder: Path) -> dict[str, Any] | None:
    async with open_app(replace(Settings(), data_dir=folder)) as app:
        return await measure_verification(dataset, app.embedder)


def main() -> None:
    """Reads the arguments and prints the figures of each half."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--limit", type=int)
    arguments = parser.parse_args()
    dataset = read_dataset(arguments.dir, arguments.limit)
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(_figures(dataset, Path(folder)))
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
    print("ms of CPU a sentence, with the question whether it takes a cosine")
    times = sorted(_milliseconds(c.claim.text, c.claim.cited, c) for c in cases_of(dataset))
    print(f"  true sentences: {median(times):.1f} (p50), {times[int(0.9 * len(times))]:.1f} (p90)")
    for name, (text, cited) in BOUNDS.items():
        print(f"  {name}: {_milliseconds(text, cited):.0f}")


def _milliseconds(text: str, cited: Sequence[str], case: Case | None = None) -> float:
    """As ``StreamVerifier`` does it."""
    context = context_of(case, case.claim) if case else ClaimContext()
    began = time.thread_time()
    needs_similarity(text, cited, context)
    check(text, cited, context)
    return (time.thread_time() - began) * 1000


if __name__ == "__main__":
    main()
