"""Fits the two rules of ``bot/search/evidence.py`` and says how good they are on unseen documents.

    python -m bench.fit_evidence [--keep FOLDER]

Data: covidqa and clapnq of ../shared/data, and tests/answer/quotes.json. Worth is fitted so that
the sentences with evidence get most of a softmax over a question's sentences; the likelihood is a
logistic regression. Questions whose own article is taken out of their hits count as unanswerable
too. What is printed is measured on the half of the documents that was not fitted to (for
quotes.json: the half of its questions); the weights printed last are fitted to everything but the
testing half of quotes.json. ``--keep`` keeps the libraries for a second run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.app import App, open_app
from bot.evaluate.dataset import Dataset, Question, read_dataset
from bot.evaluate.run import progress, ranges_of
from bot.ingest.pipeline import Submission
from bot.records import Scope
from bot.search.asked import Asked, read
from bot.search.evidence import (
    JUDGED_HITS,
    LIKELIHOOD,
    WORTH,
    Candidate,
    signs_of,
    weigh,
    worth,
)
from bot.search.retrieve import search
from bot.settings import Settings
from bot.store.base import Library

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data"
QUOTES = ROOT / "tests" / "answer" / "quotes.json"
SETS = ("covidqa", "clapnq")
SCOPE = Scope("local")
HITS = 12  # as many as the answerer reads
# What a question counts in the fit: the sets differ in size, and in how sure their labels are.
WORTH_OF = {"clapnq": 2.0, "covidqa": 1.0, "quotes": 2.0}
SURE = {"clapnq": 1.0, "covidqa": 0.25, "quotes": 3.0}
TAKEN_OUT = {"clapnq": 0.3, "covidqa": 0.05}  # another article may answer all the same
RIDGE = 3.0
STEPS = 300
REFUSED = (0.08, 0.1, 0.12, 0.15, 0.2)  # of clapnq's answerable questions: thresholds to show

Array = NDArray[np.float64]
Weights = Mapping[str, float]
VECTORS: dict[str, NDArray[np.float32]] = {}  # of texts met before


@dataclass(frozen=True)
class Case:
    """A question with its candidates: blind, and with the cosines of the sentences themselves."""

    group: str
    half: int
    answerable: bool
    asked: Asked
    blind: list[Candidate]
    met: list[Candidate]
    right: NDArray[np.bool_]
    taken_out: bool = False

    @property
    def certainty(self) -> float:
        return (TAKEN_OUT if self.taken_out else SURE)[self.group]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", metavar="FOLDER", help="keep the libraries here")
    with ExitStack() as stack:
        kept = parser.parse_args().keep or stack.enter_context(tempfile.TemporaryDirectory())
        cases = asyncio.run(_collect(Path(kept)))
    cases += [out for case in cases if (out := _taken_out(case))]
    _report(cases)
    shipped = [c for c in cases if c.group != "quotes" or c.half == 0]
    weights = fit_worth(shipped)
    likelihood, bias = fit_likelihood(shipped, weights)
    print(json.dumps({"WORTH": weights, "LIKELIHOOD": likelihood, "BIAS": bias}, indent=2))


# --- collecting ------------------------------------------------------------------------------


async def _collect(kept: Path) -> list[Case]:
    cases: list[Case] = []
    for name in SETS:
        async with open_app(Settings(data_dir=kept / name)) as app:
            cases += await _of_dataset(app, name, read_dataset(DATA / name))
    quotes = json.loads(QUOTES.read_text("utf-8"))
    for name, path in quotes["articles"].items():
        questions = [row for row in quotes["questions"] if row["article"] == name]
        async with open_app(Settings(data_dir=kept / name)) as app:
            cases += await _of_article(app, (ROOT / path).read_text("utf-8"), questions)
    return cases


async def _of_dataset(app: App, name: str, dataset: Dataset) -> list[Case]:
    async with app.store.library(SCOPE.server_id) as library:
        articles = {}
        for n, document in enumerate(dataset.documents, 1):
            progress(f"reading {name}", n, len(dataset.documents))
            submission = Submission(
                f"{document.id}.txt", document.text, document.title, keep_similar=True
            )
            outcome = await app.ingest.add(submission, library, SCOPE)
            articles[document.id] = outcome.article.id
        texts = {i: (await library.version(i, SCOPE)).text for i in articles.values()}
        spans = {
            question.id: [
                (articles[e.doc_id], *span)
                for e in question.evidence
                for span in ranges_of(e.text, texts[articles[e.doc_id]])
            ]
            for question in dataset.questions
        }
        return [
            await _case(app, library, name, _half(q), q.text, q.answerable, spans[q.id])
            for q in dataset.questions
        ]


def _half(question: Question) -> int:
    document = question.evidence[0].doc_id if question.evidence else question.id
    return zlib.crc32(document.encode()) % 2


async def _of_article(app: App, text: str, rows: Sequence[dict[str, object]]) -> list[Case]:
    async with app.store.library(SCOPE.server_id) as library:
        article = (await app.ingest.add(Submission("article.txt", text), library, SCOPE)).article
        stored = (await library.version(article.id, SCOPE)).text
        cases = []
        for row in rows:
            right = row["right"]
            assert isinstance(right, list)
            spans = [(article.id, *span) for part in right for span in ranges_of(part, stored)]
            half = int(row["half"] == "testing")
            question = str(row["question"])
            cases.append(await _case(app, library, "quotes", half, question, bool(right), spans))
        return cases


async def _case(
    app: App,
    library: Library,
    group: str,
    half: int,
    question: str,
    answerable: bool,
    spans: Sequence[tuple[int, int, int]],
) -> Case:
    findings = await search(question, library, SCOPE, app.embedder, limit=HITS)
    asked = read(question)
    blind = weigh(asked, findings.hits)
    vectors = await _vectors(app, [question, *(one.text for one in blind)])
    met = [
        replace(one, signals={**one.signals, "cosine": float(vector @ vectors[0])})
        for one, vector in zip(blind, vectors[1:], strict=True)
    ]
    right = np.array([_is_right(one, spans) for one in blind], bool)
    return Case(group, half, answerable, asked, blind, met, right)


async def _vectors(app: App, texts: Sequence[str]) -> list[NDArray[np.float32]]:
    new = [text for text in dict.fromkeys(texts) if text not in VECTORS]
    if new:
        VECTORS.update(zip(new, await app.embedder.embed(new), strict=True))
    return [VECTORS[text] for text in texts]


def _is_right(one: Candidate, spans: Sequence[tuple[int, int, int]]) -> bool:
    """Whether the sentence overlaps at least half of a span of evidence."""
    start, end = one.sentence.start, one.sentence.end
    return any(
        article == one.passage.article_id
        and 2 * (min(end, last) - max(start, first)) >= last - first
        for article, first, last in spans
    )


def _taken_out(case: Case) -> Case | None:
    """The same question when the articles that answer it are not in the library."""
    if case.group == "quotes" or not case.right.any():
        return None
    gold = {one.passage.article_id for one, r in zip(case.blind, case.right, strict=True) if r}
    left = [i for i, one in enumerate(case.blind) if one.passage.article_id not in gold]
    if not left:
        return None
    return replace(
        case,
        answerable=False,
        blind=[case.blind[i] for i in left],
        met=[case.met[i] for i in left],
        right=np.zeros(len(left), bool),
        taken_out=True,
    )


# --- fitting ---------------------------------------------------------------------------------


def fit_worth(cases: Sequence[Case]) -> dict[str, float]:
    """Weights of a softmax over each question's sentences, by Adam."""
    usable = [c for c in cases if c.answerable and c.right.any()]
    names = list(WORTH)
    table = np.concatenate([_table(c.met, names) for c in usable])
    spread = table.std(0) + 1e-9
    scaled = (table - table.mean(0)) / spread
    sizes = [len(c.met) for c in usable]
    firsts = np.cumsum([0, *sizes[:-1]])
    of = np.repeat(np.arange(len(usable)), sizes)
    right = np.concatenate([c.right for c in usable])
    counts = np.array([WORTH_OF[c.group] for c in usable])[of]
    weights, mean, square = np.zeros((3, len(names)))
    for step in range(1, STEPS + 1):
        scores = scaled @ weights
        raised = np.exp(scores - np.maximum.reduceat(scores, firsts)[of])
        share = raised / np.add.reduceat(raised, firsts)[of]
        wanted = raised * right / np.add.reduceat(raised * right, firsts)[of]
        slope = (((share - wanted) * counts) @ scaled + RIDGE * weights) / len(usable)
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        rise = np.sqrt(square / (1 - 0.99**step)) + 1e-8
        weights = weights - 0.05 * mean / (1 - 0.9**step) / rise
    return {name: round(float(w), 2) for name, w in zip(names, weights / spread, strict=True)}


