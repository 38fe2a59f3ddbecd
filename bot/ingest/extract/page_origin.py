"""Who wrote a web page's article and when, and where the page says so.

For the date, in this order: the article's JSON-LD, meta elements, elements marked as its date, the
printed byline, a ``time`` element beside the heading, the page's JSON-LD, the address; and only
where none says when it was published, when it was updated. For the author: JSON-LD, meta elements,
the printed byline, elements marked as its author.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import regex

from bot.ingest.extract.byline import EDGE, Byline, read_byline
from bot.ingest.extract.dates import DateOrder, date_order, plausible_date
from bot.ingest.extract.names import join_names, read_names
from bot.ingest.extract.structured_data import read_json_ld, read_meta, stated_date
from bot.records import DateKind

LINES_BEFORE_HEADING = 3
LINES_AFTER_HEADING = 10
PAGE_LINES = 600  # among which a heading is looked for
PROSE_CHARACTERS = 200
PROSE_LINES = 2  # after so many, the article has begun
SAMPLE_CHARACTERS = 20_000  # in which other dates show how the page writes them
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "body",
        "br",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
_NOT_READ = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "nav",
        "footer",
        "aside",
        "form",
        "button",
        "select",
        "svg",
        "figure",
    ]
)
_IN_ADDRESS = regex.compile(r"/((?:19|20)\d\d)/(\d\d?)/(\d\d?)(?:/|$)")
_MARKED_DATE = (
    "//*[@itemprop='datePublished' or @pubdate or contains(@property, 'datePublished')]"
    "[not(self::meta)]"
)
_MARKED_AUTHOR = "//*[(@itemprop='author' or @rel='author')][not(self::meta)]"
_AUTHOR_CLASS = regex.compile(
    r"(?:^|[\s_-])(?:author|byline|autor|auteur|autore|writer)(?:s|[_-]?(?:name|link|nom))?(?:$|\s)",
    regex.I,
)


@dataclass(frozen=True, slots=True)
class PageOrigin:
    """The author, and the date with its kind and where it was read."""

    author: str | None = None
    published: str | None = None
    date_kind: DateKind = "published"
    date_source: str = ""


def page_origin(tree: Any, title: str, language: str | None, address: str | None) -> PageOrigin:
    """The origin of the article called ``title`` on a page in that ``language``."""
    lines = list(head_lines(tree))
    order = date_order(language, " ".join(lines)[:SAMPLE_CHARACTERS])
    article, page = read_json_ld(tree, title), read_json_ld(tree, title, of_page=True)
    meta, byline = (
        read_meta(tree, order),
        read_byline(lines, order, title=_heading(tree) or title, foot=False),
    )
    author = article.authors or meta.authors or byline.authors or _marked_authors(tree)
    dates: list[tuple[DateKind, str, str | None]] = [
        ("published", "structured data", article.published),
        ("published", "meta elements", meta.published),
        ("published", "marked element", _marked_date(tree, order)),
        *_printed(byline, "published"),
        ("published", "time element", _time_beside_heading(tree, order)),
        ("published", "structured data", page.published),
        ("published", "address", _date_in(address)),
        ("updated", "structured data", article.updated),
        ("updated", "meta elements", meta.updated),
        *_printed(byline, "updated"),
        ("updated", "structured data", page.updated),
        *_printed(byline, "event"),
    ]
    names = join_names(tuple(author)) or None
    for kind, source, value in dates:
        if value:
            return PageOrigin(names, value, kind, source)
    return PageOrigin(names)


def _heading(tree: Any) -> str:
    return next((" ".join(h1.text_content().split()) for h1 in tree.iter("h1")), "")


def _printed(byline: Byline, kind: DateKind) -> Iterator[tuple[DateKind, str, str | None]]:
    date = byline.date()
    if date is not None and date.kind == kind:
        yield kind, "byline", date.value


def _date_in(address: str | None) -> str | None:
    match = _IN_ADDRESS.search(address or "")
    return plausible_date(f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}") if match else None


def _marked_date(tree: Any, order: DateOrder | None) -> str | None:
    for element in tree.xpath(_MARKED_DATE):
        value = element.get("datetime") or element.get("content") or element.text_content()
        if date := stated_date(" ".join(value.split()), order):
            return date
    return None


def _marked_authors(tree: Any) -> tuple[str, ...]:
    """The names in elements that say they are the author's, if these are few."""
    marked = tree.xpath(_MARKED_AUTHOR) or [
        element
        for element in tree.xpath("//*[@class]")
        if _AUTHOR_CLASS.search(element.get("class"))
    ]
    texts = [" ".join(element.text_content().split()) for element in marked]
    names = dict.fromkeys(read_names(text, labelled=False)[0] for text in texts)
    return next(iter(names)) if len(names) == 1 else ()


def _time_beside_heading(tree: Any, order: DateOrder | None) -> str | None:
    """The first ``time`` of the article, or of a page with one."""
    articles = tree.xpath("//article[.//h1]") or tree.xpath("//article[not(ancestor::article)]")
    places = articles[:1] if len(articles) == 1 or tree.xpath("//article//h1") else [tree]
    times = [
        time
        for place in places
        for time in place.iter("time")
        if not any(above.tag in _NOT_READ for above in time.iterancestors())
    ]
    if times and (len(places[0].xpath(".//time")) == 1 or articles):
        first = times[0]
        return stated_date(first.get("datetime") or " ".join(first.text_content().split()), order)
    return None


def head_lines(tree: Any) -> Iterator[str]:
    """The lines around the page's heading, until the article's prose begins."""
    lines = list(islice(_lines(tree), PAGE_LINES))
    heading = next((i for i, (line, is_h1) in enumerate(lines) if is_h1 and line.strip()), None)
    first = 0 if heading is None else max(0, heading - LINES_BEFORE_HEADING)
    last = LINES_AFTER_HEADING + (heading or 0)
    prose = 0
    for line, _is_h1 in lines[first : last + 1]:
        prose += len(line) > PROSE_CHARACTERS
        if prose > PROSE_LINES:
            return
        yield line


def _lines(tree: Any) -> Iterator[tuple[str, bool]]:
    """Each block's own text, ``EDGE`` where an element within ends; whether it is an h1."""
    body = tree.find("body") if tree.find("body") is not None else tree
    parts: list[str] = []
    heading = False
    for text, is_block, is_h1 in _walk(body, in_h1=False):
        if is_block:
            line = " ".join("".join(parts).split(" ")).strip(f" {EDGE}\n\t")
            if line:
                yield regex.sub(r"[ \n\t]+", " ", line), heading
            parts, heading = [], is_h1
        else:
            heading |= is_h1
            parts.append(text)
    line = "".join(parts).strip(f" {EDGE}\n\t")
    if line:
        yield regex.sub(r"[ \n\t]+", " ", line), heading


def _walk(element: Any, *, in_h1: bool) -> Iterator[tuple[str, bool, bool]]:
    """(text, whether a block begins or ends here, whether it is in an h1), in order."""
    if not isinstance(element.tag, str) or element.tag in _NOT_READ:
        return
    is_block = element.tag in _BLOCKS
    in_h1 = in_h1 or element.tag == "h1"
    yield "" if is_block else EDGE, is_block, in_h1
    yield element.text or "", False, in_h1
    for child in element:
        yield from _walk(child, in_h1=in_h1)
        yield child.tail or "", False, in_h1
    yield "" if is_block else EDGE, is_block, False
