"""The figures of a run, as one JSON document and as a table for people."""

from __future__ import annotations

import resource
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from bot.evaluate.dataset import Dataset, Question
from bot.evaluate.run import EvaluationData
from bot.evaluate.scoring import auroc, auroc_interval, mean_and_interval, retrieval

Json = dict[str, Any]
FIGURES = ("hits@4", "hits@10", "map@10", "mrr@10")


def figures(dataset: Dataset, outcome: EvaluationData) -> Json:
    """Everything that was measured."""
    scores = retrieval(dataset.questions, outcome.found)
    document: Json = {
        "dataset": {
            "sha256": dataset.sha256,
            "documents": len(dataset.documents),
            "questions": len(dataset.questions),
            "passages": outcome.passages,
            "refused": outcome.refused,
        },
        **_retrieval(list(scores.values())),
        "types": _types(dataset.questions, scores),
        "answerable": _answerable(dataset.questions, outcome),
    }
    if outcome.answers:
        document["answers"] = _answers(dataset.questions, outcome)
    return document | {"seconds": _seconds(outcome), "peak_mb": peak_mb()}


def _retrieval(scores: Sequence[dict[str, float]]) -> Json:
    measured = {name: mean_and_interval([row[name] for row in scores]) for name in FIGURES}
    return {
        "retrieval": {name: round(mean, 4) for name, (mean, _) in measured.items()},
        "intervals": {name: _rounded(interval) for name, (_, interval) in measured.items()},
    }


def _types(questions: Sequence[Question], scores: dict[str, dict[str, float]]) -> Json:
    """The same for each type of question that has evidence."""
    found: Json = {}
    for kind, _ in Counter(q.type for q in questions if q.id in scores).most_common():
        rows = [scores[q.id] for q in questions if q.type == kind and q.id in scores]
        found[kind] = {"questions": len(rows), **_retrieval(rows)}
    return found


def _answerable(questions: Sequence[Question], outcome: EvaluationData) -> Json:
    yes = [outcome.found[q.id].answerable for q in questions if q.answerable]
    no = [outcome.found[q.id].answerable for q in questions if not q.answerable]
    value = auroc(yes, no)
    return {
        "auroc": value if value is None else round(value, 4),
        "interval": None if value is None else _rounded(auroc_interval(yes, no)),
    }


def _answers(questions: Sequence[Question], outcome: EvaluationData) -> Json:
    yes = [q for q in questions if q.answerable]
    no = [q for q in questions if not q.answerable]
    given = outcome.answers
    cited = sum(outcome.quotes[q.id][1] for q in questions)
    characters = [
        sum(len(c.quote) for c in answer.citations) for answer in given.values() if answer.answered
    ]
    return {
        "modes": dict(Counter(answer.mode for answer in given.values())),
        "evidence_quoted": _share([outcome.quotes[q.id][0] for q in yes if q.evidence]),
        "characters": statistics.median(characters) if characters else None,
        "quotes_valid": sum(outcome.quotes[q.id][2] for q in questions) / cited if cited else None,
        "answerable_refused": _share([not given[q.id].answered for q in yes]),
        "unanswerable_refused": _share([not given[q.id].answered for q in no]),
    }


def oracle_figures(outcome: EvaluationData) -> Json:
    """What the bot makes of a model that cites the evidence; unanswerable: it has none to cite."""
    rows = list(outcome.oracle.values())
    yes, no = [row for row in rows if row.spans], [row for row in rows if not row.spans]
    citations, spans = sum(row.citations for row in rows), sum(row.spans for row in rows)
    return {
        "citation_precision": _ratio(sum(row.right for row in rows), citations),
        "citation_recall": _ratio(sum(row.cited for row in rows), spans),
        "answerable_refused": _share([not row.answered for row in yes]),
        "unanswerable_refused": _share([not row.answered for row in no]),
        "sentences_left_out": _share([row.left_out for row in yes]),
    }


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _seconds(outcome: EvaluationData) -> Json:
    found: Json = {
        "reading": round(outcome.reading_s, 2),
        "passages_per_second": (
            round(outcome.read_passages / outcome.reading_s, 1) if outcome.read_passages else None
        ),
        "search_p50": _quantile(outcome.search_s, 0.5),
        "search_p95": _quantile(outcome.search_s, 0.95),
    }
    if outcome.answer_s:
        found["answer_p50"] = _quantile(outcome.answer_s, 0.5)
        found["answer_p95"] = _quantile(outcome.answer_s, 0.95)
    return found


