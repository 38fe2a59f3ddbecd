"""The nouns of the product, as frozen values that every layer passes around.

Knows nothing of databases, models or Discord. All offsets are half-open ranges
``[start, end)`` of Unicode code points in the stored text of one version, so
``text[start:end]`` is the thing itself. Times are ISO 8601 strings in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

EXAM_QUESTIONS = 10
EXAM_PASS_MARK = 6  # of them; of a model that cites less often, quotes answer better (4 of 5 there)
Outcome = Literal["written", "quoted", "fell back", "stopped", "refused", "asked back"]
BULLET = "- "  # how a sentence begins that is an item of a list
SupportStatus = Literal["yes", "other_language"]
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
AnswerMode = Literal["model", "quotes", "library"]  # who wrote it; of the last: database rows
SupportCheck = Literal["rules", "model"]  # who looks whether sources carry what is written
Rating = Literal["helpful", "wrong source", "unsupported"]
SortOrder = Literal["newest", "oldest", "title", "published", "longest"]  # what comes first


def superscript(numbers: Iterable[int]) -> str:
    """Footnote numbers as they stand behind a sentence: ¹ or ¹ ²."""
    return "\u2009".join(str(n).translate(SUPERSCRIPTS) for n in numbers)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a reader may see: one server's library, and in it which channels' articles.

    ``channels is None`` means all of them (the terminal, the operator). An article
    without a channel was given to the whole server and is seen in every scope.
    """

    server_id: str
    channels: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles somebody wants of those that they may see; the empty one wants all.

    ``since`` and ``until`` are days (YYYY-MM-DD, or the beginning of one) of publication, or of
    handing in where that is not known; both are included.
    """

    articles: frozenset[int] | None = None
    title: str = ""  # a part of it
    tag: str = ""
    submitter_id: int | None = None
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """The unit of citing. ``page``: where it begins, in a document that has pages."""

    start: int
    end: int
    page: int | None = None


@dataclass(frozen=True, slots=True)
class TextMarker:
    """Something that begins at an offset: a page (``"14"``) or a heading (its words)."""

    start: int
    value: str


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of finding: neighbouring sentences within a token budget."""

    start: int
    end: int
    sentences: tuple[Sentence, ...]
    tokens: int
    heading: str = ""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Submitter:
    """Who handed an article in, and where. All empty for the operator's terminal."""

    user_id: int | None = None
    name: str = ""
    channel_id: int | None = None


@dataclass(frozen=True, slots=True)
class SourceMessage:
    """The message of Discord that an article was taken from: it goes with it.

    Its author may remove the article, whoever added it. None: not known, or erased.
    """

    id: int
    author_id: int | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """An article as lists show it: its newest version and where it came from."""

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
    address: str | None = None  # where it was fetched, and can be looked at again
    message_link: str | None = None  # the address of the bot's own card about it
    message: SourceMessage | None = None


@dataclass(frozen=True, slots=True)
class VersionStamp:
    """One line of an article's history."""

    version: int
    at: str
    hash: str


