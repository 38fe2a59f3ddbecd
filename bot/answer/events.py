"""What happens while a question is answered, as typed events that any front end can show.

In order: ``Found``; then, while a model is waited for, ``Queued`` and one ``Preliminary`` at most;
``Said`` sentence by sentence; ``Finished``. What a model has said is never taken back:
``Preliminary`` and ``Withdrawn`` come before its first sentence, or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.records import Answer, AnswerSentence, Citation, Hit, SearchResult


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The search is done: these passages are being read."""

    findings: SearchResult


@dataclass(frozen=True, slots=True)
class Queued:
    """The model's server is busy with as many questions ``before`` this one; 0: its turn."""

    ahead: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What the sources say, while the model keeps one waiting. No answer: it has no footnotes,
    is not kept, and gives way to what comes next. Without quotes, the ``nearest`` passages."""

    sentences: tuple[AnswerSentence, ...]
    nearest: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class SentenceAdded:
    """One more finished sentence, and the citations that it is the first to need."""

    sentence: AnswerSentence
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Retracted:
    """What the model wrote does not stand, and none of it was said: quotes take its place."""

    note: str


@dataclass(frozen=True, slots=True)
class Completed:
    """The answer, whole. Always the last event."""

    answer: Answer


Event = Retrieved | Queued | Preview | SentenceAdded | Retracted | Completed
