"""An answer while it grows, whoever writes it: what is said, what waits, and the note.

Knows nothing of prompts, servers and searches.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.answer.contradictions import find_contradicting_spans
from bot.answer.events import Event, SentenceAdded
from bot.answer.writing.citations import CitationNumbers, DraftSentence
from bot.llm import Chunk
from bot.records import Answer, AnswerMode, AnswerSentence, SearchResult, Seconds

CLOSEST_SHOWN = 3


@dataclass(slots=True)
class AnswerDraft:
    """What is known of an answer while it grows."""

    question: str
    standalone_question: str = ""  # as it stands alone
    unanswered_parts: tuple[str, ...] = ()
    began: float = field(default_factory=time.perf_counter)
    search_s: float = 0.0
    queued_s: float = 0.0
    first_token_s: float | None = None
    for_model: bool = False  # a model is to write it
    stopped: bool = False
    note: str = ""
    footnotes: CitationNumbers = field(default_factory=CitationNumbers)
    sentences: list[AnswerSentence] = field(default_factory=list)  # said
    pending: list[DraftSentence] = field(default_factory=list)  # not said: nothing is cited yet
    extra_article_ids: set[int] = field(
        default_factory=set
    )  # articles, beside those that are cited
    shown_article_ids: set[int] = field(default_factory=set)  # articles that the model was shown
    whole_scope: bool = False

    def take(self, chunk: Chunk) -> None:
        """Notes when the first words came."""
        if chunk.text and self.first_token_s is None:
            self.first_token_s = time.perf_counter() - self.began

    def add_sentences(
        self, sentences: Sequence[DraftSentence], *, uncited: bool = False
    ) -> list[Event]:
        """The events of new sentences. Uncited ones wait for one that is cited, if they must."""
        events: list[Event] = []
        self.pending += sentences
        while self.pending and (uncited or self.sentences or any(s.spans for s in self.pending)):
            told = len(self.footnotes.citations)
            sentence = self.footnotes.number(self.pending.pop(0))
            events.append(SentenceAdded(sentence, tuple(self.footnotes.citations[told:])))
            self.sentences.append(sentence)
        return events

    def article_ids(self) -> frozenset[int]:
        """All that it rests on."""
        cited = {citation.article_id for citation in self.footnotes.citations}
        return frozenset(cited | self.extra_article_ids | self.shown_article_ids)

    def seconds(self) -> Seconds:
        total_s = time.perf_counter() - self.began
        return Seconds(self.search_s, self.first_token_s, total_s, self.queued_s)


def build_answer(
    draft: AnswerDraft, mode: AnswerMode, findings: SearchResult, model: str | None = None
) -> Answer:
    """The draft as it is now: an answer if it says anything, else an abstention."""
    return Answer(
        question=draft.question,
        answered=bool(draft.sentences),
        mode=mode,
        sentences=tuple(draft.sentences),
        citations=tuple(draft.footnotes.citations),
        nearest=findings.hits[:CLOSEST_SHOWN],
        model=model,
        seconds=draft.seconds(),
        note=draft.note,
        standalone_question=draft.standalone_question
        if draft.standalone_question != draft.question
        else "",
        unanswered_parts=draft.unanswered_parts,
        fell_back=draft.for_model and model is None and not draft.stopped,
        stopped=draft.stopped,
        article_ids=draft.article_ids(),
        whole_scope=draft.whole_scope,
    )


async def add_contradictions(draft: AnswerDraft, findings: SearchResult) -> list[DraftSentence]:
    """What other articles have instead of what was cited; the note tells both sides."""
    found = await asyncio.to_thread(find_contradicting_spans, draft.footnotes.spans, findings.hits)
    draft.extra_article_ids |= {cited.passage.article_id for _, cited in found}
    draft.note = " ".join(filter(None, [draft.note, *dict.fromkeys(d.note for d, _ in found)]))
    ranges = dict.fromkeys(cited for _, cited in found if cited not in draft.footnotes.spans)
    return [DraftSentence(cited.quote, (cited,), paragraph=True) for cited in ranges]