@dataclass(frozen=True, slots=True)
class Version:
    """One stored text of an article, with the article's history."""

    article: Article
    version: int
    text: str
    versions: tuple[VersionStamp, ...]


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with its text and its article: what finding returns and answering reads."""

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
    packed_tokens: bytes = field(
        default=b"", repr=False
    )  # of its words, as store/pieces.py packs them

    def quote(self, sentence: Sentence) -> str:
        """The words of one of this passage's sentences."""
        return self.text[sentence.start - self.start : sentence.end - self.start]

    def page_at(self, offset: int) -> int | None:
        """The page of the sentence at ``offset``: a passage may run over a page's end."""
        pages = [s.page for s in self.sentences if s.start <= offset < s.end]
        return pages[0] if pages and pages[0] is not None else self.page


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, with the signals that found it.

    ``score`` is the blend that orders hits; ``words`` is BM25 (higher is better, 0 when
    no word matched); ``meaning`` is the cosine of question and passage (-1 … 1). ``likeliest`` is
    the sentence that comes nearest to answering, where sentences were judged.
    """

    passage: StoredPassage
    score: float
    bm25: float
    cosine: float
    best_sentence: Sentence | None = None

    @property
    def excerpt(self) -> str:
        """The passage's text from its likeliest sentence on."""
        passage = self.passage
        begin = self.best_sentence.start - passage.start if self.best_sentence else 0
        return f"… {passage.text[begin:]}" if begin else passage.text


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a hit, judged as the answer to the question that found it.

    ``worth`` is the log of its chance to answer, against the chance that nothing does; it comes
    from ``signals``. A passage in another language has none: it is judged by meaning alone.
    """

    passage: StoredPassage
    sentence: Sentence
    log_odds: float
    signals: Mapping[str, float] = field(default_factory=dict, hash=False)

    @property
    def is_foreign(self) -> bool:
        """Whether its passage is in another language than the question."""
        return not self.signals

    @property
    def text(self) -> str:
        """The sentence itself."""
        return self.passage.quote(self.sentence)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search brought: hits, best first, and how likely they answer at all (0 … 1).

    ``candidates`` are the sentences that ``answerable`` was told from; none where the hits were
    not found by one question.
    """

    hits: tuple[Hit, ...]
    answer_probability: float
    passages_in_scope: int  # how many the scope holds, for "reading 6 passages of 214"
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """A footnote. Its lasting identity is (version_id, start, end).

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


@dataclass(frozen=True, slots=True)
class CitedPassage:
    """A footnote opened: the citation, in the passage it stands in."""

    citation: Citation
    heading: str
    text: str
    start: int  # where ``text`` begins in the version
    added: str
    footnote_count: int  # how many footnotes the answer has


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A finished sentence of an answer and the footnotes it carries, in order of the text.

    ``checked``: whether its words were compared with those of its sources, or only its figures and
    names, because the sources are in another language (``source_language``, ISO 639-1).
    """

    text: str
    footnotes: tuple[int, ...]
    paragraph: bool = False  # it opens a new paragraph
    checked: SupportStatus = "yes"
    source_language: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a model call cost."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )


@dataclass(frozen=True, slots=True)
class ModelProfile:
    """What is known of a model at its server; None: not known.

    ``cites`` is how many answers of an exam of ``EXAM_QUESTIONS`` cited what they should, and
    ``examined`` its day (UTC, as ISO writes it). ``reasons_first``: its texts begin with reasoning
    that no tag opens.
    """

    window: int | None = None  # tokens of prompt and answer together, in the model's own count
    reading_tokens_per_s: float | None = None
    writing_tokens_per_s: float | None = None
    cites: int | None = None
    examined: str | None = None
    reasons_first: bool = False

    @property
    def is_weak(self) -> bool:
        """Whether it was examined and failed: then it is spared what is hard."""
        return self.cites is not None and self.cites < EXAM_PASS_MARK


@dataclass(frozen=True, slots=True)
class Seconds:
    """Wall time of a question, by stage. ``queued``: until the model's server had a turn."""

    search: float = 0.0
    first_token: float | None = None
    total: float = 0.0
    queued: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or an honest refusal: then ``nearest`` says what comes closest.

    ``note`` tells the reader what was unusual (a model that failed, an answer cut short); ``id``
    is set once the answer's citations are kept.
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
    cost: int | None = 0  # millionths of the price table's currency; None: no price is known
    standalone_question: str = (
        ""  # the question as it stands alone, where it leaned on earlier ones
    )
    clarification: str = ""  # a question back to the asker, whose own said too little
    unanswered_parts: tuple[str, ...] = ()  # parts of the question that were not found
    fell_back: bool = False  # a model was to write it, and did not
    stopped: bool = False  # somebody ended the model's writing
    # Every article that its text, note or rows rest on: all that a model was shown, what it
    # cites, the other side of a disagreement. Whoever may not see one may not see the answer.
    article_ids: frozenset[int] = frozenset()
    whole_scope: bool = False  # it counts, lists or chose from all that its scope showed

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
        """How many of the sentences have a footnote and were checked against it."""
        return sum(sentence.checked == "yes" for sentence in self.cited_sentences)

    @property
    def cited_sentences(self) -> tuple[AnswerSentence, ...]:
        """The sentences that have a footnote: all but those that say what is left open."""
        return tuple(sentence for sentence in self.sentences if sentence.footnotes)

    def with_id(self, answer_id: int) -> Answer:
        """The same answer, with the id under which its citations are kept."""
        return replace(self, id=answer_id)
