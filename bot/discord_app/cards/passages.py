"""The card of a footnote: the cited sentence in bold within its passage, and its source."""

from __future__ import annotations

from discord import ui

from bot.answer_records import Citation, CitedPassage, superscript
from bot.discord_app.buttons import footnote_button
from bot.discord_app.cards.articles import JUMP_TO_MESSAGE, added_by
from bot.discord_app.cards.components import card, join_facts, rows
from bot.discord_app.limits import CARD_CHARACTERS, truncate
from bot.discord_app.markdown import escape, link, one_line, pdf_page_url, quote_url
from bot.records import Article
from bot.strings import _
from bot.text.page_label import page_label

TITLE_CHARACTERS = 200
MAX_URL_CHARACTERS = 900  # longer ones are linked without the quote


def passage_card(answer_id: int, opened: CitedPassage, article: Article) -> ui.LayoutView:
    """A citation in its passage. ``article``: the newest version of the cited article."""
    citation = opened.citation
    title = truncate(citation.title, TITLE_CHARACTERS)
    head = f"{superscript([citation.n])} **{link(title, source_url(citation, article))}**"
    facts = f"-# {_facts(opened, article)}"
    neighbours = [
        footnote_button(answer_id, n, replaces=True)
        for n in (citation.n - 1, citation.n + 1)
        if 1 <= n <= opened.footnote_count
    ]
    room = CARD_CHARACTERS - len(head) - len(facts)
    return card(head, facts, ui.Separator(), _passage_with_quote(opened, room), *rows(neighbours))


def source_url(citation: Citation, article: Article) -> str | None:
    """The address of the cited sentence: a page of a PDF, or the quote within a web page.

    An older version of an article is no longer at its address.
    """
    address = article.address
    if address is None or citation.version != article.version:
        return citation.url
    if citation.page_unit != "page":
        return address
    if citation.page:
        return pdf_page_url(address, citation.page)
    url = quote_url(address, citation.quote)
    return url if len(url) <= MAX_URL_CHARACTERS else address


def _facts(opened: CitedPassage, article: Article) -> str:
    citation = opened.citation
    heading = opened.heading if opened.heading != citation.title else ""
    return join_facts(
        one_line(heading) if heading else None,
        page_label(citation.page, citation.page_unit) or None,
        _("read by OCR") if citation.by_ocr else None,
        _("published {date}").format(date=citation.published) if citation.published else None,
        _version(citation.version, article.version),
        added_by(citation.submitter.name, opened.added),
        link(_(JUMP_TO_MESSAGE), article.message_link) if article.message_link else None,
    )


def _version(cited: int, newest: int) -> str | None:
    if cited != newest:
        return _("version {cited} (newest: {newest})").format(cited=cited, newest=newest)
    return _("version {n}").format(n=cited) if cited > 1 else None


def _passage_with_quote(opened: CitedPassage, room: int) -> str:
    """The passage with its quote in bold, shortened on both sides to ``room`` characters."""
    citation = opened.citation
    before = escape(opened.text[: citation.start - opened.start].lstrip())
    after = escape(opened.text[max(0, citation.end - opened.start) :].rstrip())
    bold = f"**{truncate(one_line(citation.quote), room - 100)}**"
    side = max(0, room - 100 - len(bold)) // 2
    if len(before) > side:
        before = "…" + before[len(before) - side :].partition(" ")[2]
    return f"{before}{bold}{truncate(after, side) if side > 1 else ''}"
