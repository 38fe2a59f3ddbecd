"""Reads what a line says of the articles that it points to.

Pure: knows the library only as a list of ``ArticleFacts`` facts, and nothing of how a question is
answered. ``resolve`` finds the articles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import regex

from bot.answer.question.follow_up import VERBS
from bot.answer.reference import words as w
from bot.text.date_ranges import DateRange, parse_date_ranges
from bot.text.folding import fold
from bot.text.question_words import is_question_word
from bot.text.stopwords import FUNCTION_WORDS

WORD = regex.compile(r"#\s?\d+|n°\s?\d+|[\p{L}\p{N}]+(?:['’][\p{L}]+)?", regex.IGNORECASE)
# What is left of "what does the article say about the price" without "the article".
SAYS_ABOUT = regex.compile(
    r"^\W*(?:what|was|qu[eé]|o que|qu['’]est-ce que?|whats|what's)?\s*(?:does|do|did|it)?\s*"
    r"(?:in|im|en|dans)?\s*(?:the|de[rm]|die|das|el|la|le|l['’])?\s*(?:it\s+)?"
    r"(?:says?|sagt|steht|dice|dit|diz|tell us|mentions?)\s*"
    r"(?:about|on|zu[mr]?|[üu]ber|sobre|acerca de|sur|of|de)?\s*(?=\S)",
    regex.IGNORECASE,
)
NUMBER = regex.compile(r"\d{1,9}")
MAX_TOPIC_WORDS = 5
COMPOUND_ENDINGS = ("artikel", "bericht", "studie", "dokument", "text")


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


@dataclass(frozen=True, slots=True)
class Pointer:
    """What a line says of the articles it means. ``rest``: the line without these words.

    ``places``: 1 is the first of the list just shown, -1 the last. ``pick`` takes the first ones
    by an order. ``is_sure``: it names articles as such, so that none matching is worth saying.
    """

    ids: tuple[int, ...] = ()
    places: tuple[int, ...] = ()
    pick: str = ""  # "newest", "oldest", "longest"
    count: int = 1
    person: str = ""
    kind: frozenset[w.ArticleKind] = frozenset()
    language: str = ""
    days: DateRange | None = None
    topic: str = ""
    is_plural: bool = False
    is_this: bool = False
    is_other: bool = False
    is_sure: bool = True
    rest: str = ""

    @property
    def says_something(self) -> bool:
        """Whether it says anything by which articles differ."""
        return bool(
            self.pick or self.person or self.kind or self.language or self.days or self.topic
        )


@dataclass(slots=True)
class _Token:
    text: str
    start: int
    end: int
    word: str = field(init=False)
    used: bool = False

    def __post_init__(self) -> None:
        self.word = fold(self.text.lower()).replace("’", "'")

    @property
    def is_plain(self) -> bool:
        """Whether it is neither a topic nor a pointer: a function word, a verb, a command."""
        word = self.word.removesuffix("'s")
        return (
            word in FUNCTION_WORDS or word in VERBS or word in w.COMMANDS or is_question_word(word)
        )


def read_pointer(line: str, people: Sequence[str], today: date) -> Pointer | None:
    """What ``line`` says of the articles it points to; None if it points to none.

    ``people``: the names of those who added or wrote something.
    """
    dated = line
    for pattern, english in w.DAY_PATTERNS:
        dated = pattern.sub(english, dated)
    return _Reader(dated, people, today).read()


class _Reader:
    """The words of one line, and which of them are part of the pointer."""

    def __init__(self, line: str, people: Sequence[str], today: date):
        self.line, self.people, self.today = line, people, today
        self.tokens = [_Token(m[0], m.start(), m.end()) for m in WORD.finditer(line)]

    def read(self) -> Pointer | None:
        return self._numbers() or self._unspaced() or self._places() or self._described()

    # --- numbers -------------------------------------------------------------------------------

    def _numbers(self) -> Pointer | None:
        """ "#5", "article 5", "articles 3 and 5", "no. 16"; "compare 4 and 12"."""
        ids: list[int] = []
        commanded = bool(self.tokens) and all(
            t.is_plain or NUMBER.fullmatch(t.word) or t.word in w.NUMBERED for t in self.tokens
        )
        has_command = any(
            t.word in w.COMMANDS and t.word not in FUNCTION_WORDS for t in self.tokens
        )
        naming = False
        for i, token in enumerate(self.tokens):
            digits = NUMBER.search(token.word)
            marked = token.word[0] in "#" or token.word.startswith("n°")
            if marked and digits:
                ids.append(int(digits[0]))
                token.used = naming = True
            elif token.word in w.NUMBERED:
                after = self.tokens[i + 1] if i + 1 < len(self.tokens) else None
                naming = after is not None and bool(NUMBER.fullmatch(after.word))
                token.used = naming
            elif self._counts_sentences(i):
                continue
            elif NUMBER.fullmatch(token.word) and (naming or (commanded and has_command)):
                ids.append(int(token.word))
                token.used = True
                if self._is_of_something(i):
                    return None
            elif token.word not in (
                "and",
                "und",
                "et",
                "y",
                "e",
                "и",
                "with",
                "mit",
                "con",
                "avec",
            ):
                naming = False
        return Pointer(tuple(ids), is_plural=len(ids) > 1, rest=self._rest()) if ids else None

    def _counts_sentences(self, i: int) -> bool:
        """Whether it is the number of "in 3 sentences"."""
        after = self.tokens[i + 1].word if i + 1 < len(self.tokens) else ""
        return bool(NUMBER.fullmatch(self.tokens[i].word)) and after in w.SENTENCES

    def _is_of_something(self, i: int) -> bool:
        """Whether the number is followed by "of the treaty", "du règlement", "of chapter"."""
        after = self.tokens[i + 1 : i + 3]
        return len(after) == 2 and after[0].word in w.OF

    def _unspaced(self) -> Pointer | None:
        if match := w.UNSPACED_NUMBER.search(self.line):
            return Pointer((int(match[1] or match[2]),), rest=self._without(match))
        if match := w.UNSPACED_ORDINAL.search(self.line):
            place = int(match[1]) if match[1] else w.CHINESE_DIGITS.index(match[2]) + 1
            return Pointer(places=(place,), rest=self._without(match))
        if match := w.UNSPACED_BOTH.search(self.line):
            return Pointer(places=(1, 2), is_plural=True, rest=self._without(match))
        for pattern, pick in ((w.UNSPACED_NEWEST, "newest"), (w.UNSPACED_OLDEST, "oldest")):
            if (match := pattern.search(self.line)) and regex.search("記事|文章|篇", self.line):
                return Pointer(pick=pick, rest=self._without(match))
        return None

    def _without(self, match: regex.Match[str]) -> str:
        return f"{self.line[: match.start()]} {self.line[match.end() :]}".strip()

    # --- places in a list ------------------------------------------------------------------------

    def _places(self) -> Pointer | None:
        """ "The second one", "first and third", "both", "all of them": of the list just shown."""
        if self._find_person() is not None or parse_date_ranges(self.line, self.today):
            return None
        places: list[int] = []
        for i, token in enumerate(self.tokens):
            if token.word in w.ORDINALS and self._stands_alone(i) and not self._counts(i):
                places.append(w.ORDINALS[token.word])
                token.used = True
        if places:
            self._use_heads()
            return Pointer(places=tuple(places), is_plural=len(places) > 1, rest=self._rest())
        both = [i for i, t in enumerate(self.tokens) if t.word in w.BOTH or self._is_both(i)]
        if both and self._stands_alone(both[0]) and not self._topic_before(both[0]):
            self.tokens[both[0]].used = True
            return Pointer(places=(1, 2), is_plural=True, rest=self._rest())
        if match := regex.search(r"\ball of (?:them|these)\b|\balle davon\b", self.line):
            for token in self.tokens:
                token.used |= match.start() <= token.start < match.end()
            return Pointer(places=(0,), is_plural=True, rest=self._rest())
        return None

    def _counts(self, i: int) -> bool:
        """Whether a number follows: "the last two"."""
        return i + 1 < len(self.tokens) and self.tokens[i + 1].word in w.NUMBERS

    def _is_both(self, i: int) -> bool:
        """ "les deux", "os dois", "the two"."""
        before = self.tokens[i - 1].word if i else ""
        return w.NUMBERS.get(self.tokens[i].word) == 2 and before in ("les", "os", "los", "the")

    def _stands_alone(self, i: int) -> bool:
        """Whether no noun of the world follows, nor a topic stands before: not "second place"."""
        after = i + 1
        while after < len(self.tokens) and self.tokens[after].word in w.NUMBERS:
            after += 1
        if after < len(self.tokens):
            follows = self.tokens[after]
            is_head = follows.word in w.SINGULAR | w.PLURAL
            return is_head or (follows.is_plain and not self._topic_before(i))
        return not self._topic_before(i)

    def _topic_before(self, i: int) -> bool:
        return any(
            not t.is_plain and not t.used and t.word not in w.ORDINALS for t in self.tokens[:i]
        )

    def _use_heads(self) -> None:
        for i, token in enumerate(self.tokens):
            if token.used and i + 1 < len(self.tokens):
                follows = self.tokens[i + 1]
                follows.used |= follows.word in w.SINGULAR | w.PLURAL

    # --- descriptions ----------------------------------------------------------------------------

    def _described(self) -> Pointer | None:
        """ "The pdf Sam posted", "the ferry articles", "what Lena added yesterday", "el de …"."""
        person = self._find_person()
        head, plural = self._find_head(person is not None)
        if head is None or self._asks_which(head):
            return None
        pick, count = self._pick(head)
        kind = self._kind()
        language = self._language()
        days = next(iter(parse_date_ranges(self.line, self.today)), None)
        topic = self._topic(head)
        is_this = any(t.word in w.THIS for t in self.tokens[max(0, head - 1) : head])
        plural = plural or count > 1
        pointer = Pointer(
            pick=pick,
            count=count,
            person=person or "",
            kind=kind,
            language=language,
            days=days,
            topic=topic,
            is_plural=plural,
            is_this=is_this,
            rest=self._rest(),
        )
        return pointer if pointer.says_something or is_this else None

    def _find_person(self) -> str | None:
        """The longest name of ``people`` that the line has; its words are used."""
        longest = max(
            ((len(span), name, span) for name in self.people if (span := self._span_of(name))),
            default=None,
            key=lambda item: item[0],
        )
        if longest is None:
            return None
        for token in longest[2]:
            token.used = True
        return longest[1]

    def _span_of(self, name: str) -> list[_Token]:
        parts = fold(name.lower()).split()
        for i in range(len(self.tokens) - len(parts) + 1):
            span = self.tokens[i : i + len(parts)]
            typed = [t.word for t in span]
            typed[-1:] = [typed[-1].removesuffix("'s")]
            if typed == parts or typed == [*parts[:-1], f"{parts[-1]}s"]:
                return span
        return []

    def _find_head(self, has_person: bool) -> tuple[int | None, bool]:
        """The index of the word for the articles, and whether it is several."""
        for i, token in enumerate(self.tokens):
            if token.word in ("one", "ones", "thing") and not self._is_pointed_at(i):
                continue
            if token.word in w.PLURAL or token.word in w.SINGULAR or token.word in w.KINDS:
                token.used = True
                before = self.tokens[i - 1].word if i else ""
                many = token.word in w.PLURAL or before in ("die", "den", "alle", "los", "les")
                return i, many
            ending = next((e for e in COMPOUND_ENDINGS if token.word.endswith(e)), "")
            if ending and len(token.word) > len(ending) + 2:
                token.used = True
                before = self.tokens[i - 1].word if i else ""
                return i, before in ("die", "den", "alle", "beiden")
        match = w.ELLIPSIS.match(self.line)
        if match and len(self.tokens) <= MAX_TOPIC_WORDS + 3:
            return self._use_opening(match.end()), match["many"] is not None
        typed = {t.word for t in self.tokens}
        if has_person and typed & w.ADDED and typed & w.WHATEVER:
            return 0, True
        return self._elliptical_pick(has_person)

    def _is_pointed_at(self, i: int) -> bool:
        """Whether "the", "that" or a person stands before: not the bicycle "Cargo One"."""
        before = self.tokens[:i]
        return any(t.used or t.word in w.THIS or t.word in ("the", "which") for t in before)

    def _use_opening(self, end: int) -> int:
        opening = [t for t in self.tokens if t.end <= end]
        for token in opening:
            token.used = True
        return len(opening) - 1

    def _elliptical_pick(self, has_person: bool) -> tuple[int | None, bool]:
        """ "Le plus récent", "Lena's last two", "die letzten drei"."""
        for i, token in enumerate(self.tokens):
            is_pick = token.word in w.NEWEST | w.OLDEST or (
                w.ORDINALS.get(token.word) == -1
                and i + 1 < len(self.tokens)
                and self.tokens[i + 1].word in w.NUMBERS
            )
            others = [t for t in self.tokens[i + 1 :] if t.word not in w.NUMBERS]
            alone = all(t.is_plain or t.used for t in (*others, *self.tokens[:i]))
            if is_pick and alone:
                return i, False
        return None, False

    def _asks_which(self, head: int) -> bool:
        """Whether it asks which article does something: "which article started the strike"."""
        before = {t.word for t in self.tokens[max(0, head - 2) : head]}
        has_pick = any(t.word in w.NEWEST | w.OLDEST | w.LONGEST for t in self.tokens)
        return not before.isdisjoint(w.ASKS_WHICH) and not has_pick

    def _pick(self, head: int) -> tuple[str, int]:
        pick, count = "", 1
        for token in self.tokens:
            for words, order in (
                (w.NEWEST, "newest"),
                (w.OLDEST, "oldest"),
                (w.LONGEST, "longest"),
            ):
                if token.word in words:
                    pick, token.used = order, True
            if w.ORDINALS.get(token.word) in (1, -1) and not self._is_dated(token):
                pick, token.used = "newest" if w.ORDINALS[token.word] == -1 else "oldest", True
            if pick and token.word in w.NUMBERS:
                count, token.used = w.NUMBERS[token.word], True
            if token.word in w.BOTH:
                count, token.used = 2, True
        return pick, count

    def _is_dated(self, token: _Token) -> bool:
        """Whether it is the "last" of "last week"."""
        return bool(parse_date_ranges(self.line[token.start : token.start + 12], self.today))

    def _kind(self) -> frozenset[w.ArticleKind]:
        for token in self.tokens:
            word = token.word.removesuffix("'s")
            if word in w.KINDS:
                token.used = True
                return w.KINDS[word]
        return frozenset()

    def _language(self) -> str:
        for token in self.tokens:
            if not token.used and (code := w.language_of(token.word)):
                token.used = True
                return code
        return ""

    def _topic(self, head: int) -> str:
        """The words beside the head that say what the articles are about; they are used."""
        ending = next((e for e in COMPOUND_ENDINGS if self.tokens[head].word.endswith(e)), "")
        compound = self.tokens[head].text[: -len(ending)] if ending else ""
        if len(compound) > 2:
            return compound.removesuffix("s")
        before: list[_Token] = []
        for token in reversed(self.tokens[:head]):
            if token.is_plain or token.used or len(before) == MAX_TOPIC_WORDS:
                break
            before.insert(0, token)
        after: list[_Token] = []
        following = self.tokens[head + 1 :]
        opened = head + 1 < len(self.tokens) and following[0].word in w.ABOUT
        ellipsis = w.ELLIPSIS.match(self.line) is not None
        for n, token in enumerate(following):
            if token.word in w.ADDED or token.used:
                token.used = True
                continue
            is_article = token.word in FUNCTION_WORDS and token.word not in VERBS
            if (opened or ellipsis) and (not token.is_plain or is_article):
                if self._breaks_before(head + 1 + n) or len(after) == MAX_TOPIC_WORDS:
                    break
                after.append(token)
            elif not is_article:
                break
        for token in (*before, *after):
            token.used = True
        typed = [t.text for t in (*before, *after) if not t.is_plain]
        for token in self.tokens:
            token.used |= token.word in w.ADDED
        return " ".join(typed)

    def _breaks_before(self, i: int) -> bool:
        """Whether punctuation stands before a word."""
        return i > 0 and bool(
            regex.search(r"[,;:?!]", self.line[self.tokens[i - 1].end : self.tokens[i].start])
        )

    def _rest(self) -> str:
        """The line without the words of the pointer; empty if nothing is left to ask."""
        left = [t for t in self.tokens if not t.used]
        if all(t.is_plain for t in left):
            return ""
        text, at = "", 0
        for token in self.tokens:
            if token.used:
                text += self.line[at : token.start]
                at = token.end
        text += self.line[at:]
        return SAYS_ABOUT.sub("", " ".join(text.split()).strip(" ,;:"))
