"""Tells what an article is about from its title, tags, website and author.

By its words, with typing errors of a letter; else by meaning (``encode_offline``). Pure otherwise.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from difflib import SequenceMatcher
from urllib.parse import urlsplit

import regex

from bot.answer.reference.pointer import ArticleFacts
from bot.embedding import encode_offline
from bot.search.sentence_vectors import SentenceVectors, missing_texts
from bot.text.stem import stem
from bot.text.stopwords import FUNCTION_WORDS
from bot.text.tokenize import split_words

SAME_WORD_RATIO = 0.8  # of difflib: "buget" and "budget", "rasberry" and "raspberry"
MIN_FUZZY_LETTERS = 5
# Cosine of a topic with a tag or a title: "fähr" and the tag "ferry" .57, "ferris" .72, "lobos" and
# "Wolves return to the Osterwald" .35; other tags at most .49, other titles .25.
TAG_COSINE, TITLE_COSINE = 0.55, 0.33
SURE_TITLE_COSINE = 0.37  # beside titles that have the word itself
# "bericht hafen" and "Annual report of the harbour cooperative" .27, the next .18.
LIKE_COSINE, LIKE_MARGIN = 0.25, 0.08
TITLE_SHARE = 0.5  # of a title's words, to stand for it without "article"
SITE_END = regex.compile(r"\.[^.]*(?::\d+)?$")  # ".com"
KEPT_VECTORS = 8_000  # of titles and tags, 16 MB: to read 3,000 again would take 5 s
BATCH = 16  # 27 ms, for which other questions wait

_vectors = SentenceVectors(KEPT_VECTORS)
_lock = threading.Lock()


def by_topic(topic: str, entries: Sequence[ArticleFacts], *, several: bool) -> list[ArticleFacts]:
    """The entries whose title or tags have the topic's words.

    If there are none, or where ``several`` are meant, also those close in meaning.
    """
    topic_words = _content_words(topic)
    if not topic_words:
        return []
    matching = [entry for entry in entries if has_topic(topic, entry)]
    if not several:
        matching = [e for e in matching if _says_exactly(topic_words, e)] or matching
    if matching and not several:
        return _widen_by_tag(matching, entries, topic_words)
    close = _titles_like(topic, entries) if matching else _by_meaning(topic, entries)
    ids = {entry.id for entry in (*matching, *close)}
    return [entry for entry in entries if entry.id in ids]


def has_topic(topic: str, entry: ArticleFacts) -> bool:
    """Whether title, tags, website and author have all words of a topic."""
    words = _words_of(entry)
    return all(has_word(word, words) for word in _content_words(topic))


def _words_of(entry: ArticleFacts) -> list[str]:
    site = SITE_END.sub("", urlsplit(entry.url).netloc.removeprefix("www."))
    return split_words(f"{entry.title} {' '.join(entry.tags)} {entry.author} {site}")


def _says_exactly(topic_words: Sequence[str], entry: ArticleFacts) -> bool:
    """Whether it has the words as they are typed: "cooperativa", not "cooperative"."""
    stems = {stem(word) for word in _words_of(entry)}
    return all(stem(word) in stems for word in topic_words)


def _content_words(topic: str) -> list[str]:
    return [word for word in split_words(topic) if word not in FUNCTION_WORDS]


def _widen_by_tag(
    matching: Sequence[ArticleFacts], entries: Sequence[ArticleFacts], topic_words: Sequence[str]
) -> list[ArticleFacts]:
    tags = {
        tag
        for entry in matching
        for tag in entry.tags
        if has_word(topic_words[-1], split_words(tag))
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


def has_word(word: str, words: Sequence[str]) -> bool:
    return any(_is_same_word(word, other) for other in words)


def _is_same_word(a: str, b: str) -> bool:
    if stem(a) == stem(b) or a == b:
        return True
    if min(len(a), len(b)) < MIN_FUZZY_LETTERS or a[0] != b[0]:
        return False
    return SequenceMatcher(None, a, b).ratio() >= SAME_WORD_RATIO


def closest_title(topic: str, entries: Sequence[ArticleFacts]) -> ArticleFacts | None:
    """The only entry whose title is little more than the topic."""
    topic_words = [word for word in split_words(topic) if word not in FUNCTION_WORDS]
    if len(topic_words) < 2:
        return None
    covered = [entry for entry in entries if title_share(topic_words, entry) >= TITLE_SHARE]
    return covered[0] if len(covered) == 1 else None


def likest_title(phrase: str, entries: Sequence[ArticleFacts]) -> ArticleFacts | None:
    """The entry whose title means what the phrase does, if no other comes near it."""
    cosines = _cosines(phrase, [entry.title for entry in entries])
    (best, entry), (second, _) = sorted(
        zip(cosines, entries, strict=True), key=lambda pair: -pair[0]
    )[:2]
    return entry if best >= LIKE_COSINE and best - second >= LIKE_MARGIN else None


def title_likeness(title: str, titles: Sequence[str]) -> list[float]:
    """The cosine of a title with each of the others."""
    return _cosines(title, titles)


def plain_title(title: str) -> str:
    """A title without its numbers, as those of a series have it in common."""
    return regex.sub(r"\W*\d+\W*", " ", title).strip().casefold()


def title_share(typed: Sequence[str], entry: ArticleFacts) -> float:
    title = [word for word in split_words(entry.title) if word not in FUNCTION_WORDS]
    return sum(has_word(word, typed) for word in title) / len(title) if title else 0.0
