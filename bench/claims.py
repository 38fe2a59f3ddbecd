"""How well the checks tell true sentences from false ones that people labelled.

    python -m bench.claims [--part look] [--by-kind]

Reads ../shared/data/claims (6,129 sentences of five families with what they cite; its NOTE says
where they are from) and tests/quality/claims (lies and paraphrases written for this, by hand).
Prints for each family how many of the false sentences are caught and of the true ones refused,
their balanced accuracy, and the AUROC of the checks as a score, beside plain word overlap; each
with its 95 % interval from resampling the sentences. A hash of a sentence's id decides its part:
``fit`` (a half), ``look`` and ``count`` (a quarter each).
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bot.text.tokenize import split_words
from bot.verify.check import check
from bot.verify.claim_context import ClaimContext

ROOT = Path(__file__).parents[1]
LABELLED = ROOT.parent / "shared" / "data" / "claims" / "claims.jsonl"
WRITTEN = ROOT / "tests" / "quality" / "claims"
FAMILIES = {"wice": "wice", "ab": "attribution", "begin": "begin", "fever": "fever", "cad": "nli"}
SAMPLES = 400  # resampled, for the intervals
Part = Literal["fit", "look", "count"]
PARTS: tuple[Part, ...] = ("fit", "fit", "look", "count")
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LabelledClaim:
    """A sentence, what it cites, and whether people found that this supports it.

    ``kind``: the set's own name for how it is false, or what it is taken from.
    """

    family: str
    part: Part
    kind: str
    text: str
    cited: tuple[str, ...]
    context: ClaimContext
    is_true: bool


def read_labelled(file: Path = LABELLED) -> Iterator[LabelledClaim]:
    """The sentences that people labelled; none if the file isn't there."""
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    for row in map(json.loads, lines):
        yield LabelledClaim(
            family=FAMILIES[row["set"].split("-")[0]],
            part=PARTS[zlib.crc32(f"{row['set']}{row['id']}".encode()) % len(PARTS)],
            kind=f"{row['set']} {row['kind']}",
            text=row["claim"],
            cited=tuple(row["evidence"]),
            context=ClaimContext(question=row["question"]),
            is_true=bool(row["label"]),
        )


def read_written(part: Part = "look", folder: Path = WRITTEN) -> Iterator[LabelledClaim]:
    """The lies and paraphrases written by hand: a line of a text, then those about it."""
    file = folder / ("counted.jsonl" if part == "count" else "looked_at.jsonl")
    text: dict[str, list[str]] = {}
    for row in map(json.loads, file.read_text("utf-8").splitlines()):
        if "sentences" in row:
            text, title = row, row["title"]
            continue
        yield LabelledClaim(
            family="written",
            part=part,
            kind=row["kind"],
            text=row["claim"],
            cited=tuple(text["sentences"][n - 1] for n in row["cites"]),
            context=ClaimContext(title=title),
            is_true=row["kind"] == "true",
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim with what was made of it; a higher ``score`` is more likely true."""

    claim: LabelledClaim
    supported: bool
    score: float


def word_overlap(claim: LabelledClaim) -> float:
    """The share of a sentence's different words that its sources have."""
    words, cited = set(split_words(claim.text)), set(split_words(" ".join(claim.cited)))
    return len(words & cited) / len(words) if words else 1.0


def judge(claim: LabelledClaim) -> Judged:
    """What the checks make of a claim; as a score: the fewer reasons, then the more overlap."""
    verdict = check(claim.text, claim.cited, claim.context)
    return Judged(claim, verdict.supported, word_overlap(claim) - len(verdict.reasons))


def auroc(true: Floats, false: Floats) -> float:
    """The probability that a true sentence scores higher than a false one."""
    if not len(true) or not len(false):
        return float("nan")
    ranks = np.searchsorted(np.sort(false), true) + np.searchsorted(np.sort(false), true, "right")
    return float(ranks.mean() / 2 / len(false))


def with_interval(
    judged: Sequence[Judged], figure: Callable[[Sequence[Judged]], float], seed: int = 23
) -> str:
    """A figure and its 95 % interval: "0.612 (0.58–0.64)"."""
    chance = np.random.default_rng(seed)
    samples = [
        figure([judged[i] for i in chance.integers(0, len(judged), len(judged))])
        for _ in range(SAMPLES)
    ]
    low, high = np.nanquantile(samples, (0.025, 0.975))
    return f"{figure(judged):.3f} ({low:.2f}–{high:.2f})"


def caught(judged: Sequence[Judged]) -> float:
    """The share of the false sentences that were not supported."""
    return _share([not each.supported for each in judged if not each.claim.is_true])


def refused(judged: Sequence[Judged]) -> float:
    """The share of the true sentences that were not supported."""
    return _share([not each.supported for each in judged if each.claim.is_true])


def balanced_accuracy(judged: Sequence[Judged]) -> float:
    """The mean of the shares of true and false sentences that were judged rightly."""
    return (caught(judged) + 1 - refused(judged)) / 2


def score_auroc(judged: Sequence[Judged]) -> float:
    """The AUROC of the scores."""
    true = np.array([each.score for each in judged if each.claim.is_true])
    return auroc(true, np.array([each.score for each in judged if not each.claim.is_true]))


def overlap_auroc(judged: Sequence[Judged]) -> float:
    """The AUROC of plain word overlap."""
    return score_auroc([Judged(j.claim, j.supported, word_overlap(j.claim)) for j in judged])


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else float("nan")


def report(judged: Sequence[Judged], by_kind: bool = False) -> Iterator[str]:
    """A row for each family, and for each kind where asked."""
    yield "| family | true, false | caught | refused | balanced accuracy | AUROC | word overlap |"
    yield "|---|---|---|---|---|---|---|"
    families = dict.fromkeys(each.claim.family for each in judged)
    for family in families:
        yield _row(family, [each for each in judged if each.claim.family == family])
    if len(families) > 1:
        yield _row("all", judged)
    kinds = dict.fromkeys(each.claim.kind for each in judged) if by_kind else {}
    for kind in kinds:
        of_kind = [each for each in judged if each.claim.kind == kind]
        kept = _share([each.supported for each in of_kind])
        yield f"{kind}: {1 - kept:.3f} of {len(of_kind)} not supported"


def _row(name: str, judged: Sequence[Judged]) -> str:
    n_true = sum(each.claim.is_true for each in judged)
    figures = (caught, refused, balanced_accuracy, score_auroc)
    cells = [with_interval(judged, figure) for figure in figures]
    counts = f"{n_true}, {len(judged) - n_true}"
    return f"| {name} | {counts} | {' | '.join(cells)} | {overlap_auroc(judged):.3f} |"


def main() -> None:
    """Reads the arguments and prints the table of one part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=dict.fromkeys(PARTS), default="look")
    parser.add_argument("--by-kind", action="store_true")
    arguments = parser.parse_args()
    claims = [claim for claim in read_labelled() if claim.part == arguments.part]
    claims += read_written(arguments.part)
    for line in report([judge(claim) for claim in claims], arguments.by_kind):
        print(line)


if __name__ == "__main__":
    main()
