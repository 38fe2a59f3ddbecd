"""Reading a library: finding an article, the list, an article's text, statistics; and editing.

Everything is read within a scope. The front end decides who may edit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.answer.summary.one_sentence import one_sentence_summary
from bot.answer_records import Rating
from bot.errors import ArticleRefused
from bot.records import Article, Filter, Scope, SortOrder, StoredPassage
from bot.service.typed import clean_line, clean_tag, parse_tags
from bot.store.protocols import Library
from bot.store.values import Submissions, Totals
from bot.strings import _

MAX_ID_DIGITS = 18


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a library's list. ``total``: all articles that match; ``page`` counts from 0."""

    articles: Sequence[Article]
    total: int
    page: int


@dataclass(frozen=True, slots=True)
class ArticleText:
    """An article's passages in order, and its most telling sentence."""

    passages: Sequence[StoredPassage]
    summary: str


@dataclass(frozen=True, slots=True)
class LibraryStats:
    """How much there is, of what and by whom, and how the answers were rated."""

    totals: Totals
    tags: Mapping[str, int]
    submitters: Sequence[Submissions]
    ratings: Mapping[Rating, int]


async def find_article(library: Library, name: str, scope: Scope) -> Article | None:
    """The article with this id, or the best match for this title; None for no match.

    Raises ArticleNotFound for an id.
    """
    name = clean_line(name)
    article_id = _read_id(name)
    if article_id is not None:
        return await library.articles.get(article_id, scope)
    matches = await library.articles.search_titles(name, scope, limit=1)
    return matches[0] if matches else None


async def suggest_articles(library: Library, typed: str, scope: Scope, limit: int) -> list[Article]:
    """The article with the number that was typed, and those with it in the title."""
    typed = clean_line(typed)
    numbered = Filter(articles=frozenset(filter(None, [_read_id(typed)])))
    matches = await library.articles.search_titles(typed, scope, limit=limit)
    if not numbered.articles:
        return matches
    meant = await library.articles.select(scope, limit=1, matching=numbered)
    return [*meant, *(match for match in matches if match not in meant)][:limit]


def _read_id(typed: str) -> int | None:
    """The number of an article, as "32" or "#32"; None if anything else was typed."""
    number = typed.lstrip("#")
    return int(number) if number.isdecimal() and len(number) < MAX_ID_DIGITS else None


async def visible_ids(
    article_ids: Collection[int], library: Library, scope: Scope
) -> frozenset[int]:
    """The ids among ``article_ids`` that are in a scope."""
    if not article_ids:
        return frozenset()
    filters = Filter(articles=frozenset(article_ids))
    return frozenset(await library.articles.ids_matching(filters, scope))


async def list_page(
    library: Library, scope: Scope, matching: Filter, sort: SortOrder, page: int, page_size: int
) -> ListPage:
    """A page of the list; the last one if there are fewer."""
    total = (await library.articles.totals(scope, matching)).articles
    page = min(page, max(0, total - 1) // page_size)
    articles = await library.articles.select(
        scope, limit=page_size, offset=page * page_size, matching=matching, sort=sort
    )
    return ListPage(articles, total, page)


async def article_text(library: Library, article: Article, scope: Scope) -> ArticleText:
    """An article's text; empty if the scope does not show it."""
    passages = await library.articles.passages_of(article.id, scope)
    summary = await asyncio.to_thread(one_sentence_summary, article.title, passages)
    return ArticleText(passages, summary)


async def library_stats(library: Library, scope: Scope) -> LibraryStats:
    """Statistics of what a scope shows."""
    return LibraryStats(
        await library.articles.totals(scope),
        await library.articles.tags(scope),
        await library.articles.submitters(scope),
        await library.answers.ratings(scope),
    )


async def suggest_tags(library: Library, typed: str, scope: Scope, limit: int) -> list[str]:
    """The tags that contain what was typed, the most used first."""
    part = clean_tag(typed)
    return [tag for tag in await library.articles.tags(scope) if part in tag][:limit]


async def rename_article(library: Library, article_id: int, typed: str, scope: Scope) -> Article:
    """Gives an article another title. Raises ArticleNotFound, and ArticleRefused for no title."""
    title = clean_line(typed)
    if not title:
        raise ArticleRefused(_("A title can't be empty. Nothing was changed."))
    return await library.articles.rename(article_id, title, scope)


async def tag_article(library: Library, article_id: int, typed: str, scope: Scope) -> Article:
    """Replaces an article's tags with those that were typed. Raises ArticleNotFound."""
    return await library.articles.tag(article_id, parse_tags(typed), scope)
