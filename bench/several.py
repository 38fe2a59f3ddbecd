"""Prints how well questions that need several searches, a thread or another language are found.

    python -m bench.several [SET …] [--file looked_at] [--types] [--peer] [--answers]
                            [--embedder MODEL] [--data FOLDER]

The sets are the folders of tests/quality/several: comparison, two_hop, threads, languages. All
their documents are in one library. What is found is what ``footnote eval --history`` finds, and so
are the scores. ``--peer``: SQLite's FTS5 with a title column over the same passages, beside; in a
thread it gets the question before, too. ``--answers`` also answers each question with quotes and
prints which share of the answerable ones is refused. ``known`` and ``unknown``: whether the
built-in embedder knows the languages of question and text.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bot.app import open_app
from bot.embedding import OFFLINE_MODEL, knows_language
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


@dataclass(frozen=True)
class Measured:
    """A set with the results of the search, and of its peer, and what was refused (ids)."""

    name: str
    dataset: Dataset
    results: dict[str, Results]
    refused: frozenset[str] | None = None  # not measured

    def refused_share(self, questions: Sequence[Question]) -> str:
        """The share of the questions that were refused, as a cell of the table."""
        if self.refused is None:
            return ""
        return f"{statistics.fmean(question.id in self.refused for question in questions):.3f}"


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
            if question.language:
                groups[f"{question.type}, {_known(question)}"].append(question)
    return dict(groups)


def _known(question: Question) -> str:
    """Whether the built-in embedder knows the languages of the question and of its text."""
    language = question.evidence[0].doc_id.split("-")[1]  # lang-de-3
    both = (question.language, language)
    return "known" if all(knows_language(OFFLINE_MODEL, code) for code in both) else "unknown"


def read_sets(names: Sequence[str], file: str) -> tuple[Dataset, dict[str, Dataset]]:
    """The documents of all sets as one library, and each set with its questions."""
    every = {name: read_dataset(SETS / name, questions_file=f"{file}.jsonl") for name in NAMES}
    documents = tuple(document for dataset in every.values() for document in dataset.documents)
    hashes = " ".join(dataset.sha256 for dataset in every.values())
    return Dataset(hashes, documents, ()), {name: every[name] for name in names}


async def measure(
    names: Sequence[str],
    file: str,
    folder: Path,
    *,
    peer: bool = False,
    answers: bool = False,
    embedder: str = "",
) -> AsyncIterator[Measured]:
    """Each set with the results of the search, and of its peer, for its questions."""
    library_set, sets = read_sets(names, file)
    async with open_app(Settings(data_dir=folder, embedding_model=embedder)) as app:
        server_id = library_name(library_set, app.embedder.model)
        async with app.store.library(server_id) as library:
            run = EvaluationRun(app, library, server_id)
            await run.read(library_set.documents)
            for name, dataset in sets.items():
                run.data = EvaluationData()
                data = await run.ask(dataset, answers=answers, history=True)
                results: dict[str, Results] = {"Footnote": data.results}
                if peer:
                    results["FTS5"] = fts5_results(dataset, await run.stored_passages())
                refused = (name for name, answer in data.answers.items() if not answer.answered)
                yield Measured(name, dataset, results, frozenset(refused) if answers else None)


def fts5_results(dataset: Dataset, stored: Sequence[tuple[str, StoredPassage]]) -> Results:
    """What FTS5 finds for a set's questions among the stored passages."""
    passages = [RetrievedPassage(doc_id, passage.text, 0.0) for doc_id, passage in stored]
    engine = Fts5([p.title for _, p in stored], [p.text for _, p in stored])
    found = {}
    for question in dataset.questions:
        text = " ".join([*question.history[-1:], question.text])
        found[question.id] = QuestionResult(tuple(passages[i] for i in engine(text, DEPTH)), 0.0, 0)
    return found


def print_rows(label: str, questions: Sequence[Question], measured: Measured) -> None:
    """A row for each engine; what was refused stands in the first, which is Footnote's."""
    refused = measured.refused_share(questions)
    for engine, found in measured.results.items():
        scores = figures(questions, found)
        cells = " | ".join(f"{scores[figure]:.3f}" for figure in FIGURES)
        print(f"| {label}, {engine} | {len(questions)} | {cells} | {refused} |", flush=True)
        refused = ""


async def _print_sets(arguments: argparse.Namespace, folder: Path) -> None:
    print(f"| | questions | {' | '.join(FIGURES)} | refused |")
    print("|---" * (len(FIGURES) + 3) + "|")
    async for measured in measure(
        arguments.sets,
        arguments.file,
        folder,
        peer=arguments.peer,
        answers=arguments.answers,
        embedder=arguments.embedder,
    ):
        questions = measured.dataset.questions
        answerable = [question for question in questions if question.evidence]
        print_rows(measured.name, answerable, measured)
        if arguments.types:
            for kind, group in sorted(by_type(questions).items()):
                print_rows(f"… {kind}", group, measured)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=NAMES, metavar="SET")
    parser.add_argument("--file", default="looked_at", help="or counted")
    parser.add_argument("--types", action="store_true", help="a row for each type of question")
    parser.add_argument("--peer", action="store_true", help="FTS5 beside")
    parser.add_argument("--answers", action="store_true", help="answer with quotes, too")
    parser.add_argument("--embedder", default="", help="EMBEDDING_MODEL; empty: the built-in one")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="keep the library here")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = arguments.data or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        asyncio.run(_print_sets(arguments, folder))


if __name__ == "__main__":
    main()
