"""What a model that gives no marks is served: true and perturbed sentences that get a footnote.

``python -m bench.unmarked ../shared/data/clapnq [--limit N] [--data DIR]``: each sentence that
people wrote, and each perturbed one made of it, is compared with the passages that search finds for
its question. Printed for each half of the documents: true sentences with a footnote, how many of
those footnotes are annotated evidence, and perturbed sentences with one, beside those that pass
with all the evidence as marks.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bot.answer.pipeline import PASSAGES_READ
from bot.app import open_app
from bot.citations import CitedSpan, DraftSentence
from bot.evaluate.dataset import Dataset, read_dataset
from bot.evaluate.perturbations import PerturbationKind, perturb
from bot.evaluate.run import EvaluationRun, library_name
from bot.evaluate.scoring import remove_white_space
from bot.evaluate.verification import HALVES, Case, cases_of, failed_rules
from bot.records import Scope, StoredPassage
from bot.search.retrieve import search
from bot.settings import Settings
from bot.verify.stream_verifier import StreamVerifier

# What says nothing without a mark of its own, or is taken away by the verifier.
NOT_HERE = {PerturbationKind.UNCITED, PerturbationKind.SWAPPED, PerturbationKind.ANSWER}
Passages = Mapping[str, Sequence[StoredPassage]]


def _cited(case: Case, text: str, passages: Sequence[StoredPassage]) -> CitedSpan | None:
    """The footnote that the verifier finds for a sentence, None where it stays out."""
    verifier = StreamVerifier(case.claim.question, passages)
    judged = verifier.check_sentence(DraftSentence(text))
    return judged.draft.spans[0] if judged.verdict.supported and judged.draft.spans else None


def _is_evidence(cited: CitedSpan, case: Case) -> bool:
    quote = remove_white_space(cited.quote)
    return any(
        remove_white_space(e) in quote or quote in remove_white_space(e) for e in case.claim.cited
    )


def report(cases: Sequence[Case], passages: Passages) -> str:
    """One line of figures."""
    footnotes = [(c, _cited(c, c.claim.text, passages[c.claim.question])) for c in cases]
    found = [(c, cited) for c, cited in footnotes if cited is not None]
    right = sum(_is_evidence(cited, c) for c, cited in found)
    perturbed = [
        (c, false)
        for c in cases
        for false in perturb(c.claim, c.material, c.seed)
        if false.kind not in NOT_HERE
    ]
    through = sum(
        _cited(c, false.claim.text, passages[c.claim.question]) is not None
        for c, false in perturbed
    )
    marked = sum(not failed_rules(c, false.claim, {}) for c, false in perturbed)
    return (
        f"{len(cases)} true sentences: {len(found) / len(cases):.3f} with a footnote, "
        f"{right / len(found):.3f} of them evidence; {len(perturbed)} perturbed ones: "
        f"{through / len(perturbed):.3f} with a footnote, "
        f"{marked / len(perturbed):.3f} with people's marks"
    )


async def _passages(dataset: Dataset, folder: Path) -> Passages:
    async with open_app(replace(Settings(), data_dir=folder)) as app:
        name = library_name(dataset, app.embedder.model)
        async with app.store.library(name) as library:
            await EvaluationRun(app, library, name).read(dataset.documents)
            found = {}
            for question in dataset.questions:
                findings = await search(
                    question.text, library, Scope(name), app.embedder, limit=PASSAGES_READ
                )
                found[question.text] = [hit.passage for hit in findings.hits]
            return found


def _answerable(dataset: Dataset, limit: int | None) -> Dataset:
    return replace(dataset, questions=tuple(q for q in dataset.questions if q.evidence)[:limit])


def main() -> None:
    """Reads the arguments and prints a line for each half."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--data", type=Path, help="a folder that keeps the library")
    parser.add_argument("--limit", type=int, help="so many questions that have evidence")
    arguments = parser.parse_args()
    dataset = _answerable(read_dataset(arguments.dir), arguments.limit)
    with ExitStack() as stack:
        folder = arguments.data or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        passages = asyncio.run(_passages(dataset, folder))
    cases = list(cases_of(dataset))
    for half in HALVES:
        print(f"{half}: {report([c for c in cases if c.half == half], passages)}")


if __name__ == "__main__":
    main()
