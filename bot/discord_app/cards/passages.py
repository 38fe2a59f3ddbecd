"""The card of a footnote: the cited sentence in bold within its passage, and its source."""

from __future__ import annotations

from discord import ui

from bot.answer_records import Citation, CitedPassage, superscript
from bot.discord_app.buttons import Button, step_button
from bot.discord_app.cards.articles import JUMP_TO_MESSAGE, added_by, section_below
from bot.discord_app.cards.components import card, join_facts, rows
from bot.discord_app.limits import CARD_CHARACTERS, truncate
from bot.discord_app.markdown import escape, link, one_line, pdf_page_url, quote_url
from bot.records import Article
from bot.service.changed_sources import NewestWords
from bot.strings import _
from bot.text.page_label import page_label

TITLE_CHARACTERS = 200
NEWEST_CHARACTERS = 500
QUIET_ROOM = 200  # characters kept back for the marks of small lines
MAX_URL_CHARACTERS = 900  # longer ones are linked without the quote


def passage_card(
    answer_id: int,
    opened: CitedPassage,
    article: Article,
    newest: NewestWords | None = None,
) -> ui.LayoutView:
    """A citation in its passage. ``article``: the newest version of the cited article.

    ``newest``: what that says there, if an older one is cited.
    """
    citation = opened.citation
    title = truncate(citation.title, TITLE_CHARACTERS)
    head = f"### {superscript([citation.n])} {link(title, source_url(citation, article))}"
    facts = f"-# {_facts(opened, article)}"
    change = _change_text(newest)
    room = CARD_CHARACTERS - len(head) - len(facts) - len(change)
    return card(
        head,
        facts,
        ui.Separator(),
        *_passage_with_quote(opened, room),
        ui.Separator() if change else None,
        change,
        *rows(_buttons(answer_id, opened)),
    )


def _change_text(newest: NewestWords | None) -> str:
    if newest is None:
        return ""
    if newest.is_same:
        return "-# " + _("The newest version still says this.")
    if not newest.sentence:
        return "⚠ " + _("The newest version no longer says this.")
    sentence = one_line(truncate(newest.sentence, NEWEST_CHARACTERS))
    return "⚠ " + _("The newest version says instead:") + f"\n> {sentence}"


def _buttons(answer_id: int, opened: CitedPassage) -> list[Button]:
    """The footnotes before and after this one, and its article."""
    n, count = opened.citation.n, opened.footnote_count
    before = [step_button(answer_id, n - 1, f"◀ {n - 1}")] if n > 1 else []
    after = [step_button(answer_id, n + 1, f"{n + 1} ▶")] if n < count else []
    return [*before, *after, Button("open", opened.citation.article_id, label=_("Open article"))]


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
    section = section_below(citation.title, opened.heading)
    return join_facts(
        one_line(section) if section else None,
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


def _passage_with_quote(opened: CitedPassage, room: int) -> list[str]:
    """The cited sentence in bold between small lines of what stands around it.

    Shortened on both sides to ``room`` characters; the title of the article is left out.
    """
    citation = opened.citation
    before = opened.text[: max(0, citation.start - opened.start)]
    if before.lstrip().startswith(citation.title):
        before = before.lstrip().removeprefix(citation.title)
    after = opened.text[max(0, citation.end - opened.start) :]
    bold = f"**{truncate(one_line(citation.quote), room - QUIET_ROOM)}**"
    side = max(0, room - QUIET_ROOM - len(bold)) // 2
    return [_quiet(before, side, keeps_end=True), bold, _quiet(after, side)]


def _quiet(text: str, room: int, *, keeps_end: bool = False) -> str:
    """A text in small lines, shortened to ``room`` characters."""
    lines = [f"-# {escape(line)}" for line in map(str.strip, text.split("\n")) if line]
    while lines and len("\n".join(lines)) > room:
        if len(lines) > 1:
            lines.pop(0 if keeps_end else -1)
        elif keeps_end:
            return f"-# …{lines[0][-room:].partition(' ')[2]}" if room > len("-# …") else ""
        else:
            return truncate(lines[0], room) if room > len("-# …") else ""
    return "\n".join(lines)
