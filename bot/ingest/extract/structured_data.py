"""What a page's machine-readable data say of its author and dates: JSON-LD, then meta elements.

Of several objects the article's own counts, not the page's, the site's or a related article's.
Malformed data is skipped. Knows nothing of what the page shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

import regex

from bot.ingest.extract.dates import DateOrder, find_dates, plausible_date
from bot.ingest.extract.names import is_account, is_host, natural_order

NODES = 2_000  # of one page's JSON-LD; more is no description of an article
SCRIPT_CHARACTERS = 2_000_000
_ARTICLE = regex.compile(
    r"(?:\w*Article|\w*Posting|BlogPost|Report|Recipe|Review|Book|Chapter|Thesis|HowTo|CreativeWork"
    r"|DigitalDocument|Course|PressRelease)$"
)
_PAGE = regex.compile(r"(?:\w*Page)$")
PUBLISHED_META = (
    *("article:published_time", "og:article:published_time", "citation_publication_date"),
    *("citation_online_date", "citation_date", "datepublished", "rnews:datepublished"),
    *("dcterms.issued", "dc.date.issued", "dc.date.published", "parsely-pub-date", "sailthru.date"),
    *("publish-date", "publish_date", "publishdate", "publication_date", "publication-date"),
    *("pubdate", "published", "og:pubdate", "cxenseparse:recs:publishtime", "dcterms.created"),
    *("dc.date.created", "dcterms.date", "dc.date", "article.published", "displaydate", "date"),
)
UPDATED_META = (
    *("article:modified_time", "og:article:modified_time", "og:updated_time", "datemodified"),
    *("dcterms.modified", "dc.date.modified", "last-modified", "lastmod", "revised"),
)
AUTHOR_META = (
    *("citation_author", "dcterms.creator", "dc.creator", "dc.creator.personalname", "author"),
    *("article:author", "og:article:author", "parsely-author", "sailthru.author", "byl"),
)
_BY = regex.compile(r"(?:by|von|por|par)\s+(?=\p{Lu})", regex.I)


@dataclass(frozen=True, slots=True)
class StructuredData:
    """Names and ISO dates; empty where nothing is stated."""

    authors: tuple[str, ...] = ()
    published: str | None = None
    updated: str | None = None


def read_json_ld(tree: Any, title: str, *, of_page: bool = False) -> StructuredData:
    """What JSON-LD says of the article called ``title``, or ``of_page`` of its page."""
    nodes = list(_nodes(tree))
    names = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str)}
    kind = _PAGE if of_page else _ARTICLE
    own = [node for node in nodes if any(map(kind.match, _types(node)))]
    same = [node for node in own if _is_titled(node, title)]
    for node in (*same, *own):
        data = StructuredData(
            tuple(_people(node.get("author") or node.get("creator"), names)),
            _first_date(node, ("datePublished", "dateCreated")),
            _first_date(node, ("dateModified",)),
        )
        if data != StructuredData():
            return data
    return StructuredData()


def _types(node: dict[str, Any]) -> list[str]:
    types = node.get("@type")
    return [
        str(name).rsplit("/", 1)[-1] for name in (types if isinstance(types, list) else [types])
    ]


def _is_titled(node: dict[str, Any], title: str) -> bool:
    headline = node.get("headline") or node.get("name")
    return bool(title) and isinstance(headline, str) and _key(headline) in (_key(title),)


def _key(text: str) -> str:
    return "".join(regex.findall(r"\w+", text.casefold()))


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """The objects that describe the page: at the top, in a graph, or its main entity."""
    count = 0
    for script in tree.xpath("//script[contains(@type, 'ld+json')]"):
        waiting = [_parse(script.text_content())]
        while waiting and count < NODES:
            value, count = waiting.pop(0), count + 1
            if isinstance(value, list):
                waiting.extend(value)
            elif isinstance(value, dict):
                yield value
                waiting.extend(
                    value[key]
                    for key in ("@graph", "mainEntity", "mainEntityOfPage")
                    if key in value
                )


def _parse(text: str) -> Any:
    text = regex.sub(
        r"^\s*(?://)?\s*<!(?:--|\[CDATA\[)|(?://)?\s*(?:-->|\]\]>)\s*$",
        "",
        text[:SCRIPT_CHARACTERS],
    )
    try:
        return json.loads(text.strip().rstrip(";"), strict=False)
    except (ValueError, RecursionError):
        return None


def _people(value: Any, names: dict[str, dict[str, Any]]) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        person = names.get(one.get("@id", ""), one) if isinstance(one, dict) else one
        name = person.get("name") if isinstance(person, dict) else person
        for text in name if isinstance(name, list) else [name]:
            if isinstance(text, str) and is_author(text):
                yield clean_author(text)


def is_author(text: str) -> bool:
    """Whether it can be an author: no address, host, account or number."""
    text = clean_author(text)
    return bool(regex.search(r"\p{L}{2}", text)) and not is_account(text)


def clean_author(text: str) -> str:
    """One author's name in its natural order, without "By" and the names of hosts."""
    words = (word for word in unescape(text).split() if not is_host(word.strip("()[],;")))
    return natural_order(_BY.sub("", " ".join(words).strip(" /|-"), count=1))


def _first_date(node: dict[str, Any], keys: Sequence[str]) -> str | None:
    values = (node.get(key) for key in keys)
    return next(filter(None, (stated_date(v, None) for v in values if isinstance(v, str))), None)


def read_meta(tree: Any, order: DateOrder | None) -> StructuredData:
    """What meta elements say, the most specific names first."""
    entries: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        content = " ".join((meta.get("content") or meta.get("datetime") or "").split())
        for attribute in ("name", "property", "itemprop", "http-equiv"):
            if content and meta.get(attribute):
                entries.setdefault(meta.get(attribute).strip().lower(), []).append(content)
    authors = next(
        (entries[name] for name in AUTHOR_META if any(map(is_author, entries.get(name, ())))), []
    )
    return StructuredData(
        tuple(clean_author(author) for author in authors if is_author(author)),
        _meta_date(entries, PUBLISHED_META, order),
        _meta_date(entries, UPDATED_META, order),
    )


def _meta_date(
    entries: dict[str, list[str]], names: Sequence[str], order: DateOrder | None
) -> str | None:
    values = (value for name in names for value in entries.get(name, ()))
    return next(filter(None, (stated_date(value, order) for value in values)), None)


def stated_date(text: str, order: DateOrder | None) -> str | None:
    """The date that a value begins with, in ISO or as people write it."""
    compact = regex.match(r"(\d{4})(\d\d)(\d\d)(?!\d)", text)  # 20260203
    text = (
        "-".join(compact.groups())
        if compact
        else text.replace("/", "-")
        if regex.match(r"\d{4}/\d", text)
        else text
    )
    if regex.match(r"\d{4}-\d\d", text):
        return plausible_date(text)
    return next((date.value for date in find_dates(text, order)), None)
