"""What may be said without a footnote, because a sentence's surroundings say it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClaimContext:
    """Context besides the cited sentences, whose words need no citation.

    ``question`` is no source: it may be mistaken. ``text_before_sources``: the sentences before the
    cited ones, where their pronouns point. ``previous_sentence``: the sentence of the answer before
    this one. ``source_was_inferred``: code chose the citation, not the model, so words that only
    the question has count against it. ``article``: the cited passages, where a name may stand in
    full; it supports nothing else.
    """

    title: str = ""
    author: str = ""
    published: str | None = None
    question: str = ""
    text_before_sources: str = ""
    previous_sentence: str = ""
    source_was_inferred: bool = False
    article: str = ""

    @property
    def texts(self) -> list[str]:
        return [t for t in (self.title, self.author, self.text_before_sources) if t]
