"""Finds the articles that a line points to, among those that may be seen.

Pure, except that topics may be compared by meaning (``topics``). Whatever is not on the
facts does not exist here: an article outside the scope is not told apart from none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from urllib.parse import urlsplit

import regex

from bot.answer.question.follow_up import VERBS, content_words
from bot.answer.reference import words as w
from bot.answer.reference.pointer import Around, ArticleFacts, Pointer, what_is_asked
from bot.answer.reference.read_pointer import read_pointer
from bot.answer.reference.topics import (
    TITLE_SHARE,
    by_topic,
    closest_title,
    has_topic,
    has_word,
    likest_title,
    title_share,
)
from bot.text.date_ranges import replace_date_ranges
from bot.text.folding import fold
from bot.text.question_words import is_question_word
from bot.text.stopwords import FUNCTION_WORDS
from bot.text.tokenize import split_words

Status = Literal["found", "ambiguous", "none"]
Dates = Literal["added", "published", "either"]
URL = regex.compile(r"https?://\S+")
QUOTED = regex.compile(r"[\"“”„«]([^\"“”„«»]+)[\"“”»]")
MAX_TITLE_LINE = 9  # words


@dataclass(frozen=True, slots=True)
class Resolution:
    """The articles meant, in order; or those that may be meant; or none.

    ``rest``: what is asked of them, empty if nothing is typed but which they are. ``around``: what
    stands before and after the words that name them. ``describes``: these words say something of
    the articles ("the ferry article"), so they can stay in the question. ``number``: the one that
    is not there. ``topic``: what the articles are typed to be about, if no title or tag has the
    words: their text may. ``ids`` are then those close in meaning.
    """

    status: Status
    ids: tuple[int, ...] = ()
    rest: str = ""
    number: int | None = None
    topic: str = ""
    is_plural: bool = False
    around: Around = None
    describes: bool = True


def resolve_line(
    line: str,
    facts: Sequence[ArticleFacts],
    *,
    shown: Sequence[int] = (),
    today: date,
) -> Resolution | None:
    """The articles that ``line`` points to; None if it points to none.

    ``shown``: the articles of the answer just before, in order.
    """
    if by_url := _by_url(line, facts):
        return by_url
    if by_quote := _by_quoted_title(line, facts):
        return by_quote
    pointer = read_pointer(line, people_of_all(facts), today)
    if pointer is None:
        return _by_title(line, facts)
    resolution = _resolve(pointer, line, facts, shown)
    if resolution is None:
        return None
    return replace(resolution, around=pointer.around, describes=pointer.says_something)


def people_of(entry: ArticleFacts) -> list[str]:
    """Who added it, and the full names of who wrote it."""
    authors = [name.strip() for name in entry.author.split(",") if " " in name.strip()]
    return [name for name in (entry.added_by, *authors) if name]


def people_of_all(facts: Sequence[ArticleFacts]) -> list[str]:
    """Everyone who added or wrote something, by name."""
    return sorted({name for entry in facts for name in people_of(entry)})


def _by_url(line: str, facts: Sequence[ArticleFacts]) -> Resolution | None:
    match = URL.search(line)
    if match is None:
        return None
    topic_words = _address(match[0])
    ids = tuple(entry.id for entry in facts if entry.url and _address(entry.url) == topic_words)
    around = line[: match.start()], line[match.end() :]
    rest = " ".join("".join(around).split())
    return Resolution("found", ids, rest, around=around, describes=False) if ids else None


def _by_quoted_title(line: str, facts: Sequence[ArticleFacts]) -> Resolution | None:
    """The article whose whole title stands in quotation marks."""
    for match in QUOTED.finditer(line):
        ids = tuple(entry.id for entry in facts if _is_title(match[1], entry))
        if len(ids) == 1:
            around = line[: match.start()], line[match.end() :]
            return Resolution("found", ids, what_is_asked("".join(around)), around=around)
    return None


def _is_title(text: str, entry: ArticleFacts) -> bool:
    return split_words(text) == split_words(entry.title)


def _address(url: str) -> str:
    parts = urlsplit(url.rstrip(".,;)"))
    return f"{parts.netloc.removeprefix('www.')}{parts.path.rstrip('/')}?{parts.query}".lower()


def _resolve(
    pointer: Pointer, line: str, facts: Sequence[ArticleFacts], shown: Sequence[int]
) -> Resolution | None:
    existing_ids = {entry.id for entry in facts}
    if pointer.ids:
        existing = tuple(i for i in pointer.ids if i in existing_ids)
        missing = next((i for i in pointer.ids if i not in existing_ids), None)
        status: Status = "found" if existing else "none"
        return Resolution(status, existing, pointer.rest, missing)
    if pointer.places:
        return _by_place(pointer, facts, [i for i in shown if i in existing_ids])
    if pointer.is_named:
        return _by_noun(pointer, facts, [i for i in shown if i in existing_ids])
    if pointer.among_shown:
        return _compared(pointer, facts, [i for i in shown if i in existing_ids])
    if not pointer.says_something:
        return _this(pointer, [i for i in shown if i in existing_ids])
    entries = _matching(pointer, facts, _dates_meant(line))
    topic = "" if any(has_topic(pointer.topic, entry) for entry in entries or ()) else pointer.topic
    if entries is None:
        unknown = Resolution("none", (), pointer.rest, None, pointer.topic, pointer.is_plural)
        return _by_title(line, facts) or unknown
    if not entries:
        if by_title := _by_title(line, facts):
            return by_title
        is_of_asked = (pointer.days or pointer.kind) and not pointer.person
        if is_of_asked and content_words(pointer.rest):
            return None  # "reported yesterday", "does it export docx"
        return Resolution("none", (), pointer.rest)
    if pointer.pick:
        entries = _picked(pointer, entries)
    ids = tuple(entry.id for entry in entries)
    if len(ids) > 1 and not pointer.is_plural:
        narrowed = closest_title(pointer.topic, entries) or _only_called(pointer.head, entries)
        if narrowed is None and topic:  # no title has it: "der bericht vom hafen"
            narrowed = likest_title(f"{pointer.head} {topic}", entries)
        if narrowed is not None:
            return Resolution("found", (narrowed.id,), pointer.rest)
        return Resolution("ambiguous", ids, pointer.rest)
    return Resolution("found", ids, pointer.rest, topic=topic, is_plural=pointer.is_plural)


def _only_called(head: str, entries: Sequence[ArticleFacts]) -> ArticleFacts | None:
    """The only one of the entries that is called so: "Tomás' interview"."""
    called = [e for e in entries if has_word(fold(head.lower()), split_words(e.title))]
    return called[0] if len(called) == 1 else None


def _this(pointer: Pointer, shown: Sequence[int]) -> Resolution | None:
    if not shown:
        return None
    status: Status = "found" if len(shown) == 1 or pointer.is_plural else "ambiguous"
    return Resolution(status, tuple(shown), pointer.rest)


def _by_noun(
    pointer: Pointer, facts: Sequence[ArticleFacts], shown: Sequence[int]
) -> Resolution | None:
    """The articles that are called "report", those just shown first; None if none is."""
    called = [e.id for e in facts if has_word(fold(pointer.head.lower()), split_words(e.title))]
    ids = [i for i in shown if i in called] or (shown if len(shown) == 1 else called)
    if not ids:
        return None
    status: Status = "found" if len(ids) == 1 or pointer.is_plural else "ambiguous"
    return Resolution(status, tuple(ids), pointer.rest)


def _compared(
    pointer: Pointer, facts: Sequence[ArticleFacts], shown: Sequence[int]
) -> Resolution | None:
    """ "The older one" of the articles just shown; None if there were not several."""
    entries = [entry for entry in facts if entry.id in shown]
    if len(entries) < 2:
        return None
    return Resolution("found", tuple(e.id for e in _picked(pointer, entries)), pointer.rest)


def _by_place(
    pointer: Pointer, facts: Sequence[ArticleFacts], shown: Sequence[int]
) -> Resolution | None:
    if not shown and len(pointer.places) == 1 and pointer.places[0] < 0:
        by_age = sorted(facts, key=lambda entry: (entry.added, entry.id))[pointer.places[0] :]
        return Resolution("found", (by_age[0].id,), pointer.rest) if by_age else None
    if pointer.places == (0,) or (pointer.is_plural and pointer.places == (1, 2) and shown):
        status: Status = "found" if shown else "none"
        return Resolution(status, tuple(shown), pointer.rest)
    if len(shown) == 1:
        return None  # its second sentence, perhaps: no list of articles was shown
    matching = [shown[p - 1 if p > 0 else p] for p in pointer.places if abs(p) <= len(shown)]
    return Resolution("found" if matching else "none", tuple(matching), pointer.rest)


def _dates_meant(line: str) -> Dates:
    """The dates that the day of a pointer may be: only the adding if the line is about it."""
    return "either" if (w.ADDED - w.PUBLISHED).isdisjoint(split_words(line)) else "added"


def _matching(
    pointer: Pointer, facts: Sequence[ArticleFacts], dates: Dates
) -> Sequence[ArticleFacts] | None:
    """The entries with all that the pointer says; None if only its topic matches none."""
    entries = entries_with(pointer, facts, dates)
    topic = replace_date_ranges(pointer.topic, "").strip() if pointer.days else pointer.topic
    if pointer.topic and not topic:
        return _of_date(pointer, entries, facts)
    if pointer.days and topic != pointer.topic and not by_topic(topic, entries, several=True):
        entries, topic = entries_with(replace(pointer, days=None), facts, dates), pointer.topic
    if not topic or not entries:
        return entries
    about = by_topic(topic, entries, several=pointer.is_plural)
    if not about and not (pointer.person or pointer.kind or pointer.language):
        return None
    return about or (entries if pointer.person else [])


def _of_date(
    pointer: Pointer, dated: Sequence[ArticleFacts], facts: Sequence[ArticleFacts]
) -> Sequence[ArticleFacts]:
    """Those added then ("the september articles"), or the one whose title says so ("2024")."""
    undated = entries_with(replace(pointer, days=None), facts, "either")
    named = [entry for entry in undated if has_topic(pointer.topic, entry)]
    return dated or named if pointer.is_plural else named or dated


def entries_with(
    pointer: Pointer, facts: Sequence[ArticleFacts], dates: Dates
) -> list[ArticleFacts]:
    """The entries with the person, kind, language and day of a pointer.

    ``dates``: whether it is the day when they were added, published, or either.
    """
    return [entry for entry in facts if _has_facts(pointer, entry, dates)]


def _has_facts(pointer: Pointer, entry: ArticleFacts, dates: Dates) -> bool:
    if pointer.person and pointer.person not in people_of(entry):
        return False
    if pointer.kind and entry.kind not in pointer.kind:
        return False
    if pointer.language and entry.language != pointer.language:
        return False
    if pointer.days is None:
        return True
    first, last = (day.isoformat() for day in pointer.days)
    days = {"added": [entry.added], "published": [entry.published]}
    of_entry = days.get(dates, [entry.added, entry.published])
    return any(first <= day[:10] <= last for day in of_entry)


def _picked(pointer: Pointer, entries: Sequence[ArticleFacts]) -> list[ArticleFacts]:
    if pointer.pick == "longest":
        ordered = sorted(entries, key=lambda entry: -entry.characters)
    else:
        ordered = sorted(entries, key=lambda entry: (entry.added, entry.id))
        if pointer.pick == "newest":
            ordered = ordered[-pointer.count :]
    return ordered[: pointer.count]


def _by_title(line: str, facts: Sequence[ArticleFacts]) -> Resolution | None:
    """The one entry whose title the line is, or most of it."""
    typed = split_words(line)
    if len(typed) > MAX_TITLE_LINE or any(map(is_question_word, map(fold, typed))):
        return None
    content = [t for t in typed if t not in FUNCTION_WORDS and t not in w.COMMANDS]
    if not content or any(word in VERBS for word in content):
        return None
    named = bool(regex.match(r"\W*(?:the|der|die|das|den|el|la|le|les|o|a)\s", line, regex.I))
    matching = []
    for entry in facts:
        title = split_words(entry.title)
        if all(has_word(word, title) for word in content):
            share = title_share(content, entry)
            if share >= TITLE_SHARE or (named and len(content) == 1 and len(content[0]) > 7):
                matching.append(entry)
    if len(matching) != 1:
        return None
    return Resolution("found", (matching[0].id,))
