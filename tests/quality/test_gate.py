"""Floors under the quality of finding and answering: lowering one is a visible act.

The set beside this file was written for the project: 20 invented articles in nine languages,
and questions in theirs and in others. Whoever changes the set pins it, and its floors, anew.
Floors stand a little below what was measured. The larger sets of ../shared/data are asked in
part where they are there: a check that nothing broke, not a figure of quality, for the weights
were trained on them. `make test` asks the project's own questions and answers those in the
language of their article; `make quality` asks and answers all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.app import open_app
from bot.embedding import Embedder, Floats, OfflineEmbedder
from bot.evaluate.dataset import Dataset, read_dataset
from bot.evaluate.report import figures
from bot.evaluate.run import EvaluationData, EvaluationRun
from bot.settings import Settings

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "data"
SHA256 = "bac106bf86c191d893ac968368edab11317b3b4866d31641864be8fd23961f85"
SERVER = "gate"
ACROSS = "over english"  # how the types end whose questions are in another language

Floors = tuple[float, float, float]  # of Hits@4, Hits@10, MAP@10
FINDING: dict[str, Floors] = {
    "english": (1.0, 1.0, 0.99),
    "own language": (1.0, 1.0, 0.95),
    "english over others": (1.0, 1.0, 0.99),
    "quoted or named": (1.0, 1.0, 0.87),
}
FINDING_ACROSS: Floors = (0.99, 1.0, 0.93)
# Measured: .774, .161 and .615 of 88 questions (before sentences were judged twice .742, .161 and
# .654: two more answers are quoted, one more is wrong); of 120 in another language .658 and .158.
# Since what wasn't found counts as unanswerable in the fit: .758 and .210.
LEAST_EVIDENCE_QUOTED, LEAST_QUOTED_ACROSS = 0.75, 0.64
MOST_ANSWERABLE_REFUSED, MOST_REFUSED_ACROSS = 0.21, 0.17
LEAST_UNANSWERABLE_REFUSED = 0.61
# Hard: asked in other words than the text's, and for what it nearly says. The first documents.
HARD_SHA256 = "65a63e21647de31301c2acbcbe1b8b3a5a0c535379e09d29c452c469b5d3fe52"
HARD_DOCUMENTS = 10
HARD_FLOORS: Floors = (0.98, 0.99, 0.87)
LEAST_HARD_QUOTED, LEAST_HARD_REFUSED = 0.54, 0.49  # measured .567 and .517
# How many documents are taken from the front of a set, and the floors.
LARGER: dict[str, tuple[int, Floors]] = {
    "covidqa": (8, (0.94, 0.98, 0.82)),
    "clapnq": (80, (0.99, 0.99, 0.97)),
}


class RememberingEmbedder(OfflineEmbedder):
    """Embeds a text once: the sentences of close passages are asked for again and again."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, Floats] = {}

    async def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> Floats:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, await super().embed(new, on_progress), strict=True))
        return np.array([self._known[text] for text in texts], np.float32)

    async def close(self) -> None:
        """Ends with the module: closing an app does not end it."""


@pytest.fixture(scope="module")
def embedder() -> Iterator[RememberingEmbedder]:
    shared = RememberingEmbedder()
    yield shared
    shared._thread.shutdown()


async def _measured(
    folder: Path, embedder: Embedder, *parts: tuple[Dataset, bool]
) -> list[dict[str, Any]]:
    """The figures of each part, asked of one library; a part says whether it wants answers."""
    found = []
    async with (
        open_app(replace(Settings(), data_dir=folder), embedder=embedder) as app,
        app.store.library(SERVER) as library,
    ):
        run = EvaluationRun(app, library, SERVER)
        await run.read(parts[0][0].documents)
        for dataset, answers in parts:
            run.data = EvaluationData()
            found.append(figures(dataset, await run.ask(dataset, answers=answers)))
    return found


