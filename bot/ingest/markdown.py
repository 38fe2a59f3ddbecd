"""Markdown → text without its markup: headings become marks, list items keep a dash."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.ingest.document import Document, TextBuilder

PARSER = MarkdownIt("commonmark").enable("table")
BREAKS = {"softbreak": "\n", "hardbreak": "\n"}


def read_markdown(text: str) -> Document:
    """The words of a Markdown text; its first heading is the title."""
    builder = TextBuilder()
    tokens = PARSER.parse(text)
    for i, token in enumerate(tokens):
        opened = tokens[i - 1].type if i else ""
        if token.type == "inline" and opened not in ("th_open", "td_open"):
            in_item = i > 1 and tokens[i - 2].type == "list_item_open"
            builder.add(
                ("- " if in_item else "") + "".join(_inline(token)),
                heading=opened == "heading_open",
                separator="\n" if in_item else "\n\n",
            )
        elif token.type in ("fence", "code_block"):
            builder.add(token.content)
        elif token.type == "tr_close":
            builder.add(_row(tokens, i), separator="\n")
    title = builder.headings[0].value if builder.headings else ""
    return Document(builder.built(), title, tuple(builder.headings))


def _inline(token: Token) -> Iterator[str]:
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            yield child.content
        elif child.type == "image":
            yield "".join(_inline(child))
        else:
            yield BREAKS.get(child.type, "")


def _row(tokens: list[Token], end: int) -> str:
    """The cells of the table row that ends at ``tokens[end]``."""
    start = max(i for i in range(end) if tokens[i].type == "tr_open")
    cells = ["".join(_inline(t)) for t in tokens[start:end] if t.type == "inline"]
    return " | ".join(cells)
