"""Reads a folder with ``documents.jsonl`` and ``questions.jsonl``.

Documents are ``{id, title, url, published, text}``; questions ``{id, question, answers[],
evidence: [{doc_id, text}], answerable, type}``. What is missing in a line is empty; a line
that is no such object is named in the error.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import FootnoteError


@dataclass(frozen=True, slots=True)
class EvaluationDocument:
    """An article to be found."""

    id: str
    title: str
    published: str | None
    text: str


@dataclass(frozen=True, slots=True)
class GoldEvidence:
    """Words of a document that answer a question."""

    doc_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question with what answers it; ``evidence`` is empty where nothing does."""

    id: str
    text: str
    type: str
    answerable: bool
    evidence: tuple[GoldEvidence, ...]
    answers: tuple[str, ...] = ()  # as people wrote them


@dataclass(frozen=True, slots=True)
class Dataset:
    """``sha256`` is that of both files, one after the other."""

    sha256: str
    documents: tuple[EvaluationDocument, ...]
    questions: tuple[Question, ...]


def read_dataset(folder: Path, limit: int | None = None) -> Dataset:
    """The folder's documents and its first ``limit`` questions. Raises FootnoteError."""
    documents, questions = _bytes(folder / "documents.jsonl"), _bytes(folder / "questions.jsonl")
    return Dataset(
        sha256=hashlib.sha256(documents + questions).hexdigest(),
        documents=tuple(_document(row) for row in _rows(documents, "documents.jsonl")),
        questions=tuple(_question(row) for row in _rows(questions, "questions.jsonl"))[:limit],
    )


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FootnoteError(
            f"{path} cannot be read ({error.strerror}). The folder must hold documents.jsonl "
            "and questions.jsonl."
        ) from error


def _rows(data: bytes, name: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            row["id"] = str(row["id"])
        except (ValueError, TypeError, KeyError) as error:
            raise FootnoteError(
                f"Line {number} of {name} is not a JSON object with an id."
            ) from error
        yield row


def _document(row: dict[str, Any]) -> EvaluationDocument:
    return EvaluationDocument(
        row["id"], row.get("title") or "", row.get("published"), str(row.get("text") or "")
    )


def _question(row: dict[str, Any]) -> Question:
    evidence = tuple(
        GoldEvidence(str(item["doc_id"]), item["text"])
        for item in row.get("evidence") or ()
        if str(item.get("text") or "").strip()
    )
    return Question(
        id=row["id"],
        text=str(row.get("question") or ""),
        type=str(row.get("type") or ""),
        answerable=bool(row.get("answerable", evidence)),
        evidence=evidence,
        answers=tuple(str(answer) for answer in row.get("answers") or ()),
    )
