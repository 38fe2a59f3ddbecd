"""What happens while a question is answered, as typed events that any front end can show."""

from __future__ import annotations

from dataclasses import dataclass

from bot.records import Answer, AnswerSentence, Citation, SearchResult


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The search is done: these passages are being read."""

    findings: SearchResult


@dataclass(frozen=True, slots=True)
class SentenceAdded:
    """One more finished sentence, and the citations that it is the first to need."""

    sentence: AnswerSentence
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Retracted:
    """What was written so far does not stand, shown or not: another way of answering begins."""

    note: str


@dataclass(frozen=True, slots=True)
class Completed:
    """The answer, whole. Always the last event."""

    answer: Answer


Event = Retrieved | SentenceAdded | Retracted | Completed
