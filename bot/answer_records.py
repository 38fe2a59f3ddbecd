"""What an answer is: its sentences, its citations, and what it took to write it.

Frozen, like the ``records`` that it is made from. Knows nothing of databases, models or Discord.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.records import Hit, PageUnit, Submitter

MILLION = 1_000_000  # a cost is in millionths of the operator's currency
EXAM_QUESTIONS = 10
EXAM_PASS_MARK = 6  # of them; below that, quotes answer better than the model (4 of 5)
Outcome = Literal["written", "quoted", "fell back", "stopped", "refused", "asked back", "about bot"]
AnswerState = Literal["answered", "unsure", "nothing", "asks_back", "about_bot"]
BULLET = "- "  # the prefix of a sentence that is a list item
SupportStatus = Literal["yes", "other_language", "unknown_language"]
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
# "library": answered from database rows; "help": about the bot itself, or mere politeness;
# "summary": by a model if the answer names one, else quoted.
AnswerMode = Literal["model", "quotes", "library", "help", "summary"]
# What such a line is about; the words of the reply are the front end's.
BotTopic = Literal[
    "greeting",
    "thanks",
    "goodbye",
    "acknowledge",
    "praise",
    "complaint",
    "insult",
    "help",
    "identity",
    "chatter",
    "languages",
    "privacy",
    "how_add",
    "how_remove",
    "how_find",
    "how_share",
    "how_ask",
]
SupportCheck = Literal["rules", "model"]  # what checks that sources support the answer
# how a model may search: "auto" is thorough where it passed its exam and reads quickly
SearchMode = Literal["auto", "quick", "thorough"]
Rating = Literal["helpful", "wrong source", "unsupported", "missing", "outdated", "other"]


def superscript(numbers: Iterable[int]) -> str:
    """Footnote numbers as they follow a sentence: ¹ or ¹ ²."""
    return "\u2009".join(str(n).translate(SUPERSCRIPTS) for n in numbers)


@dataclass(frozen=True, slots=True)
class Citation:
    """A footnote. Its permanent identity is (version_id, start, end).

    The quote is cut from the stored text by these offsets.
    """

    n: int
    article_id: int
    version_id: int
    version: int
    title: str
    url: str | None
    page: int | None
    published: str | None
    start: int
    end: int
    quote: str
    submitter: Submitter = field(default_factory=Submitter)
    page_unit: PageUnit = "page"
    by_ocr: bool = False  # its letters were recognized in pictures


@dataclass(frozen=True, slots=True)
class CitedPassage:
    """An opened footnote: the citation and the passage around it."""

    citation: Citation
    heading: str
    text: str
    start: int  # of ``text`` in the version
    added: str
    footnote_count: int  # of the answer


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A finished sentence of an answer with its footnote numbers.

    ``checked``: "yes" if its words were compared with its sources; "other_language" if only its
    figures and names were, because the sources are in ``source_language`` (ISO 639-1, empty if
    unknown); "unknown_language" if both are in that, and no rule knows its words.
    """

    text: str
    footnotes: tuple[int, ...]
    paragraph: bool = False  # it begins a new paragraph
    checked: SupportStatus = "yes"
    source_language: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens that a model call used."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )


def to_money(millionths: int | None) -> float | None:
    """A cost in the operator's currency; None if no price is known."""
    return None if millionths is None else millionths / MILLION


@dataclass(slots=True)
class Spending:
    """What calls have used and cost so far. ``cost`` as in ``Answer``."""

    usage: Usage = Usage()
    cost: int | None = 0

    def add(self, usage: Usage, cost: int | None) -> None:
        """Add one call."""
        self.usage += usage
        self.cost = None if self.cost is None or cost is None else self.cost + cost


