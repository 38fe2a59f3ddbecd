"""A web page's HTML → its article, headings and origin.

What a reader cannot see is dropped first (``visible``), then trafilatura tells the article from
the rest of the page. A page in which it finds none (a short one, say) and a page too large for
it give all of their visible text instead. Footnotes are added if trafilatura lost them. Promises
an end: nesting is cut at ``DEPTH``, elements are counted before anything slow looks at them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import lxml.html
from lxml import etree

from bot.errors import DocumentTooComplex, TooLittleText
from bot.ingest.formats.blocks import add_blocks
from bot.ingest.formats.document import Document, TextBuilder, hidden_text_note
from bot.ingest.formats.hidden_text import drop_hidden_text
from bot.ingest.formats.metadata import PageMetadata, page_metadata
from bot.ingest.formats.paywalls import ENOUGH_CHARACTERS, PAYMENT, SCRIPTS, detect_access_barrier

DECLARED = re.compile(
    rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w.:-]{2,40})|"""
    rb"""<\?xml[^>]{0,100}encoding\s*=\s*["']([\w.:-]{2,40})""",
    re.IGNORECASE,
)
HEAD_BYTES = 4_096
DEPTH = 200  # libxml2 gives up at 256, and loses what follows
ELEMENTS = 300_000  # measured: 180,000, a table of 2.9 MB, take 9 s on a busy core
ATTRIBUTES = 100
KEPT_ATTRIBUTES = (
    "id",
    "class",
    "style",
    "hidden",
    "aria-hidden",
    "href",
    "role",
    "bgcolor",
    "color",
)
# trafilatura was measured at 30 to 70 µs an element, and at 23 s for a table of 2.7 MB.
ARTICLE_ELEMENTS = 40_000
BOILERPLATE = ("nav", "aside", "footer", "form", "header")
MAIN_SHARE = 0.5  # of the words, in an element that says it is the page's main part
NOTE_CHARACTERS = 60  # enough of a footnote to recognise it by
TO_HTML = {  # the names of trafilatura's elements
    **{"head": "h2", "item": "li", "list": "ul", "row": "tr", "cell": "td", "lb": "br"},
    **{"quote": "blockquote", "hi": "span", "ref": "span", "ab": "p", "main": "div", "del": "span"},
}
FOOTNOTES = etree.XPath(
    "//*[self::section or self::div or self::ol or self::ul or self::aside or self::p or self::li]["
    "@role='doc-endnotes' or @role='doc-footnote' or @role='doc-endnote'"
    " or contains(@class, 'footnote') or contains(@class, 'endnote')"
    " or contains(@id, 'footnote') or contains(@id, 'endnote')]"
)
_NOTE_MARK = re.compile(r"[\[(]?(\d{1,3}|[a-z*†‡§])[\])]?")
_BACK_LINK = re.compile(r"[\s\ufe0e\ufe0f]*[↩↑⤴^][\s\ufe0e\ufe0f]*")


def declared_charset(data: bytes) -> str | None:
    """The charset that a page's head names."""
    found = DECLARED.search(data[:HEAD_BYTES])
    return (found[1] or found[2]).decode("ascii") if found else None


def read_html(text: str, address: str | None = None) -> Document:
    """The article of a page fetched from ``address``. The text is empty when it shows none.

    Raises TooLittleText when something stands before the article, DocumentTooComplex.
    """
    tree = parse_html(text)
    if tree is None:
        return Document("")
    obstacle = detect_access_barrier(tree)
    dropped = drop_hidden_text(tree)
    if obstacle is None and dropped > ENOUGH_CHARACTERS:
        obstacle = SCRIPTS  # they may show what is hidden at first, if hardly anything is left
    origin = page_metadata(tree, address)
    builder = TextBuilder()
    notes = [hidden_text_note(dropped)] if dropped else []
    if not _add_article(tree, builder):
        notes.append(
            "The page is too large to tell its article from its menus: all of its text was kept."
        )
    _check_enough(builder.length, obstacle)
    if obstacle == PAYMENT:
        notes.append("The page is not free to read: perhaps only its beginning was stored.")
    return _document(builder, origin, notes)


def read_whole_html(text: str, builder: TextBuilder) -> int:
    """Appends all visible text of a page (a chapter, say); the number of characters not visible."""
    tree = parse_html(text)
    if tree is None:
        return 0
    dropped = drop_hidden_text(tree)
    _mark_notes(tree)
    add_blocks(tree, builder)
    return dropped


