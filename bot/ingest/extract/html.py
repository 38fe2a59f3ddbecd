"""A web page's HTML → its article, headings and metadata.

Hidden text is dropped first (``hidden_text``), then trafilatura separates the article from the
rest of the page. If it finds no article (on a short page, say), or the page is too large for it,
all visible text is kept. Footnotes are added if trafilatura lost them. Always terminates: nesting
is cut at ``DEPTH``, elements are counted before anything slow looks at them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import lxml.html
from lxml import etree

from bot.errors import DocumentTooComplex, TooLittleText
from bot.ingest.extract.blocks import add_blocks
from bot.ingest.extract.document import Document, TextBuilder, hidden_text_note
from bot.ingest.extract.hidden_text import drop_hidden_text
from bot.ingest.extract.metadata import PageMetadata, page_metadata
from bot.ingest.extract.original_structure import restore_structure
from bot.ingest.extract.page_values import inner_text, write_values
from bot.ingest.extract.paywalls import ENOUGH_CHARACTERS, PAYMENT, SCRIPTS, detect_access_barrier
from bot.strings import _

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
NOTE_CHARACTERS = 60  # enough to recognize a footnote
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
    """The charset that a page's head declares."""
    match = DECLARED.search(data[:HEAD_BYTES])
    return (match[1] or match[2]).decode("ascii") if match else None


def read_html(text: str, address: str | None = None) -> Document:
    """The article of a page fetched from ``address``; its text is empty if the page shows none.

    Raises TooLittleText when a barrier (a paywall, say) hides the article; DocumentTooComplex.
    """
    tree = parse_html(text)
    if tree is None:
        return Document("")
    barrier = detect_access_barrier(tree)
    dropped = drop_hidden_text(tree)
    if barrier is None and dropped > ENOUGH_CHARACTERS:
        barrier = SCRIPTS  # if hardly anything is left, scripts may reveal what is hidden at first
    metadata = page_metadata(tree, address)
    builder = TextBuilder()
    notes = [hidden_text_note(dropped)] if dropped else []
    if not _add_article(tree, builder):
        notes.append(_("The page is very large, so all of its text was kept, including menus."))
    _check_enough(builder.length, barrier)
    if barrier == PAYMENT:
        notes.append(_("The page has a paywall: maybe only the beginning of it was stored."))
    return _document(builder, metadata, notes)


def read_whole_html(text: str, builder: TextBuilder) -> int:
    """Append all visible text of a page (a chapter, say); the number of hidden characters."""
    tree = parse_html(text)
    if tree is None:
        return 0
    dropped = drop_hidden_text(tree)
    _mark_notes(tree)
    write_values(tree)
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
                _(
                    "Part of this page (a text or a script) is longer than ten million "
                    "characters, so nothing was stored. Paste the text of the article instead."
                )
            )
        if any("depth" in limit for limit in limits):
            flattening = lxml.html.HTMLParser(encoding="utf-8", target=_DepthLimitedBuilder())
            tree = lxml.html.document_fromstring(data, flattening)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    count = 0
    for element in tree.iter():
        count += 1
        if len(element.attrib) > ATTRIBUTES:  # copying them takes the square of their number
            _trim(element)
    if count > ELEMENTS:
        raise DocumentTooComplex(
            _(
                "This page is too complex (more than {limit:,} elements), so nothing was stored. "
                "Paste the text of the article instead."
            ).format(limit=ELEMENTS)
        )
    return tree


def _trim(element: Any) -> None:
    for name in element.attrib.keys()[ATTRIBUTES:]:
        if name not in KEPT_ATTRIBUTES:
            del element.attrib[name]


class _DepthLimitedBuilder:
    """Builds a tree no deeper than DEPTH; deeper content moves to the last allowed ancestor."""

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
    write_values(tree)
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

    extracted: Any = trafilatura.bare_extraction(
        tree, fast=True, include_comments=False, include_tables=True, with_metadata=False
    )
    if extracted is None or extracted.body is None:
        return None
    for element in extracted.body.iter():
        is_code_block = element.tag == "code" and "\n" in "".join(element.itertext())
        element.tag = "pre" if is_code_block else TO_HTML.get(element.tag, element.tag)
    return restore_structure(tree, extracted.body)


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
        words = inner_text(link).strip()
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
    return "".join(filter(str.isalpha, text))  # no figures: lists are numbered in the text


def _check_enough(characters: int, barrier: str | None) -> None:
    if characters < ENOUGH_CHARACTERS and barrier is not None:
        raise TooLittleText(
            _(
                "I found hardly any text on this page: {reason}. Nothing was stored. Open the "
                "page yourself and upload it as a file, or paste the text of the article."
            ).format(reason=_(barrier))
        )


def _document(builder: TextBuilder, metadata: PageMetadata, notes: Sequence[str]) -> Document:
    return Document(
        builder.text(),
        title=metadata.title,
        headings=tuple(builder.headings),
        blocks=builder.blocks,
        url=metadata.url,
        author=metadata.author,
        published=metadata.published,
        date_kind=metadata.date_kind,
        date_source=metadata.date_source,
        language=metadata.language,
        notes=tuple(notes),
    )
