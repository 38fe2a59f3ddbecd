"""Prints how well questions that need several searches, a thread or another language are found.

    python -m bench.several [SET …] [--file looked_at] [--types] [--peer] [--data FOLDER]

The sets are the folders of tests/quality/several: comparison, two_hop, threads, languages. All
their documents are in one library. What is found is what ``footnote eval --history`` finds, and so
are the scores. ``--peer``: SQLite's FTS5 with a title column over the same passages, beside; in a
thread it gets the question before, too.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bot.app import open_app
from bot.evaluate.dataset import Dataset, Question, read_dataset
from bot.evaluate.peers import Fts5
from bot.evaluate.run import EvaluationData, EvaluationRun, library_name
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


def read_sets(names: Sequence[str], file: str) -> tuple[Dataset, dict[str, Dataset]]:
    """The documents of all sets as one library, and each set with its questions."""
    every = {name: read_dataset(SETS / name, questions_file=f"{file}.jsonl") for name in NAMES}
    documents = tuple(document for dataset in every.values() for document in dataset.documents)
    hashes = " ".join(dataset.sha256 for dataset in every.values())
    return Dataset(hashes, documents, ()), {name: every[name] for name in names}


async def measure(
    names: Sequence[str], file: str, folder: Path, *, peer: bool
) -> AsyncIterator[tuple[str, Dataset, dict[str, Results]]]:
    """Each set with the results of the search, and of its peer, for its questions."""
    library_set, sets = read_sets(names, file)
    async with open_app(replace(Settings(), data_dir=folder)) as app:
        server_id = library_name(library_set, app.embedder.model)
        async with app.store.library(server_id) as library:
            run = EvaluationRun(app, library, server_id)
            await run.read(library_set.documents)
            for name, dataset in sets.items():
                run.data = EvaluationData()
                data = await run.ask(dataset, answers=False, history=True)
                results: dict[str, Results] = {"Footnote": data.results}
                if peer:
                    results["FTS5"] = fts5_results(dataset, await run.stored_passages())
                yield name, dataset, results


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


async def _print_sets(arguments: argparse.Namespace, folder: Path) -> None:
    print(f"| | questions | {' | '.join(FIGURES)} |")
    print("|---" * (len(FIGURES) + 2) + "|")
    measured = measure(arguments.sets, arguments.file, folder, peer=arguments.peer)
    async for name, dataset, results in measured:
        answerable = [question for question in dataset.questions if question.evidence]
        print_rows(name, answerable, results)
        if arguments.types:
            for kind, questions in sorted(by_type(dataset.questions).items()):
                print_rows(f"… {kind}", questions, results)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=NAMES, metavar="SET")
    parser.add_argument("--file", default="looked_at", help="or counted")
    parser.add_argument("--types", action="store_true", help="a row for each type of question")
    parser.add_argument("--peer", action="store_true", help="FTS5 beside")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="keep the library here")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = arguments.data or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        asyncio.run(_print_sets(arguments, folder))


if __name__ == "__main__":
    main()
