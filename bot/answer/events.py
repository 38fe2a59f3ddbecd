"""What happens while a question is answered, as typed events for any front end.

A line about the bot itself has ``Completed`` alone. Otherwise the order: ``Retrieved``; while a
model is waited for, ``Queued``, ``Searching`` and again ``Retrieved``, at most one ``Preview`` and
one ``Checking``; ``SentenceAdded`` for each sentence; ``Completed``. A sentence that was added is
never withdrawn: what else there is comes before the model's first sentence, as ``Retracted`` does.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.answer_records import Answer, AnswerSentence, Citation
from bot.records import Hit, SearchResult


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The search is done, and these passages are being read."""

    findings: SearchResult


@dataclass(frozen=True, slots=True)
class Queued:
    """``ahead`` questions are served by the model before this one; 0: it is this one's turn."""

    ahead: int


@dataclass(frozen=True, slots=True)
class Preview:
    """Quotes to show while the model is slow; without quotes, the ``nearest`` passages.

    Not an answer: it has no footnotes, is not stored, and is replaced by whatever comes next.
    """

    sentences: tuple[AnswerSentence, ...]
    nearest: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class Searching:
    """The model has these words looked for. It wrote them itself: escape them where needed."""

    searches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checking:
    """The text is written, and a second opinion is asked about its ``sentences``, so many."""

    sentences: int


@dataclass(frozen=True, slots=True)
class SentenceAdded:
    """One more finished sentence, and the citations that appear in it for the first time."""

    sentence: AnswerSentence
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Retracted:
    """The model's text was rejected before any of it was shown; quotes replace it."""

    note: str


@dataclass(frozen=True, slots=True)
class Completed:
    """The whole answer. Always the last event."""

    answer: Answer


Event = Retrieved | Queued | Searching | Preview | Checking | SentenceAdded | Retracted | Completed
