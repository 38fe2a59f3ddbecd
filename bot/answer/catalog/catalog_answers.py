"""Answers about the library itself, from the database: counts, lists, the newest, who added what.

Every row names its article and cites a sentence of it: the one that mentions the topic, or the
article's opening. Only articles within the scope are counted or named. Answers are in the language
of the question, as far as there is a catalog of messages for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from bot.answer.catalog.article_lookup import (
    find_about,
    find_article,
    find_mentions,
    find_sentence_about,
)
from bot.answer.catalog.intents import Intent, IntentKind
from bot.answer.context import AskContext
from bot.answer.writing.sanitize import sanitize
from bot.citations import CitedSpan, DraftSentence
from bot.records import Article, Filter, Hit, SearchResult, SortOrder
from bot.strings import _, ngettext, speaking
from bot.text.date_ranges import DateRange, parse_date_ranges

MAX_ROWS = 10  # a Discord card holds some twenty lines; a longer list is /library's
NEWEST_SHOWN = 5
PASSAGES_SEARCHED = 3  # of an article, for the sentence to cite
TITLE_CHARACTERS = 120
NAME_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class CatalogAnswer:
    """The answer as sentences, with the passages that its rows cite."""

    sentences: tuple[DraftSentence, ...]
    findings: SearchResult
    article_ids: frozenset[int] = frozenset()  # named in the rows, cited or not


async def answer_from_catalog(intent: Intent, context: AskContext) -> CatalogAnswer | None:
    """The rows that answer ``intent``.

    None if no article matches and the question may have meant something else: it is then searched
    for in the articles' text.
    """
    with speaking(intent.language):
        if intent.kind is IntentKind.WHO_ADDED:
            return await _answer_submitter(intent, context)
        if intent.kind is IntentKind.TOP_CONTRIBUTORS:
            return await _answer_submitters(context)
        return await _answer_articles(intent, context)


async def _answer_articles(intent: Intent, context: AskContext) -> CatalogAnswer | None:
    matches = await _match_topic(intent, context, await _articles_by(intent, context))
    if not matches and (wider := _widen(intent)):
        wider_matches = await _match_topic(wider, context, await _articles_by(wider, context))
        intent, matches = (wider, wider_matches) if wider_matches else (intent, matches)
    if not matches and not intent.names_articles:
        return None
    is_sorted = intent.kind in (IntentKind.NEWEST, IntentKind.OLDEST, IntentKind.LONGEST)
    limit = NEWEST_SHOWN if is_sorted or intent.kind is IntentKind.COUNT else MAX_ROWS
    shown = matches[:limit]
    rows = [await _article_row(intent, article, ids, context) for article, ids in shown]
    left_out = len(matches) - limit
    if left_out > 0 and not is_sorted:
        more = ngettext("… and {n} more.", "… and {n} more.", left_out)
        rows.append((more.format(n=left_out), None))
    opening = _opening(intent, len(matches))
    articles = [article for article, _ids in shown]
    return await _build_answer([(opening, None), *rows], context, articles)


def _widen(intent: Intent) -> Intent | None:
    """The intent that also matches articles which only mention the topic or the name."""
    if intent.origin and not (intent.about or intent.mentions or _date_ranges(intent)):
        return replace(intent, origin="", mentions=intent.origin)
    if intent.about and not intent.names_articles:
        return replace(intent, about="", mentions=intent.about)
    return None


def _date_ranges(intent: Intent) -> list[DateRange]:
    return parse_date_ranges(intent.origin, datetime.now(UTC).date()) if intent.origin else []


def _opening(intent: Intent, n: int) -> str:
    """The line above the rows."""
    if n and intent.kind is IntentKind.NEWEST:
        return _("Newest first:")
    if n and intent.kind is IntentKind.OLDEST:
        return _("Oldest first:")
    if n and intent.kind is IntentKind.LONGEST:
        return _("Longest first:")
    if intent.kind is IntentKind.UNASKED:
        return _unasked_message(n)
    return _count_message(intent, n)


def _unasked_message(n: int) -> str:
    if not n:
        return _("Every article has been cited in an answer.")
    some = ngettext(
        "{n} article that no answer has cited.", "{n} articles that no answer has cited.", n
    )
    return some.format(n=f"{n:,}")


def _count_message(intent: Intent, n: int) -> str:
    topic = _shorten(intent.about or intent.mentions or intent.origin)
    if intent.about:
        none = _("There are no articles about “{topic}”.")
        some = ngettext("{n} article about “{topic}”.", "{n} articles about “{topic}”.", n)
    elif intent.mentions:
        none = _("No article mentions “{topic}”.")
        some = ngettext("{n} article mentions “{topic}”.", "{n} articles mention “{topic}”.", n)
    elif intent.origin:
        none = _("There are no articles from “{topic}”.")
        some = ngettext("{n} article from “{topic}”.", "{n} articles from “{topic}”.", n)
    elif intent.described:
        topic = _shorten(intent.described)
        none = _("There are no such articles ({topic}).")
        some = ngettext("{n} such article ({topic}).", "{n} such articles ({topic}).", n)
    else:
        none = _("There are no articles in the library.")
        some = ngettext("{n} article in the library.", "{n} articles in the library.", n)
    return (some if n else none).format(n=f"{n:,}", topic=topic)


Match = tuple[Article, list[int]]
"""An article, and the ids of the passages that made it match."""
Row = tuple[str, CitedSpan | None]


async def _match_topic(
    intent: Intent, context: AskContext, articles: Sequence[Article]
) -> list[Match]:
    """The articles that are about the intent's topic or mention it; all if it has none."""
    topic = intent.mentions or intent.about
    if not topic:
        return [(article, []) for article in articles]
    if intent.mentions:
        passage_ids = await find_mentions(topic, context.library, context.scope)
    else:
        within = [article.id for article in articles]
        passage_ids = await find_about(
            topic, context.library, context.scope, context.embedder, within
        )
    return [(article, passage_ids[article.id]) for article in articles if article.id in passage_ids]


