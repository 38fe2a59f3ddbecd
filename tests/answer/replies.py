"""What is read in a model's text, as short values that tests compare."""

from __future__ import annotations

from collections.abc import Iterable

from bot.answer.writing.sentence_stream import SentenceStream
from bot.citations import CitedSpan, DraftSentence
from tests.answer.library import FIND, PASSAGES


def stream(*pieces: str, cut: bool = False) -> list[DraftSentence]:
    """The sentences of a text that comes in pieces."""
    reading = SentenceStream(FIND)
    written = [sentence for piece in pieces for sentence in reading.feed(piece)]
    return written + (reading.finish_truncated() if cut else reading.finish())


def names(ranges: Iterable[CitedSpan]) -> str:
    """The ranges as marks: "1.2 2.1-4"."""
    return " ".join(name(one.passage.id, one.start, one.end) for one in ranges)


def name(number: int, start: int, end: int) -> str:
    """A range as "passage.first-last"."""
    inside = [
        i
        for i, sentence in enumerate(PASSAGES[number - 1].sentences, 1)
        if start <= sentence.start and sentence.end <= end
    ]
    last = f"-{inside[-1]}" if len(inside) > 1 else ""
    return f"{number}.{inside[0]}{last}"


def shown(written: DraftSentence) -> str:
    """A sentence with its bullet, what it cites in brackets, and what it is offered in braces."""
    bullet = "- " if written.list_item else ""
    cited = f" [{names(written.spans)}]" if written.spans else ""
    offered = f" {{{names(written.candidate_spans)}}}" if written.candidate_spans else ""
    return f"{bullet}{written.text}{cited}{offered}"