def fit_likelihood(cases: Sequence[Case], weights: Weights) -> tuple[dict[str, float], float]:
    """Weights and bias of a logistic regression over the signs, by Newton's method."""
    cases = [c for c in cases if c.blind]
    names = list(LIKELIHOOD)
    signs = _signs(cases, weights)
    spread = signs.std(0) + 1e-9
    table = np.column_stack([(signs - signs.mean(0)) / spread, np.ones(len(signs))])
    truth = np.array([float(c.answerable) for c in cases])
    counts = np.array([c.certainty for c in cases])
    found = np.zeros(table.shape[1])
    for _ in range(40):
        guess = 1 / (1 + np.exp(-table @ found))
        slope = table.T @ ((guess - truth) * counts) + RIDGE * found
        bend = (table * (counts * guess * (1 - guess))[:, None]).T @ table
        found -= np.linalg.solve(bend + RIDGE * np.eye(len(found)), slope)
    per_sign = found[:-1] / spread
    bias = float(found[-1] - per_sign @ signs.mean(0))
    return {n: round(float(w), 2) for n, w in zip(names, per_sign, strict=True)}, round(bias, 2)


def _table(candidates: Sequence[Candidate], names: Sequence[str]) -> Array:
    return np.array([[one.signals[name] for name in names] for one in candidates])


