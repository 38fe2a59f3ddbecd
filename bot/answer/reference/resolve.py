"""Finds the articles that a line points to, among those that may be seen.

Pure, except that topics may be compared by meaning (``encode_offline``). Whatever is not on the
facts does not exist here: an article outside the scope is not told apart from none.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import SequenceMatcher
from typing import Literal
from urllib.parse import urlsplit

import regex

from bot.answer.question.follow_up import VERBS
from bot.answer.reference import words as w
from bot.answer.reference.pointer import Around, ArticleFacts, Pointer, what_is_asked
from bot.answer.reference.read_pointer import read_pointer
from bot.embedding import encode_offline
from bot.search.sentence_vectors import SentenceVectors, missing_texts
from bot.text.folding import fold
from bot.text.question_words import is_question_word
from bot.text.stem import stem
from bot.text.stopwords import FUNCTION_WORDS
from bot.text.tokenize import split_words

Status = Literal["found", "ambiguous", "none"]
URL = regex.compile(r"https?://\S+")
QUOTED = regex.compile(r"[\"“”„«]([^\"“”„«»]+)[\"“”»]")
SAME_WORD_RATIO = 0.8  # of difflib: "buget" and "budget", "rasberry" and "raspberry"
MIN_FUZZY_LETTERS = 5
# Cosine of a topic with a tag or a title: "fähr" and the tag "ferry" .57, "ferris" .72, "lobos" and
# "Wolves return to the Osterwald" .35; other tags at most .49, other titles .25.
TAG_COSINE, TITLE_COSINE = 0.55, 0.33
SURE_TITLE_COSINE = 0.38  # beside titles that have the word itself
TITLE_SHARE = 0.5  # of a title's words, to stand for it without "article"
MAX_TITLE_LINE = 9  # words
KEPT_VECTORS = 8_000  # of titles and tags, 16 MB: to read 3,000 again would take 5 s
BATCH = 16  # 27 ms, for which other questions wait

_vectors = SentenceVectors(KEPT_VECTORS)
_lock = threading.Lock()


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
    if pointer.noun:
        return _by_noun(pointer, facts, [i for i in shown if i in existing_ids])
    if not pointer.says_something:
        return _this(pointer, [i for i in shown if i in existing_ids])
    entries = _matching(pointer, facts)
    topic = (
        "" if any(_has_topic(pointer.topic, entry) for entry in entries or ()) else pointer.topic
    )
    if entries is None:
        unknown = Resolution("none", (), pointer.rest, None, pointer.topic, pointer.is_plural)
        return _by_title(line, facts) or unknown
    if not entries:
        by_title = _by_title(line, facts)
        return by_title or Resolution("none", (), pointer.rest)
    if pointer.pick:
        entries = _picked(pointer, entries)
    ids = tuple(entry.id for entry in entries)
    if len(ids) > 1 and not pointer.is_plural:
        if narrowed := _closest_title(pointer.topic, entries):
            return Resolution("found", (narrowed.id,), pointer.rest)
        return Resolution("ambiguous", ids, pointer.rest)
    return Resolution("found", ids, pointer.rest, topic=topic, is_plural=pointer.is_plural)


def _this(pointer: Pointer, shown: Sequence[int]) -> Resolution | None:
    if not shown:
        return None
    status: Status = "found" if len(shown) == 1 or pointer.is_plural else "ambiguous"
    return Resolution(status, tuple(shown), pointer.rest)


def _by_noun(
    pointer: Pointer, facts: Sequence[ArticleFacts], shown: Sequence[int]
) -> Resolution | None:
    """The articles that are called "report", those just shown first; None if none is."""
    called = [e.id for e in facts if any(_same(pointer.noun, t) for t in split_words(e.title))]
    ids = [i for i in shown if i in called] or (shown if len(shown) == 1 else called)
    if not ids:
        return None
    status: Status = "found" if len(ids) == 1 or pointer.is_plural else "ambiguous"
    return Resolution(status, tuple(ids), pointer.rest)


def _by_place(
    pointer: Pointer, facts: Sequence[ArticleFacts], shown: Sequence[int]
) -> Resolution | None:
    if not shown and pointer.places == (-1,):
        newest = max(facts, key=lambda entry: (entry.added, entry.id), default=None)
        return Resolution("found", (newest.id,), pointer.rest) if newest else None
    if pointer.places == (0,) or (pointer.is_plural and pointer.places == (1, 2) and shown):
        status: Status = "found" if shown else "none"
        return Resolution(status, tuple(shown), pointer.rest)
    if len(shown) == 1:
        return None  # its second sentence, perhaps: no list of articles was shown
    matching = [shown[p - 1 if p > 0 else p] for p in pointer.places if abs(p) <= len(shown)]
    return Resolution("found" if matching else "none", tuple(matching), pointer.rest)


def _matching(pointer: Pointer, facts: Sequence[ArticleFacts]) -> list[ArticleFacts] | None:
    """The entries with all that the pointer says; None if only its topic matches none."""
    entries = entries_with(pointer, facts)
    if not pointer.topic or not entries:
        return entries
    about = by_topic(pointer.topic, entries, several=pointer.is_plural)
    if not about and not (pointer.person or pointer.kind or pointer.language):
        return None
    return about or (entries if pointer.person else [])


def entries_with(pointer: Pointer, facts: Sequence[ArticleFacts]) -> list[ArticleFacts]:
    """The entries with the person, kind, language and day that a pointer says."""
    return [entry for entry in facts if _has_facts(pointer, entry)]


def _has_facts(pointer: Pointer, entry: ArticleFacts) -> bool:
    if pointer.person and pointer.person not in people_of(entry):
        return False
    if pointer.kind and entry.kind not in pointer.kind:
        return False
    if pointer.language and entry.language != pointer.language:
        return False
    if pointer.days is None:
        return True
    return pointer.days[0].isoformat() <= entry.added[:10] <= pointer.days[1].isoformat()


def by_topic(topic: str, entries: Sequence[ArticleFacts], *, several: bool) -> list[ArticleFacts]:
    """The entries whose title or tags have the topic's words.

    If there are none, or where ``several`` are meant, also those close in meaning.
    """
    topic_words = _content_words(topic)
    if not topic_words:
        return []
    matching = [entry for entry in entries if _has_topic(topic, entry)]
    if matching and not several:
        return _widen_by_tag(matching, entries, topic_words)
    close = _titles_like(topic, entries) if matching else _by_meaning(topic, entries)
    ids = {entry.id for entry in (*matching, *close)}
    return [entry for entry in entries if entry.id in ids]


def _has_topic(topic: str, entry: ArticleFacts) -> bool:
    """Whether title and tags have all words of a topic."""
    words = split_words(f"{entry.title} {' '.join(entry.tags)}")
    return all(_has_word(word, words) for word in _content_words(topic))


def _content_words(topic: str) -> list[str]:
    return [word for word in split_words(topic) if word not in FUNCTION_WORDS]


def _widen_by_tag(
    matching: Sequence[ArticleFacts], entries: Sequence[ArticleFacts], topic_words: Sequence[str]
) -> list[ArticleFacts]:
    tags = {
        tag
        for entry in matching
        for tag in entry.tags
        if _has_word(topic_words[-1], split_words(tag))
    }
    single = tags if len(topic_words) == 1 else set()
    ids = {entry.id for entry in matching}
    return [entry for entry in entries if entry.id in ids or not single.isdisjoint(entry.tags)]


def _titles_like(topic: str, entries: Sequence[ArticleFacts]) -> list[ArticleFacts]:
    """The entries whose title is so close that they belong to others with the topic's words."""
    cosines = _cosines(topic, [entry.title for entry in entries])
    return [e for e, cosine in zip(entries, cosines, strict=True) if cosine >= SURE_TITLE_COSINE]


