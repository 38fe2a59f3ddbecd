"""Two articles side by side: what each says, found in each by itself.

A comparison that names no two articles of the scope is none: then the question is asked of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

import regex

from bot.answer.catalog.article_lookup import ID, find_article, mentions_topic, strip_article_words
from bot.answer.catalog.catalog_answers import AskContext
from bot.answer.catalog.intents import NAMED, Intent
from bot.answer.extractive import MAX_QUOTES, pick_quotes
from bot.answer.writing.citations import CitedSpan, DraftSentence
from bot.answer.writing.sanitize import sanitize
from bot.records import Article, Hit, SearchResult
from bot.search.query_terms import split_words
from bot.search.retrieve import search

PASSAGES_OF_EACH = 6
STATEMENT_WORDS = 5
OPENING_SENTENCES = 2  # of an article, when nothing is said of what to compare
AS_ARTICLE = regex.compile(rf"\b{NAMED}\b|\bone (?:on|about|with|by|from)\b", regex.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ComparedArticle:
    """One of two articles, and what of it was found. ``about`` is empty for its opening."""

    article: Article
    about: str
    findings: SearchResult


async def compare_articles(intent: Intent, context: AskContext) -> tuple[ComparedArticle, ...]:
    """The sides of a comparison; none when the question does not name two articles."""
    assert intent.sides is not None
    one, other = intent.sides
    about = intent.about
    if about and not strip_article_words(other):  # "the study on heat pumps" is one name
        other, about = f"{other} on {about}", ""
    found = [await _article(name, context) for name in (one, other)]
    articles = {article.id: article for article in found if article is not None}
    if len(articles) < 2:
        return ()
    return tuple([await _side(article, about, context) for article in articles.values()])


async def _article(name: str, context: AskContext) -> Article | None:
    spoken_of = bool(AS_ARTICLE.search(name) or ID.match(name))
    return await find_article(
        name, context.library, context.scope, context.embedder, by_content=spoken_of
    )


async def _side(article: Article, about: str, context: AskContext) -> ComparedArticle:
    if about:
        findings = await search(
            about,
            context.library,
            context.scope,
            context.embedder,
            limit=PASSAGES_OF_EACH,
            within=[article.id],
        )
        return ComparedArticle(article, about, findings)
    passages = (await context.library.passages_of(article.id, context.scope))[:PASSAGES_OF_EACH]
    hits = tuple(Hit(passage, 1.0, 0.0, 0.0) for passage in passages)
    return ComparedArticle(article, "", SearchResult(hits, 1.0, article.passages))


def interleave(sides: Sequence[ComparedArticle]) -> SearchResult:
    """The sides' passages by turns, so that a short prompt holds some of each."""
    turns = zip_longest(*(side.findings.hits for side in sides))
    return SearchResult(
        tuple(hit for hit in chain.from_iterable(turns) if hit is not None),
        max(side.findings.answer_probability for side in sides),
        sum(side.findings.passages_in_scope for side in sides),
    )


async def quote_sides(
    sides: Sequence[ComparedArticle], context: AskContext
) -> tuple[tuple[DraftSentence, ...], list[str]]:
    """Each article's name and its sentences; and the articles that say nothing clear of it."""
    written: list[DraftSentence] = []
    silent: list[str] = []
    for side in sides:
        ranges = await _ranges(side, context)
        if not ranges:
            silent.append(f"{side.about} ({sanitize(side.article.title)})")
            continue
        written.append(DraftSentence(f"{_name(side.article)}:", (), paragraph=bool(written)))
        written += [DraftSentence(cited.quote, (cited,)) for cited in ranges]
    return tuple(written), silent


async def _ranges(side: ComparedArticle, context: AskContext) -> list[CitedSpan]:
    most = MAX_QUOTES if side.about else OPENING_SENTENCES
    every = [(hit.passage, s) for hit in side.findings.hits for s in hit.passage.sentences]
    telling = [pick for pick in every if not _is_heading(pick[0].quote(pick[1]), side)]
    if side.about:
        picks = await pick_quotes(side.about, side.findings, context.embedder)
        # Of a lone word little can be judged; who says it speaks of it.
        picks = picks or [pick for pick in telling if mentions_topic(side.about, *pick)]
    else:
        picks = telling
    return [CitedSpan(passage, sentence.start, sentence.end) for passage, sentence in picks[:most]]


def _is_heading(text: str, side: ComparedArticle) -> bool:
    """Whether a "sentence" is the title, a heading or a date line rather than a statement."""
    found = split_words(text)
    return len(found) < STATEMENT_WORDS or set(found) <= set(split_words(side.article.title))


def _name(article: Article) -> str:
    facts = ", ".join(filter(None, (article.author, article.published)))
    return sanitize(f"{article.title} ({facts})" if facts else article.title)
