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

from bot.answer.shelves.forms import Form, Kind
from bot.answer.shelves.topics import about, mentioning, saying
from bot.answer.shelves.topics import named as article_named
from bot.answer.writing.citations import CitedRange, Written
from bot.answer.writing.plain import plain
from bot.embedding import Embedder
from bot.records import Article, Filter, Findings, Hit, Scope, SortOrder
from bot.search.days import Days, named_days
from bot.store.base import Library

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
class Listing:
    """What the database says, as sentences, and the passages that its rows cite."""

    sentences: tuple[Written, ...]
    findings: Findings
    named: frozenset[int] = frozenset()  # the articles in its rows, cited or not


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a form is answered from."""

    library: Library
    scope: Scope
    embedder: Embedder
    wanted: Filter


async def listed(form: Form, shelf: Shelf) -> Listing | None:
    """The rows that answer a form; None to ask the articles instead."""
    if form.kind is Kind.GIVER:
        return await _giver(form, shelf)
    if form.kind is Kind.GIVERS:
        return await _givers(form, shelf)
    shown = await _matching(form, shelf, await _by(form, shelf))
    if not shown and (wider := _wider(form)):
        said_somewhere = await _matching(wider, shelf, await _by(wider, shelf))
        form, shown = (wider, said_somewhere) if said_somewhere else (form, shown)
    if not shown and not form.sure:
        return None
    order = {Kind.NEWEST: "newest", Kind.OLDEST: "oldest"}.get(form.kind, "")
    most = NEWEST_SHOWN if order or form.kind is Kind.COUNT else MOST_ROWS
    said = WORDS[form.language]
    opening = said[order] if order and shown else _counted(form, len(shown))
    rows = [await _row(form, one, passages, shelf) for one, passages in shown[:most]]
    if len(shown) > most and not order:
        rows.append((said["more"].format(n=len(shown) - most), None))
    return await _listing([(opening, None), *rows], shelf, [one for one, _ in shown[:most]])


def _wider(form: Form) -> Form | None:
    """What is asked instead where nothing is about a topic, or by somebody: who says the word."""
    if form.by and not (form.about or form.mentions or _days(form)):
        return replace(form, by="", mentions=form.by)
    if form.about and not form.sure:
        return replace(form, about="", mentions=form.about)
    return None


def _days(form: Form) -> list[Days]:
    return named_days(form.by, datetime.now(UTC).date()) if form.by else []


def _counted(form: Form, n: int) -> str:
    said = WORDS[form.language]
    for name in ("about", "mentions", "by"):
        if topic := getattr(form, name):
            return said[name].format(topic=_short(topic), n=f"{n:,}")
    return said["all"].format(n=f"{n:,}")


Shown = list[tuple[Article, list[int]]]
Row = tuple[str, CitedRange | None]


async def _matching(form: Form, shelf: Shelf, articles: Sequence[Article]) -> Shown:
    """Of some articles those that a form asks for, each with the passages that show it."""
    topic = form.mentions or form.about
    if not topic:
        return [(one, []) for one in articles]
    if form.mentions:
        found = await mentioning(topic, shelf.library, shelf.scope)
    else:
        within = [one.id for one in articles]
        found = await about(topic, shelf.library, shelf.scope, shelf.embedder, within)
    return [(one, found[one.id]) for one in articles if one.id in found]


async def _by(form: Form, shelf: Shelf) -> list[Article]:
    """The articles of an author, a site, a submitter or a time; all where none is named."""
    wanted = shelf.wanted
    sort: SortOrder = "oldest" if form.kind is Kind.OLDEST else "newest"
    days = _days(form)
    if days:
        wanted = _within(wanted, *days[0])
    articles = await shelf.library.articles(shelf.scope, wanted=wanted, sort=sort)
    if not form.by or days:
        return articles
    return [one for one in articles if _comes_from(form.by.lower(), one)]


def _comes_from(name: str, article: Article) -> bool:
    """Whether a name is (a part of) the author's, the submitter's or the site's."""
    site = (urlsplit(article.url).hostname or "") if article.url else ""
    people = (article.author or "").lower(), article.submitter.name.lower()
    return any(name in each for each in people) or "".join(name.split()) in site


def _within(wanted: Filter, first: date, last: date) -> Filter:
    since = max(wanted.since, first.isoformat())
    until = min(filter(None, (wanted.until, last.isoformat())))
    return replace(wanted, since=since, until=until)


async def _giver(form: Form, shelf: Shelf) -> Listing | None:
    found = await article_named(
        form.about, shelf.library, shelf.scope, shelf.embedder, by_content=True
    )
    if found is None:
        return None
    return await _listing([await _row(replace(form, about=""), found, [], shelf)], shelf, [found])


async def _givers(form: Form, shelf: Shelf) -> Listing:
    said = WORDS[form.language]
    rows: list[Row] = [
        (said["gave"].format(name=_who(one.name, form), n=f"{one.articles:,}"), None)
        for one in (await shelf.library.submitters(shelf.scope))[:MOST_ROWS]
    ]
    return await _listing(rows or [(_counted(form, 0), None)], shelf)


async def _row(form: Form, article: Article, passages: list[int], shelf: Shelf) -> Row:
    """One article in a line, and the sentence that its footnote opens."""
    said = WORDS[form.language]
    facts = []
    if article.author:
        facts.append(said["author"].format(name=_short(article.author, NAME_CHARACTERS)))
    if article.published:
        facts.append(said["published"].format(day=article.published))
    who = _who(article.submitter.name, form)
    facts.append(said["added"].format(name=who, day=article.added[:10]))
    text = said["row"].format(title=_short(article.title), facts="; ".join(facts))
    if passages:
        read = await shelf.library.passages(passages[:PASSAGES_SEARCHED], shelf.scope)
    else:
        read = (await shelf.library.passages_of(article.id, shelf.scope))[:1]
    best = saying(form.mentions or form.about, read)
    return text, CitedRange(best[0], best[1].start, best[1].end) if best else None


def _who(name: str, form: Form) -> str:
    return _short(name, NAME_CHARACTERS) if name else WORDS[form.language]["operator"]


def _short(text: str, characters: int = TITLE_CHARACTERS) -> str:
    """What others wrote, in one line of plain words."""
    text = plain(text)
    return text if len(text) <= characters else f"{text[: characters - 1].rstrip()}…"


async def _listing(rows: Sequence[Row], shelf: Shelf, named: Sequence[Article] = ()) -> Listing:
    sentences = tuple(
        Written(text, (cited,) if cited else (), paragraph=bool(i))
        for i, (text, cited) in enumerate(rows)
    )
    cited = {c.passage.id: c.passage for _, c in rows if c is not None}
    hits = tuple(Hit(passage, 1.0, 0.0, 0.0) for passage in cited.values())
    totals = await shelf.library.totals(shelf.scope, shelf.wanted)
    ids = frozenset(article.id for article in named)
    return Listing(sentences, Findings(hits, 1.0, totals.passages), ids)
