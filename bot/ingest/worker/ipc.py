"""The protocol between the bot and its reader process: records as plain JSON, in frames.

Passages travel in frames small enough not to block the receiver. Knows nothing of processes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from bot.child_process.frames import Json, dump, dump_text, load, load_text
from bot.ingest.extract.document import AttachedFile, Document, OnProgress
from bot.records import Passage, Sentence, TextMarker
from bot.structure import Block

PASSAGES_PER_FRAME = 200  # 60 kB of JSON: parsed in 1 ms
PROGRESS_INTERVAL_S = 0.1  # a terminal's bar shows no more; a card is edited every 1.2 s
_MARK_FIELDS = frozenset({"headings", "pages"})  # of a Document


class ThrottledProgress:
    """Passes on the first progress report at once, later ones at most every PROGRESS_INTERVAL_S.

    Both ends have one: the worker's spares the pipe, the bot's spares the bot.
    """

    def __init__(self, report: OnProgress, now: Callable[[], float] = time.monotonic):
        self._report = report
        self._now = now
        self._next = 0.0

    def __call__(self, page: int, pages: int) -> None:
        now = self._now()
        if now >= self._next:
            self._next = now + PROGRESS_INTERVAL_S
            self._report(page, pages)


def dump_document(document: Document) -> Iterator[bytes]:
    """A document in frames: its other fields, its text, and each attached file's bytes."""
    fields: Json = {name: getattr(document, name) for name in document.__slots__}
    for name in _MARK_FIELDS:
        fields[name] = [(mark.start, mark.value) for mark in fields[name]]
    fields["blocks"] = [(b.kind, b.start, b.end, b.level, b.parent) for b in fields["blocks"]]
    fields["attachments"] = [file.name for file in document.attachments]
    text = fields.pop("text")
    yield dump(fields)
    yield dump_text(text)
    yield from (file.data for file in document.attachments)


def load_document(frames: Iterator[bytes]) -> Document:
    """The document that ``dump_document`` put into frames; takes no more than these."""
    fields, text = load(next(frames)), load_text(next(frames))
    values: Json = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    for name in _MARK_FIELDS:
        values[name] = tuple(TextMarker(*mark) for mark in values[name])
    values["blocks"] = tuple(Block(*block) for block in values["blocks"])
    values["attachments"] = tuple(AttachedFile(n, next(frames)) for n in values["attachments"])
    return Document(text=text, **values)


def dump_passages(passages: Sequence[Passage]) -> Iterator[bytes]:
    """Passages in as many frames as they need."""
    packed = map(_pack, passages)
    while batch := list(islice(packed, PASSAGES_PER_FRAME)):
        yield dump({"passages": batch})


def load_passages(frame: bytes) -> list[Passage]:
    """The passages of one frame."""
    return [_unpack(*packed) for packed in load(frame)["passages"]]


def _pack(passage: Passage) -> list[Any]:
    sentences = [(s.start, s.end, s.page, s.kind) for s in passage.sentences]
    return [
        passage.start,
        passage.end,
        sentences,
        passage.tokens,
        passage.heading,
        passage.page,
    ]


def _unpack(
    start: int,
    end: int,
    sentences: list[list[Any]],
    tokens: int,
    heading: str,
    page: int | None,
) -> Passage:
    unpacked = tuple(Sentence(*sentence) for sentence in sentences)
    return Passage(start, end, unpacked, tokens, heading, page)