async def _articles_by(intent: Intent, context: AskContext) -> list[Article]:
    """The articles of the author, site, submitter or time that the intent names; else all."""
    article_filter = context.article_filter
    orders: dict[IntentKind, SortOrder] = {
        IntentKind.OLDEST: "oldest",
        IntentKind.LONGEST: "longest",
    }
    sort = orders.get(intent.kind, "newest")
    dates = _date_ranges(intent)
    if dates:
        article_filter = _narrow_dates(article_filter, *dates[0])
    articles = await context.library.articles.select(
        context.scope, matching=article_filter, sort=sort
    )
    if not intent.origin or dates:
        return articles
    return [article for article in articles if _is_from(intent.origin.lower(), article)]


def _is_from(name: str, article: Article) -> bool:
    """Whether a name is part of the author's, the submitter's or the site's."""
    site = (urlsplit(article.url).hostname or "") if article.url else ""
    people = (article.author or "").lower(), article.submitter.name.lower()
    return any(name in person for person in people) or "".join(name.split()) in site


def _narrow_dates(article_filter: Filter, first: date, last: date) -> Filter:
    since = max(article_filter.since, first.isoformat())
    until = min(filter(None, (article_filter.until, last.isoformat())))
    return replace(article_filter, since=since, until=until)


async def _answer_submitter(intent: Intent, context: AskContext) -> CatalogAnswer | None:
    """Who added the article that the intent names; None if there is no such article."""
    article = await find_article(intent.about, context, by_content=True)
    if article is None:
        return None
    return await describe_one(article, context)


async def describe_one(article: Article, context: AskContext) -> CatalogAnswer:
    """What is known of an article: its author, date, and who added it."""
    row = await _article_row(Intent(IntentKind.WHO_ADDED), article, [], context)
    return await _build_answer([row], context, [article])


async def _answer_submitters(context: AskContext) -> CatalogAnswer:
    """How many articles each member added, most first."""
    submitters = await context.library.articles.submitters(context.scope, context.article_filter)
    shown = submitters[:MAX_ROWS]
    rows: list[Row] = [(_submitter_line(each.name, each.articles), None) for each in shown]
    return await _build_answer(
        rows or [(_("There are no articles in the library."), None)], context
    )


def _submitter_line(name: str, n: int) -> str:
    if name:
        text = ngettext("{name} added {n} article.", "{name} added {n} articles.", n)
    else:
        text = ngettext("The operator added {n} article.", "The operator added {n} articles.", n)
    return text.format(name=_shorten(name, NAME_CHARACTERS), n=f"{n:,}")


async def _article_row(
    intent: Intent, article: Article, passage_ids: list[int], context: AskContext
) -> Row:
    """One article in a line, and the sentence that the line cites."""
    text = describe_article(article)
    if passage_ids:
        passages = await context.library.articles.passages(
            passage_ids[:PASSAGES_SEARCHED], context.scope
        )
    else:
        passages = (await context.library.articles.passages_of(article.id, context.scope))[:1]
    best = find_sentence_about(intent.mentions or intent.about, passages)
    return text, CitedSpan(best[0], best[1].start, best[1].end) if best else None


def describe_article(article: Article) -> str:
    """An article in a line: its title, author, date, and who added it."""
    return f"{_shorten(article.title)} ({'; '.join(_article_facts(article))})"


def _article_facts(article: Article) -> list[str]:
    facts = []
    if article.author:
        facts.append(_("by {name}").format(name=_shorten(article.author, NAME_CHARACTERS)))
    if article.published:
        facts.append(_("published {day}").format(day=article.published))
    submitter = _shorten(article.submitter.name, NAME_CHARACTERS)
    added = _("added by {name} on {day}") if submitter else _("added by the operator on {day}")
    return [*facts, added.format(name=submitter, day=article.added[:10])]


def _shorten(text: str, characters: int = TITLE_CHARACTERS) -> str:
    """Members' text as one line without links or mentions, cut to ``characters``."""
    text = sanitize(text)
    return text if len(text) <= characters else f"{text[: characters - 1].rstrip()}…"


async def _build_answer(
    rows: Sequence[Row], context: AskContext, articles: Sequence[Article] = ()
) -> CatalogAnswer:
    sentences = tuple(
        DraftSentence(text, (span,) if span else (), paragraph=bool(i))
        for i, (text, span) in enumerate(rows)
    )
    cited = {span.passage.id: span.passage for _text, span in rows if span is not None}
    hits = tuple(Hit(passage, 1.0, 0.0, 0.0) for passage in cited.values())
    totals = await context.library.articles.totals(context.scope, context.article_filter)
    ids = frozenset(article.id for article in articles)
    return CatalogAnswer(sentences, SearchResult(hits, 1.0, totals.passages), ids)
