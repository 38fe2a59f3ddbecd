"""A form → rows from the database: how many, the newest, who gave it, all that mention it.

Every row names its article and carries a footnote into it: the sentence that says what was asked
for, or the article's opening. Only what the scope shows is counted or named. None where a form
fits no article and may have been meant otherwise: then the question is asked of the articles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from bot.answer.catalog.article_lookup import find_about, find_mentions, find_sentence_about
from bot.answer.catalog.article_lookup import find_article as article_named
from bot.answer.catalog.intents import Intent, IntentKind
from bot.answer.writing.citations import CitedSpan, DraftSentence
from bot.answer.writing.sanitize import sanitize
from bot.embedding import Embedder
from bot.records import Article, Filter, Hit, Scope, SearchResult, SortOrder
from bot.search.date_ranges import DateRange, parse_date_ranges
from bot.store.protocols import Library

MOST_ROWS = 10  # a Discord card holds some twenty lines; a longer list is /article list's
NEWEST_SHOWN = 5
PASSAGES_SEARCHED = 3  # of an article, for the sentence that a row cites
TITLE_CHARACTERS = 120
NAME_CHARACTERS = 60

WORDS = {
    "en": {
        "all": "Articles in the library: {n}.",
        "about": "Articles about “{topic}”: {n}.",
        "mentions": "Articles that mention “{topic}”: {n}.",
        "by": "Articles from “{topic}”: {n}.",
        "newest": "The newest first:",
        "oldest": "The oldest first:",
        "more": "… and {n} more.",
        "row": "{title} ({facts})",
        "author": "by {name}",
        "published": "published {day}",
        "added": "handed in by {name} on {day}",
        "operator": "the operator",
        "gave": "{name} handed in {n}.",
    },
    "de": {
        "all": "Artikel in der Bibliothek: {n}.",
        "about": "Artikel zu „{topic}“: {n}.",
        "mentions": "Artikel, die „{topic}“ erwähnen: {n}.",
        "by": "Artikel von „{topic}“: {n}.",
        "newest": "Die neuesten zuerst:",
        "oldest": "Die ältesten zuerst:",
        "more": "… und {n} weitere.",
        "row": "{title} ({facts})",
        "author": "von {name}",
        "published": "erschienen {day}",
        "added": "eingereicht von {name} am {day}",
        "operator": "dem Betreiber",
        "gave": "{name}: {n}.",
    },
    "es": {
        "all": "Artículos en la biblioteca: {n}.",
        "about": "Artículos sobre «{topic}»: {n}.",
        "mentions": "Artículos que mencionan «{topic}»: {n}.",
        "by": "Artículos de «{topic}»: {n}.",
        "newest": "Primero los más recientes:",
        "oldest": "Primero los más antiguos:",
        "more": "… y {n} más.",
        "row": "{title} ({facts})",
        "author": "de {name}",
        "published": "publicado {day}",
        "added": "entregado por {name} el {day}",
        "operator": "el operador",
        "gave": "{name}: {n}.",
    },
}


@dataclass(frozen=True, slots=True)
class CatalogAnswer:
    """What the database says, as sentences, and the passages that its rows cite."""

    sentences: tuple[DraftSentence, ...]
    findings: SearchResult
    article_ids: frozenset[int] = frozenset()  # the articles in its rows, cited or not


@dataclass(frozen=True, slots=True)
class AskContext:
    """Where a form is answered from."""

    library: Library
    scope: Scope
    embedder: Embedder
    article_filter: Filter


async def answer_from_catalog(intent: Intent, context: AskContext) -> CatalogAnswer | None:
    """The rows that answer a form; None to ask the articles instead."""
    if intent.kind is IntentKind.GIVER:
        return await _giver(intent, context)
    if intent.kind is IntentKind.GIVERS:
        return await _givers(intent, context)
    shown = await _matching(intent, context, await _by(intent, context))
    if not shown and (wider := _wider(intent)):
        said_somewhere = await _matching(wider, context, await _by(wider, context))
        intent, shown = (wider, said_somewhere) if said_somewhere else (intent, shown)
    if not shown and not intent.sure:
        return None
    order = {IntentKind.NEWEST: "newest", IntentKind.OLDEST: "oldest"}.get(intent.kind, "")
    most = NEWEST_SHOWN if order or intent.kind is IntentKind.COUNT else MOST_ROWS
    said = WORDS[intent.language]
    opening = said[order] if order and shown else _counted(intent, len(shown))
    rows = [await _row(intent, one, passages, context) for one, passages in shown[:most]]
    if len(shown) > most and not order:
        rows.append((said["more"].format(n=len(shown) - most), None))
    return await _listing([(opening, None), *rows], context, [one for one, _ in shown[:most]])


def _wider(intent: Intent) -> Intent | None:
    """What is asked instead where nothing is about a topic, or by somebody: who says the word."""
    if intent.by and not (intent.about or intent.mentions or _days(intent)):
        return replace(intent, by="", mentions=intent.by)
    if intent.about and not intent.sure:
        return replace(intent, about="", mentions=intent.about)
    return None


def _days(intent: Intent) -> list[DateRange]:
    return parse_date_ranges(intent.by, datetime.now(UTC).date()) if intent.by else []


def _counted(intent: Intent, n: int) -> str:
    said = WORDS[intent.language]
    for name in ("about", "mentions", "by"):
        if topic := getattr(intent, name):
            return said[name].format(topic=_short(topic), n=f"{n:,}")
    return said["all"].format(n=f"{n:,}")


Rendered = list[tuple[Article, list[int]]]
Row = tuple[str, CitedSpan | None]


async def _matching(intent: Intent, context: AskContext, articles: Sequence[Article]) -> Rendered:
    """Of some articles those that a form asks for, each with the passages that show it."""
    topic = intent.mentions or intent.about
    if not topic:
        return [(one, []) for one in articles]
    if intent.mentions:
        found = await find_mentions(topic, context.library, context.scope)
    else:
        within = [one.id for one in articles]
        found = await find_about(topic, context.library, context.scope, context.embedder, within)
    return [(one, found[one.id]) for one in articles if one.id in found]


async def _by(intent: Intent, context: AskContext) -> list[Article]:
    """The articles of an author, a site, a submitter or a time; all where none is named."""
    wanted = context.article_filter
    sort: SortOrder = "oldest" if intent.kind is IntentKind.OLDEST else "newest"
    days = _days(intent)
    if days:
        wanted = _within(wanted, *days[0])
    articles = await context.library.articles(context.scope, matching=wanted, sort=sort)
    if not intent.by or days:
        return articles
    return [one for one in articles if _comes_from(intent.by.lower(), one)]


def _comes_from(name: str, article: Article) -> bool:
    """Whether a name is (a part of) the author's, the submitter's or the site's."""
    site = (urlsplit(article.url).hostname or "") if article.url else ""
    people = (article.author or "").lower(), article.submitter.name.lower()
    return any(name in each for each in people) or "".join(name.split()) in site


