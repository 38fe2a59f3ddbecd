"""An answer without what rests on articles that are gone: a plain function of values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bot.records import Answer

SOURCE_REMOVED = "A source was removed from the library; what rested on it is not shown."


def redact(answer: Answer, gone: Collection[int]) -> Answer | None:
    """What is left of an answer; None when nothing is.

    A sentence stays while one of its sources does. Where a cited source is gone, so are the
    sentences that cite nothing: they may tell of it. A note may tell of an article that is not
    cited. Of a refusal what came nearest goes.
    """
    if not gone:
        return answer
    if not answer.answered:
        nearest = tuple(hit for hit in answer.nearest if hit.passage.article_id not in gone)
        return replace(answer, nearest=nearest, note="")
    left = tuple(c for c in answer.citations if c.article_id not in gone)
    if len(left) == len(answer.citations):
        return replace(answer, note=SOURCE_REMOVED) if answer.note else answer
    numbers = {citation.n for citation in left}
    kept = [
        replace(sentence, footnotes=tuple(n for n in sentence.footnotes if n in numbers))
        for sentence in answer.sentences
    ]
    sentences = tuple(sentence for sentence in kept if sentence.footnotes)
    if not sentences:
        return None
    return replace(answer, sentences=sentences, citations=left, note=SOURCE_REMOVED)