def _by_meaning(topic: str, entries: Sequence[ArticleFacts]) -> list[ArticleFacts]:
    tags = sorted({tag for entry in entries for tag in entry.tags})
    cosines = _cosines(topic, [*(entry.title for entry in entries), *tags])
    titles = dict(zip((entry.id for entry in entries), cosines, strict=False))
    close_tags = {
        tag
        for tag, cosine in zip(tags, cosines[len(entries) :], strict=True)
        if cosine >= TAG_COSINE
    }
    return [
        entry
        for entry in entries
        if titles[entry.id] >= TITLE_COSINE or not close_tags.isdisjoint(entry.tags)
    ]


def _cosines(topic: str, texts: Sequence[str]) -> list[float]:
    """The cosine of a topic with each text. Titles and tags that were read before cost nothing."""
    with _lock:
        vectors = _vectors.find(texts)
        missing = missing_texts(texts, vectors)
        for at in range(0, len(missing), BATCH):
            batch = missing[at : at + BATCH]
            vectors |= _vectors.add(batch, encode_offline(batch))
    (of_topic,) = encode_offline([topic.lower()])
    return [float(vectors[text] @ of_topic) for text in texts]


def _has_word(word: str, words: Sequence[str]) -> bool:
    return any(_same(word, other) for other in words)


def _same(a: str, b: str) -> bool:
    if stem(a) == stem(b) or a == b:
        return True
    if min(len(a), len(b)) < MIN_FUZZY_LETTERS or a[0] != b[0]:
        return False
    return SequenceMatcher(None, a, b).ratio() >= SAME_WORD_RATIO


def _closest_title(topic: str, entries: Sequence[ArticleFacts]) -> ArticleFacts | None:
    """The only entry whose title is little more than the topic."""
    topic_words = [word for word in split_words(topic) if word not in FUNCTION_WORDS]
    if len(topic_words) < 2:
        return None
    covered = [entry for entry in entries if _title_share(topic_words, entry) >= TITLE_SHARE]
    return covered[0] if len(covered) == 1 else None


def _title_share(typed: Sequence[str], entry: ArticleFacts) -> float:
    title = [word for word in split_words(entry.title) if word not in FUNCTION_WORDS]
    return sum(_has_word(word, typed) for word in title) / len(title) if title else 0.0


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
        if all(_has_word(word, title) for word in content):
            share = _title_share(content, entry)
            if share >= TITLE_SHARE or (named and len(content) == 1 and len(content[0]) > 7):
                matching.append(entry)
    if len(matching) != 1:
        return None
    return Resolution("found", (matching[0].id,))
