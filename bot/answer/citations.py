"""A model's text, as it streams in → finished sentences whose marks are footnotes.

The unit is a finished sentence: it is let out when the next one has begun, or the text
has ended. Marks are ``[1.2]``, ``[1.2, 1.3]``, ``[1.2-4]``, also in 【】, before or after
the full stop; one that stands for nothing is dropped. Footnotes are numbered in order of
first use, the same range of the same passage always with the same number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.answer.plain import plain
from bot.ingest.sentences import split_sentences
from bot.records import AnswerSentence, Citation, Sentence, StoredPassage

Find = Callable[[int, int], tuple[StoredPassage, Sentence] | None]

ONE = r"\d{1,3}\s*\.\s*\d{1,3}(?:\s*[-–]\s*(?:\d{1,3}\s*\.\s*)?\d{1,3})?"
MARK = re.compile(rf"[ \t]*[\[【]\s*({ONE}(?:\s*[,;]\s*{ONE})*)\s*[\]】]")
RANGE = re.compile(r"(\d+)\s*\.\s*(\d+)(?:\s*[-–]\s*(?:(\d+)\s*\.\s*)?(\d+))?")
LIKE_A_MARK = re.compile(r"[ \t]*[\[【][\d\s.,;–-]*[\]】]")  # numbers that are no marks of ours
OPEN_MARK = re.compile(r"[\[【][^\]】]{0,80}$")
LONGEST_RANGE = 5  # sentences; a model that cites a whole passage cites nothing


@dataclass(slots=True)
class Footnotes:
    """Numbers citations in order of first use."""

    find: Find
    citations: list[Citation] = field(default_factory=list)
    _numbers: dict[tuple[int, int, int], int] = field(default_factory=dict)

    def cite(self, passage: StoredPassage, start: int, end: int) -> int:
        """The footnote number of a range of a passage's version."""
        key = (passage.version_id, start, end)
        if key not in self._numbers:
            self._numbers[key] = len(self.citations) + 1
            self.citations.append(citation(len(self.citations) + 1, passage, start, end))
        return self._numbers[key]

    def read(self, marks: str) -> list[int]:
        """The footnotes of a mark's inside, such as "1.2, 3.1-2"."""
        numbers = []
        for match in RANGE.finditer(marks):
            number = self._read_range(match)
            if number is not None and number not in numbers:
                numbers.append(number)
        return numbers

    def _read_range(self, match: re.Match[str]) -> int | None:
        passage, first = int(match[1]), int(match[2])
        last = int(match[4] or first)
        if match[3] and int(match[3]) != passage:
            last = first
        last = min(last, first + LONGEST_RANGE - 1)
        start = self.find(passage, first)
        ends = [self.find(passage, i) for i in range(first, last + 1)]
        there = [found for found in ends if found]
        if start is None or not there:
            return None
        return self.cite(start[0], start[1].start, there[-1][1].end)


def citation(n: int, passage: StoredPassage, start: int, end: int) -> Citation:
    """A footnote; its quote is cut from the stored text, never written by a model."""
    return Citation(
        n=n,
        article_id=passage.article_id,
        version_id=passage.version_id,
        version=passage.version,
        title=passage.title,
        url=passage.url,
        page=passage.page,
        published=passage.published,
        start=start,
        end=end,
        quote=passage.text[start - passage.start : end - passage.start],
        submitter=passage.submitter,
    )


@dataclass(slots=True)
class SentenceStream:
    """Feed it text as it comes; it gives back the sentences that are finished."""

    footnotes: Footnotes
    _text: str = ""  # not yet let out
    _paragraph: bool = False  # the next sentence opens a paragraph

    def feed(self, piece: str) -> list[AnswerSentence]:
        """The sentences that ``piece`` finished."""
        self._text += piece
        return self._let_out(final=False)

    def finish(self) -> list[AnswerSentence]:
        """What is left, when the text has ended."""
        return self._let_out(final=True)

    def _let_out(self, *, final: bool) -> list[AnswerSentence]:
        held = None if final else OPEN_MARK.search(self._text)
        ready = self._text[: held.start()] if held else self._text
        bare, marks = _without_marks(ready)
        borders = split_sentences(bare)
        if not final:
            borders = borders[:-1]
        out = [self._sentence(bare, borders, i, marks, len(ready)) for i in range(len(borders))]
        if borders:
            self._cut(bare, borders[-1].end, marks)
        elif final:
            self._text = ""
        return [sentence for sentence in out if sentence.text]

    def _sentence(
        self,
        bare: str,
        borders: Sequence[Sentence],
        i: int,
        marks: Sequence[tuple[int, int, str]],
        end: int,
    ) -> AnswerSentence:
        this = borders[i]
        after = borders[i + 1].start if i + 1 < len(borders) else _next_start(bare, this.end)
        numbers: list[int] = []
        for at, _, inside in marks:
            if this.start < at <= after and at > (borders[i - 1].end if i else 0):
                numbers += [n for n in self.footnotes.read(inside) if n not in numbers]
        gap = bare[borders[i - 1].end : this.start] if i else bare[: this.start]
        opens = self._paragraph or "\n" in gap
        self._paragraph = False
        return AnswerSentence(plain(bare[this.start : this.end]), tuple(numbers), opens)

    def _cut(self, bare: str, end: int, marks: Sequence[tuple[int, int, str]]) -> None:
        """Keeps what follows the last sentence that was let out, without its marks."""
        after = _next_start(bare, end)
        self._paragraph = "\n" in bare[end:after]
        removed = sum(length for at, length, _ in marks if at <= after)
        self._text = self._text[after + removed :]


def _next_start(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _without_marks(text: str) -> tuple[str, list[tuple[int, int, str]]]:
    """The text without its marks, and for each where it stood, its length and its inside."""
    parts: list[str] = []
    marks: list[tuple[int, int, str]] = []
    at = length = 0
    for match in LIKE_A_MARK.finditer(text):
        parts.append(text[at : match.start()])
        length += match.start() - at
        at = match.end()
        inside = MARK.fullmatch(match.group())
        marks.append((length, len(match.group()), inside[1] if inside else ""))
    return "".join([*parts, text[at:]]), marks
