"""What goes in at one end of the wire comes out at the other."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.child_process import frames
from bot.ingest.extract.document import AttachedFile, Document
from bot.ingest.worker import ipc
from bot.records import Passage, Sentence, TextMarker


@given(st.text(st.characters(exclude_categories=())), st.lists(st.integers(0, 2**40)))
def test_any_document_comes_through_the_wire(text: str, starts: list[int]) -> None:
    document = Document(
        text,
        title=text,
        headings=tuple(TextMarker(start, text) for start in starts),
        notes=(text, text),
        attachments=(AttachedFile(text, b"\0\xff"), AttachedFile("", b"")),
    )

    assert ipc.load_document(iter(ipc.dump_document(document))) == document


def test_passages_come_through_in_pieces() -> None:
    passages = [
        Passage(n, n + 9, (Sentence(n, n + 4), Sentence(n + 5, n + 9, 7)), 3, "Bread", 7)
        for n in range(0, 5_010, 10)
    ]

    frames = list(ipc.dump_passages(passages))

    assert [passage for frame in frames for passage in ipc.load_passages(frame)] == passages
    assert max(map(len, frames)) < 64 * 1024


def test_a_stream_that_ends_within_a_frame_is_an_end() -> None:
    stream = io.BytesIO()
    frames.send(stream, b"whole", b"broken")
    cut = io.BytesIO(stream.getvalue()[:-1])

    assert frames.receive(cut) == b"whole"
    with pytest.raises(EOFError):
        frames.receive(cut)


def test_a_frame_of_any_length_is_not_waited_for() -> None:
    with pytest.raises(frames.ProtocolError):
        frames.receive(io.BytesIO(b"\xff\xff\xff\xff"))
