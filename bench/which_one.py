"""Prints how often a question that may mean several things is asked back, and how often others are.

    .venv/bin/python -m bench.which_one [DIR …] [--all]

The questions are tests/quality/references/which_one, over its own articles: some of them mean one
of several ("the minister"). Of each data set DIR of ``footnote eval``, its answerable questions are
asked over all of its documents; they have one right passage each, so asking back is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.answer.context import AskContext
from bot.answer.plan import make_plan
from bot.answer.strategies.clarification import ClarificationPlan
from bot.answer.strategies.which_one import ambiguous_noun
from bot.app import App, open_app
from bot.evaluate.dataset import read_dataset
from bot.ingest.submission import Submission
from bot.records import Scope
from bot.settings import Settings
from bot.store.protocols import Library
from bot.store.values import EVERYTHING

FOLDER = Path(__file__).parent.parent / "tests" / "quality" / "references" / "which_one"
SCOPE = Scope("bench")
PASSAGES_READ = 12


@dataclass(slots=True)
class Measured:
    """Ambiguous questions that are asked back with the right articles, and others that are."""

    right: int = 0
    ambiguous: int = 0
    wrongly: int = 0
    others: int = 0
    wrong: list[str] = field(default_factory=list)


async def measure() -> Measured:
    """What holds of the questions."""
    rows = [json.loads(line) for line in (FOLDER / "lines.jsonl").read_text("utf-8").splitlines()]
    texts = (FOLDER / "articles.jsonl").read_text("utf-8").splitlines()
    documents = [json.loads(line) for line in texts]
    measured = Measured()
    with TemporaryDirectory() as data:
        async with (
            open_app(Settings(data_dir=Path(data))) as app,
            app.store.library(SCOPE.server_id) as library,
        ):
            ids = await _fill(app, library, [(d["id"], d["title"], d["text"]) for d in documents])
            for row in rows:
                choices = [ids[i] for i in await _choices(row["text"], app, library)]
                is_right = set(choices) == set(row["articles"])
                measured.ambiguous += bool(row["articles"])
                measured.others += not row["articles"]
                measured.right += is_right and bool(choices)
                measured.wrongly += bool(choices) and not row["articles"]
                if not is_right:
                    measured.wrong.append(f"{row['text']}: {choices} for {row['articles']}")
    return measured


async def asked_of_dataset(folder: Path) -> tuple[list[str], int]:
    """The answerable questions of a data set that are asked back, and how many were asked."""
    dataset = read_dataset(folder)
    questions = [question.text for question in dataset.questions if question.evidence]
    suspects = [text for text in questions if ambiguous_noun(text)]  # no other is searched for
    with TemporaryDirectory() as data:
        async with (
            open_app(Settings(data_dir=Path(data))) as app,
            app.store.library(SCOPE.server_id) as library,
        ):
            if suspects:
                documents = [(d.id, d.title, d.text) for d in dataset.documents]
                await _fill(app, library, documents)
            asked = [text for text in suspects if await _choices(text, app, library)]
    return asked, len(questions)


async def _fill(
    app: App, library: Library, documents: Iterable[tuple[str, str, str]]
) -> dict[int, str]:
    """The document of each article, by the article's id."""
    ids: dict[int, str] = {}
    for name, title, text in documents:
        result = await app.ingest.add(Submission(f"{name}.txt", text, title), library, SCOPE)
        ids[result.article.id] = name
    return ids


async def _choices(question: str, app: App, library: Library) -> Sequence[int]:
    context = AskContext(library, SCOPE, app.embedder, EVERYTHING)
    plan = await make_plan(question, context, fresh=True, limit=PASSAGES_READ)
    return [a.id for a in plan.choices] if isinstance(plan, ClarificationPlan) else []


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("dirs", nargs="*", type=Path)
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()
    measured = asyncio.run(measure())
    asked = measured.right + measured.wrongly
    print(f"recall {measured.right / measured.ambiguous:.3f} of {measured.ambiguous}")
    print(f"precision {measured.right / max(1, asked):.3f} of {asked}")
    print(f"asked back wrongly {measured.wrongly} of {measured.others}")
    if arguments.all:
        print("\n".join(measured.wrong))
    for folder in arguments.dirs:
        wrongly, n = asyncio.run(asked_of_dataset(folder))
        print(f"{folder.name}: {len(wrongly)} of {n} asked back", *wrongly, sep="\n  ")


if __name__ == "__main__":
    main()
