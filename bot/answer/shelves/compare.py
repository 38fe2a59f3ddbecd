"""Two articles side by side: what each says, found in each by itself.

A comparison that names no two articles of the scope is none: then the question is asked of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

import regex

from bot.answer.extractive import MOST_QUOTES, pick_quotes
from bot.answer.shelves.forms import NAMED, Form
from bot.answer.shelves.listing import Shelf
from bot.answer.shelves.topics import ID, bare_name, named, says
from bot.answer.writing.citations import CitedRange, Written
from bot.answer.writing.plain import plain
from bot.records import Article, Findings, Hit
from bot.search.retrieve import search
from bot.search.words import words

PASSAGES_OF_EACH = 6
STATEMENT_WORDS = 5
OPENING_SENTENCES = 2  # of an article, when nothing is said of what to compare
AS_ARTICLE = regex.compile(rf"\b{NAMED}\b|\bone (?:on|about|with|by|from)\b", regex.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Side:
    """One of two articles, and what of it was found. ``about`` is empty for its opening."""

    article: Article
    about: str
    findings: Findings


async def compared(form: Form, shelf: Shelf) -> tuple[Side, ...]:
    """The sides of a comparison; none when the question does not name two articles."""
    assert form.sides is not None
    one, other = form.sides
    about = form.about
    if about and not bare_name(other):  # "the study on heat pumps" is one name
        other, about = f"{other} on {about}", ""
    found = [await _article(name, shelf) for name in (one, other)]
    articles = {article.id: article for article in found if article is not None}
    if len(articles) < 2:
        return ()
    return tuple([await _side(article, about, shelf) for article in articles.values()])


async def _article(name: str, shelf: Shelf) -> Article | None:
    spoken_of = bool(AS_ARTICLE.search(name) or ID.match(name))
    return await named(name, shelf.library, shelf.scope, shelf.embedder, by_content=spoken_of)


async def _side(article: Article, about: str, shelf: Shelf) -> Side:
    if about:
        findings = await search(
            about,
            shelf.library,
            shelf.scope,
            shelf.embedder,
            limit=PASSAGES_OF_EACH,
            within=[article.id],
        )
        return Side(article, about, findings)
    passages = (await shelf.library.passages_of(article.id, shelf.scope))[:PASSAGES_OF_EACH]
    hits = tuple(Hit(passage, 1.0, 0.0, 0.0) for passage in passages)
    return Side(article, "", Findings(hits, 1.0, article.passages))


def together(sides: Sequence[Side]) -> Findings:
    """The sides' passages by turns, so that a short prompt holds some of each."""
    turns = zip_longest(*(side.findings.hits for side in sides))
    return Findings(
        tuple(hit for hit in chain.from_iterable(turns) if hit is not None),
        max(side.findings.answerable for side in sides),
        sum(side.findings.passages for side in sides),
    )


async def quotes_of(sides: Sequence[Side], shelf: Shelf) -> tuple[tuple[Written, ...], list[str]]:
    """Each article's name and its sentences; and the articles that say nothing clear of it."""
    written: list[Written] = []
    silent: list[str] = []
    for side in sides:
        ranges = await _ranges(side, shelf)
        if not ranges:
            silent.append(f"{side.about} ({plain(side.article.title)})")
            continue
        written.append(Written(f"{_name(side.article)}:", (), paragraph=bool(written)))
        written += [Written(cited.quote, (cited,)) for cited in ranges]
    return tuple(written), silent


async def _ranges(side: Side, shelf: Shelf) -> list[CitedRange]:
    most = MOST_QUOTES if side.about else OPENING_SENTENCES
    every = [(hit.passage, s) for hit in side.findings.hits for s in hit.passage.sentences]
    telling = [pick for pick in every if not _is_heading(pick[0].quote(pick[1]), side)]
    if side.about:
        picks = await pick_quotes(side.about, side.findings, shelf.embedder)
        # Of a lone word little can be judged; who says it speaks of it.
        picks = picks or [pick for pick in telling if says(side.about, *pick)]
    else:
        picks = telling
    return [CitedRange(passage, sentence.start, sentence.end) for passage, sentence in picks[:most]]


def _is_heading(text: str, side: Side) -> bool:
    """Whether a "sentence" is the title, a heading or a date line rather than a statement."""
    found = words(text)
    return len(found) < STATEMENT_WORDS or set(found) <= set(words(side.article.title))


def _name(article: Article) -> str:
    facts = ", ".join(filter(None, (article.author, article.published)))
    return plain(f"{article.title} ({facts})" if facts else article.title)
