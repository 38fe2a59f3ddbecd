"""Removes from an answer what relies on removed articles. A plain function of values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bot.answer_records import Answer
from bot.strings import N_, _

SOURCE_REMOVED = N_(
    "A source was removed from the library, so the sentences that relied on it aren't shown."
)


def redact(answer: Answer, gone: Collection[int]) -> Answer | None:
    """The answer without the articles in ``gone``; None if nothing is left.

    A sentence stays as long as one of its sources does. If a cited source is gone, sentences
    without a citation go too, since they may be about it. A note is replaced as well: it may be
    about an article that is not cited. An unanswered question loses what is closest to it in
    ``gone``.
    """
    if not gone:
        return answer
    if not answer.answered:
        nearest = tuple(hit for hit in answer.nearest if hit.passage.article_id not in gone)
        shown = _trim(answer, gone)
        return replace(shown, nearest=nearest, note="")
    note = _(SOURCE_REMOVED)
    trimmed = _trim(answer, gone)
    if len(trimmed.citations) == len(answer.citations):
        return replace(answer, note=note) if answer.note else answer
    return replace(trimmed, note=note) if trimmed.sentences else None


def _trim(answer: Answer, gone: Collection[int]) -> Answer:
    """The answer without the citations of articles in ``gone``, and without what only they back."""
    citations = tuple(c for c in answer.citations if c.article_id not in gone)
    if len(citations) == len(answer.citations):
        return answer
    numbers = {citation.n for citation in citations}
    trimmed = [
        replace(sentence, footnotes=tuple(n for n in sentence.footnotes if n in numbers))
        for sentence in answer.sentences
    ]
    sentences = tuple(sentence for sentence in trimmed if sentence.footnotes)
    return replace(answer, sentences=sentences, citations=citations)
