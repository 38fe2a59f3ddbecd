"""What is stored and found: articles, passages, hits. Frozen values that every layer passes around.

Knows nothing of databases, models or Discord. All offsets are half-open ranges ``[start, end)`` of
Unicode code points in the stored text of one version, so ``text[start:end]`` is the thing itself.
Times are ISO 8601 strings in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from bot.structure import BlockKind

DateKind = Literal["published", "updated", "event", "file"]  # what happened on that day
SortOrder = Literal["newest", "oldest", "title", "published", "longest"]  # what is listed first


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


class CitableRange(NamedTuple):
    """A block that a sentence must be read with, in the passage that holds it (or its beginning).

    ``kind`` is as in ``bot.structure.ContextRange``.
    """

    kind: BlockKind
    passage: StoredPassage
    start: int
    end: int

    @property
    def text(self) -> str:
        """The block's text."""
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]


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
        """The passage's text from its best sentence on, without headings at its start."""
        passage = self.passage
        statements = [s for s in passage.sentences if s.kind != "heading"] or passage.sentences
        first = statements[0].start - passage.start if statements else 0
        begin = self.best_sentence.start - passage.start if self.best_sentence else first
        return f"… {passage.text[begin:]}" if begin > first else passage.text[begin:]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a hit, scored as an answer to the question.

    ``log_odds`` compares its chance to answer with the chance that no sentence does; it is
    computed from ``signals``. ``context`` is what the sentence must be read with.
    """

    passage: StoredPassage
    sentence: Sentence
    log_odds: float
    signals: Mapping[str, float] = field(default_factory=dict, hash=False)
    is_foreign: bool = False  # its passage is in a different language than the question
    context: tuple[CitableRange, ...] = ()

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
