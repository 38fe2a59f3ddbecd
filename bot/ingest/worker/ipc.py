"""The protocol between the bot and its reader process: frames, and records as plain JSON.

A frame is its length in four bytes and then its bytes. Promises: any text comes through, even lone
surrogates; nothing is ever unpickled; a frame is at most ``FRAME_BYTES``; passages travel in
frames small enough not to block the receiver. Knows nothing of processes.
"""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, BinaryIO

from bot.ingest.extract.document import AttachedFile, Document, OnProgress
from bot.records import Passage, Sentence, TextMarker
from bot.structure import Block

Json = dict[str, Any]

FRAME_BYTES = 256 * 1024 * 1024  # far above MAX_FILE_MB; a greater length is a broken stream
PASSAGES_PER_FRAME = 200  # 60 kB of JSON: parsed in 1 ms
PROGRESS_INTERVAL_S = 0.1  # a terminal's bar shows no more; a card is edited every 1.2 s
_LENGTH = struct.Struct(">I")
_MARK_FIELDS = frozenset({"headings", "pages"})  # of a Document


class ProtocolError(Exception):
    """The other end broke the protocol."""


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


def send(stream: BinaryIO, *frames: bytes) -> None:
    """Write frames and flush the stream."""
    for frame in frames:
        stream.write(_LENGTH.pack(len(frame)))
        stream.write(frame)
    stream.flush()


def receive(stream: BinaryIO) -> bytes:
    """Read the next frame. Raises EOFError at the end of the stream; ProtocolError if too long."""
    (length,) = _LENGTH.unpack(_read_exactly(stream, _LENGTH.size))
    if length > FRAME_BYTES:
        raise ProtocolError(f"a frame of {length} bytes")
    return _read_exactly(stream, length)


def _read_exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError("the stream ended")
    return data


def dump(value: Json) -> bytes:
    """JSON in one frame."""
    return dump_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def load(frame: bytes) -> Json:
    """The JSON object of a frame. Raises ValueError."""
    value: Json = json.loads(load_text(frame))
    return value


def dump_text(text: str) -> bytes:
    """Text in one frame."""
    return text.encode("utf-8", "surrogatepass")


def load_text(frame: bytes) -> str:
    """The text of a frame."""
    return frame.decode("utf-8", "surrogatepass")


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
