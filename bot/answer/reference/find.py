"""Finds the articles that a question points to, in the library.

Only articles that the question may use exist here: its scope and its filter apply to every look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from itertools import pairwise
from pathlib import PurePath

import regex

from bot.answer.catalog.article_lookup import find_about, find_article, find_most_mentions
from bot.answer.context import AskContext
from bot.answer.reference import words as w
from bot.answer.reference.pointer import WORD, Around, ArticleFacts, LineToken
from bot.answer.reference.positions import NUMBER
from bot.answer.reference.read_pointer import COMPOUND_ENDINGS, DEFINITE
from bot.answer.reference.resolve import (
    MAX_TITLE_LINE,
    QUOTED,
    URL,
    Resolution,
    Status,
    resolve_line,
)
from bot.answer.reference.topics import has_word
from bot.errors import ArticleNotFound
from bot.records import Article
from bot.text.folding import fold
from bot.text.question_words import is_question_word
from bot.text.tokenize import split_words

MAX_READ = 3_000  # the newest articles, which a line may point to by anything but their number
POINTING = (
    w.SINGULAR
    | w.PLURAL
    | w.NUMBERED
    | w.NEWEST
    | w.OLDEST
    | w.LONGEST
    | w.BOTH
    | w.WHATEVER
    | frozenset(w.KINDS)
    | frozenset(w.ORDINALS)
)
POINTS = regex.compile(
    rf"#\s?\d|n°\s?\d|(?:{'|'.join(COMPOUND_ENDINGS)})\b|{URL.pattern}"
    r"|[番篇記文]|最|両方",
    regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """The articles that a line points to, and what it asks of them (``rest``; empty: nothing).

    ``around`` and ``describes`` as of a ``Resolution``. ``missing``: the number of no article.
    """

    status: Status
    articles: tuple[Article, ...] = ()
    rest: str = ""
    missing: int | None = None
    around: Around = None
    describes: bool = True


async def find_reference(
    line: str, context: AskContext, *, shown: Sequence[int] = ()
) -> Reference | None:
    """The articles that ``line`` points to; None if it points to none.

    ``shown``: those of the answer before, in order.
    """
    if not may_point(line):
        return None
    facts = await load_facts(context, numbers=_numbers(line))
    by_id = facts.articles
    resolution = await asyncio.to_thread(
        resolve_line, line, facts.entries, shown=shown, today=today()
    )
    if resolution is None:
        return None
    if resolution.topic and not resolution.ids:
        return await _by_content(resolution, context, by_id)
    if resolution.topic and not resolution.is_plural:
        said_by = await find_most_mentions(
            resolution.topic, context.library, context.scope, candidates=resolution.ids
        )
        if said_by is not None and said_by in by_id:  # surer than a title's meaning
            resolution = replace(resolution, status="found", ids=(said_by,))
    meant = tuple(by_id[article_id] for article_id in resolution.ids)
    return Reference(
        resolution.status,
        meant,
        resolution.rest,
        resolution.number,
        resolution.around,
        resolution.describes,
    )


async def speaks_of(line: str, article_ids: Sequence[int], context: AskContext) -> bool:
    """Whether a line may mean one of the articles by what it is: "who paid for the study"."""
    tokens = [LineToken(match[0], *match.span()) for match in WORD.finditer(line)]
    nouns = [
        noun.word
        for before, noun in pairwise(tokens)
        if before.word in DEFINITE | w.THIS and noun.word in w.SINGULAR
    ]
    for article_id in article_ids if nouns else ():
        with suppress(ArticleNotFound):  # it was removed meanwhile
            passages = await context.library.articles.passages_of(article_id, context.scope)
            words = {word for passage in passages for word in split_words(passage.text)}
            if any(has_word(noun, [*words]) for noun in nouns):
                return True
    return False


@dataclass(frozen=True, slots=True)
class KnownArticles:
    """The articles that a line may point to, by id, and what it may say of them."""

    articles: Mapping[int, Article]
    entries: Sequence[ArticleFacts]


async def load_facts(
    context: AskContext, *, numbers: Collection[int] = (), all_of_them: bool = False
) -> KnownArticles:
    """The newest articles that a question may use, or all; and those with the ``numbers``."""
    select = partial(context.library.articles.select, context.scope)
    limit = -1 if all_of_them else MAX_READ
    articles = await select(limit=limit, matching=context.article_filter)
    if len(articles) == limit and numbers:
        within = context.article_filter.articles
        ids = frozenset(numbers) if within is None else within.intersection(numbers)
        articles += await select(matching=replace(context.article_filter, articles=ids))
    by_id = {article.id: article for article in articles}
    entries = await asyncio.to_thread(lambda: [*map(facts_of, by_id.values())])
    return KnownArticles(by_id, entries)


def _numbers(line: str) -> list[int]:
    return [int(digits) for digits in NUMBER.findall(line)]


def today() -> date:
    """The day of "yesterday"."""
    return datetime.now(UTC).date()


async def _by_content(
    resolution: Resolution, context: AskContext, by_id: Mapping[int, Article]
) -> Reference | None:
    """The articles whose text is about a topic that no title has; None if there are none."""
    if resolution.is_plural:
        about = await find_about(
            resolution.topic, context.library, context.scope, context.embedder, list(by_id)
        )
        meant = tuple(by_id[i] for i in by_id if i in about)
    else:
        article = await find_article(resolution.topic, context, by_content=True)
        meant = () if article is None else (article,)
    return Reference("found", meant, resolution.rest, around=resolution.around) if meant else None


def may_point(line: str) -> bool:
    """Whether it is worth looking: the line has a pointing word, or may be a title."""
    typed = [fold(word.lower()) for word in WORD.findall(line)]
    if (
        not POINTING.isdisjoint(typed)
        or QUOTED.search(line)
        or POINTS.search(line)
        or w.ELLIPSIS.match(line)
    ):
        return True
    return 1 < len(typed) <= MAX_TITLE_LINE and not any(map(is_question_word, typed))


def facts_of(article: Article) -> ArticleFacts:
    """What a line may say of an article."""
    ending = PurePath(article.source).suffix.lower().removeprefix(".")
    is_page = bool(article.address) or (article.url is not None and ending in ("", "html", "htm"))
    return ArticleFacts(
        article.id,
        article.title,
        "web" if is_page else w.KIND_OF_ENDING.get(ending),
        article.author or "",
        article.submitter.name,
        article.added,
        article.tags,
        article.language or "",
        article.url or "",
        article.characters,
        article.published or "",
    )