def peak_mb() -> float:
    """The most memory that this process has held, in MB (the system counts KiB; macOS bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6, 1)


def _share(values: Sequence[bool]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _quantile(values: Sequence[float], share: float) -> float | None:
    return round(float(np.quantile(values, share)), 4) if values else None


def _rounded(interval: tuple[float, float]) -> list[float]:
    return [round(end, 4) for end in interval]


# --- for people ------------------------------------------------------------------------------


def table(document: Json) -> str:
    """The figures as lines."""
    data = document["dataset"]
    lines = [
        f"{data['documents']} documents, {data['passages']} passages, "
        f"{data['questions']} questions (data {data['sha256'][:12]})",
        "",
        *_retrieval_lines(document),
        *_pair_lines("Answers", document.get("answers")),
        *_support_lines(document.get("support")),
        *_pair_lines("Seconds", document["seconds"]),
        *_against_lines(document.get("against")),
        "",
        f"Peak memory {document['peak_mb']} MB",
    ]
    return "\n".join(lines)


def _retrieval_lines(document: Json) -> list[str]:
    head = f"{'Finding':<16}{'questions':>9}  " + "".join(f"{name:<22}" for name in FIGURES)
    total = sum(row["questions"] for row in document["types"].values())
    lines = [head.rstrip(), _row("all", total, document)]
    if len(document["types"]) > 1:
        lines += [_row(kind, row["questions"], row) for kind, row in document["types"].items()]
    auroc_found = document["answerable"]
    if auroc_found["auroc"] is not None:
        low, high = auroc_found["interval"]
        lines += ["", f"Answerable, AUROC {auroc_found['auroc']:.3f} ({low:.3f} … {high:.3f})"]
    return lines


def _row(name: str, questions: int, row: Json) -> str:
    cells = []
    for figure in FIGURES:
        low, high = row["intervals"][figure]
        cells.append(f"{row['retrieval'][figure]:.3f} ({low:.3f} … {high:.3f})".ljust(22))
    return f"{name[:15]:<16}{questions:>9}  {''.join(cells)}".rstrip()


def _pair_lines(title: str, pairs: Json | None) -> list[str]:
    return ["", title, *(f"  {k.replace('_', ' '):<22}{v}" for k, v in (pairs or {}).items())] * (
        pairs is not None
    )


def _support_lines(measured: Json | None) -> list[str]:
    if measured is None:
        return []
    lines = _pair_lines("Support, of a model that cites the evidence", measured["oracle"])
    for half in (half for half in measured if half != "oracle"):
        row = measured[half]
        lines += _pair_lines(
            f"Support, {half} half of the documents",
            {
                **{k: row[k] for k in ("sentences", "false_alarms", "caught", "caught_altered")},
                **{f"  {k}": f"{v['caught']} of {v['lies']}" for k, v in row["kinds"].items()},
            },
        )
    return lines


def _against_lines(against: Json | None) -> list[str]:
    if against is None:
        return []
    lines = ["", f"Against the other run ({against['questions']} questions in both)"]
    for name in FIGURES:
        row = against[name]
        low, high = row["interval"]
        lines.append(
            f"  {name:<10}{row['difference']:+.3f} ({low:+.3f} … {high:+.3f})"
            f"  {row['wins']} better, {row['losses']} worse"
        )
    return lines
