"""A page's metadata: title, language and canonical address from its head, author and date from
what it states and shows (``page_origin``).

Trusts little: lengths are capped, dates must be plausible, and a canonical address on another site
than the page's is ignored. What a page shows is read after the visibility filter, so hidden
elements cannot set it. A host's or a site's name is no author.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import regex

from bot.ingest.extract.page_origin import page_origin
from bot.records import DateKind
from bot.text.normalize import normalize

TITLE_CHARACTERS = 300
AUTHOR_CHARACTERS = 200
ADDRESS_CHARACTERS = 2_000
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
# What programs write into a file's title and author when nobody else does.
_BY_PROGRAMS = re.compile(
    r"microsoft (?:word|powerpoint|office|excel)|powerpoint[- ]pr|python-docx"
    r"|\(?(?:anonymous|unspecified|untitled)\)?$|.*\buser[\s_-]*\d*$"
    r"|(?:word |new )?(?:document|dokument|untitled|unknown|slide|author|admin|administrator|scan"
    r"|layout|owner|default|test|none|null|title|pdf|print)[\s_-]*\d*$|[\d\W_]*$"
    r"|(?:doi|pii)\s?[:\s]|10\.\d{4,}/|.*\d\s?\.\.\s?\d+$"  # typesetters': "nejm0123 1..10"
    r"|.*\.(?:docx?|pdf|tex|dvi|indd|qxd|rtf|odt|pptx?|xlsx?|txt|html?|ps|eps)$|.*[\\]",
    re.IGNORECASE,
)
# Two words, none of small letters only, or a name in a script that sets no spaces.
_NAMES = regex.compile(
    r"\p{Lu}[\p{L}.'’-]*,?\s(?:\p{Ll}{1,3}\s){0,3}\p{Lu}|[\p{Han}\p{Hangul}\p{Katakana}]{2}"
    r"|[\p{Arabic}\p{Hebrew}\p{Devanagari}]{2,}\s[\p{Arabic}\p{Hebrew}\p{Devanagari}]{2}"
)
_NO_DATE = {"extensive_search": False, "max_date": "1500-01-01"}  # page_origin reads it
_SITE_PREFIX = re.compile(r"^(?:www|m|mobile|amp)\.")


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """What a document says of itself; empty where it says nothing plausible."""

    title: str = ""
    author: str | None = None
    published: str | None = None
    date_kind: DateKind = "published"
    date_source: str = ""
    language: str | None = None
    url: str | None = None


def page_metadata(tree: Any, address: str | None) -> PageMetadata:
    """The metadata of a web page fetched from ``address`` (None for a file)."""
    from trafilatura.metadata import extract_metadata  # noqa: PLC0415 - 0.3 s to load

    extracted = extract_metadata(tree, default_url=address, date_config=_NO_DATE, extensive=False)
    title = _title(tree, extracted.title or "")
    locale = "".join(tree.xpath("//meta[@property='og:locale']/@content")[:1])
    language = plausible_language(tree.get("lang") or tree.get("xml:lang") or extracted.language)
    origin = page_origin(tree, title, locale or language, address)
    return PageMetadata(
        title=title,
        author=origin.author,
        published=origin.published,
        date_kind=origin.date_kind,
        date_source=origin.date_source,
        language=language,
        url=_address(extracted.url, address),
    )


def _title(tree: Any, head_title: str) -> str:
    """The heading that the head's titles contain, else what the head says, else a lone heading."""
    heads = [
        tree.findtext(".//title") or "",
        head_title,
        *tree.xpath("//meta[@property='og:title']/@content"),
    ]
    head_text = " ".join(" ".join(head.split()).casefold() for head in heads)
    headings = [shorten("".join(h1.itertext()), TITLE_CHARACTERS) for h1 in tree.iter("h1")]
    in_head = [heading for heading in headings if heading and heading.casefold() in head_text]
    only_heading = headings[0] if len(headings) == 1 else ""
    return (in_head[0] if in_head else "") or shorten(
        head_title or only_heading or heads[0], TITLE_CHARACTERS
    )


def _address(declared: str | None, address: str | None) -> str | None:
    for candidate in (declared, address):
        near = address is None or _site(candidate or "") == _site(address)
        if candidate and near and _is_web_address(candidate):
            return candidate
    return address


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    plain = text.isprintable() and " " not in text and len(text) <= ADDRESS_CHARACTERS
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname)


def _site(address: str) -> str:
    return _SITE_PREFIX.sub("", urlsplit(address).hostname or "")


def shorten(text: str | None, characters: int) -> str:
    """The text as one normalized line, cut to ``characters``."""
    line = " ".join(normalize(text or "").split())
    return line if len(line) <= characters else line[: characters - 1].rstrip() + "…"


def plausible_text(text: str | None, characters: int) -> str:
    """A title or an author, unless a program wrote it."""
    line = shorten(text, characters)
    return "" if _BY_PROGRAMS.match(line) else line


def plausible_author(text: str | None, shown: str = "") -> str | None:
    """The author of a document, unless it is a user name (jsmith, HP, ann@example.org).

    A single word counts if the first page, ``shown``, contains it; two have to look like a name.
    """
    name = plausible_text(text, AUTHOR_CHARACTERS)
    if not name or "@" in name:
        return None
    if _NAMES.search(name) or re.search(rf"(?<!\w){re.escape(name)}(?!\w)", shown, re.IGNORECASE):
        return name
    return None


def plausible_language(text: str | None) -> str | None:
    """A language tag such as ``pt-BR``, or None."""
    tag = (text or "").strip().replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else None
