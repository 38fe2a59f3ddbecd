"""An answer while it is being written, by a model or from quotes.

Knows nothing of prompts, servers and searches.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.answer.asked_subject import AskedSubject
from bot.answer.events import Event, SentenceAdded
from bot.answer.extractive import is_near
from bot.answer_records import Answer, AnswerMode, AnswerSentence, NamedArticle, Seconds
from bot.citations import CitationNumbers, CitedSpan, DraftSentence
from bot.errors import BudgetSpent, ModelError
from bot.llm import Chunk
from bot.logs import log_failure
from bot.records import Hit, SearchResult
from bot.search.judging_pool import judge
from bot.search.sentence_context import may_answer
from bot.verify.contradictions import find_contradicting_spans

log = logging.getLogger(__name__)

CLOSEST_SHOWN = 3


@dataclass(slots=True)
class AnswerDraft:
    """Collects the parts of one answer."""

    question: str
    standalone_question: str = ""
    spelling_note: str = ""  # a wrong letter was forgiven: the answer is unsure at best
    prompt_question: str = ""  # if a model is asked something else: "…, shorter"
    unanswered_parts: tuple[str, ...] = ()
    began: float = field(default_factory=time.perf_counter)
    search_s: float = 0.0
    queued_s: float = 0.0
    first_token_s: float | None = None
    uses_model: bool = False  # a model is asked to write it
    stopped: bool = False
    error_reference: str = ""
    note: str = ""
    footnotes: CitationNumbers = field(default_factory=CitationNumbers)
    sentences: list[AnswerSentence] = field(default_factory=list)  # shown already
    pending: list[DraftSentence] = field(default_factory=list)  # held until one cites the subject
    subject: AskedSubject | None = None  # what a model's answer must be about
    unjudged: list[DraftSentence] = field(default_factory=list)  # stopped before a second opinion
    extra_article_ids: set[int] = field(default_factory=set)  # used without being cited
    shown_article_ids: set[int] = field(default_factory=set)  # shown to the model
    whole_scope: bool = False
    within_articles: tuple[NamedArticle, ...] = ()  # the question's words limit it to these
    is_summary: bool = False
    max_sentences: int | None = None  # what comes after is dropped

    def record_chunk(self, chunk: Chunk) -> None:
        """Note the time of the first text."""
        if chunk.text and self.first_token_s is None:
            self.first_token_s = time.perf_counter() - self.began

    def record_failure(self, error: ModelError) -> None:
        """Log that the model failed; not that a limit was reached, which the note says."""
        if not isinstance(error, BudgetSpent):
            self.error_reference = log_failure(log, error, during="writing an answer")

    def add_sentences(
        self, sentences: Sequence[DraftSentence], *, uncited: bool = False
    ) -> list[Event]:
        """Add sentences and return their events.

        Sentences are held back until one of them cites something, and all that they cite says what
        the question names, unless ``uncited``. Of an answer to several questions, those are left
        out that cite only what names the subject of none.
        """
        events: list[Event] = []
        self.pending += sentences
        if self.is_full:
            self.pending.clear()
        while self.pending and (uncited or self.sentences or self._may_begin):
            if self.subject and self.subject.is_of_none(self.pending[0]):
                self.pending.pop(0)
                continue
            n_before = len(self.footnotes.citations)
            sentence = self.footnotes.number(self.pending.pop(0))
            events.append(SentenceAdded(sentence, tuple(self.footnotes.citations[n_before:])))
            self.sentences.append(sentence)
            if self.is_full:
                self.pending.clear()
        return events

    @property
    def _may_begin(self) -> bool:
        return self._cites and not self.unsaid

    @property
    def _cites(self) -> bool:
        return any(sentence.spans for sentence in self.pending)

    @property
    def unsaid(self) -> tuple[str, ...]:
        """What the question names, and what is held back doesn't; nothing if it cites nothing."""
        return self.subject.missing_names(self.pending) if self.subject and self._cites else ()

    @property
    def unsaid_parts(self) -> tuple[str, ...]:
        """The parts of the question that name what the sentences and their articles don't."""
        text = " ".join(sentence.text for sentence in self.sentences)
        cited = {citation.article_id for citation in self.footnotes.citations}
        return self.subject.unsaid_parts(cited, text) if self.subject and self.sentences else ()

    @property
    def is_full(self) -> bool:
        """Whether it has as many sentences as were asked for."""
        return self.max_sentences is not None and len(self.sentences) >= self.max_sentences

    def article_ids(self) -> frozenset[int]:
        """All articles that the answer depends on."""
        cited = {citation.article_id for citation in self.footnotes.citations}
        return frozenset(cited | self.extra_article_ids | self.shown_article_ids)

    def seconds(self) -> Seconds:
        total_s = time.perf_counter() - self.began
        return Seconds(self.search_s, self.first_token_s, total_s, self.queued_s)


def build_answer(
    draft: AnswerDraft,
    mode: AnswerMode,
    findings: SearchResult,
    model: str | None = None,
    *,
    unsure: bool = False,
) -> Answer:
    """The answer as drafted so far; without sentences, or ``unsure``, an abstention."""
    is_rewritten = draft.standalone_question != draft.question
    return Answer(
        question=draft.question,
        answered=bool(draft.sentences) and not unsure,
        mode="summary" if draft.is_summary else mode,
        sentences=tuple(draft.sentences),
        citations=tuple(draft.footnotes.citations),
        nearest=_nearest(draft, findings, unsure=unsure),
        model=model,
        seconds=draft.seconds(),
        note=" ".join(filter(None, (draft.spelling_note, draft.note))),
        standalone_question=draft.standalone_question if is_rewritten else "",
        unanswered_parts=draft.unanswered_parts,
        fell_back=draft.uses_model and model is None and not draft.stopped,
        stopped=draft.stopped,
        error_reference=draft.error_reference,
        article_ids=draft.article_ids(),
        whole_scope=draft.whole_scope,
        within_articles=draft.within_articles,
    )


def _nearest(draft: AnswerDraft, findings: SearchResult, *, unsure: bool) -> tuple[Hit, ...]:
    """The closest passages; with the closest sentences, those of their articles."""
    if not is_near(findings):
        return ()
    cited = {citation.article_id for citation in draft.footnotes.citations}
    near = [hit for hit in findings.hits if not unsure or hit.passage.article_id in cited]
    return tuple(near[:CLOSEST_SHOWN])


async def add_contradictions(draft: AnswerDraft, findings: SearchResult) -> list[DraftSentence]:
    """Sentences of other articles that contradict what the draft cites.

    Adds a note with both sides to the draft, but not the sentences.
    """
    spans = [span for span in draft.footnotes.spans if _asserts(span)]
    question = draft.standalone_question or draft.question
    pairs = await judge(find_contradicting_spans, question, spans, findings.hits)
    draft.extra_article_ids |= {span.passage.article_id for _, span in pairs}
    notes = dict.fromkeys(contradiction.note for contradiction, _ in pairs)
    draft.note = " ".join(filter(None, [draft.note, *notes]))
    uncited = dict.fromkeys(span for _, span in pairs if span not in spans)
    return [DraftSentence(span.quote, (span,), paragraph=True) for span in uncited]


def _asserts(span: CitedSpan) -> bool:
    """Whether it is no question, heading or header that another quote is read with."""
    starting = (s for s in span.passage.sentences if s.start == span.start)
    return all(may_answer(sentence, span.quote) for sentence in starting)
