"""Prints how well questions that need several searches, a thread or another language are found.

    python -m bench.several [SET …] [--file looked_at] [--types] [--peer] [--data FOLDER]

The sets are the folders of tests/quality/several: comparison, two_hop, threads, languages. What is
found is what ``footnote eval --history`` finds, and so are the scores. ``--peer``: SQLite's FTS5
with a title column over the same passages, beside; in a thread it gets the question before, too.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bot.app import open_app
from bot.evaluate.dataset import Dataset, Question, read_dataset
from bot.evaluate.peers import Fts5
from bot.evaluate.run import EvaluationRun, library_name
from bot.evaluate.scoring import DEPTH, QuestionResult, RetrievedPassage, retrieval_scores
from bot.records import StoredPassage
from bot.settings import Settings

SETS = Path(__file__).parent.parent / "tests" / "quality" / "several"
NAMES = ("comparison", "two_hop", "threads", "languages")
FIGURES = ("hits@4", "hits@10", "all@10", "recall@10", "mrr@10")
Results = Mapping[str, QuestionResult]


def figures(questions: Sequence[Question], results: Results) -> dict[str, float]:
    """The mean of each of ``FIGURES`` over the questions with evidence."""
    rows = list(retrieval_scores(questions, results).values())
    return {name: statistics.fmean(row[name] for row in rows) for name in FIGURES}


def by_type(questions: Sequence[Question]) -> dict[str, list[Question]]:
    """The answerable questions by type, and in a set of several languages by language."""
    groups: defaultdict[str, list[Question]] = defaultdict(list)
    for question in questions:
        if question.evidence:
            groups[" ".join(filter(None, (question.language, question.type)))].append(question)
    return dict(groups)


async def measure(
    name: str, file: str, folder: Path, *, peer: bool
) -> tuple[Dataset, dict[str, Results]]:
    """The results of the search, and of its peer, for a set's questions."""
    dataset = read_dataset(SETS / name, questions_file=f"{file}.jsonl")
    async with open_app(replace(Settings(), data_dir=folder)) as app:
        server_id = library_name(dataset, app.embedder.model)
        async with app.store.library(server_id) as library:
            run = EvaluationRun(app, library, server_id)
            await run.read(dataset.documents)
            data = await run.ask(dataset, answers=False, history=True)
            results: dict[str, Results] = {"Footnote": data.results}
            if peer:
                results["FTS5"] = fts5_results(dataset, await run.stored_passages())
            return dataset, results


def fts5_results(dataset: Dataset, stored: Sequence[tuple[str, StoredPassage]]) -> Results:
    """What FTS5 finds for a set's questions among the stored passages."""
    passages = [RetrievedPassage(doc_id, passage.text, 0.0) for doc_id, passage in stored]
    engine = Fts5([p.title for _, p in stored], [p.text for _, p in stored])
    found = {}
    for question in dataset.questions:
        text = " ".join([*question.history[-1:], question.text])
        found[question.id] = QuestionResult(tuple(passages[i] for i in engine(text, DEPTH)), 0.0, 0)
    return found


def print_rows(label: str, questions: Sequence[Question], results: dict[str, Results]) -> None:
    for engine, found in results.items():
        scores = figures(questions, found)
        cells = " | ".join(f"{scores[figure]:.3f}" for figure in FIGURES)
        print(f"| {label}, {engine} | {len(questions)} | {cells} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=NAMES, metavar="SET")
    parser.add_argument("--file", default="looked_at", help="or counted")
    parser.add_argument("--types", action="store_true", help="a row for each type of question")
    parser.add_argument("--peer", action="store_true", help="FTS5 beside")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="keep the library here")
    arguments = parser.parse_args()
    print(f"| | questions | {' | '.join(FIGURES)} |")
    print("|---" * (len(FIGURES) + 2) + "|")
    for name in arguments.sets:
        with ExitStack() as stack:
            folder = arguments.data or Path(stack.enter_context(tempfile.TemporaryDirectory()))
            dataset, results = asyncio.run(
                measure(name, arguments.file, folder, peer=arguments.peer)
            )
        answerable = [question for question in dataset.questions if question.evidence]
        print_rows(name, answerable, results)
        if arguments.types:
            for kind, questions in sorted(by_type(dataset.questions).items()):
                print_rows(f"… {kind}", questions, results)


if __name__ == "__main__":
    main()
