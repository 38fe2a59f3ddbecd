"""Packs a stored text's sentences into passages, the unit of retrieval.

Promises: passages and their sentences are in order, trimmed and disjoint, with only white space
between them; no passage exceeds its token budget unless it is a single sentence; a heading begins
a passage and every passage knows its path of headings; passages and sentences know the page they
begin on. Where the blocks of the text are known, no sentence crosses a border of one, each knows
its kind, and a heading, a question, a byline or a row of a table is one sentence.

The token counter is a parameter; it never sees more than ``PASSAGE_CHARACTERS``. Where sentences
end is decided in ``sentences``. Costs CPU (for counting): chunk large texts outside the event loop.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from bot.records import Passage, Sentence, TextMarker
from bot.structure import HEADING_SEPARATOR, Block, Structure, is_heading
from bot.text.sentences import SENTENCE_CHARACTERS, split_sentences

__all__ = [
    "CHUNKER_VERSION",
    "PASSAGE_TOKENS",
    "SENTENCE_CHARACTERS",
    "mark_at",
    "split_passages",
    "split_sentences",
]

CHUNKER_VERSION = 2  # raise it when the same text gives other boundaries
PASSAGE_TOKENS = 256  # the design's figure, and what the retrieval figures were measured with
# tiktoken panics on very long runs; 256 tokens of prose are 1,300 characters, so this binds
# only where white space or one letter runs on.
PASSAGE_CHARACTERS = 4_000
PATH_CHARACTERS = 300  # of the headings of a passage; outer ones are left out first
WHOLE_KINDS = frozenset(("heading", "question", "byline", "table_header", "table_row"))
MIN_FILL_SHARE = 0.6  # of the budget: from here on a passage would rather end with its paragraph


def split_passages(
    text: str,
    count: Callable[[str], int],
    *,
    headings: Sequence[TextMarker] = (),
    pages: Sequence[TextMarker] = (),
    blocks: Sequence[Block] = (),
    budget: int = PASSAGE_TOKENS,
) -> list[Passage]:
    """The passages of ``text``, in order. Marks and blocks are sorted by their start.

    No sentence crosses a mark or a border of a block. ``count`` gives the tokens of a text; it is
    called once for each sentence and once or twice for each passage. Without ``blocks`` a passage
    knows only the last heading above it.
    """
    structure = Structure(blocks)
    sentences = _sentences(text, [mark.start for mark in (*headings, *pages)], structure)
    passages: list[Passage] = []
    for section in _sections(sentences, headings):
        token_counts = _token_counts(text, section, count)
        first = 0
        while first < len(section):
            stop = _passage_end(text, section, token_counts, first, budget)
            stop, tokens = _fit_budget(text, section, first, stop, count, budget)
            part = section[first:stop]
            heading = _path(text, part, structure) if blocks else mark_at(headings, part[0].start)
            passages.append(_passage(part, tokens, heading or "", pages))
            first = stop
    return passages


def _sentences(text: str, cuts: list[int], structure: Structure) -> list[Sentence]:
    """The sentences of the text; those of a heading or a row joined into one."""
    borders = [edge for block in structure.blocks for edge in (block.start, block.end)]
    sentences: list[Sentence] = []
    whole = -1  # the block of the last sentence, if that is to be one sentence
    for sentence in split_sentences(text, [*cuts, *borders]):
        index = structure.at(sentence.start)
        if index >= 0 and index == whole:
            sentences[-1] = replace(sentences[-1], end=sentence.end)
            continue
        kind = structure.blocks[index].kind if index >= 0 else "paragraph"
        sentences.append(replace(sentence, kind=kind))
        whole = index if kind in WHOLE_KINDS and _is_short(structure.blocks[index]) else -1
    return sentences


def _is_short(block: Block) -> bool:
    return block.end - block.start <= SENTENCE_CHARACTERS


def _path(text: str, sentences: list[Sentence], structure: Structure) -> str:
    """The headings above a passage's first text, outermost first."""
    body = next((s for s in sentences if s.kind != "heading"), sentences[-1])
    values = [" ".join(text[b.start : b.end].split()) for b in structure.headings_of(body.start)]
    own = structure.at(body.start)
    if own >= 0 and is_heading(structure.blocks[own]):
        values.append(text[body.start : body.end])
    while len(values) > 1 and len(HEADING_SEPARATOR.join(values)) > PATH_CHARACTERS:
        del values[0]
    return HEADING_SEPARATOR.join(values)[:PATH_CHARACTERS]


def mark_at(marks: Sequence[TextMarker], offset: int) -> str | None:
    """The value of the last mark at or before ``offset``; ``marks`` are sorted by their start."""
    position = bisect_right(marks, offset, key=_start)
    return marks[position - 1].value if position else None


def _start(mark: TextMarker) -> int:
    return mark.start


def _sections(
    sentences: list[Sentence], headings: Sequence[TextMarker]
) -> Iterator[list[Sentence]]:
    """The sentences between headings. Headings that follow each other open one section."""
    section: list[Sentence] = []
    has_body = False
    position = 0
    for sentence in sentences:
        now = bisect_right(headings, sentence.start, key=_start)
        if now > position and has_body:
            yield section
            section, has_body = [], False
        section.append(sentence)
        has_body = has_body or now == position
        position = now
    if section:
        yield section


def _token_counts(text: str, section: list[Sentence], count: Callable[[str], int]) -> list[int]:
    """Tokens of each sentence with the white space before it, as they stand in a passage."""
    ends = [section[0].start, *(sentence.end for sentence in section)]
    return [
        count(text[max(end, sentence.start - SENTENCE_CHARACTERS) : sentence.end])
        for end, sentence in zip(ends, section, strict=False)
    ]


def _passage_end(
    text: str, section: list[Sentence], token_counts: list[int], first: int, budget: int
) -> int:
    """The end of the passage that begins at sentence ``first``: at the budget, or, once the
    passage is full enough, at the last paragraph break before that.
    """
    stop, total = first + 1, token_counts[first]
    paragraph = 0
    start = section[first].start
    while stop < len(section) and section[stop].end - start <= PASSAGE_CHARACTERS:
        if total >= MIN_FILL_SHARE * budget and _is_paragraph_border(text, section, stop):
            paragraph = stop
        total += token_counts[stop]
        if total > budget:
            return paragraph or stop
        stop += 1
    return stop


def _is_paragraph_border(text: str, section: list[Sentence], at: int) -> bool:
    return "\n" in text[section[at - 1].end : section[at].start]


def _fit_budget(
    text: str,
    section: list[Sentence],
    first: int,
    stop: int,
    count: Callable[[str], int],
    budget: int,
) -> tuple[int, int]:
    """Shrink a passage to its budget: the tokens of a text are not quite the sum of its parts'."""
    tokens = count(text[section[first].start : section[stop - 1].end])
    while tokens > budget and stop - first > 1:
        stop -= 1
        tokens = count(text[section[first].start : section[stop - 1].end])
    return stop, tokens


def _passage(
    sentences: list[Sentence], tokens: int, heading: str, pages: Sequence[TextMarker]
) -> Passage:
    start, end = sentences[0].start, sentences[-1].end
    return Passage(
        start=start,
        end=end,
        sentences=tuple(replace(s, page=_page_at(pages, s.start)) for s in sentences),
        tokens=tokens,
        heading=heading,
        page=_page_at(pages, start),
    )


def _page_at(pages: Sequence[TextMarker], offset: int) -> int | None:
    page = mark_at(pages, offset)
    return int(page) if page and page.isdecimal() else None
