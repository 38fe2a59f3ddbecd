"""The figures of a run, as a JSON document and as a printed table."""

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
from bot.evaluate.scoring import auroc, auroc_interval, mean_and_interval, retrieval_scores

Json = dict[str, Any]
FIGURES = ("hits@4", "hits@10", "all@10", "map@10", "mrr@10")


def figures(dataset: Dataset, data: EvaluationData) -> Json:
    """The JSON document of everything that was measured."""
    scores = retrieval_scores(dataset.questions, data.results)
    document: Json = {
        "dataset": {
            "sha256": dataset.sha256,
            "documents": len(dataset.documents),
            "questions": len(dataset.questions),
            "passages": data.passages,
            "refused": data.refused,
        },
        **_retrieval(list(scores.values())),
        "types": _types(dataset.questions, scores),
        "answerable": _answerable(dataset.questions, data),
    }
    if data.answers:
        document["answers"] = _answers(dataset.questions, data)
    return document | {"seconds": _seconds(data), "peak_mb": peak_mb()}


def _retrieval(scores: Sequence[dict[str, float]]) -> Json:
    measured = {name: mean_and_interval([row[name] for row in scores]) for name in FIGURES}
    return {
        "retrieval": {name: round(mean, 4) for name, (mean, _) in measured.items()},
        "intervals": {name: _rounded(interval) for name, (_, interval) in measured.items()},
    }


def _types(questions: Sequence[Question], scores: dict[str, dict[str, float]]) -> Json:
    """The retrieval figures of each type of question that has evidence."""
    by_type: Json = {}
    for kind, _ in Counter(q.type for q in questions if q.id in scores).most_common():
        rows = [scores[q.id] for q in questions if q.type == kind and q.id in scores]
        by_type[kind] = {"questions": len(rows), **_retrieval(rows)}
    return by_type


def _answerable(questions: Sequence[Question], data: EvaluationData) -> Json:
    answerable = [data.results[q.id].answerable for q in questions if q.answerable]
    unanswerable = [data.results[q.id].answerable for q in questions if not q.answerable]
    value = auroc(answerable, unanswerable)
    interval = None if value is None else _rounded(auroc_interval(answerable, unanswerable))
    return {"auroc": value if value is None else round(value, 4), "interval": interval}


def _answers(questions: Sequence[Question], data: EvaluationData) -> Json:
    answerable = [q for q in questions if q.answerable]
    unanswerable = [q for q in questions if not q.answerable]
    answers, quotes = data.answers, data.quotes
    n_citations = sum(quotes[q.id].citations for q in questions)
    n_valid = sum(quotes[q.id].valid for q in questions)
    characters = [
        sum(len(citation.quote) for citation in answer.citations)
        for answer in answers.values()
        if answer.answered
    ]
    return {
        "modes": dict(Counter(answer.mode for answer in answers.values())),
        "evidence_quoted": _share([quotes[q.id].has_evidence for q in answerable if q.evidence]),
        "characters": statistics.median(characters) if characters else None,
        "quotes_valid": n_valid / n_citations if n_citations else None,
        "answerable_refused": _share([not answers[q.id].answered for q in answerable]),
        "unanswerable_refused": _share([not answers[q.id].answered for q in unanswerable]),
    }


def oracle_figures(data: EvaluationData) -> Json:
    """The figures of a model that cites the evidence; unanswerable: it has none to cite."""
    rows = list(data.oracle.values())
    answerable, unanswerable = [r for r in rows if r.spans], [r for r in rows if not r.spans]
    citations, spans = sum(row.citations for row in rows), sum(row.spans for row in rows)
    return {
        "citation_precision": _ratio(sum(row.right_citations for row in rows), citations),
        "citation_recall": _ratio(sum(row.cited_spans for row in rows), spans),
        "answerable_refused": _share([not row.answered for row in answerable]),
        "unanswerable_refused": _share([not row.answered for row in unanswerable]),
        "sentences_left_out": _share([row.left_out for row in answerable]),
    }


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _seconds(data: EvaluationData) -> Json:
    seconds: Json = {
        "reading": round(data.reading_s, 2),
        "passages_per_second": (
            round(data.added_passages / data.reading_s, 1) if data.added_passages else None
        ),
        "search_p50": _quantile(data.search_s, 0.5),
        "search_p95": _quantile(data.search_s, 0.95),
        "search_cpu_p50": _quantile(data.search_cpu_s, 0.5),
    }
    if data.answer_s:
        seconds["answer_p50"] = _quantile(data.answer_s, 0.5)
        seconds["answer_p95"] = _quantile(data.answer_s, 0.95)
    return seconds