def _kept(found: Mapping[str, float], floors: Floors) -> bool:
    return all(
        found[name] >= floor
        for name, floor in zip(("hits@4", "hits@10", "map@10"), floors, strict=True)
    )


async def test_the_projects_own_set_stays_above_its_floors(
    tmp_path: Path, embedder: Embedder
) -> None:
    others, across = _own_set()
    own, foreign = await _measured(tmp_path, embedder, (others, True), (across, False))
    types = {kind: row["retrieval"] for kind, row in own["types"].items()}
    assert set(types) == set(FINDING)
    assert [kind for kind in types if not _kept(types[kind], FINDING[kind])] == [], types
    assert _kept(foreign["retrieval"], FINDING_ACROSS), foreign["retrieval"]
    answers = own["answers"]
    assert answers["quotes_valid"] == 1
    assert answers["evidence_quoted"] >= LEAST_EVIDENCE_QUOTED, answers
    assert answers["answerable_refused"] <= MOST_ANSWERABLE_REFUSED, answers
    assert answers["unanswerable_refused"] >= LEAST_UNANSWERABLE_REFUSED, answers


@pytest.mark.quality
async def test_answers_in_another_language_stay_above_their_floors(
    tmp_path: Path, embedder: Embedder
) -> None:
    _, across = _own_set()
    (found,) = await _measured(tmp_path, embedder, (across, True))
    answers = found["answers"]
    assert answers["quotes_valid"] == 1
    assert answers["evidence_quoted"] >= LEAST_QUOTED_ACROSS, answers
    assert answers["answerable_refused"] <= MOST_REFUSED_ACROSS, answers


def _own_set() -> tuple[Dataset, Dataset]:
    """The questions in the language of their article or library, and those in another."""
    dataset = read_dataset(HERE)
    assert dataset.sha256 == SHA256, "the set has changed: pin it, and its floors, anew"
    across = tuple(q for q in dataset.questions if q.type.endswith(ACROSS))
    others = tuple(q for q in dataset.questions if q not in across)
    return replace(dataset, questions=others), replace(dataset, questions=across)


@pytest.mark.quality
async def test_hard_questions_stay_above_their_floors(tmp_path: Path, embedder: Embedder) -> None:
    dataset = read_dataset(HERE / "hard")
    assert dataset.sha256 == HARD_SHA256, "the set has changed: pin it, and its floors, anew"
    first = {document.id for document in dataset.documents[:HARD_DOCUMENTS]}
    questions = tuple(q for q in dataset.questions if q.id.rpartition("-")[0] in first)
    (found,) = await _measured(tmp_path, embedder, (replace(dataset, questions=questions), True))
    assert _kept(found["retrieval"], HARD_FLOORS), found["retrieval"]
    assert found["answers"]["quotes_valid"] == 1
    assert found["answers"]["evidence_quoted"] >= LEAST_HARD_QUOTED, found["answers"]
    assert found["answers"]["unanswerable_refused"] >= LEAST_HARD_REFUSED, found["answers"]


@pytest.mark.quality
@pytest.mark.parametrize("name", LARGER)
async def test_a_part_of_a_larger_set_stays_above_its_floors(
    name: str, tmp_path: Path, embedder: Embedder
) -> None:
    folder = SHARED / name
    if not folder.exists():
        pytest.skip(f"{folder} is not there")
    documents, floors = LARGER[name]
    part = _part(read_dataset(folder), documents)
    (measured,) = await _measured(tmp_path, embedder, (part, False))
    assert _kept(measured["retrieval"], floors), measured["retrieval"]


def _part(dataset: Dataset, size: int) -> Dataset:
    """The first documents that have answers, and the questions they answer."""
    wanted = dict.fromkeys(q.evidence[0].doc_id for q in dataset.questions if q.evidence)
    ids = set(list(wanted)[:size])
    return replace(
        dataset,
        documents=tuple(d for d in dataset.documents if d.id in ids),
        questions=tuple(q for q in dataset.questions if q.evidence and q.evidence[0].doc_id in ids),
    )
