"""Markdown → text without its markup, by way of the HTML it stands for.

So headings, lists, tables, raw HTML and what it hides are read as in a page, but whole. Footnotes
keep their marks ("[1]"). A front matter of plain ``key: value`` lines gives title, author, date
and language; nothing in it is interpreted further (no anchors, no tags, no nesting).
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

from bot.ingest.formats.document import Document, TextBuilder, hidden_text_note
from bot.ingest.formats.html import read_whole_html
from bot.ingest.formats.metadata import (
    AUTHOR_CHARACTERS,
    TITLE_CHARACTERS,
    plausible_date,
    plausible_language,
    shorten,
)
from bot.text.normalize import normalize

FRONT_MATTER_CHARACTERS = 20_000
MARKDOWN_CHARACTERS = 2_000_000  # the length that an article may have, about
MARKDOWN_SIGNS = 100_000  # markdown-it takes up to 70 µs for one
_FRONT_MATTER = re.compile(r"\ufeff?(---|\+\+\+)[ \t]*\n(.*?\n)?\1[ \t]*(?:\n|\Z)", re.DOTALL)
_SIGN = re.compile(r"[*_\[\]`|<~]")
_ENTRY = re.compile(r"([A-Za-z][\w -]{0,40}?)[ \t]*[:=](?:[ \t]+(.*)|[ \t]*)")
_LIST_ITEM = re.compile(r"[ \t]*-[ \t]+(.+)")
_NOTE = re.compile(r"^( {0,3})\[\^([^\]\n]{1,60})\]:", re.MULTILINE)
_NOTE_MARK = re.compile(r"\[\^([^\]\s<>&]{1,60})\]")
TITLES = ("title",)
AUTHORS = ("author", "authors", "by")
DATES = ("date", "published", "pubdate", "created", "publishdate")
LANGUAGES = ("lang", "language", "locale")


def read_markdown(text: str) -> Document:
    """The words of a Markdown text; its first heading is the title if nothing else is."""
    told, body = _split(text.replace("\r\n", "\n"))
    if len(body) > MARKDOWN_CHARACTERS or len(_SIGN.findall(body)) > MARKDOWN_SIGNS:
        note = "The file is too large for its Markdown to be understood: it was read as plain text."
        return Document(normalize(body).strip(), _first(told, TITLES), notes=(note,))
    builder = TextBuilder()
    dropped = read_whole_html(_html(body), builder)
    first = builder.headings[0].value if builder.headings else ""
    return Document(
        builder.text(),
        title=shorten(_first(told, TITLES), TITLE_CHARACTERS) or first,
        headings=tuple(builder.headings),
        author=shorten(_first(told, AUTHORS), AUTHOR_CHARACTERS) or None,
        published=plausible_date(_first(told, DATES)),
        language=plausible_language(_first(told, LANGUAGES)),
        notes=(hidden_text_note(dropped),) if dropped else (),
    )


def _html(text: str) -> str:
    # CommonMark would take "[^1]: Word" for the definition of a link, and notes for one paragraph.
    text = _NOTE.sub(r"\n\1\\[^\2]", text)
    rendered = MarkdownIt("commonmark").enable("table").render(text)
    return "<html><body>" + _NOTE_MARK.sub(r"[\1]", rendered) + "</body></html>"


def _split(text: str) -> tuple[dict[str, str], str]:
    """The entries of the front matter, and the text after it."""
    found = _FRONT_MATTER.match(text, 0, FRONT_MATTER_CHARACTERS)
    if found is None:
        return {}, text
    told: dict[str, str] = {}
    key = ""
    for line in (found[2] or "").split("\n"):
        entry, item = _ENTRY.fullmatch(line.rstrip()), _LIST_ITEM.fullmatch(line.rstrip())
        if entry:
            key = entry[1].strip().lower()
            told.setdefault(key, _plain(entry[2] or ""))
        elif item and key:
            told[key] = ", ".join(filter(None, (told[key], _plain(item[1]))))
    return told, text[found.end() :]


def _plain(value: str) -> str:
    """A value without quotes and brackets; anchors, aliases and tags of YAML mean nothing."""
    value = value.strip()
    if value.startswith(("&", "*", "!", "|", ">", "{")):
        return ""
    if value.startswith("[") and value.endswith("]"):
        return ", ".join(part.strip().strip("\"'") for part in value[1:-1].split(","))
    return value.strip("\"'")


def _first(told: dict[str, str], keys: tuple[str, ...]) -> str:
    return next((told[key] for key in keys if told.get(key)), "")
