"""A web page's HTML → its main text, headings and origin, by trafilatura.

What a reader cannot see is dropped before: scripts, templates, ``hidden`` and
``display:none``. A page in which trafilatura finds no article (a short one, say) gives all
of its visible text instead.
"""

from __future__ import annotations

import re
from typing import Any

import lxml.html
import trafilatura
from lxml import etree

from bot.ingest.document import Document, TextBuilder

DECLARED = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
HEAD_BYTES = 4_096
INVISIBLE = etree.XPath(
    "//script | //style | //template | //noscript | //*[@hidden] | //*[@aria-hidden='true']"
    " | //*[contains(translate(@style, 'DISPLAYNOE :', 'displaynoe'), 'display:none')]"
    " | //*[contains(translate(translate(@style, 'DISPLAYNOE', 'displaynoe'), ' ', ''),"
    " 'display:none')]"
)
BLOCKS = ("p", "head", "item", "row", "code", "quote", "ab")


def declared_charset(data: bytes) -> str | None:
    """The charset that a page's head names."""
    found = DECLARED.search(data[:HEAD_BYTES])
    return found.group(1).decode("ascii") if found else None


def read_html(text: str) -> Document:
    """The article of a page. The text is empty when the page shows none."""
    try:
        tree = lxml.html.document_fromstring(text.encode("utf-8"), _parser())
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return Document("")
    for element in INVISIBLE(tree):
        if element.getparent() is not None:
            element.drop_tree()
    found: Any = trafilatura.bare_extraction(
        tree, fast=True, include_comments=False, include_tables=True, with_metadata=False
    )
    builder = TextBuilder()
    if found is not None and found.body is not None:
        _add_blocks(found.body, builder)
    else:
        _add_visible(tree, builder)
    return _with_origin(builder, found, tree)


def _parser() -> Any:
    return lxml.html.HTMLParser(encoding="utf-8", huge_tree=False)


def _add_blocks(body: Any, builder: TextBuilder) -> None:
    for element in body.iter(*BLOCKS):
        if any(parent.tag in BLOCKS for parent in element.iterancestors()):
            continue
        words = " ".join("".join(element.itertext()).split())
        if element.tag == "row":
            words = " | ".join(" ".join("".join(c.itertext()).split()) for c in element)
        item = element.tag == "item"
        builder.add(
            f"- {words}" if item and words else words,
            heading=element.tag == "head",
            separator="\n" if item or element.tag == "row" else "\n\n",
        )


def _add_visible(tree: Any, builder: TextBuilder) -> None:
    for line in tree.text_content().splitlines():
        builder.add(" ".join(line.split()))


def _with_origin(builder: TextBuilder, found: Any, tree: Any) -> Document:
    heading = tree.find(".//h1")
    named = (found.title if found is not None else None) or tree.findtext(".//title") or ""
    first = heading.text_content() if heading is not None else ""
    return Document(
        builder.built(),
        title=" ".join((first or named).split()),
        headings=tuple(builder.headings),
        url=getattr(found, "url", None),
        author=getattr(found, "author", None),
        published=getattr(found, "date", None),
        language=tree.get("lang"),
    )
