"""Saves what a run found as JSON lines of text, and reads it again.

One line a question: ``{"id", "hits": [{"doc_id", "text", "score"}], "answerable"}``, with
``"gold"`` (how many passages hold evidence) and, where questions were answered,
``"answer"`` as ``ask`` gives it. It names no ids of the library, so it can be scored anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.errors import FootnoteError
from bot.evaluate.scoring import FoundPassage, QuestionResult

Json = dict[str, Any]


def write_run(path: Path, run: Mapping[str, QuestionResult], answers: Mapping[str, Json]) -> None:
    """Raises FootnoteError when the file cannot be written."""
    try:
        with path.open("w", encoding="utf-8") as file:
            for question_id, found in run.items():
                line = _line(question_id, found, answers.get(question_id))
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
    except OSError as error:
        raise FootnoteError(f"The run cannot be written to {path}: {error.strerror}.") from error


def _line(question_id: str, found: QuestionResult, answer: Json | None) -> Json:
    hits = [{"doc_id": h.doc_id, "text": h.text, "score": round(h.score, 6)} for h in found.hits]
    line = {
        "id": question_id,
        "hits": hits,
        "answerable": round(found.answerable, 6),
        "gold": found.gold,
    }
    return line if answer is None else line | {"answer": answer}


def read_run(path: Path) -> dict[str, QuestionResult]:
    """A saved run by question id. Raises FootnoteError."""
    try:
        lines = path.read_text("utf-8").splitlines()
        rows = [json.loads(line) for line in lines if line.strip()]
        return {str(row["id"]): _found(row) for row in rows}
    except OSError as error:
        raise FootnoteError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise FootnoteError(f"{path} is no run as `footnote eval --run` writes it.") from error


def _found(row: Json) -> QuestionResult:
    hits = tuple(FoundPassage(str(h["doc_id"]), h["text"], float(h["score"])) for h in row["hits"])
    return QuestionResult(hits, float(row["answerable"]), int(row.get("gold", 1)))
