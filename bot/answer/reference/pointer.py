"""What a line says of the articles that it points to, and the words in which it does.

Pure: knows the library only as a list of facts. ``read_pointer`` reads the pointer, ``resolve``
finds the articles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import regex

from bot.answer.question.follow_up import ARTICLES, PREPOSITIONS, VERBS
from bot.answer.reference import words as w
from bot.text.date_ranges import DateRange
from bot.text.folding import fold
from bot.text.question_words import is_question_word
from bot.text.stopwords import FUNCTION_WORDS

WORD = regex.compile(
    r"#\s?\d+|n°\s?\d+|\b(?:qu|[cdjlmnst])['’](?=\p{L})|[\p{L}\p{N}]+(?:['’][\p{L}]+)?",
    regex.IGNORECASE,
)
# What is left of "what does the article say about the price" without "the article".
SAYS_ABOUT = regex.compile(
    r"^\W*(?:what|was|qu[eé]|o que|qu['’]est-ce que?|whats|what's)?\s*(?:does|do|did|it)?\s*"
    r"(?:in|im|en|dans)?\s*(?:the|de[rm]|die|das|el|la|le|l['’])?\s*(?:it\s+)?"
    r"(?:says?|sagt|steht|dice|dit|diz|tell us|mentions?)\s*"
    r"(?:about|on|zu[mr]?|[üu]ber|sobre|acerca de|sur|of|de)?\s*(?=\S)",
    regex.IGNORECASE,
)
SAYS = regex.compile(
    r"\b(?:says?|mentions?|sagt|steht|dice|dit|diz|tells? (?:us|me))\b", regex.IGNORECASE
)
Around = tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class ArticleFacts:
    """What a line may say of an article. ``kind``: None for one that no line asks for."""

    id: int
    title: str
    kind: w.ArticleKind | None = None
    author: str = ""
    added_by: str = ""
    added: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    url: str = ""
    characters: int = 0
    published: str = ""


@dataclass(frozen=True, slots=True)
class Pointer:
    """What a line says of the articles it means. ``rest``: what it asks of them, to search for.

    ``around``: what stands before and after the words that name them; None if they are scattered.
    ``places``: 1 is the first of the list just shown, -1 the last. ``pick`` takes the first ones
    by an order; ``among_shown``: of those just shown ("the older one"). ``head``: the word for
    them. ``is_named``: nothing else is said ("the report").
    """

    ids: tuple[int, ...] = ()
    places: tuple[int, ...] = ()
    pick: str = ""  # "newest", "oldest", "longest"
    count: int = 1
    among_shown: bool = False
    person: str = ""
    kind: frozenset[w.ArticleKind] = frozenset()
    language: str = ""
    days: DateRange | None = None
    topic: str = ""
    is_plural: bool = False
    head: str = ""
    is_named: bool = False
    rest: str = ""
    around: Around = None

    @property
    def says_something(self) -> bool:
        """Whether it says anything by which articles differ."""
        return bool(
            self.pick or self.person or self.kind or self.language or self.days or self.topic
        )


@dataclass(slots=True)
class LineToken:
    """A word of a line. ``used``: it is part of the pointer."""

    text: str
    start: int
    end: int
    word: str = field(init=False)
    used: bool = False

    def __post_init__(self) -> None:
        self.word = fold(self.text.lower()).replace("’", "'").removesuffix("'")  # "l'article"

    @property
    def is_elided(self) -> bool:
        """Whether it is the "l'" of "l'article"."""
        return self.text[-1] in "'’"

    @property
    def is_plain(self) -> bool:
        """Whether it is neither a topic nor a pointer: a function word, a verb, a command."""
        word = self.word.removesuffix("'s")
        return self.is_elided or (
            word in FUNCTION_WORDS | PREPOSITIONS
            or word in VERBS
            or word in w.COMMANDS
            or is_question_word(word)
        )


class Line:
    """The words of one line, and which of them are part of the pointer.

    ``people``: the names of those who added or wrote something.
    """

    def __init__(self, text: str, people: Sequence[str], today: date):
        self.text, self.people, self.today = text, people, today
        self.tokens = [LineToken(m[0], m.start(), m.end()) for m in WORD.finditer(text)]

    def without(self, match: regex.Match[str]) -> str:
        """The line without what a pattern matched."""
        return f"{self.text[: match.start()]} {self.text[match.end() :]}".strip()

    def around(self) -> Around:
        """What stands before and after the pointer and its determiner; None if it is scattered."""
        used = [i for i, token in enumerate(self.tokens) if token.used]
        if not used or any(
            not self.tokens[i].is_plain for i in range(used[0], used[-1]) if i not in used
        ):
            return None
        first = used[0]
        if first and self.tokens[first - 1].word in ARTICLES | w.THIS:
            first -= 1
        return self.text[: self.tokens[first].start], self.text[self.tokens[used[-1]].end :]

    def has_topic_before(self, i: int) -> bool:
        """Whether a word that is neither plain nor a pointer stands before token ``i``."""
        return any(
            not t.is_plain and not t.used and t.word not in w.ORDINALS for t in self.tokens[:i]
        )

    def find_person(self) -> str | None:
        """The longest name of ``people`` that the line has; its words are used.

        A first or last name stands for its person where the line says "by" or "wrote".
        """
        spans = [(len(span), n, span) for n in self.people if (span := self._span_of(_parts(n)))]
        longest = max(spans or self._part_spans(), default=None, key=lambda item: item[0])
        if longest is None:
            return None
        for token in longest[2]:
            token.used = True
        return longest[1]

    def _part_spans(self) -> list[tuple[int, str, list[LineToken]]]:
        owners: dict[str, list[str]] = {}
        for name in self.people:
            for part in set(_parts(name)) - FUNCTION_WORDS:
                owners.setdefault(part, []).append(name)
        spans = ((part, self._span_of([part])) for part, names in owners.items() if len(names) == 1)
        return [(1, owners[part][0], span) for part, span in spans if span and self._is_by(span[0])]

    def _is_by(self, name: LineToken) -> bool:
        """Whether it is the name in "by Ines", "Ines's" or "Ines wrote"."""
        i = self.tokens.index(name)
        before, after = self.tokens[max(0, i - 1) : i], self.tokens[i + 1 : i + 2]
        is_subject = any(token.word in w.ADDED for token in after)
        return is_subject or name.word.endswith("'s") or any(t.word in w.BY for t in before)

    def _span_of(self, parts: Sequence[str]) -> list[LineToken]:
        if not parts:
            return []
        for i in range(len(self.tokens) - len(parts) + 1):
            span = self.tokens[i : i + len(parts)]
            typed = [t.word for t in span]
            typed[-1:] = [typed[-1].removesuffix("'s")]
            if typed == parts or typed == [*parts[:-1], f"{parts[-1]}s"]:
                return span
        return []

    def rest(self) -> str:
        """The line without the words of the pointer; empty if nothing is left to ask."""
        left = [t for t in self.tokens if not t.used]
        if all(t.is_plain or t.word in w.ADDED for t in left):
            return ""
        text, at = "", 0
        for token in self.tokens:
            if token.used:
                text += self.text[at : token.start]
                at = token.end
        return what_is_asked(text + self.text[at:])


def _parts(name: str) -> list[str]:
    """The words of a name, as those of a line."""
    return [LineToken(match[0], *match.span()).word for match in WORD.finditer(name)]


def says_about(text: str) -> bool:
    """Whether a line asks what something says: "what does the report say about the price"."""
    return SAYS.search(text) is not None


def what_is_asked(text: str) -> str:
    """What a line asks of articles, from what is left of it without their names."""
    return SAYS_ABOUT.sub("", " ".join(text.split()).strip(" ,;:"))