@dataclass(frozen=True, slots=True)
class ModelProfile:
    """What is known of a model at its server; None means unknown.

    ``cites``: how many of the ``EXAM_QUESTIONS`` exam answers cited correctly. ``examined``: the
    day of the exam (UTC, YYYY-MM-DD). ``reasons_first``: its output begins with reasoning that has
    no opening tag.
    """

    window: int | None = None  # prompt and answer together, in the model's own tokens
    reading_tokens_per_s: float | None = None
    writing_tokens_per_s: float | None = None
    cites: int | None = None
    examined: str | None = None
    reasons_first: bool = False

    @property
    def is_weak(self) -> bool:
        """Whether it failed its exam, and gets only easy tasks."""
        return self.cites is not None and self.cites < EXAM_PASS_MARK

    @property
    def is_able(self) -> bool:
        """Whether it passed its exam."""
        return self.cites is not None and not self.is_weak


@dataclass(frozen=True, slots=True)
class Seconds:
    """Wall time of a question by stage. ``queued``: the wait for the model's server."""

    search: float = 0.0
    first_token: float | None = None
    total: float = 0.0
    queued: float = 0.0


@dataclass(frozen=True, slots=True)
class NamedArticle:
    """An article by its id and title."""

    id: int
    title: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or a refusal with the ``nearest`` passages.

    If it is not ``answered`` but has sentences, these are the closest ones, which assert nothing.

    ``note`` tells the reader what was unusual (a model that failed, an answer cut short). ``id`` is
    set once the answer is stored.
    """

    question: str
    answered: bool
    mode: AnswerMode
    sentences: tuple[AnswerSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Hit, ...] = ()
    model: str | None = None
    usage: Usage = Usage()
    seconds: Seconds = Seconds()
    note: str = ""
    id: int | None = None
    cost: int | None = 0  # in millionths of the price table's currency; None if no price is known
    standalone_question: str = ""  # the rewritten question, if it was a follow-up
    clarification: str = ""  # a question back to the asker, whose own was too vague
    unanswered_parts: tuple[str, ...] = ()  # the parts that nothing in the library answers
    fell_back: bool = False  # a model should have written it, but failed
    error_reference: str = ""  # of that failure, in the log
    stopped: bool = False  # a person stopped the model
    # Every article that its text, note or rows depend on: those shown to the model, those cited,
    # the other side of a contradiction. A reader who may not see one may not see the answer.
    article_ids: frozenset[int] = frozenset()
    whole_scope: bool = False  # it counts, lists or chose from everything that its scope shows
    within_articles: tuple[NamedArticle, ...] = ()  # its words limited it to these
    choices: tuple[NamedArticle, ...] = ()  # of these, its asker is to say which was meant
    bot_topic: BotTopic | None = None  # of an answer in mode "help"
    language: str = ""  # of the line that it replies to, if it is in mode "help"
    library_is_empty: bool = False  # in mode "help" or a terminal: there is nothing to ask about

    @property
    def state(self) -> AnswerState:
        """Whether the question is answered, and if not, whether something is near."""
        if self.answered:
            return "answered"
        if self.mode == "help":
            return "about_bot"
        if self.clarification:
            return "asks_back"
        return "unsure" if self.sentences else "nothing"

    @property
    def outcome(self) -> Outcome:
        """How the question ended."""
        if self.stopped:
            return "stopped"
        if self.fell_back:
            return "fell back"
        if self.mode == "help":
            return "about bot"
        if not self.answered:
            return "asked back" if self.clarification else "refused"
        return "written" if self.is_written else "quoted"

    @property
    def is_written(self) -> bool:
        """Whether a model wrote its sentences."""
        return self.mode == "model" or (self.mode == "summary" and self.model is not None)

    @property
    def supported_count(self) -> int:
        """How many sentences have a footnote and were checked against its source."""
        return sum(sentence.checked == "yes" for sentence in self.cited_sentences)

    @property
    def cited_sentences(self) -> tuple[AnswerSentence, ...]:
        """The sentences with a footnote: all except those that say what is unanswered."""
        return tuple(sentence for sentence in self.sentences if sentence.footnotes)

    def with_id(self, answer_id: int) -> Answer:
        """The same answer with the id under which it is stored."""
        return replace(self, id=answer_id)
