"""The card of an article, and how articles are described."""

from __future__ import annotations

from collections.abc import Sequence

from discord import ui

from bot.discord_app.buttons import Button
from bot.discord_app.cards.components import (
    card,
    join_facts,
    passage_count,
    rows,
)
from bot.discord_app.limits import truncate
from bot.discord_app.markdown import escape, link, one_line
from bot.ingest.outdated import outdated_note
from bot.records import Article, DateKind, StoredPassage
from bot.strings import N_, _, ngettext
from bot.structure import HEADING_SEPARATOR
from bot.text.page_label import page_label

PASSAGES_CHARACTERS = 2_400  # of an article's text on a card
SUMMARY_CHARACTERS = 300
JUMP_TO_MESSAGE = N_("jump to message")
DATE_KINDS: dict[DateKind, str] = {
    "updated": N_("updated {date}"),
    "event": N_("dated {date}"),
    "file": N_("dated {date}"),
}
ADDED_CARD, ARTICLE_CARD = 1, 2  # which card a form was opened from, and so which to redraw


# --- one article -----------------------------------------------------------------------------


def article_facts(article: Article) -> str:
    """One line about an article."""
    return join_facts(
        article_number(article),
        _("version {n}").format(n=article.version) if article.version > 1 else None,
        one_line(article.author) if article.author else None,
        date_text(article),
        passage_count(article.passages),
        ngettext("{n:,} character", "{n:,} characters", article.characters).format(
            n=article.characters
        ),
        article_added_by(article),
    )


def date_text(article: Article) -> str | None:
    """An article's date, and what happened then unless it was published."""
    if not article.published or article.date_kind == "published":
        return article.published
    return _(DATE_KINDS[article.date_kind]).format(date=article.published)


def short_article_facts(article: Article) -> str:
    """A shorter line about an article, for lists."""
    name = one_line(article.submitter.name)
    return join_facts(
        article_number(article),
        one_line(article.author) if article.author else None,
        date_text(article),
        passage_count(article.passages),
        _("added by {name}").format(name=name) if name else None,
        hashtags(article.tags[:3]) if article.tags else None,
    )


def article_number(article: Article) -> str:
    return _("article {id}").format(id=article.id)


def article_added_by(article: Article) -> str:
    """Who added an article, and when."""
    return added_by(article.submitter.name, article.added)


def added_by(name: str, time: str) -> str:
    """Who added something, and when (ISO 8601)."""
    date = time[:10]
    if name:
        return _("added by {name} on {date}").format(name=one_line(name), date=date)
    return _("added on {date}").format(date=date)


def notes_lines(article: Article) -> str | None:
    """What was dropped, cut or guessed while an article was read."""
    return "\n".join(f"-# ⚠ {one_line(note)}" for note in article.notes) or None


def tags_line(article: Article) -> str | None:
    return "-# " + hashtags(article.tags) if article.tags else None


def hashtags(tags: Sequence[str]) -> str:
    return " ".join(f"\\#{one_line(tag)}" for tag in tags)


def change_buttons(article: Article, origin: int) -> list[Button]:
    return [
        Button("rename", article.id, origin, label=_("Rename")),
        Button("tags", article.id, origin, label=_("Tags")),
        _remove_button(article),
    ]


def summarise_button(article: Article) -> Button:
    return Button("sum", article.id, label=_("Summarise"))


def _remove_button(article: Article) -> Button:
    return Button("remove", article.id, label=_("Remove"))


def article_card(
    article: Article,
    pages: Sequence[str],
    page: int,
    *,
    summary: str = "",
    may_change: bool,
    may_remove: bool = False,
) -> ui.LayoutView:
    """An article, its most telling sentence, and a page of its text; shown privately."""
    page = max(0, min(page, len(pages) - 1))
    turn = [
        Button("leaf", article.id, p, label="◀" if p < page else "▶")
        for p in (page - 1, page + 1)
        if 0 <= p < len(pages)
    ]
    refresh = [Button("refresh", article.id, label=_("Refresh"))] if article.address else []
    remove = [_remove_button(article)] if may_remove else []
    change = [*change_buttons(article, ARTICLE_CARD), *refresh] if may_change else remove
    part = _("Part {n} of {total}").format(n=page + 1, total=len(pages))
    return card(
        f"### {link(article.title, article.url)}",
        f"-# {article_facts(article)}{_card_link(article)}",
        tags_line(article),
        notes_lines(article),
        _outdated_line(article),
        f"> {one_line(truncate(summary, SUMMARY_CHARACTERS))}" if summary else None,
        ui.Separator(),
        pages[page] if pages else None,
        f"-# {part}" if len(pages) > 1 else None,
        *rows([*turn, summarise_button(article)]),
        *rows(change),
    )


def _outdated_line(article: Article) -> str | None:
    note = outdated_note(article)
    return f"-# {note}" if note else None


def _card_link(article: Article) -> str:
    return f" · {link(_(JUMP_TO_MESSAGE), article.message_link)}" if article.message_link else ""


def text_pages(passages: Sequence[StoredPassage]) -> list[str]:
    """An article's passages, as many on a page as fit on a card beside the rest."""
    pages: list[str] = []
    text, heading = "", ""
    for passage in passages:
        shown = _passage_text(passage, heading)
        if text and len(text) + len(shown) > PASSAGES_CHARACTERS:
            pages.append(text)
            text = ""
        text += ("\n\n" if text else "") + shown
        heading = passage.heading
    return [*pages, text] if text else pages


def _passage_text(passage: StoredPassage, previous_heading: str) -> str:
    """A passage below its heading, which its text need not say again; nor the article's title."""
    section = section_below(passage.title, passage.heading)
    page = page_label(passage.page, passage.page_unit)
    head = [
        f"**{one_line(section)}**\n" if section and passage.heading != previous_heading else "",
        f"-# {page}\n" if page else "",
    ]
    text = _without_line(passage.text, passage.title)
    if head[0]:
        text = _without_line(text, section.split(HEADING_SEPARATOR)[-1])
    return "".join(head) + truncate(escape(text), PASSAGES_CHARACTERS)


def _without_line(text: str, line: str) -> str:
    """The text without a first line that says just this, unless it is all."""
    lines = text.split("\n", 1)
    return lines[1].lstrip("\n") if len(lines) > 1 and lines[0].strip() == line.strip() else text


def section_below(title: str, heading: str) -> str:
    """The headings above a passage, without a first one that is the article's title."""
    path = heading.split(HEADING_SEPARATOR)
    return HEADING_SEPARATOR.join(path[1:] if path[0].casefold() == title.casefold() else path)
