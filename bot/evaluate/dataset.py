"""Reads a folder with ``documents.jsonl`` and ``questions.jsonl``.

Documents are ``{id, title, url, published, text}``; questions are ``{id, question, answers[],
evidence: [{doc_id, text}], answerable, type, history[], language}``. Missing fields count as empty.
The error for an invalid line has its number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import FootnoteError
from bot.strings import _


@dataclass(frozen=True, slots=True)
class EvaluationDocument:
    """A document to add to the library."""

    id: str
    title: str
    published: str | None
    text: str


@dataclass(frozen=True, slots=True)
class GoldEvidence:
    """The text of a document that answers a question."""

    doc_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question and its evidence; empty if no document answers it.

    ``history``: the questions that were asked before it in its conversation, oldest first.
    """

    id: str
    text: str
    type: str
    answerable: bool
    evidence: tuple[GoldEvidence, ...]
    answers: tuple[str, ...] = ()  # written by people
    history: tuple[str, ...] = ()
    language: str = ""  # that it is asked in, if the set says


@dataclass(frozen=True, slots=True)
class Dataset:
    """``sha256``: the hash of the two files, concatenated."""

    sha256: str
    documents: tuple[EvaluationDocument, ...]
    questions: tuple[Question, ...]


def read_dataset(
    folder: Path, limit: int | None = None, *, questions_file: str = "questions.jsonl"
) -> Dataset:
    """The folder's documents and its first ``limit`` questions. Raises FootnoteError."""
    documents, questions = _bytes(folder / "documents.jsonl"), _bytes(folder / questions_file)
    return Dataset(
        sha256=hashlib.sha256(documents + questions).hexdigest(),
        documents=tuple(_document(row) for row in _rows(documents, "documents.jsonl")),
        questions=tuple(_question(row) for row in _rows(questions, questions_file))[:limit],
    )


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FootnoteError(
            _(
                "Can't read {path} ({reason}). The folder must have documents.jsonl and "
                "questions.jsonl."
            ).format(path=path, reason=error.strerror)
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
                _("Line {number} of {name} is not a JSON object with an id.").format(
                    number=number, name=name
                )
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
        history=tuple(str(earlier) for earlier in row.get("history") or ()),
        language=str(row.get("language") or ""),
    )