def peak_mb() -> float:
    """The peak memory of this process in MB (Linux counts KiB, macOS bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6, 1)


def _share(values: Sequence[bool]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _quantile(values: Sequence[float], share: float) -> float | None:
    return round(float(np.quantile(values, share)), 4) if values else None


def _rounded(interval: tuple[float, float]) -> list[float]:
    return [round(end, 4) for end in interval]


# --- the table ------------------------------------------------------------------------------


def table(document: Json) -> str:
    """The figures as lines of text."""
    dataset = document["dataset"]
    lines = [
        f"{dataset['documents']} documents, {dataset['passages']} passages, "
        f"{dataset['questions']} questions (SHA-256 {dataset['sha256'][:12]})",
        "",
        *_retrieval_lines(document),
        *_pair_lines("Answers", document.get("answers")),
        *_support_lines(document.get("support")),
        *_thorough_lines(document.get("thorough")),
        *_judges_lines(document.get("judges")),
        *_pair_lines("Seconds", document["seconds"]),
        *_against_lines(document.get("against")),
        "",
        f"Peak memory {document['peak_mb']} MB",
    ]
    return "\n".join(lines)


def _retrieval_lines(document: Json) -> list[str]:
    head = f"{'Retrieval':<16}{'questions':>9}  " + "".join(f"{name:<22}" for name in FIGURES)
    total = sum(row["questions"] for row in document["types"].values())
    lines = [head.rstrip(), _row("all", total, document)]
    if len(document["types"]) > 1:
        lines += [_row(kind, row["questions"], row) for kind, row in document["types"].items()]
    answerable = document["answerable"]
    if answerable["auroc"] is not None:
        low, high = answerable["interval"]
        lines += ["", f"Answerable, AUROC {answerable['auroc']:.3f} ({low:.3f} … {high:.3f})"]
    return lines


def _row(name: str, questions: int, row: Json) -> str:
    cells = []
    for figure in FIGURES:
        low, high = row["intervals"][figure]
        cells.append(f"{row['retrieval'][figure]:.3f} ({low:.3f} … {high:.3f})".ljust(22))
    return f"{name[:15]:<16}{questions:>9}  {''.join(cells)}".rstrip()


def _pair_lines(title: str, pairs: Json | None) -> list[str]:
    if pairs is None:
        return []
    return ["", title, *(f"  {key.replace('_', ' '):<22}{value}" for key, value in pairs.items())]


def _support_lines(support: Json | None) -> list[str]:
    if support is None:
        return []
    lines = _pair_lines("Support, with a model that cites the evidence", support["oracle"])
    for half in (half for half in support if half != "oracle"):
        row = support[half]
        lines += _pair_lines(
            f"Support, {half} half of the documents",
            {
                **{k: row[k] for k in ("sentences", "false_alarms", "caught", "caught_altered")},
                **{f"  {k}": f"{v['caught']} of {v['perturbed']}" for k, v in row["kinds"].items()},
            },
        )
    return lines


def _thorough_lines(thorough: Json | None) -> list[str]:
    if thorough is None:
        return []
    lines = [
        "",
        "Thorough     all evidence  of its pieces  AUROC   (among the passages written from)",
    ]
    for name, row in thorough.items():
        cells = [
            "-" if row[key] is None else f"{row[key]:.3f}" for key in ("all", "recall", "auroc")
        ]
        lines.append(f"  {name:<11}{cells[0]:<14}{cells[1]:<15}{cells[2]}")
    return lines


def _judges_lines(judges: Json | None) -> list[str]:
    if not judges:
        return []
    lines = ["", "Second opinion   caught  refused  passed after all  calls  tokens of a call"]
    for name, row in judges.items():
        caught, refused = (
            "-" if row[key] is None else f"{row[key]:.3f}" for key in ("caught", "refused")
        )
        counts = f"{row['passed']:<18}{row['calls']:<7}{row['tokens']}"
        lines.append(f"  {name:<15}{caught:<8}{refused:<9}{counts}")
    return lines


def _against_lines(against: Json | None) -> list[str]:
    if against is None:
        return []
    lines = ["", f"Compared with the other run ({against['questions']} questions in both)"]
    for name in FIGURES:
        row = against[name]
        low, high = row["interval"]
        lines.append(
            f"  {name:<10}{row['difference']:+.3f} ({low:+.3f} … {high:+.3f})"
            f"  {row['wins']} better, {row['losses']} worse"
        )
    return lines
