"""A summary of articles: their key sentences, or what a model writes from all of their passages.

Several articles are summed up one by one, then follow the sentences that they share. Knows nothing
of models.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.answer.context import AskContext
from bot.answer.strategies.common_ground import find_shared
from bot.answer.strategies.extractive_answer import (
    ExtractiveAnswer,
    draft_quotes,
    name_with_facts,
    quote_span,
)
from bot.answer.summary.key_sentences import (
    LONG_ARTICLE,
    KeySentence,
    by_section,
    key_sentences,
    statements_of,
)
from bot.answer.summary.summary_plan import (
    SENTENCES,
    SENTENCES_EACH,
    SENTENCES_LONG,
    ArticleSource,
    SummaryPlan,
)
from bot.answer.summary.summary_request import SummaryOrder
from bot.answer.writing.sanitize import sanitize
from bot.citations import CitedSpan, DraftSentence
from bot.errors import ArticleNotFound
from bot.records import Hit, Scope, SearchResult
from bot.store.protocols import Library
from bot.strings import N_, _
from bot.structure import HEADING_SEPARATOR

MAX_ARTICLES = 8
MAX_SENTENCES = 30
MAX_SHARED = 2  # pairs of sentences
SHARED_READ = 12  # key sentences of each article that are compared
IN_COMMON = N_("On the same subject:")
GONE = N_("This article is no longer in the library, or you can't see it here.")
TOO_MANY = N_("A summary takes at most {n} articles; please choose fewer.")


async def plan_summary(
    question: str, order: SummaryOrder, library: Library, scope: Scope
) -> SummaryPlan:
    """The plan to sum up the articles of an order.

    Raises ArticleNotFound if the scope does not show one of them, and for too many.
    """
    article_ids = list(dict.fromkeys(order.article_ids))
    if len(article_ids) > MAX_ARTICLES:
        raise ArticleNotFound(_(TOO_MANY).format(n=MAX_ARTICLES))
    sources = []
    for article_id in article_ids:
        article = await library.articles.get(article_id, scope)
        passages = await library.articles.passages_of(article_id, scope)
        if not passages:
            raise ArticleNotFound(_(GONE))
        sources.append(ArticleSource(article, tuple(passages)))
    hits = tuple(Hit(p, 1.0, 0.0, 0.0) for source in sources for p in source.passages)
    findings = SearchResult(hits, 1.0, (await library.articles.totals(scope)).passages)
    return SummaryPlan(question, findings, tuple(sources), order.sentences)


async def quote_summary(plan: SummaryPlan, context: AskContext) -> ExtractiveAnswer:
    """The key sentences of each article, and those that several articles share."""
    if len(plan.sources) == 1:
        sentences = await _one_article(plan.sources[0], plan.sentences, context)
        return ExtractiveAnswer(tuple(sentences), mode="summary")
    sentences = []
    for source in plan.sources:
        quotes = await asyncio.to_thread(
            key_sentences, source.passages, plan.sentences or SENTENCES_EACH
        )
        name = f"{name_with_facts(source.article)}:"
        sentences.append(DraftSentence(name, (), paragraph=bool(sentences)))
        sentences += await _draft(quotes, context)
    shared = await asyncio.to_thread(_shared_spans, plan.sources)
    if shared:
        sentences.append(DraftSentence(_(IN_COMMON), (), paragraph=True))
        sentences += map(quote_span, shared)
    named = frozenset(source.article.id for source in plan.sources)
    return ExtractiveAnswer(tuple(sentences), mode="summary", named_article_ids=named)


async def _one_article(
    source: ArticleSource, sentences: int | None, context: AskContext
) -> list[DraftSentence]:
    """The key sentences; of a long article under the names of its sections."""
    is_long = await asyncio.to_thread(_is_long, source)
    limit = sentences or (SENTENCES_LONG if is_long else SENTENCES)
    statements = await asyncio.to_thread(key_sentences, source.passages, min(limit, MAX_SENTENCES))
    if not is_long:
        return await _draft(statements, context)
    drafts: list[DraftSentence] = []
    for heading, run in by_section(statements):
        name = sanitize(heading.split(HEADING_SEPARATOR)[-1].strip(" :"))
        opens = bool(drafts)
        if name and name != sanitize(source.article.title):
            drafts.append(DraftSentence(f"{name}:", (), paragraph=opens))
            opens = False
        drafts += await _draft(run, context, opens=opens)
    return drafts


def _is_long(source: ArticleSource) -> bool:
    return len(statements_of(source.passages)) > LONG_ARTICLE


async def _draft(
    statements: Sequence[KeySentence], context: AskContext, *, opens: bool = False
) -> list[DraftSentence]:
    """The statements of a section as running text; items and replies below what they hang on.

    ``opens``: they begin a paragraph.
    """
    drafts = await draft_quotes([(s.passage, s.sentence) for s in statements], context)
    is_prose = [not draft.list_item and "\n" not in draft.text for draft in drafts]
    sections = [statement.passage.heading for statement in statements]
    runs_on = [
        is_prose[i - 1] and is_prose[i] and sections[i - 1] == sections[i]
        for i in range(1, len(drafts))
    ]
    return [
        replace(draft, paragraph=not runs_on[i - 1] if i else opens)
        for i, draft in enumerate(drafts)
    ]


def _shared_spans(sources: Sequence[ArticleSource]) -> list[CitedSpan]:
    """Pairs of key sentences of two articles that say nearly the same, the closest first."""
    by_article = [
        [statement.span for statement in key_sentences(source.passages, SHARED_READ)]
        for source in sources
    ]
    return find_shared(by_article, MAX_SHARED)
