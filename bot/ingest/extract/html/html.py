"""A web page's HTML → its article, headings and metadata.

Hidden text is dropped first (``hidden_text``), then trafilatura separates the article from the
rest of the page. If it finds no article (on a short page, say), or the page is too large for it,
all visible text is kept. Footnotes are added if trafilatura lost them. Always terminates: nesting
is cut at ``DEPTH``, elements are counted before anything slow looks at them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import dropwhile
from typing import Any

import lxml.html
from lxml import etree

from bot.errors import DocumentTooComplex
from bot.ingest.extract.document import Document, TextBuilder, hidden_text_note
from bot.ingest.extract.html.barriers import (
    check_not_a_notice,
    is_maybe_cut,
    looks_like_error,
    page_signs,
)
from bot.ingest.extract.html.blocks import add_blocks
from bot.ingest.extract.html.disclosures import hidden_buttons, keep_labels, open_sections
from bot.ingest.extract.html.hidden_text import HiddenText, drop_hidden_text
from bot.ingest.extract.html.main_text import find_main_text, is_large, main_part
from bot.ingest.extract.html.page_media import count_media
from bot.ingest.extract.html.page_values import inner_text, write_values
from bot.ingest.extract.left_out import LeftOut
from bot.ingest.extract.metadata import PageMetadata, page_metadata
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
HEAD_ELEMENTS = frozenset(
    ("base", "link", "meta", "noscript", "script", "style", "template", "title", etree.Comment)
)
NOTED_SHARE = 0.2
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
    signs = page_signs(tree)
    maybe_cut = is_maybe_cut(signs, tree)
    tree, hidden = _without_hidden_text(tree, text)
    metadata = page_metadata(tree, address)
    builder = TextBuilder()
    share, left_out = _add_article(tree, builder)
    text = builder.text()
    check_not_a_notice(signs, text.split("\n"), hidden_characters=hidden.dropped)
    notes = [*left_out.notes(), *_hidden_text_notes(hidden)]
    if share is None:
        notes.append(_("The page is very large, so all of its text was kept, including menus."))
    elif share < NOTED_SHARE:
        notes.append(
            _("Only {percent:.0f} % of the visible words were kept.").format(percent=100 * share)
        )
    if maybe_cut:
        notes.append(_("This page has a paywall, so maybe only its beginning was stored."))
    if looks_like_error(signs):
        notes.append(_("This looks like the site's error page."))
    return _document(builder, metadata, notes)


def _without_hidden_text(tree: Any, page: str) -> tuple[Any, HiddenText]:
    """The tree of a ``page`` with what buttons open, but without hidden text."""
    disclosures = open_sections(tree)
    hidden = drop_hidden_text(tree)
    if unseen := hidden_buttons(disclosures):
        again = parse_html(page)
        seen = open_sections(again, unseen)
        as_it_stands = drop_hidden_text(again)
        if as_it_stands.believed:  # otherwise it may show what only the hidden buttons open
            tree, disclosures, hidden = again, seen, as_it_stands
    return tree, hidden._replace(dropped=hidden.dropped + keep_labels(disclosures))


def _hidden_text_notes(hidden: HiddenText) -> list[str]:
    notes = [hidden_text_note(hidden.dropped)] if hidden.dropped else []
    if not hidden.believed:
        notes.append(_("Most of this page is hidden until its scripts run; I kept it."))
    if hidden.tangled:
        notes.append(_("The page's styles are too complex: hidden text may have been kept."))
    return notes


def read_whole_html(text: str, builder: TextBuilder, left_out: LeftOut | None = None) -> int:
    """Append all visible text of a chapter or a mail; returns the number of hidden characters.

    No scripts run in these. ``left_out`` counts its pictures and the like.
    """
    tree = parse_html(text)
    if tree is None:
        return 0
    dropped = drop_hidden_text(tree, scripted=False).dropped
    if left_out is not None:
        left_out.update(count_media(tree.iter()))
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
    _close_head(tree)
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


def _close_head(tree: Any) -> None:
    """End the head where its last element does: libxml2 puts an <article> after it inside."""
    head = tree.find("head")
    children = [] if head is None else list(head)
    strays = list(dropwhile(lambda child: child.tag in HEAD_ELEMENTS, children))
    if not strays:
        return
    body = tree.find("body")
    if body is None:
        body = etree.SubElement(tree, "body")
    for at, element in enumerate(strays):
        body.insert(at, element)


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


def _add_article(tree: Any, builder: TextBuilder) -> tuple[float | None, LeftOut]:
    """Append the article's blocks. The share of the visible words that they hold (None if the page
    was too large to look for the article), and what stands among them and is no text.
    """
    _mark_notes(tree)
    write_values(tree)
    if is_large(tree):
        part = main_part(tree)
        add_blocks(part, builder)
        return None, count_media(part.iter())
    main = find_main_text(tree)
    main.keep_within(FOOTNOTES(tree))
    share, left_out = main.share(), count_media(main.elements())
    main.prune()
    add_blocks(tree, builder)
    return share, left_out


def _mark_notes(tree: Any) -> None:
    """Brackets around footnote marks, so that "2020" with note 1 does not become "20201"."""
    for link in tree.xpath("//sup[not(.//a)] | //a[starts-with(@href, '#')]"):
        words = inner_text(link).strip()
        if _BACK_LINK.fullmatch(words):
            link.drop_tree()
            continue
        mark = _NOTE_MARK.fullmatch(words)
        is_raised = next(link.iterancestors("sup"), None) is not None
        is_raised_again = is_raised and link.find(".//sup") is not None  # 1² is no mark
        if mark and _is_note_mark(link) and mark[1].isdigit() and not is_raised_again:
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