def _signs(cases: Sequence[Case], weights: Weights) -> Array:
    rows = [signs_of(case.asked, _judged(case.blind), weights) for case in cases]
    return np.array([[row[name] for name in LIKELIHOOD] for row in rows])


def _judged(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those of the hits that ``answerable`` reads."""
    passages = list(dict.fromkeys(one.passage.id for one in candidates))[:JUDGED_HITS]
    return [one for one in candidates if one.passage.id in passages]


# --- reporting -------------------------------------------------------------------------------


def _report(cases: Sequence[Case]) -> None:
    """Each half judged by the rules fitted to the other; then the two together."""
    judged: list[tuple[Case, float, Weights]] = []
    for half in (0, 1):
        fitted = [c for c in cases if c.half != half]
        weights = fit_worth(fitted)
        likelihood, bias = fit_likelihood(fitted, weights)
        tested = [c for c in cases if c.half == half and c.blind]
        evidence = _signs(tested, weights) @ np.array(list(likelihood.values())) + bias
        judged += [(c, float(e), weights) for c, e in zip(tested, evidence, strict=True)]
    for most in (1, 3, 4):
        for group in WORTH_OF:
            print(f"best {most} of {group}: {_quoted(judged, group, most)}")
    for line in _refusals(judged):
        print(line)


def _quoted(judged: Sequence[tuple[Case, float, Weights]], group: str, most: int) -> str:
    hits, lengths = [], []
    for case, _, weights in judged:
        if case.group == group and case.answerable:
            order = sorted(range(len(case.met)), key=lambda i: -worth(case.met[i], weights))[:most]
            hits.append(bool(case.right[order].any()))
            lengths.append(sum(len(case.met[i].text) for i in order))
    return f"evidence in {np.mean(hits):.3f}, {np.mean(lengths):.0f} characters"


def _refusals(judged: Sequence[tuple[Case, float, Weights]]) -> Iterator[str]:
    def scores(group: str, answerable: bool, taken_out: bool = False) -> Array:
        wanted = (group, answerable, taken_out)
        found = [e for c, e, _ in judged if (c.group, c.answerable, c.taken_out) == wanted]
        return np.array(found)

    for group in WORTH_OF:
        yes, no, out = scores(group, True), scores(group, False), scores(group, False, True)
        for name, others in (("unanswerable", no), ("article taken out", out)):
            if len(others):
                yield f"{group}: AUROC against {name} {np.mean(yes[:, None] > others):.3f}"
    for share in REFUSED:
        threshold = float(np.quantile(scores("clapnq", True), share))
        told = [f"refused below {1 / (1 + np.exp(-threshold)):.2f}:"]
        for group in WORTH_OF:
            told.append(f"{group} {np.mean(scores(group, True) < threshold):.2f} of the answerable")
            if len(scores(group, False)):
                told.append(f"{np.mean(scores(group, False) < threshold):.2f} of the others")
        yield " ".join(told)


if __name__ == "__main__":
    main()
