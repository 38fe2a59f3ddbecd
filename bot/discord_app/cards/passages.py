"""The card of a footnote: the cited sentence in bold within its passage, and where it is from."""

from __future__ import annotations

from discord import ui

from bot.discord_app.buttons import footnote_button
from bot.discord_app.cards.articles import JUMP_TO_MESSAGE, added_by
from bot.discord_app.cards.components import card, join_facts, rows
from bot.discord_app.limits import CARD_CHARACTERS, truncate
from bot.discord_app.markdown import pdf_page_url, quote_url, escape, link, one_line
from bot.records import Article, Citation, CitedPassage, superscript

TITLE_CHARACTERS = 200
ADDRESS_ROOM = 900  # longer ones are named without the quote


def passage_card(answer_id: int, opened: CitedPassage, article: Article) -> ui.LayoutView:
    """``article`` is what the citation's article is now."""
    citation = opened.citation
    title = truncate(citation.title, TITLE_CHARACTERS)
    head = f"{superscript([citation.n])} **{link(title, source_url(citation, article))}**"
    known = f"-# {_facts(opened, article)}"
    turn = [
        footnote_button(answer_id, n, turning=True)
        for n in (citation.n - 1, citation.n + 1)
        if 1 <= n <= opened.of
    ]
    room = CARD_CHARACTERS - len(head) - len(known)
    return card(head, known, ui.Separator(), _passage_with_quote(opened, room), *rows(turn))


def source_url(citation: Citation, article: Article) -> str | None:
    """Where the sentence can be read at its source: the page of a PDF, or the very words.

    Only the newest version is what the address holds now.
    """
    address = article.address
    if address is None or citation.version != article.version:
        return citation.url
    if citation.page:
        return pdf_page_url(address, citation.page)
    exact = quote_url(address, citation.quote)
    return exact if len(exact) <= ADDRESS_ROOM else address


def _facts(opened: CitedPassage, article: Article) -> str:
    citation = opened.citation
    heading = opened.heading if opened.heading != citation.title else ""
    return join_facts(
        one_line(heading) if heading else None,
        f"page {citation.page}" if citation.page else None,
        f"published {citation.published}" if citation.published else None,
        _version(citation.version, article.version),
        added_by(citation.submitter.name, opened.added),
        link(JUMP_TO_MESSAGE, article.card) if article.card else None,
    )


def _version(cited: int, newest: int) -> str | None:
    if cited != newest:
        return f"version {cited}, the newest is {newest}"
    return f"version {cited}" if cited > 1 else None


def _passage_with_quote(opened: CitedPassage, room: int) -> str:
    citation = opened.citation
    before = escape(opened.text[: citation.start - opened.start].lstrip())
    after = escape(opened.text[max(0, citation.end - opened.start) :].rstrip())
    bold = f"**{truncate(one_line(citation.quote), room - 100)}**"
    side = max(0, room - 100 - len(bold)) // 2
    if len(before) > side:
        before = "…" + before[len(before) - side :].partition(" ")[2]
    return f"{before}{bold}{truncate(after, side) if side > 1 else ''}"
