"""The bot's handle on one reader process: send it a file, receive a document and its passages.

What the process forbids itself is in ``worker``; its limits are set in ``pool``.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial

from bot import errors
from bot.child_process import frames
from bot.child_process.process import ChildDied, ChildProcess, DeathCause
from bot.errors import ArticleRefused, DamagedDocument, DocumentTooComplex, ReaderUnavailable
from bot.ingest.extract.document import Document, OnProgress
from bot.ingest.worker import ipc
from bot.records import Passage
from bot.strings import N_, _

log = logging.getLogger(__name__)

WORKER = "bot.ingest.worker.worker"

TOO_SLOW = N_(
    "Reading this file took too long, so nothing was stored. "
    "Add it in parts, or paste the text of the article."
)
TOO_MUCH_MEMORY = N_(
    "Reading this file took too much memory, so nothing was stored. "
    "Add it in parts, or paste the text of the article."
)
CRASHED = N_(
    "This file crashes the program that reads it, so nothing was stored. "
    "Save it again with another program, or paste the text of the article."
)
FAILED = N_(
    "Something in this file breaks the rules of its format, so it couldn't be read and nothing "
    "was stored. Save it again with another program, or paste the text of the article."
)
CLOSED = N_("Footnote is shutting down, so nothing was stored. Try again when it's back.")
REFUSALS: dict[DeathCause, str] = {"time": TOO_SLOW, "memory": TOO_MUCH_MEMORY, "crash": CRASHED}


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What a reader returns for a file."""

    document: Document
    passages: tuple[Passage, ...]


def refusal_of(death: ChildDied) -> ArticleRefused:
    """The error shown to the user."""
    if death.cause == "closed":
        return ReaderUnavailable(_(CLOSED))
    return DocumentTooComplex(_(REFUSALS[death.cause]))


class ReaderProcess(ChildProcess):
    """One reader process."""

    def __init__(self) -> None:
        super().__init__(WORKER)
        self.documents_read = 0
        self.layers: dict[str, bool] = {}

    def start(self, settings: frames.Json) -> None:
        """Wait until the process is warm and confined. Raises ProtocolError if that fails."""
        frames.send(self.requests, frames.dump(settings))
        answer = self.receive()
        if answer["kind"] != "ready":
            raise frames.ProtocolError(answer["error"])
        self.layers = answer["layers"]

    def read(
        self, header: frames.Json, data: bytes | str, on_progress: OnProgress
    ) -> ReadResult | ArticleRefused:
        """Send one file and wait for its result."""
        frame = frames.dump_text(data) if isinstance(data, str) else data
        frames.send(self.requests, frames.dump(header), frame)
        report = ipc.ThrottledProgress(on_progress)
        while (answer := self.receive())["kind"] == "progress":
            report(int(answer["page"]), int(answer["pages"]))
        return self._receive_result(answer) if answer["kind"] == "read" else _refusal(answer)

    def _receive_result(self, answer: frames.Json) -> ReadResult:
        parts = iter(partial(frames.receive, self.answers), None)
        document = ipc.load_document(parts)
        passages: list[Passage] = []
        while len(passages) < answer["passages"]:
            passages += ipc.load_passages(frames.receive(self.answers))
        return ReadResult(document, tuple(passages))


def _refusal(answer: frames.Json) -> ArticleRefused:
    """The error for an answer other than a document."""
    if answer["kind"] == "refused":
        error = getattr(errors, answer["error"], ArticleRefused)
        is_refusal = isinstance(error, type) and issubclass(error, ArticleRefused)
        return (error if is_refusal else ArticleRefused)(answer["message"])
    if answer["kind"] == "exceeded":
        return DocumentTooComplex(_(TOO_MUCH_MEMORY))
    log.error("reading failed: %s", answer["error"])
    return DamagedDocument(_(FAILED))
