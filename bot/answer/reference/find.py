"""Finds the articles that a question points to, in the library.

Only articles that the question may use exist here: its scope and its filter apply to every look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath

import regex

from bot.answer.context import AskContext
from bot.answer.reference import words as w
from bot.answer.reference.pointer import WORD, Shelved
from bot.answer.reference.resolve import MAX_TITLE_LINE, URL, Status, resolve_line
from bot.records import Article
from bot.text.folding import fold
from bot.text.question_words import is_question_word

MAX_SHELF = 3_000  # the newest articles, which a line may point to by anything but their number
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
    rf"#\s?\d|n°\s?\d|\b(?:artikel|bericht|studie)\b|\w(?:artikel|bericht|studie)\b|{URL.pattern}"
    r"|[番篇記文]|最|両方",
    regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """The articles that a line points to, and what it asks of them (``rest``; empty: nothing).

    ``missing``: the number that no article has.
    """

    status: Status
    articles: tuple[Article, ...] = ()
    rest: str = ""
    missing: int | None = None


async def find_reference(
    line: str, context: AskContext, *, shown: Sequence[int] = ()
) -> Reference | None:
    """The articles that ``line`` points to; None if it points to none.

    ``shown``: those of the answer before, in order.
    """
    if not may_point(line):
        return None
    articles = await context.library.articles.select(
        context.scope, limit=MAX_SHELF, matching=context.article_filter
    )
    by_id = {article.id: article for article in articles}
    shelf = [shelve(article) for article in articles]
    today = datetime.now(UTC).date()
    found = await asyncio.to_thread(resolve_line, line, shelf, shown=shown, today=today)
    if found is None:
        return None
    meant = tuple(by_id[article_id] for article_id in found.ids)
    return Reference(found.status, meant, found.rest, found.number)


def may_point(line: str) -> bool:
    """Whether it is worth looking: the line has a pointing word, or may be a title."""
    said = [fold(word.lower()) for word in WORD.findall(line)]
    if not POINTING.isdisjoint(said) or POINTS.search(line) or w.ELLIPSIS.match(line):
        return True
    return 1 < len(said) <= MAX_TITLE_LINE and not any(map(is_question_word, said))


def shelve(article: Article) -> Shelved:
    """What a line may say of an article."""
    ending = PurePath(article.source).suffix.lower().removeprefix(".")
    is_page = bool(article.address) or (article.url is not None and ending in ("", "html", "htm"))
    return Shelved(
        article.id,
        article.title,
        "web" if is_page else ending,
        article.author or "",
        article.submitter.name,
        article.added,
        article.tags,
        article.language or "",
        article.url or "",
        article.characters,
    )
