"""Finds the other articles on what was just spoken of: the older one, or those of another year.

They are the ones that the question before finds, too, those with the likest titles first. Only
articles that may be seen exist here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answer.context import AskContext
from bot.answer.conversation.memory import Turn
from bot.answer.question.follow_up import FollowUpKind, classify_follow_up, content_words
from bot.answer.reference.find import today
from bot.answer.reference.read_pointer import read_pointer
from bot.answer.reference.topics import title_likeness
from bot.records import Article, Filter
from bot.search.exact_match import asked_units
from bot.text.periods import Period, find_periods

PASSAGES_READ = 24
MAX_ARTICLES = 3


@dataclass(frozen=True, slots=True)
class OtherArticles:
    """Articles, and what is asked of them; empty if it is what was asked before."""

    ids: tuple[int, ...]
    question: str = ""


async def articles_beside(turn: Turn, context: AskContext) -> list[Article]:
    """Those that the question of a turn finds and its answer did not cite.

    In the order of how like their titles are to that of the article cited first.
    """
    within = await context.matching_ids()
    question = turn.standalone_question
    hits = await context.find_passages(question, within=within, limit=PASSAGES_READ)
    cited = {span.article_id for span in turn.spans}
    ids = dict.fromkeys(hit.passage.article_id for hit in hits)
    first = await _select([turn.spans[0].article_id], context)
    others = await _select([i for i in ids if i not in cited], context)
    if not first:
        return others
    titles = [other.title for other in others]
    likeness = await asyncio.to_thread(title_likeness, first[0].title, titles)
    by_title = sorted(zip(likeness, others, strict=True), key=lambda pair: -pair[0])
    return [other for _, other in by_title]


async def find_older_or_newer(line: str, turn: Turn, context: AskContext) -> OtherArticles | None:
    """The likeliest article that is older (newer) than the one cited: "and the older article?"."""
    pointer = read_pointer(line, (), today())
    if pointer is None or not pointer.among_shown:
        return None
    cited = await _select([turn.spans[0].article_id], context)
    others = await articles_beside(turn, context) if cited else []
    for other in others:
        pair = (other, cited[0]) if pointer.pick == "oldest" else (cited[0], other)
        if _is_older(*pair):  # neither of two of the same day
            return OtherArticles((other.id,), pointer.rest)
    return None


async def find_of_period(line: str, turn: Turn, context: AskContext) -> OtherArticles | None:
    """The articles of the period that a line names and nothing else: "and in 2025?"."""
    periods = asked_units(line, today()).periods
    if not periods or classify_follow_up(line).kind is not FollowUpKind.FRAGMENT:
        return None
    if any(not find_periods(word) for word in content_words(line)):
        return None
    others = await articles_beside(turn, context)
    ids = [other.id for other in others if any(_is_of(period, other) for period in periods)]
    return OtherArticles(tuple(ids[:MAX_ARTICLES])) if ids else None


async def _select(ids: Sequence[int], context: AskContext) -> list[Article]:
    """The articles in this order, as far as they may be seen."""
    matching = Filter(articles=frozenset(ids))
    articles = await context.library.articles.select(context.scope, matching=matching)
    return sorted(articles, key=lambda article: ids.index(article.id))


def _is_older(one: Article, other: Article) -> bool:
    """By the days when they were published or, if one is unknown, added."""
    if one.published and other.published:
        return one.published < other.published
    return one.added < other.added


def _is_of(period: Period, article: Article) -> bool:
    """Whether an article's title names the period, or else its day lies in it."""
    named = find_periods(article.title) or find_periods(article.published or "")
    return any(each.shares(period) for each in named)
