"""A comparison of two articles, each searched separately.

If a question does not name two articles within the scope, all articles are searched instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import regex

from bot.answer.catalog.article_lookup import ID, find_article, mentions_topic, strip_article_words
from bot.answer.catalog.intents import DOCUMENT_TYPES, Intent
from bot.answer.context import AskContext
from bot.answer.extractive import MAX_QUOTES, pick_quotes
from bot.answer.strategies.common_ground import MAX_COMPARED, Pair, find_common_ground
from bot.answer.strategies.extractive_answer import ExtractiveAnswer, name_with_facts, quote_span
from bot.answer.strategies.interleave import interleave
from bot.answer.summary.key_sentences import key_sentences
from bot.answer.writing.sanitize import sanitize
from bot.citations import CitedSpan, DraftSentence
from bot.records import Article, Hit, SearchResult
from bot.strings import N_, _
from bot.text.tokenize import split_words

PASSAGES_PER_ARTICLE = 6
MIN_STATEMENT_WORDS = 5
BOTH_SAY, THEY_DIFFER = N_("Both say:"), N_("They differ:")
OWN_SENTENCES = 2  # of each article, about what the other does not mention
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


@dataclass(frozen=True, slots=True)
class ComparisonPlan:
    """``findings``: the passages of both articles in turn, so a short prompt has some of each.

    ``missing``: what the question calls an article that is not there.
    """

    question: str
    findings: SearchResult
    sides: tuple[ComparedArticle, ...]
    missing: tuple[str, ...] = ()


async def plan_comparison(
    question: str, intent: Intent, context: AskContext
) -> ComparisonPlan | None:
    """None if the question does not name two articles.

    If only one is there, the plan has that one, and says which is missing.
    """
    names, about = _names_of(intent)
    matches = [await _find_named(name, context) for name in names]
    articles = {article.id: article for article in matches if article is not None}
    missing = tuple(name for name, article in zip(names, matches, strict=True) if article is None)
    if len(articles) < 2 and not (articles and missing and all(map(NAMES_ARTICLE.search, missing))):
        return None
    sides = tuple([await _side(article, about, context) for article in articles.values()])
    return ComparisonPlan(question, _merge(sides), sides, missing)


async def plan_sides(
    question: str, about: str, articles: Sequence[Article], context: AskContext
) -> ComparisonPlan:
    """What each of the articles says ``about`` something; without that, how each begins."""
    sides = tuple([await _side(article, about, context) for article in articles])
    return ComparisonPlan(question, _merge(sides), sides)


def _names_of(intent: Intent) -> tuple[tuple[str, str], str]:
    """What the question calls the two articles, and what they are compared on."""
    assert intent.sides is not None
    first, second = intent.sides
    about = intent.about
    if about and not strip_article_words(second):  # "the study on heat pumps" is one name
        second, about = f"{second} on {about}", ""
    return (first, second), about


async def _find_named(name: str, context: AskContext) -> Article | None:
    by_content = bool(NAMES_ARTICLE.search(name) or ID.match(name))
    return await find_article(name, context, by_content=by_content)


async def _side(article: Article, about: str, context: AskContext) -> ComparedArticle:
    if about:
        findings = await context.search(about, within=[article.id], limit=PASSAGES_PER_ARTICLE)
        return ComparedArticle(article, about, findings)
    passages = await context.library.articles.passages_of(article.id, context.scope)
    hits = tuple(Hit(passage, 1.0, 0.0, 0.0) for passage in passages[:PASSAGES_PER_ARTICLE])
    return ComparedArticle(article, "", SearchResult(hits, 1.0, article.passages))


def _merge(sides: Sequence[ComparedArticle]) -> SearchResult:
    return SearchResult(
        interleave([side.findings for side in sides]),
        max(side.findings.answer_probability for side in sides),
        sum(side.findings.passages_in_scope for side in sides),
    )


async def quote_sides(plan: ComparisonPlan, context: AskContext) -> ExtractiveAnswer:
    """What both articles say, where they differ, then each one's name and quotes.

    Empty if neither has any.
    """
    if len(plan.sides) == 2:
        compared = await _compare(plan, context)
        if compared is not None:
            return compared
    sentences: list[DraftSentence] = []
    unanswered = list(plan.missing)
    for side in plan.sides:
        spans = await _quoted_spans(side, context)
        if not spans:
            unanswered.append(f"{side.about} ({sanitize(side.article.title)})")
            continue
        name = f"{name_with_facts(side.article)}:"
        sentences.append(DraftSentence(name, (), paragraph=bool(sentences)))
        sentences += map(quote_span, spans)
    if not sentences:
        return ExtractiveAnswer(())
    return ExtractiveAnswer(tuple(sentences), unanswered_parts=tuple(unanswered))


async def _compare(plan: ComparisonPlan, context: AskContext) -> ExtractiveAnswer | None:
    """The comparison of two articles; None if they have nothing in common."""
    first, second = [await _comparable_spans(side, context) for side in plan.sides]
    ground = await asyncio.to_thread(find_common_ground, first, second)
    if not ground.pairs:
        return None
    both = [pair for pair in ground.pairs if not pair.differs]
    differ = [pair for pair in ground.pairs if pair.differs]
    sentences = [*_pair_rows(_(BOTH_SAY), both), *_pair_rows(_(THEY_DIFFER), differ)]
    owns = (ground.only_first, ground.only_second)
    for side, own in zip(plan.sides, owns, strict=True):
        if own:
            only = _("Only in {article}:").format(article=name_with_facts(side.article))
            sentences.append(DraftSentence(only, (), paragraph=True))
            sentences += map(quote_span, own[:OWN_SENTENCES])
    return ExtractiveAnswer(tuple(sentences))


def _pair_rows(title: str, pairs: Sequence[Pair]) -> list[DraftSentence]:
    if not pairs:
        return []
    rows = [DraftSentence(title, (), paragraph=True)]
    for i, pair in enumerate(pairs):
        first = quote_span(pair.first, paragraph=i > 0)
        if pair.first.quote == pair.second.quote:
            rows.append(replace(first, spans=(pair.first, pair.second)))
        else:
            rows += [first, quote_span(pair.second)]
    return rows


async def _comparable_spans(side: ComparedArticle, context: AskContext) -> list[CitedSpan]:
    """The quotes on the topic; without a topic, the article's key sentences."""
    if side.about:
        return await _quoted_spans(side, context)
    passages = await context.library.articles.passages_of(side.article.id, context.scope)
    statements = await asyncio.to_thread(key_sentences, passages, MAX_COMPARED)
    return [statement.span for statement in statements]


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
