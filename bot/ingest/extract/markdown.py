"""Markdown → text without its markup, by rendering it to HTML first.

So headings, lists, tables, raw HTML and its hidden text are treated as in a web page, but all of
it is kept. Footnotes keep their marks ("[1]"). A front matter of plain ``key: value`` lines gives
title, author, date and language; YAML's anchors, tags and nesting are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt

from bot.ingest.extract.document import Document, TextBuilder, hidden_text_note
from bot.ingest.extract.document_origin import (
    front_matter_author,
    front_matter_date,
    with_byline,
)
from bot.ingest.extract.html.html import read_whole_html
from bot.ingest.extract.left_out import LeftOut
from bot.ingest.extract.metadata import (
    AUTHOR_CHARACTERS,
    TITLE_CHARACTERS,
    plausible_language,
    shorten,
)
from bot.strings import _
from bot.text.normalize import normalize

FRONT_MATTER_CHARACTERS = 20_000
MARKDOWN_CHARACTERS = 2_000_000  # the length that an article may have, about
MARKDOWN_SIGNS = 100_000  # markdown-it takes up to 70 µs for one
_FRONT_MATTER = re.compile(r"\ufeff?(---|\+\+\+)[ \t]*\n(.*?\n)?\1[ \t]*(?:\n|\Z)", re.DOTALL)
_LINK = re.compile(r"\[([^\]\n]{1,200})\]\([^)\n]{0,2000}\)")
_SIGN = re.compile(r"[*_\[\]`|<~]")
_ENTRY = re.compile(r"([^\W\d_][\w -]{0,40}?)[ \t]*[:=](?:[ \t]+(.*)|[ \t]*)")
_LIST_ITEM = re.compile(r"[ \t]*-[ \t]+(.+)")
_NOTE = re.compile(r"^( {0,3})\[\^([^\]\n]{1,60})\]:", re.MULTILINE)
_NOTE_MARK = re.compile(r"\[\^([^\]\s<>&]{1,60})\]")
TITLES = ("title",)
LANGUAGES = ("lang", "language", "locale")


def read_markdown(text: str) -> Document:
    """The text of a Markdown file; without a front matter its first heading is the title."""
    front_matter, body = _split_front_matter(text.replace("\r\n", "\n"))
    if len(body) > MARKDOWN_CHARACTERS or len(_SIGN.findall(body)) > MARKDOWN_SIGNS:
        note = _("The file is too large to parse as Markdown, so it was read as plain text.")
        return Document(normalize(body).strip(), _first(front_matter, TITLES), notes=(note,))
    published, kind = front_matter_date(front_matter)
    builder, left_out = TextBuilder(), LeftOut()
    page = _html(body)
    left_out["comment"] += page.count("<!--")
    dropped = read_whole_html(page, builder, left_out)
    first = builder.headings[0].value if builder.headings else ""
    document = Document(
        builder.text(),
        title=shorten(_first(front_matter, TITLES), TITLE_CHARACTERS) or first,
        headings=tuple(builder.headings),
        blocks=builder.blocks,
        author=shorten(front_matter_author(front_matter), AUTHOR_CHARACTERS) or None,
        published=published,
        date_kind=kind,
        date_source="front matter" if published else "",
        language=plausible_language(_first(front_matter, LANGUAGES)),
        notes=(*left_out.notes(), *((hidden_text_note(dropped),) if dropped else ())),
    )
    return with_byline(document, list(_source_lines(body)))


def _source_lines(body: str) -> Iterator[str]:
    """The lines as they are typed, which rendering joins; without links and what may be hidden."""
    for line in body.split("\n"):
        if "<" not in line:
            yield _LINK.sub(r"\1", line)


def _html(text: str) -> str:
    # CommonMark would take "[^1]: Word" for the definition of a link, and notes for one paragraph.
    text = _NOTE.sub(r"\n\1\\[^\2]", text)
    rendered = MarkdownIt("commonmark").enable("table").render(text)
    return "<html><body>" + _NOTE_MARK.sub(r"[\1]", rendered) + "</body></html>"


def _split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """The entries of the front matter, and the text after it."""
    match = _FRONT_MATTER.match(text, 0, FRONT_MATTER_CHARACTERS)
    if match is None:
        return {}, text
    front_matter: dict[str, str] = {}
    key = ""
    for line in (match[2] or "").split("\n"):
        entry, item = _ENTRY.fullmatch(line.rstrip()), _LIST_ITEM.fullmatch(line.rstrip())
        if entry:
            key = entry[1].strip().lower()
            front_matter.setdefault(key, _plain_value(entry[2] or ""))
        elif item and key:
            front_matter[key] = ", ".join(filter(None, (front_matter[key], _plain_value(item[1]))))
    return front_matter, text[match.end() :]


def _plain_value(value: str) -> str:
    """A value without quotes and brackets; anchors, aliases and tags of YAML mean nothing."""
    value = value.strip()
    if value.startswith(("&", "*", "!", "|", ">", "{")):
        return ""
    if value.startswith("[") and value.endswith("]"):
        return ", ".join(part.strip().strip("\"'") for part in value[1:-1].split(","))
    return value.strip("\"'")


def _first(front_matter: dict[str, str], keys: tuple[str, ...]) -> str:
    return next((front_matter[key] for key in keys if front_matter.get(key)), "")