def _within(wanted: Filter, first: date, last: date) -> Filter:
    since = max(wanted.since, first.isoformat())
    until = min(filter(None, (wanted.until, last.isoformat())))
    return replace(wanted, since=since, until=until)


async def _giver(intent: Intent, context: AskContext) -> CatalogAnswer | None:
    found = await article_named(
        intent.about, context.library, context.scope, context.embedder, by_content=True
    )
    if found is None:
        return None
    return await _listing(
        [await _row(replace(intent, about=""), found, [], context)], context, [found]
    )


async def _givers(intent: Intent, context: AskContext) -> CatalogAnswer:
    said = WORDS[intent.language]
    rows: list[Row] = [
        (said["gave"].format(name=_who(one.name, intent), n=f"{one.articles:,}"), None)
        for one in (await context.library.submitters(context.scope))[:MOST_ROWS]
    ]
    return await _listing(rows or [(_counted(intent, 0), None)], context)


async def _row(intent: Intent, article: Article, passages: list[int], context: AskContext) -> Row:
    """One article in a line, and the sentence that its footnote opens."""
    said = WORDS[intent.language]
    facts = []
    if article.author:
        facts.append(said["author"].format(name=_short(article.author, NAME_CHARACTERS)))
    if article.published:
        facts.append(said["published"].format(day=article.published))
    who = _who(article.submitter.name, intent)
    facts.append(said["added"].format(name=who, day=article.added[:10]))
    text = said["row"].format(title=_short(article.title), facts="; ".join(facts))
    if passages:
        read = await context.library.passages(passages[:PASSAGES_SEARCHED], context.scope)
    else:
        read = (await context.library.passages_of(article.id, context.scope))[:1]
    best = find_sentence_about(intent.mentions or intent.about, read)
    return text, CitedSpan(best[0], best[1].start, best[1].end) if best else None


def _who(name: str, intent: Intent) -> str:
    return _short(name, NAME_CHARACTERS) if name else WORDS[intent.language]["operator"]


def _short(text: str, characters: int = TITLE_CHARACTERS) -> str:
    """What others wrote, in one line of plain words."""
    text = sanitize(text)
    return text if len(text) <= characters else f"{text[: characters - 1].rstrip()}…"


async def _listing(
    rows: Sequence[Row], context: AskContext, named: Sequence[Article] = ()
) -> CatalogAnswer:
    sentences = tuple(
        DraftSentence(text, (cited,) if cited else (), paragraph=bool(i))
        for i, (text, cited) in enumerate(rows)
    )
    cited = {c.passage.id: c.passage for _, c in rows if c is not None}
    hits = tuple(Hit(passage, 1.0, 0.0, 0.0) for passage in cited.values())
    totals = await context.library.totals(context.scope, context.article_filter)
    ids = frozenset(article.id for article in named)
    return CatalogAnswer(sentences, SearchResult(hits, 1.0, totals.passages), ids)
