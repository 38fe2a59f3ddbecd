"""Packs a stored text's sentences into passages: the unit of finding.

Promises: passages and their sentences are in order, trimmed and disjoint, white space only is
left outside; no passage is over its budget of tokens unless it has only one sentence; a heading
begins a passage and every passage knows the heading above it; passages and sentences know the
page they begin on. Counting is handed in; it never sees more than ``PASSAGE_CHARACTERS``. Where
sentences end is decided in ``sentences``. Costs CPU (counting does): large texts are split off
the event loop.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from bot.records import Passage, Sentence, TextMarker
from bot.text.sentences import SENTENCE_CHARACTERS, split_sentences

__all__ = [
    "CHUNKER_VERSION",
    "PASSAGE_TOKENS",
    "SENTENCE_CHARACTERS",
    "mark_at",
    "split_passages",
    "split_sentences",
]

CHUNKER_VERSION = 1  # raise it when the same text gives other borders
PASSAGE_TOKENS = 256  # the design's figure, and what the retrieval figures were measured with
# tiktoken panics on very long runs; 256 tokens of prose are 1,300 characters, so this binds
# only where white space or one letter runs on.
PASSAGE_CHARACTERS = 4_000
MIN_FILL_SHARE = 0.6  # of the budget: from here on a passage would rather end with its paragraph


def split_passages(
    text: str,
    count: Callable[[str], int],
    *,
    headings: Sequence[TextMarker] = (),
    pages: Sequence[TextMarker] = (),
    budget: int = PASSAGE_TOKENS,
) -> list[Passage]:
    """The passages of ``text``, in order. ``headings`` and ``pages`` are sorted by their start.

    No sentence crosses a mark. ``count`` gives the tokens of a text; it is called once for
    each sentence and once or twice for each passage.
    """
    sentences = split_sentences(text, (mark.start for mark in (*headings, *pages)))
    passages: list[Passage] = []
    for section in _sections(sentences, headings):
        costs = _costs(text, section, count)
        first = 0
        while first < len(section):
            stop = _stop(text, section, costs, first, budget)
            stop, tokens = _verified(text, section, first, stop, count, budget)
            passages.append(_passage(section[first:stop], tokens, headings, pages))
            first = stop
    return passages


def mark_at(marks: Sequence[TextMarker], offset: int) -> str | None:
    """The value of the last mark at or before ``offset``; ``marks`` are sorted by their start."""
    above = bisect_right(marks, offset, key=_start)
    return marks[above - 1].value if above else None


def _start(mark: TextMarker) -> int:
    return mark.start


def _sections(
    sentences: list[Sentence], headings: Sequence[TextMarker]
) -> Iterator[list[Sentence]]:
    """The sentences between headings. Headings that follow each other open one section."""
    section: list[Sentence] = []
    has_body = False
    above = 0
    for sentence in sentences:
        now = bisect_right(headings, sentence.start, key=_start)
        if now > above and has_body:
            yield section
            section, has_body = [], False
        section.append(sentence)
        has_body = has_body or now == above
        above = now
    if section:
        yield section


def _costs(text: str, section: list[Sentence], count: Callable[[str], int]) -> list[int]:
    """Tokens of each sentence with the white space before it, as they stand in a passage."""
    ends = [section[0].start, *(sentence.end for sentence in section)]
    return [
        count(text[max(end, sentence.start - SENTENCE_CHARACTERS) : sentence.end])
        for end, sentence in zip(ends, section, strict=False)
    ]


def _stop(text: str, section: list[Sentence], costs: list[int], first: int, budget: int) -> int:
    """Where the passage that begins with sentence ``first`` ends: greedy, then paragraph-wise."""
    stop, total = first + 1, costs[first]
    paragraph = 0
    start = section[first].start
    while stop < len(section) and section[stop].end - start <= PASSAGE_CHARACTERS:
        if total >= MIN_FILL_SHARE * budget and _is_paragraph_border(text, section, stop):
            paragraph = stop
        total += costs[stop]
        if total > budget:
            return paragraph or stop
        stop += 1
    return stop


def _is_paragraph_border(text: str, section: list[Sentence], at: int) -> bool:
    return "\n" in text[section[at - 1].end : section[at].start]


def _verified(
    text: str,
    section: list[Sentence],
    first: int,
    stop: int,
    count: Callable[[str], int],
    budget: int,
) -> tuple[int, int]:
    """Tokens of a joined text are not quite the sum of its parts': the count decides."""
    tokens = count(text[section[first].start : section[stop - 1].end])
    while tokens > budget and stop - first > 1:
        stop -= 1
        tokens = count(text[section[first].start : section[stop - 1].end])
    return stop, tokens


def _passage(
    sentences: list[Sentence],
    tokens: int,
    headings: Sequence[TextMarker],
    pages: Sequence[TextMarker],
) -> Passage:
    start, end = sentences[0].start, sentences[-1].end
    return Passage(
        start=start,
        end=end,
        sentences=tuple(replace(s, page=_page_at(pages, s.start)) for s in sentences),
        tokens=tokens,
        heading=mark_at(headings, start) or "",
        page=_page_at(pages, start),
    )


def _page_at(pages: Sequence[TextMarker], offset: int) -> int | None:
    page = mark_at(pages, offset)
    return int(page) if page and page.isdecimal() else None
