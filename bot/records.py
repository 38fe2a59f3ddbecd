"""The product's nouns, as frozen values that every layer passes around.

Knows nothing of databases, models or Discord. All offsets are half-open ranges ``[start, end)`` of
Unicode code points in the stored text of one version, so ``text[start:end]`` is the thing itself.
Times are ISO 8601 strings in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.structure import BlockKind

EXAM_QUESTIONS = 10
EXAM_PASS_MARK = 6  # of them; below that, quotes answer better than the model (4 of 5)
Outcome = Literal["written", "quoted", "fell back", "stopped", "refused", "asked back"]
BULLET = "- "  # the prefix of a sentence that is a list item
SupportStatus = Literal["yes", "other_language"]
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
AnswerMode = Literal["model", "quotes", "library"]  # "library": answered from database rows
SupportCheck = Literal["rules", "model"]  # what checks that sources support the answer
Rating = Literal["helpful", "wrong source", "unsupported"]
DateKind = Literal["published", "updated", "event", "file"]  # what happened on that day
SortOrder = Literal["newest", "oldest", "title", "published", "longest"]  # what is listed first


def superscript(numbers: Iterable[int]) -> str:
    """Footnote numbers as they follow a sentence: ¹ or ¹ ²."""
    return "\u2009".join(str(n).translate(SUPERSCRIPTS) for n in numbers)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a reader may see: one server's library, and the articles of some of its channels.

    ``channels is None`` means all of them (the terminal, the operator). An article without a
    channel belongs to the whole server and is visible in every scope.
    """

    server_id: str
    channels: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Selects articles among those that a scope shows; an empty filter selects all.

    ``since`` and ``until`` are days (YYYY-MM-DD or a prefix), both inclusive. They apply to the
    day of publication or, if that is unknown, to the day when the article was added.
    """

    articles: frozenset[int] | None = None
    title: str = ""  # a part of it
    tag: str = ""
    submitter_id: int | None = None
    since: str = ""
    until: str = ""
    read_before: int | None = None  # by a reader older than this version of it


@dataclass(frozen=True, slots=True)
class Sentence:
    """The unit of citation. ``page`` is where it begins, in a document that has pages.

    ``kind`` is that of the block it stands in; "paragraph" where that is unknown.
    """

    start: int
    end: int
    page: int | None = None
    kind: BlockKind = "paragraph"


PageUnit = Literal["page", "slide", "sheet", "second"]  # what the pages of a document are


@dataclass(frozen=True, slots=True)
class TextMarker:
    """A page (``"14"``) or a heading (its text) that begins at an offset."""

    start: int
    value: str


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of retrieval: neighbouring sentences within a token budget."""

    start: int
    end: int
    sentences: tuple[Sentence, ...]
    tokens: int
    heading: str = ""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Submitter:
    """Who added an article, and where. All empty for the operator's terminal."""

    user_id: int | None = None
    name: str = ""
    channel_id: int | None = None


@dataclass(frozen=True, slots=True)
class SourceMessage:
    """The Discord message that an article was made from. If it is deleted, so is the article.

    Its author may remove the article, even if someone else added it. ``author_id`` is None if it
    is unknown or was erased.
    """

    id: int
    author_id: int | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """An article as lists show it: its newest version and its origin."""

    id: int
    version: int
    title: str
    url: str | None
    author: str | None
    published: str | None
    language: str | None
    source: str
    submitter: Submitter
    added: str
    passages: int
    characters: int
    notes: tuple[str, ...] = ()  # what was dropped, cut or guessed, as sentences
    tags: tuple[str, ...] = ()
    address: str | None = None  # where it was fetched from, and can be refreshed
    message_link: str | None = None  # the link to the bot's own message about it
    message: SourceMessage | None = None
    date_kind: DateKind = "published"
    date_source: str = ""  # where it was read
    reader: int = 0  # the version of the code that read it; 0: an unknown, older one


@dataclass(frozen=True, slots=True)
class VersionStamp:
    """An entry of an article's version history."""

    version: int
    at: str
    hash: str


@dataclass(frozen=True, slots=True)
class Version:
    """One stored text of an article, with the version history."""

    article: Article
    version: int
    text: str
    versions: tuple[VersionStamp, ...]


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with its text and its article, as search returns it."""

    id: int
    article_id: int
    version_id: int
    version: int
    title: str
    url: str | None
    author: str | None
    published: str | None
    submitter: Submitter
    added: str
    position: int
    start: int
    end: int
    page: int | None
    heading: str
    text: str
    sentences: tuple[Sentence, ...]
    packed_tokens: bytes = field(default=b"", repr=False)  # token ids, by ``wordpiece.pack``
    page_unit: PageUnit = "page"
    by_ocr: bool = False  # its letters were recognized in pictures

    def quote(self, sentence: Sentence) -> str:
        """The text of one of this passage's sentences."""
        return self.text[sentence.start - self.start : sentence.end - self.start]

    def page_at(self, offset: int) -> int | None:
        """The page of the sentence at ``offset``: a passage may span pages."""
        pages = [s.page for s in self.sentences if s.start <= offset < s.end]
        return pages[0] if pages and pages[0] is not None else self.page


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage with its scores.

    ``score`` orders the hits. ``bm25`` is 0 if no word matched. ``cosine`` compares the vectors of
    question and passage (-1 … 1). ``best_sentence`` is the one most likely to answer, if
    sentences were scored.
    """

    passage: StoredPassage
    score: float
    bm25: float
    cosine: float
    best_sentence: Sentence | None = None

    @property
    def excerpt(self) -> str:
        """The passage's text from its best sentence on."""
        passage = self.passage
        begin = self.best_sentence.start - passage.start if self.best_sentence else 0
        return f"… {passage.text[begin:]}" if begin else passage.text


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a hit, scored as an answer to the question.

    ``log_odds`` compares its chance to answer with the chance that no sentence does; it is
    computed from ``signals``. A sentence in another language has none: it is scored by cosine
    alone.
    """

    passage: StoredPassage
    sentence: Sentence
    log_odds: float
    signals: Mapping[str, float] = field(default_factory=dict, hash=False)

    @property
    def is_foreign(self) -> bool:
        """Whether its passage is in a different language than the question."""
        return not self.signals

    @property
    def text(self) -> str:
        """The text of the sentence."""
        return self.passage.quote(self.sentence)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits, best first, and the probability that they answer the question (0 … 1).

    ``candidates`` are the sentences that the probability was computed from; empty if the hits come
    from several questions.
    """

    hits: tuple[Hit, ...]
    answer_probability: float
    passages_in_scope: int  # how many the scope shows, for "6 of 214 passages"
    candidates: tuple[Candidate, ...] = ()


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
    figures and names were, because the sources are in ``source_language`` (ISO 639-1).
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


@dataclass(frozen=True, slots=True)
class Seconds:
    """Wall time of a question by stage. ``queued``: the wait for the model's server."""

    search: float = 0.0
    first_token: float | None = None
    total: float = 0.0
    queued: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or a refusal with the ``nearest`` passages.

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
    stopped: bool = False  # a person stopped the model
    # Every article that its text, note or rows depend on: those shown to the model, those cited,
    # the other side of a contradiction. A reader who may not see one may not see the answer.
    article_ids: frozenset[int] = frozenset()
    whole_scope: bool = False  # it counts, lists or chose from everything that its scope shows

    @property
    def outcome(self) -> Outcome:
        """How the question ended."""
        if self.stopped:
            return "stopped"
        if self.fell_back:
            return "fell back"
        if not self.answered:
            return "asked back" if self.clarification else "refused"
        return "written" if self.mode == "model" else "quoted"

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
