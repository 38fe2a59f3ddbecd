"""Saves the results of a run as JSON lines, and reads them.

One line per question: ``{"id", "hits": [{"doc_id", "text", "score"}], "answerable"}``, with
``"gold"`` (how many passages have evidence) and, if questions were answered, ``"answer"`` as
``ask --json`` prints it. It has no ids of the library, so it can be scored anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.errors import FootnoteError
from bot.evaluate.scoring import QuestionResult, RetrievedPassage
from bot.strings import _

Json = dict[str, Any]


def write_run(path: Path, run: Mapping[str, QuestionResult], answers: Mapping[str, Json]) -> None:
    """Save a run. Raises FootnoteError if the file can't be written."""
    try:
        with path.open("w", encoding="utf-8") as file:
            for question_id, result in run.items():
                line = _line(question_id, result, answers.get(question_id))
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
    except OSError as error:
        raise FootnoteError(
            _("Can't write the run to {path}: {reason}.").format(path=path, reason=error.strerror)
        ) from error


def _line(question_id: str, result: QuestionResult, answer: Json | None) -> Json:
    hits = [{"doc_id": h.doc_id, "text": h.text, "score": round(h.score, 6)} for h in result.hits]
    line = {
        "id": question_id,
        "hits": hits,
        "answerable": round(result.answerable, 6),
        "gold": result.gold,
    }
    return line if answer is None else line | {"answer": answer}


def read_run(path: Path) -> dict[str, QuestionResult]:
    """The results of a saved run by question id. Raises FootnoteError."""
    try:
        lines = path.read_text("utf-8").splitlines()
        rows = [json.loads(line) for line in lines if line.strip()]
        return {str(row["id"]): _result(row) for row in rows}
    except OSError as error:
        raise FootnoteError(
            _("Can't read {path}: {reason}.").format(path=path, reason=error.strerror)
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise FootnoteError(
            _("{path} is not a run written by `footnote eval --run`.").format(path=path)
        ) from error


def _result(row: Json) -> QuestionResult:
    hits = tuple(
        RetrievedPassage(str(h["doc_id"]), h["text"], float(h["score"])) for h in row["hits"]
    )
    return QuestionResult(hits, float(row["answerable"]), int(row.get("gold", 1)))
