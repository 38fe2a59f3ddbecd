"""The questions of ``bench.live``, what a right answer to each holds, and how an answer is judged.

Two articles of the project's own stand in ``tests/quality/live``, with questions that they answer
and questions that say something false of them; a third set is some of clapnq's questions with the
documents that answer them, where that data set is there. Half of the questions are for looking at
while something is changed (``look``), half are only counted (``count``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.evaluate.dataset import read_dataset
from bot.ingest.submission import Submission

ROOT = Path(__file__).parent.parent
OWN = ROOT / "tests" / "quality" / "live"
CLAPNQ = ROOT.parent / "shared" / "data" / "clapnq"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what its answer is held against: patterns, in any case.

    A right answer matches all of ``must``. One that takes a false premise for true matches one of
    ``adopts`` and none of ``unless``.
    """

    id: str
    group: str
    half: str
    question: str
    must: tuple[str, ...] = ()
    adopts: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    @property
    def false_premise(self) -> bool:
        """Whether the question says what is not so."""
        return bool(self.adopts)

    def right(self, answer: str) -> bool:
        """Whether an answer holds what it must."""
        return bool(self.must) and all(_found(pattern, answer) for pattern in self.must)

    def set_right(self, answer: str) -> bool:
        """Whether an answer says what is so in place of the false premise."""
        return any(_found(pattern, answer) for pattern in self.unless)

    def adopted(self, answer: str) -> bool:
        """Whether an answer says the false premise, too, and does not set it right."""
        says = any(_found(pattern, answer) for pattern in self.adopts)
        return says and not self.set_right(answer)


@dataclass(frozen=True, slots=True)
class Exam:
    """Articles to be added, and what is asked of them."""

    articles: tuple[Submission, ...]
    questions: tuple[Asked, ...]

    def only(self, wanted: Callable[[Asked], bool], limit: int | None = None) -> Exam:
        """The same articles with some of the questions."""
        return Exam(self.articles, tuple(filter(wanted, self.questions))[:limit])


def read_exam(clapnq: Path = CLAPNQ) -> Exam:
    """The project's own articles, and clapnq's documents if that folder is there."""
    told = json.loads((OWN / "questions.json").read_text("utf-8"))
    own = [_submission(OWN / name) for name in told["articles"]]
    asked = [_asked(row, row["id"].split("-")[0]) for row in told["answerable"]]
    asked += [_asked(row, row["id"].split("-")[0]) for row in told["false_premise"]]
    if not clapnq.is_dir():
        return Exam(tuple(own), tuple(asked))
    articles, more = _of_clapnq(told["clapnq"], clapnq)
    return Exam((*own, *articles), (*asked, *more))


def _of_clapnq(
    rows: Sequence[dict[str, Any]], folder: Path
) -> tuple[list[Submission], list[Asked]]:
    dataset = read_dataset(folder)
    questions = {question.id: question for question in dataset.questions}
    wanted = {e.doc_id for row in rows for e in questions[row["id"]].evidence}
    articles = [
        Submission(f"{document.id}.txt", document.text, document.title, keep_similar=True)
        for document in dataset.documents
        if document.id in wanted
    ]
    asked = [_asked({**row, "question": questions[row["id"]].text}, "clapnq") for row in rows]
    return articles, asked


def _submission(path: Path) -> Submission:
    return Submission(path.name, path.read_bytes())


def _asked(row: dict[str, Any], group: str) -> Asked:
    patterns = {name: tuple(row.get(name, ())) for name in ("must", "adopts", "unless")}
    return Asked(row["id"], group, row["half"], row["question"], **patterns)


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None


def groups(questions: Sequence[Asked]) -> Iterator[tuple[str, tuple[Asked, ...]]]:
    """The questions by their article or set, then all of them."""
    for group in dict.fromkeys(asked.group for asked in questions):
        yield group, tuple(asked for asked in questions if asked.group == group)
    yield "all", tuple(questions)
