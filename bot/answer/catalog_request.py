"""Reads what is asked of the library in free words: "newest artcle", "how many pdfs did sam add".

Whoever added or wrote it, its kind, its language, its tag, and when it was added narrow the
articles; a word for an order or for counting says what is asked. Typing errors of a letter pass.
Only lines that name articles as such are read so. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

import regex

from bot.answer.catalog.intents import IntentKind
from bot.answer.reference import words as w
from bot.answer.reference.pointer import ArticleFacts, Pointer
from bot.answer.reference.read_pointer import read_pointer
from bot.answer.reference.resolve import Dates, entries_with, people_of_all
from bot.strings import language_name
from bot.text.folding import fold
from bot.text.stopwords import FUNCTION_WORDS

WORD = regex.compile(r"[\p{L}\p{N}]+(?:['’]\p{L}+)?")
MIN_FUZZY_LETTERS = 5
SAME_WORD_RATIO = 0.8
MAX_WORDS = 16
HOW_MANY = regex.compile(
    r"^\W*(?:how many|how much|wie ?viele?|cu[aá]nt[oa]s|combien d|quant[oa]s|сколько)\b",
    regex.IGNORECASE,
)
UNASKED = regex.compile(
    r"\b(?:nobody|no one|noone|niemand|nadie|personne|ningu[eé]m)\b.*"
    r"\b(?:ask|read|cit|used|frag|gefragt|pregunt|demand|pergunt)|"
    r"\bnever (?:been )?(?:asked|cited|used|read)\b|\bnie (?:gefragt|zitiert)",
    regex.IGNORECASE,
)
LISTS = regex.compile(
    r"^\W*(?:list|show|which|what|whats|give|all|every|liste|zeige?|welche|alle|qu[eé]|lista|"
    r"muestra|quels?|quelles?|montre|quais|mostra|any|do we have|gibt es|hay|il y a)\b",
    regex.IGNORECASE,
)
NOUNS = (
    w.PLURAL | (w.SINGULAR - {"one", "thing", "text", "page", "post", "study"}) | frozenset(w.KINDS)
)
ORDERS = {
    **dict.fromkeys(w.NEWEST, IntentKind.NEWEST),
    **dict.fromkeys(w.OLDEST, IntentKind.OLDEST),
    **dict.fromkeys(w.LONGEST, IntentKind.LONGEST),
}
OTHER_WORDS = w.folded(
    "how many much list all every any we us have has had got there here now so far in total",
    "library please tagged tag tags kind kinds language newest yesterday today last week month",
    "year nobody no asked ask ever about never cited used read one since until before",
    "wie viele wieviele gibt es haben wir bibliothek insgesamt hier niemand gefragt nie",
    "cuantos cuantas hay tenemos biblioteca aqui nadie preguntado pregunto combien avons nous",
    "quantos quantas temos сколько у нас есть",
)


@dataclass(frozen=True, slots=True)
class CatalogRequest:
    """What is asked of which articles. ``described``: how the line narrows them, in its words."""

    kind: IntentKind
    ids: tuple[int, ...]
    described: str = ""


def may_request(line: str) -> bool:
    """Whether a line names articles as such, and asks for some of them or how many there are."""
    return _kind(_corrected(line)) is not None


def read_request(line: str, facts: Sequence[ArticleFacts], today: date) -> CatalogRequest | None:
    """The request; None if the line asks for something else. ``facts``: of all articles."""
    corrected = _corrected(line)
    words = corrected.split()
    kind = _kind(corrected)
    if kind is None:
        return None
    pointer = read_pointer(_without_question(corrected), people_of_all(facts), today) or Pointer()
    if pointer.ids or pointer.places or not _is_only_about_articles(words, pointer, facts):
        return None
    tag = next((tag for entry in facts for tag in entry.tags if fold(tag.lower()) in words), "")
    dates: Dates = "added" if w.PUBLISHED.isdisjoint(words) else "published"
    entries = [e for e in entries_with(pointer, facts, dates) if not tag or tag in e.tags]
    language = language_name(pointer.language) if pointer.language else ""
    said_of = [pointer.person, *sorted(pointer.kind)[:1], tag, language]
    described = ", ".join(filter(None, said_of))
    return CatalogRequest(kind, tuple(entry.id for entry in entries), described)


def _corrected(line: str) -> str:
    """The words of a line, folded, with the pointing ones spelled right; empty for a long line."""
    typed = [fold(word.lower()) for word in WORD.findall(line)]
    return " ".join(map(_correct, typed)) if len(typed) <= MAX_WORDS else ""


def _correct(word: str) -> str:
    """The pointing word that ``word`` is meant to be, if it is one with a typing error."""
    vocabulary = NOUNS | set(ORDERS)
    if word in vocabulary or word in FUNCTION_WORDS or len(word) < MIN_FUZZY_LETTERS:
        return word
    close = [each for each in vocabulary if len(each) >= MIN_FUZZY_LETTERS and each[0] == word[0]]
    best = max(close, key=lambda each: SequenceMatcher(None, each, word).ratio(), default=word)
    return best if SequenceMatcher(None, best, word).ratio() >= SAME_WORD_RATIO else word


def _kind(line: str) -> IntentKind | None:
    """What a line asks for; None if it does not name articles, or asks nothing of them."""
    words = line.split()
    if NOUNS.isdisjoint(words):
        return None
    if UNASKED.search(line):
        return IntentKind.UNASKED
    if HOW_MANY.match(line):
        return IntentKind.COUNT
    order = next((ORDERS[word] for word in words if word in ORDERS), None)
    return order or (IntentKind.LIST if LISTS.match(line) else None)


def _without_question(line: str) -> str:
    """The line without the word that asks, which would make it no pointer."""
    return regex.sub(r"^(?:which|welche|what|quels?|quelles?|que|quais)\s+", "the ", line)


def _is_only_about_articles(
    words: Collection[str], pointer: Pointer, facts: Sequence[ArticleFacts]
) -> bool:
    """Whether every word is one of those that narrow or ask: no topic, nothing of the world."""
    if pointer.topic:
        return False
    tags = {fold(tag.lower()) for entry in facts for tag in entry.tags}
    names = {part for name in people_of_all(facts) for part in fold(name.lower()).split()}
    plain = FUNCTION_WORDS | NOUNS | w.COMMANDS | w.ADDED | w.WHATEVER | set(ORDERS)
    plain |= set(w.ORDINALS) | set(w.NUMBERS) | w.THIS | w.ASKS_WHICH | OTHER_WORDS
    return all(
        word in plain
        or word in tags
        or word.removesuffix("'s").removesuffix("s") in names
        or word in names
        or w.language_of(word)
        or word.isdecimal()
        for word in words
    )