def parse_html(text: str) -> Any:
    """The tree of a page, no deeper than ``DEPTH``; None if there is nothing in it."""
    data = text.encode("utf-8", "replace")
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=False)
    try:
        tree = lxml.html.document_fromstring(data, parser)
        limits = [str(error.message).lower() for error in parser.error_log]
        if any("size limit" in limit for limit in limits):  # what follows is lost
            raise DocumentTooComplex(
                "One piece of the page (a text, a script) has more than ten million characters, "
                "which is more than is safe to read, so nothing was stored. Paste the text of the "
                "article instead."
            )
        if any("depth" in limit for limit in limits):
            flat = lxml.html.HTMLParser(encoding="utf-8", target=_Flat())
            tree = lxml.html.document_fromstring(data, flat)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    count = 0
    for element in tree.iter():
        count += 1
        if len(element.attrib) > ATTRIBUTES:  # copying them takes the square of their number
            _trim(element)
    if count > ELEMENTS:
        raise DocumentTooComplex(
            f"The page has more than {ELEMENTS:,} elements, which is more than is safe to read, "
            "so nothing was stored. Paste the text of the article instead."
        )
    return tree


def _trim(element: Any) -> None:
    for name in element.attrib.keys()[ATTRIBUTES:]:
        if name not in KEPT_ATTRIBUTES:
            del element.attrib[name]


class _Flat:
    """Builds a tree in which what is nested too deeply stands in its last allowed ancestor."""

    def __init__(self) -> None:
        self._builder = etree.TreeBuilder(
            element_factory=lxml.html.html_parser.makeelement, insert_comments=False
        )
        self._depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth <= DEPTH:
            self._builder.start(tag, attributes)

    def end(self, tag: str) -> None:
        if self._depth <= DEPTH:
            self._builder.end(tag)
        self._depth -= 1

    def data(self, data: str) -> None:
        self._builder.data(data)

    def close(self) -> Any:
        return self._builder.close()


def _add_article(tree: Any, builder: TextBuilder) -> bool:
    """Appends the article's blocks; False if the page was too large to look for it."""
    _mark_notes(tree)
    large = sum(1 for _ in tree.iter()) > ARTICLE_ELEMENTS
    body = None if large else _article(tree)
    if body is not None:
        add_blocks(body, builder)
        _add_lost_notes(tree, builder)
    else:
        add_blocks(_main_part(tree), builder)
    return not large


def _article(tree: Any) -> Any:
    import trafilatura  # noqa: PLC0415 - 0.3 s to load

    found: Any = trafilatura.bare_extraction(
        tree, fast=True, include_comments=False, include_tables=True, with_metadata=False
    )
    if found is None or found.body is None:
        return None
    for element in found.body.iter():
        lines = element.tag == "code" and "\n" in "".join(element.itertext())
        element.tag = "pre" if lines else TO_HTML.get(element.tag, element.tag)
    return found.body


def _main_part(tree: Any) -> Any:
    """The part that says it is the main one, if it holds most of the words, without the chrome."""
    body = tree.find("body") if tree.find("body") is not None else tree
    whole = _length(body)
    for main in (*body.iter("main"), *body.iter("article")):
        if _length(main) >= MAIN_SHARE * whole:
            return main
    chrome = [element for element in body.iter(*BOILERPLATE) if element.getparent() is not None]
    if sum(_length(element) for element in chrome) < (1 - MAIN_SHARE) * whole:
        for element in chrome:
            element.drop_tree()
    return body


def _length(element: Any) -> int:
    return sum(map(len, element.itertext()))


def _mark_notes(tree: Any) -> None:
    """Brackets around footnote marks, so that "2020" with note 1 does not become "20201"."""
    for link in tree.xpath("//sup[not(.//a)] | //a[starts-with(@href, '#')]"):
        words = "".join(link.itertext()).strip()
        if _BACK_LINK.fullmatch(words):
            link.drop_tree()
            continue
        mark = _NOTE_MARK.fullmatch(words)
        if mark and _is_note_mark(link) and mark[1].isdigit():
            for child in list(link):
                child.drop_tree()
            link.text = f"[{mark[1]}]"


def _is_note_mark(link: Any) -> bool:
    parent = link.getparent()
    if link.tag == "sup":
        return False  # a bare one may be a power or an ordinal
    return (
        (parent is not None and parent.tag == "sup")
        or link.find("sup") is not None
        or ("note" in " ".join((link.get("class", ""), link.get("role", ""), link.get("href", ""))))
    )


def _add_lost_notes(tree: Any, builder: TextBuilder) -> None:
    """Appends the footnotes that are not in the text yet."""
    text = _words(builder.text())
    for notes in FOOTNOTES(tree):
        words = _words("".join(notes.itertext()))
        if words and words[:NOTE_CHARACTERS] not in text and words[-NOTE_CHARACTERS:] not in text:
            add_blocks(notes, builder)
            text += words


def _words(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _check_enough(characters: int, obstacle: str | None) -> None:
    if characters < ENOUGH_CHARACTERS and obstacle is not None:
        raise TooLittleText(
            f"Hardly any text can be read on this page: {obstacle}. Nothing was stored. "
            "Open the page yourself and upload it as a file, or paste the text of the article."
        )


def _document(builder: TextBuilder, origin: PageMetadata, notes: Sequence[str]) -> Document:
    return Document(
        builder.text(),
        title=origin.title,
        headings=tuple(builder.headings),
        url=origin.url,
        author=origin.author,
        published=origin.published,
        language=origin.language,
        notes=tuple(notes),
    )
