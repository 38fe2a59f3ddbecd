"""Compares two articles, each searched separately.

If a question does not name two articles within the scope, all articles are searched instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

import regex

from bot.answer.catalog.article_lookup import ID, find_article, mentions_topic, strip_article_words
from bot.answer.catalog.catalog_answers import AskContext
from bot.answer.catalog.intents import DOCUMENT_TYPES, Intent
from bot.answer.extractive import MAX_QUOTES, pick_quotes
from bot.answer.writing.citations import CitedSpan, DraftSentence
from bot.answer.writing.sanitize import sanitize
from bot.records import Article, Hit, SearchResult
from bot.search.retrieve import search
from bot.text.tokenize import split_words

PASSAGES_PER_ARTICLE = 6
MIN_STATEMENT_WORDS = 5
OPENING_SENTENCES = 2  # of each article, if the question names no topic
NAMES_ARTICLE = regex.compile(
    rf"\b{DOCUMENT_TYPES}\b|\bone (?:on|about|with|by|from)\b", regex.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ComparedArticle:
    """One of two articles, and its hits on the topic ``about``; without a topic, its opening."""

    article: Article
    about: str
    findings: SearchResult


async def compare_articles(intent: Intent, context: AskContext) -> tuple[ComparedArticle, ...]:
    """The two articles and their passages; empty if the question does not name two articles."""
    assert intent.sides is not None
    first, second = intent.sides
    about = intent.about
    if about and not strip_article_words(second):  # "the study on heat pumps" is one name
        second, about = f"{second} on {about}", ""
    named = [await _find_named(name, context) for name in (first, second)]
    articles = {article.id: article for article in named if article is not None}
    if len(articles) < 2:
        return ()
    return tuple([await _side(article, about, context) for article in articles.values()])


async def _find_named(name: str, context: AskContext) -> Article | None:
    by_content = bool(NAMES_ARTICLE.search(name) or ID.match(name))
    return await find_article(
        name, context.library, context.scope, context.embedder, by_content=by_content
    )


async def _side(article: Article, about: str, context: AskContext) -> ComparedArticle:
    if about:
        findings = await search(
            about,
            context.library,
            context.scope,
            context.embedder,
            limit=PASSAGES_PER_ARTICLE,
            within=[article.id],
        )
        return ComparedArticle(article, about, findings)
    passages = (await context.library.articles.passages_of(article.id, context.scope))[
        :PASSAGES_PER_ARTICLE
    ]
    hits = tuple(Hit(passage, 1.0, 0.0, 0.0) for passage in passages)
    return ComparedArticle(article, "", SearchResult(hits, 1.0, article.passages))


def interleave(sides: Sequence[ComparedArticle]) -> SearchResult:
    """The passages of both in turn, so that even a short prompt has some of each."""
    in_turn = zip_longest(*(side.findings.hits for side in sides))
    return SearchResult(
        tuple(hit for hit in chain.from_iterable(in_turn) if hit is not None),
        max(side.findings.answer_probability for side in sides),
        sum(side.findings.passages_in_scope for side in sides),
    )


async def quote_sides(
    sides: Sequence[ComparedArticle], context: AskContext
) -> tuple[tuple[DraftSentence, ...], list[str]]:
    """Each article's name and quotes, and the parts that an article does not answer."""
    sentences: list[DraftSentence] = []
    unanswered: list[str] = []
    for side in sides:
        spans = await _quoted_spans(side, context)
        if not spans:
            unanswered.append(f"{side.about} ({sanitize(side.article.title)})")
            continue
        name = f"{_name(side.article)}:"
        sentences.append(DraftSentence(name, (), paragraph=bool(sentences)))
        sentences += [DraftSentence(span.quote, (span,)) for span in spans]
    return tuple(sentences), unanswered


async def _quoted_spans(side: ComparedArticle, context: AskContext) -> list[CitedSpan]:
    limit = MAX_QUOTES if side.about else OPENING_SENTENCES
    statements = [
        (hit.passage, sentence)
        for hit in side.findings.hits
        for sentence in hit.passage.sentences
        if not _is_heading(hit.passage.quote(sentence), side)
    ]
    if side.about:
        quotes = await pick_quotes(side.about, side.findings, context.embedder)
        # A single word is too little to judge by: quote the sentences that mention it.
        quotes = quotes or [s for s in statements if mentions_topic(side.about, *s)]
    else:
        quotes = statements
    return [
        CitedSpan(passage, sentence.start, sentence.end) for passage, sentence in quotes[:limit]
    ]


def _is_heading(text: str, side: ComparedArticle) -> bool:
    """Whether a "sentence" is the title, a heading or a date line rather than a statement."""
    own_words = split_words(text)
    too_short = len(own_words) < MIN_STATEMENT_WORDS
    return too_short or set(own_words) <= set(split_words(side.article.title))


def _name(article: Article) -> str:
    facts = ", ".join(filter(None, (article.author, article.published)))
    return sanitize(f"{article.title} ({facts})" if facts else article.title)
