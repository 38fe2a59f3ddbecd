"""Fits the rule of ``bot/search/evidence.py`` and says how good it is on unseen documents.

    python -m bench.fit_evidence [--keep FOLDER] [--ablate]

Data: covidqa and clapnq of ../shared/data, and tests/answer/quotes.json. Each sentence of the
hits gets a log chance, "nothing answers" the chance 1: the sentences of an answerable question
shall outweigh it, those with evidence all the others, and the sentences of an unanswerable
question shall not. Questions whose answer is taken out of their hits are unanswerable too: the
whole article on clapnq, the passages with evidence on covidqa. What is printed comes from five
folds over documents (over articles of quotes.json), each judged by the rule fitted to the
others; the weights printed last are fitted to everything but the testing half of quotes.json.
``--keep`` keeps the libraries for a second run; ``--ablate`` leaves out each signal in turn.
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

from bot.answer.extractive import chosen
from bot.app import App, open_app
from bot.evaluate.dataset import Dataset, Question, read_dataset
from bot.evaluate.run import progress, ranges_of
from bot.ingest.pipeline import Submission
from bot.records import Candidate, Hit, Scope
from bot.search.asked import read
from bot.search.evidence import WORTH, weigh
from bot.search.retrieve import find
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data"
QUOTES = ROOT / "tests" / "answer" / "quotes.json"
SETS = ("covidqa", "clapnq")
SCOPE = Scope("local")
HITS = 12  # as many as the answerer asks for
FOLDS = 5
# What a question counts in the fit: the sets differ in size, and in how sure their labels are.
SURE = {"clapnq": 1.0, "covidqa": 0.2, "quotes": 2.0}
TAKEN_OUT = {"clapnq": 0.3, "covidqa": 0.05}  # another passage may answer all the same
RANKING = 0.5  # what the choice among the sentences counts against judging
RIDGE = 5.0
STEPS = 400
REFUSED = (0.05, 0.08, 0.1, 0.12, 0.15)  # of clapnq's answerable questions: thresholds to show

Array = NDArray[np.float64]
Spans = Sequence[tuple[int, int, int]]  # article, start, end


@dataclass(frozen=True)
class Case:
    """A question with the sentences of its hits; ``right`` are those with evidence."""

    group: str
    fold: int
    question: str
    answerable: bool
    candidates: list[Candidate]
    right: NDArray[np.bool_]
    testing: bool = False
    taken_out: bool = False

    @property
    def certainty(self) -> float:
        return (TAKEN_OUT if self.taken_out else SURE)[self.group]


@dataclass(frozen=True)
class Rule:
    """The weights, and what "nothing answers" is worth."""

    weights: Mapping[str, float]
    nothing: float

    def worths(self, case: Case) -> Array:
        names = list(self.weights)
        found = _table([case], names) @ np.array([self.weights[name] for name in names])
        return np.asarray(found + self.nothing, float)


@dataclass(frozen=True)
class Judged:
    """A case, with what its sentences are worth by a rule that never saw its document."""

    case: Case
    worths: Array

    @property
    def evidence(self) -> float:
        return float(np.logaddexp.reduce(self.worths))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", metavar="FOLDER", help="keep the libraries here")
    parser.add_argument("--ablate", action="store_true", help="leave out each signal in turn")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        kept = arguments.keep or stack.enter_context(tempfile.TemporaryDirectory())
        cases = asyncio.run(_collect(Path(kept)))
    for line in _report(judged(cases, list(WORTH))):
        print(line)
    for name in WORTH if arguments.ablate else ():
        left = judged(cases, [other for other in WORTH if other != name])
        print(f"without {name}: {'; '.join(_aurocs(left))}; {'; '.join(_best(left, 3))}")
    rule = fit([case for case in cases if not case.testing], list(WORTH))
    print(json.dumps({"WORTH": rule.weights, "NOTHING": rule.nothing}, indent=2))


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
        cases: list[Case] = []
        for question in dataset.questions:
            spans = [
                (articles[e.doc_id], *span)
                for e in question.evidence
                for span in ranges_of(e.text, texts[articles[e.doc_id]])
            ]
            hits, _ = await find(question.text, library, SCOPE, app.embedder, limit=HITS)
            case = _case(name, _fold(question), question.text, question.answerable, hits, spans)
            cases += [case, *_taken_out(case, question.text, hits, spans)]
        return cases


def _fold(question: Question) -> int:
    document = question.evidence[0].doc_id if question.evidence else question.id
    return zlib.crc32(document.encode()) % FOLDS


async def _of_article(app: App, text: str, rows: Sequence[dict[str, object]]) -> list[Case]:
    async with app.store.library(SCOPE.server_id) as library:
        article = (await app.ingest.add(Submission("article.txt", text), library, SCOPE)).article
        stored = (await library.version(article.id, SCOPE)).text
        cases = []
        for row in rows:
            right = row["right"]
            assert isinstance(right, list)
            spans = [(article.id, *span) for part in right for span in ranges_of(part, stored)]
            question = str(row["question"])
            hits, _ = await find(question, library, SCOPE, app.embedder, limit=HITS)
            fold = zlib.crc32(str(row["article"]).encode()) % FOLDS
            testing = row["half"] == "testing"
            cases.append(_case("quotes", fold, question, bool(right), hits, spans, testing))
        return cases


def _case(
    group: str,
    fold: int,
    question: str,
    answerable: bool,
    hits: Sequence[Hit],
    spans: Spans,
    testing: bool = False,
) -> Case:
    candidates = _weighed(question, hits)
    right = np.array([_is_right(one, spans) for one in candidates], bool)
    return Case(group, fold, question, answerable, candidates, right, testing)


def _weighed(question: str, hits: Sequence[Hit]) -> list[Candidate]:
    """Without the sentences in other languages: they have no signals."""
    return [one for one in weigh(read(question), hits) if not one.foreign]


def _is_right(one: Candidate, spans: Spans) -> bool:
    """Whether the sentence overlaps at least half of a span of evidence."""
    start, end = one.sentence.start, one.sentence.end
    return any(
        article == one.passage.article_id
        and 2 * (min(end, last) - max(start, first)) >= last - first
        for article, first, last in spans
    )


def _taken_out(case: Case, question: str, hits: Sequence[Hit], spans: Spans) -> Iterator[Case]:
    """The same question when what answers it is not in the library."""
    left = [hit for hit in hits if not _holds(hit, spans, case.group == "clapnq")]
    if case.answerable and left and len(left) < len(hits):
        candidates = _weighed(question, left)
        nothing = np.zeros(len(candidates), bool)
        yield Case(case.group, case.fold, question, False, candidates, nothing, taken_out=True)


def _holds(hit: Hit, spans: Spans, whole_article: bool) -> bool:
    passage = hit.passage
    return any(
        article == passage.article_id
        and (whole_article or (start < passage.end and passage.start < end))
        for article, start, end in spans
    )


# --- fitting ---------------------------------------------------------------------------------


def _table(cases: Sequence[Case], names: Sequence[str]) -> Array:
    rows = [[one.signals[name] for name in names] for case in cases for one in case.candidates]
    return np.array(rows, float).reshape(len(rows), len(names))


def fit(cases: Sequence[Case], names: Sequence[str]) -> Rule:
    """By Adam over all cases at once."""
    cases = [case for case in cases if case.candidates]
    table = _table(cases, names)
    middle, spread = table.mean(0), table.std(0) + 1e-9
    scaled = np.column_stack([(table - middle) / spread, np.ones(len(table))])
    slopes = _Slopes(cases, scaled)
    found, mean, square = np.zeros((3, scaled.shape[1]))
    found[-1] = -4.0
    for step in range(1, STEPS + 1):
        slope = slopes.at(found)
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        rise = np.sqrt(square / (1 - 0.99**step)) + 1e-8
        found = found - 0.05 * (1 - step / (STEPS + 1)) * mean / (1 - 0.9**step) / rise
    weights = found[:-1] / spread
    nothing = float(found[-1] - weights @ middle)
    rounded = {name: round(float(w), 2) for name, w in zip(names, weights, strict=True)}
    return Rule(rounded, round(nothing, 2))


class _Slopes:
    """The slope of the loss: cross entropy of judging, and of choosing among the sentences."""

    def __init__(self, cases: Sequence[Case], scaled: Array):
        sizes = [len(case.candidates) for case in cases]
        self.scaled = scaled
        self.firsts = np.cumsum([0, *sizes[:-1]])
        self.of = np.repeat(np.arange(len(cases)), sizes)
        self.right = np.concatenate([case.right for case in cases])
        self.truth = np.array([float(case.answerable) for case in cases])
        self.counts = np.array([case.certainty for case in cases])
        chosen_from = np.logical_or.reduceat(self.right, self.firsts)
        self.ranked = RANKING * self.counts * chosen_from * self.truth

    def at(self, weights: Array) -> Array:
        worths = self.scaled @ weights
        highest = np.maximum.reduceat(worths, self.firsts)
        raised = np.exp(worths - highest[self.of])
        sums = np.add.reduceat(raised, self.firsts)
        share = raised / sums[self.of]
        guess = 1 / (1 + np.exp(-highest - np.log(sums)))
        rightly = np.add.reduceat(raised * self.right, self.firsts)[self.of]
        wanted = raised * self.right / np.maximum(rightly, 1e-300)
        pull = (self.counts * (guess - self.truth))[self.of] * share
        pull += self.ranked[self.of] * (share - wanted)
        ridge = np.append(np.full(len(weights) - 1, RIDGE), 0.0)
        return np.asarray(self.scaled.T @ pull + ridge * weights, float)


def judged(cases: Sequence[Case], names: Sequence[str]) -> list[Judged]:
    """Every case by the rule fitted to the other folds."""
    found: list[Judged] = []
    for fold in range(FOLDS):
        rule = fit([case for case in cases if case.fold != fold], names)
        tested = [case for case in cases if case.fold == fold and case.candidates]
        found += [Judged(case, rule.worths(case)) for case in tested]
    return found


# --- reporting -------------------------------------------------------------------------------


def _report(found: Sequence[Judged]) -> Iterator[str]:
    for most in (1, 4):
        yield from _best(found, most)
    yield from _aurocs(found)
    for share in REFUSED:
        threshold = float(np.quantile(_evidence(found, "clapnq", True), share))
        yield f"refused below {1 / (1 + np.exp(-threshold)):.2f}:"
        for group in SURE:
            yield f"  {group}: {_answers(found, group, threshold)}"


def _best(found: Sequence[Judged], most: int) -> Iterator[str]:
    for group in SURE:
        right = [
            one.case.right[np.argsort(-one.worths)[:most]].any()
            for one in found
            if one.case.group == group and one.case.answerable
        ]
        yield f"best {most} of {group}: evidence in {np.mean(right):.3f}"


def _evidence(
    found: Sequence[Judged], group: str, answerable: bool, taken_out: bool = False
) -> Array:
    wanted = (group, answerable, taken_out)
    cases = [(one.case.group, one.case.answerable, one.case.taken_out) for one in found]
    return np.array([one.evidence for one, is_ in zip(found, cases, strict=True) if is_ == wanted])


def _aurocs(found: Sequence[Judged]) -> Iterator[str]:
    for group in SURE:
        yes = _evidence(found, group, True)
        for name, out in (("unanswerable", False), ("answer taken out", True)):
            if len(no := _evidence(found, group, False, out)):
                yield f"{group}: AUROC against {name} {np.mean(yes[:, None] > no):.3f}"


def _answers(found: Sequence[Judged], group: str, threshold: float) -> str:
    """What is quoted, in how many characters, and what is refused."""
    cases = [one for one in found if one.case.group == group]
    yes = [one for one in cases if one.case.answerable]
    answered = [one for one in yes if one.evidence >= threshold]
    quoted = [_quoted(one) for one in answered]
    no = _evidence(found, group, False)
    told = [
        f"evidence quoted of {sum(right for right, _ in quoted) / len(yes):.3f}",
        f"in {np.mean([length for _, length in quoted]):.0f} characters",
        f"refused {1 - len(answered) / len(yes):.3f} of the answerable",
    ]
    return ", ".join(told + [f"{np.mean(no < threshold):.3f} of the others"] * bool(len(no)))


def _quoted(one: Judged) -> tuple[bool, int]:
    """Whether evidence is among the quotes, and how long they are."""
    candidates = one.case.candidates
    worths = one.worths.tolist()
    judged = [replace(c, worth=w) for c, w in zip(candidates, worths, strict=True)]
    picks = chosen(read(one.case.question).kind, judged)
    right = any(c in picks for r, c in zip(one.case.right, judged, strict=True) if r)
    return right, sum(len(pick.text) for pick in picks)


if __name__ == "__main__":
    main()
