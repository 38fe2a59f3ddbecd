"""Finds questions and their replies among paragraphs: FAQs, interviews, question lists.

Knows no language: turns begin with labels that come again ("Q:", "Reporter:"), or several
paragraphs are nothing but a question. What a page itself marks (headings, bold) is known already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import regex

from bot.ingest.extract.containers import with_ends
from bot.ingest.extract.questions import is_question
from bot.structure import NO_BLOCK, Block, is_heading

MIN_LABEL_USES = 2  # a label that occurs once may just be a word before a colon
MIN_QUESTION_SHARE = 0.2  # of turns; with fewer, the questions are probably rhetorical
MIN_QUESTIONS = 2

_LABEL = regex.compile(
    r"[ \t]*[*_]{0,2}((?:\p{Lu}[\p{L}\p{M}.'’-]{0,20}[ ]?){1,4}?)[ ]?\d{0,3}[*_]{0,2}"
    r"(?:[:：][*_]{0,2}|(?<=\b\p{L}\d{0,3})[.)])(?=\s)"
)
_LINE = regex.compile(r"[^\n]+")


class _Turn(NamedTuple):
    """A paragraph, or the lines of one that begin with a label."""

    block: int
    start: int
    end: int
    label: str = ""


def mark_dialogues(text: str, blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks, with each question and its replies wrapped in an "exchange" block."""
    turns = [turn for index, block in enumerate(blocks) for turn in _turns(text, index, block)]
    labels = Counter(turn.label for turn in turns if turn.label)
    speaker_labels = {label for label, count in labels.items() if count >= MIN_LABEL_USES}
    turns = [turn for group in _joined(turns, speaker_labels) for turn in group]
    questions = _labelled_questions(text, turns, speaker_labels) or _plain_questions(text, turns)
    return _with_exchanges(blocks, turns, questions) if questions else tuple(blocks)


def _turns(text: str, index: int, block: Block) -> Iterator[_Turn]:
    """The parts of a paragraph that begin with a label, or all of it."""
    if block.kind != "paragraph":
        return
    lines = list(_LINE.finditer(text, block.start, block.end))
    starts = [(line.start(), _LABEL.match(text, line.start(), line.end())) for line in lines]
    begins = [(at, match[1].strip()) for at, match in starts if match]
    if not begins or begins[0][0] != block.start:
        begins.insert(0, (block.start, ""))
    ends = [start for start, _ in begins[1:]] + [block.end]
    for (start, label), end in zip(begins, ends, strict=True):
        yield _Turn(index, start, start + len(text[start:end].rstrip()), label)


def _joined(turns: Sequence[_Turn], speaker_labels: set[str]) -> Iterator[list[_Turn]]:
    """The turns of each block; parts whose label comes only once belong to the part before."""
    group: list[_Turn] = []
    for turn in turns:
        if group and group[-1].block != turn.block:
            yield group
            group = []
        if group and turn.label not in speaker_labels:
            group[-1] = group[-1]._replace(end=turn.end)
        else:
            group.append(turn)
    if group:
        yield group


def _labelled_questions(text: str, turns: Sequence[_Turn], speaker_labels: set[str]) -> set[_Turn]:
    """The turns that ask: labelled, ending in a question mark, answered under another label."""
    if len(speaker_labels) < 2:
        return set()
    labelled = [turn for turn in turns if turn.label in speaker_labels]
    return {
        turn
        for turn, following in pairwise(labelled)
        if is_question(text[turn.start : turn.end]) and following.label != turn.label
    }


def _plain_questions(text: str, turns: Sequence[_Turn]) -> set[_Turn]:
    """Paragraphs that are one question each, if there are several, each with a reply."""
    asking = [is_question(text[turn.start : turn.end]) for turn in turns]
    questions = {
        turn
        for turn, asks, following in zip(turns, asking, [*asking[1:], True], strict=False)
        if asks and not following and "\n" not in text[turn.start : turn.end]
    }
    enough = len(questions) >= MIN_QUESTIONS and len(questions) >= MIN_QUESTION_SHARE * len(turns)
    return questions if enough else set()


def _with_exchanges(
    blocks: Sequence[Block], turns: Sequence[_Turn], questions: set[_Turn]
) -> tuple[Block, ...]:
    by_block: dict[int, list[_Turn]] = {}
    for turn in turns:
        by_block.setdefault(turn.block, []).append(turn)
    marked: list[Block] = []
    moved: dict[int, int] = {NO_BLOCK: NO_BLOCK}  # from old indices to new ones
    exchange: dict[int, int] = {}  # the open exchange by the old index of the container around it
    for index, block in enumerate(blocks):
        if is_heading(block):
            exchange.pop(block.parent, None)
        parts = by_block.get(index, [])
        if len(parts) < 2 and not questions.intersection(parts):
            parent = exchange.get(block.parent, moved[block.parent])
            moved[index] = len(marked)
            marked.append(replace(block, parent=parent))
            continue
        for turn in parts:
            if turn in questions:
                exchange[block.parent] = len(marked)
                around = moved[block.parent]
                marked.append(Block("exchange", turn.start, turn.end, 0, around))
            parent = exchange.get(block.parent, moved[block.parent])
            kind = "question" if turn in questions else block.kind
            moved[index] = len(marked)
            marked.append(Block(kind, turn.start, turn.end, block.level, parent))
    return with_ends(marked)
