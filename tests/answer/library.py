"""Passages as search returns them, built from their sentences."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.answer.writing.citation_markers import FindSentence, Marker, MarkerReader
from bot.records import Candidate, Hit, Sentence, StoredPassage, Submitter
from bot.search.retrieve import judge_sentences


def passage(
    number: int,
    sentences: Sequence[str],
    *,
    title: str = "Bridges",
    author: str | None = None,
    published: str | None = None,
    heading: str = "",
    start: int = 0,
) -> StoredPassage:
    """Passage ``number`` of an article of the same number; it begins at ``start``."""
    ranges: list[Sentence] = []
    at = start
    for sentence in sentences:
        ranges.append(Sentence(at, at + len(sentence)))
        at += len(sentence) + 1
    return StoredPassage(
        id=number,
        article_id=number,
        version_id=number,
        version=1,
        title=title,
        url=None,
        author=author,
        published=published,
        submitter=Submitter(),
        added="2026-01-01T00:00:00Z",
        position=0,
        start=start,
        end=max(start, at - 1),
        page=None,
        heading=heading,
        text=" ".join(sentences),
        sentences=tuple(ranges),
    )


def hits(*passages: StoredPassage) -> tuple[Hit, ...]:
    """The passages in the order of their rank."""
    return tuple(Hit(found, 1 / rank, 1.0, 0.5) for rank, found in enumerate(passages, 1))


PASSAGES = tuple(
    passage(n, [f"Passage {n} sentence {i}." for i in range(1, 6)], start=100 * n)
    for n in range(1, 4)
)


def _find(number: int, sentence: int) -> tuple[StoredPassage, Sentence] | None:
    if 1 <= number <= 3 and 1 <= sentence <= 5:
        return PASSAGES[number - 1], PASSAGES[number - 1].sentences[sentence - 1]
    return None


def find_markers(text: str) -> list[Marker]:
    """The marks of a text that are marks whatever the prompt."""
    return MarkerReader(lambda number, sentence: None).find_markers(text)


FIND: FindSentence = _find
"""Three passages of five sentences each."""


def judge(question: str, ranked_hits: Sequence[Hit]) -> tuple[Candidate, ...]:
    """The sentences that may answer, scored as for a question without an embedder."""
    return asyncio.run(judge_sentences(question, ranked_hits))
