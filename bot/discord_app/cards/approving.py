"""The cards of articles that wait for approval: for moderators, and for whoever added them.

Plain functions of values.
"""

from __future__ import annotations

from datetime import datetime

from discord import ButtonStyle, ui

from bot.discord_app.buttons import DANGER, Button
from bot.discord_app.cards.articles import tags_line
from bot.discord_app.cards.components import GREEN, GREY, card, join_facts, rows
from bot.discord_app.limits import CARD_CHARACTERS, truncate
from bot.discord_app.markdown import escape, link, one_line
from bot.records import Article
from bot.store.approval_protocol import BEGINNING_CHARACTERS, WaitingArticle
from bot.strings import N_, _, ngettext

FIRST_LINES_CHARACTERS = 600
ADDRESS_CHARACTERS = 300
TITLE_CHARACTERS = 200
NOT_FOR_ALL = N_(
    "It was added in {channel}, which not everyone here can read, so its text isn't shown. *Read* "
    "shows it only to you, if you may."
)


def waiting_card(waiting: WaitingArticle, *, is_open: bool) -> ui.LayoutView:
    """Asks the moderators. ``is_open``: everyone who reads the card may see the article."""
    article = waiting.article
    heading = "### " + _("An article waits for approval")
    buttons = rows(
        [
            Button("approve", article.id, label=_("Approve"), style=ButtonStyle.success),
            Button("decline", article.id, label=_("Decline"), style=DANGER),
            Button("preview", article.id, label=_("Read")),
            *([Button("block", article.id, label=_("Block address"))] if article.address else []),
        ]
    )
    if not is_open:
        channel = f"<#{article.submitter.channel_id}>"
        return card(heading, _(NOT_FOR_ALL).format(channel=channel), *buttons)
    return card(
        heading,
        f"**{link(truncate(article.title, TITLE_CHARACTERS), article.url)}**",
        f"-# {_facts(waiting)}",
        tags_line(article),
        _address_line(article),
        f"> {one_line(truncate(_text(waiting), FIRST_LINES_CHARACTERS))}",
        *buttons,
    )


def _text(waiting: WaitingArticle) -> str:
    """How it begins, without the title, which is above."""
    return waiting.beginning.removeprefix(waiting.article.title).lstrip()


def _facts(waiting: WaitingArticle) -> str:
    article = waiting.article
    seconds = int(datetime.fromisoformat(waiting.since).timestamp())
    name = one_line(article.submitter.name)
    channel = article.submitter.channel_id
    return join_facts(
        _("added by {name}").format(name=name) if name else None,
        f"<#{channel}>" if channel else None,
        f"<t:{seconds}:R>",
        ngettext("{n:,} character", "{n:,} characters", article.characters).format(
            n=article.characters
        ),
    )


def _address_line(article: Article) -> str | None:
    if not article.address:
        return None
    return "-# " + one_line(truncate(article.address, ADDRESS_CHARACTERS))


def preview_card(waiting: WaitingArticle) -> ui.LayoutView:
    """The beginning of a waiting article, for one moderator."""
    article = waiting.article
    title = f"### {link(truncate(article.title, TITLE_CHARACTERS), article.url)}"
    is_cut = article.characters > BEGINNING_CHARACTERS
    rest = _("… and more: this is the beginning of {n:,} characters.").format(n=article.characters)
    room = CARD_CHARACTERS - len(title) - 600
    return card(
        title,
        f"-# {_facts(waiting)}",
        _address_line(article),
        truncate(escape(_text(waiting)), room),
        f"-# {rest}" if is_cut else None,
    )


def approved_card(article: Article, by: str, *, is_open: bool) -> ui.LayoutView:
    """Replaces the moderators' card."""
    title = f"**{link(truncate(article.title, TITLE_CHARACTERS), article.url)}**"
    name = title if is_open else _("An article")
    text = _("{article} was approved by {name}.").format(article=name, name=one_line(by))
    return card(text, *rows([Button("open", article.id, label=_("Open"))]), colour=GREEN)


def declined_card(submitter: str, by: str, reason: str, blocked: str = "") -> ui.LayoutView:
    """Replaces the moderators' card, without anything of the article, which is erased."""
    who = one_line(submitter) or _("someone")
    text = _("An article from {submitter} was declined by {name}.")
    return card(
        text.format(submitter=who, name=one_line(by)),
        _reason_line(reason),
        _("New additions from {address} are refused.").format(address=f"`{blocked}`")
        if blocked
        else None,
        colour=GREY,
    )


def withdrawn_card() -> ui.LayoutView:
    """Replaces the moderators' card of what was withdrawn, or removed with its message."""
    return card(_("This article was withdrawn before it was decided on."), colour=GREY)


def _reason_line(reason: str) -> str | None:
    return f"> {one_line(reason)}" if reason else None


# --- for whoever added it --------------------------------------------------------------------


def approved_notice(server: str, title: str) -> ui.LayoutView:
    """The direct message to whoever added it. ``title``: "" if it may not be named there."""
    if title:
        text = _("Your article {article} was approved in {server} and can be used from now on.")
    else:
        text = _("Your article was approved in {server} and can be used from now on.")
    named = text.format(article=_bold_title(title), server=one_line(server))
    return card(named, colour=GREEN)


def declined_notice(server: str, title: str, reason: str) -> ui.LayoutView:
    """As ``approved_notice``."""
    if title:
        text = _("A moderator of {server} declined your article {article}, so it wasn't stored.")
    else:
        text = _("A moderator of {server} declined an article of yours, so it wasn't stored.")
    named = text.format(article=_bold_title(title), server=one_line(server))
    return card(named, _reason_line(reason), colour=GREY)


def _bold_title(title: str) -> str:
    return f"**{one_line(truncate(title, TITLE_CHARACTERS))}**"
