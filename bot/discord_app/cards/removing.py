"""The cards for removing articles: the confirmations before, and how to restore them after."""

from __future__ import annotations

from collections.abc import Sequence

from discord import ui

from bot.discord_app.buttons import DANGER, Button
from bot.discord_app.cards.answers import question_block
from bot.discord_app.cards.components import (
    GREY,
    RED,
    article_count,
    card,
    lines_that_fit,
    message,
    rows,
)
from bot.discord_app.limits import CARD_CHARACTERS
from bot.discord_app.markdown import link, one_line
from bot.records import Article
from bot.strings import N_, _, ngettext

MAX_LINKS = 10
SOURCE_REMOVED_NOTICE = N_(
    "This answer isn't shown anymore: one of its sources was removed from the library."
)
CONTINUATION_REMOVED_NOTICE = N_(
    "This part isn't shown anymore: one of its sources was removed from the library."
)


def confirm_card(article: Article, warnings: Sequence[str], *, may_erase: bool) -> ui.LayoutView:
    """Asks before an article is removed. ``warnings``: what can't be removed from Discord."""
    erase = [Button("erase", article.id, label=_("Erase now …"))] if may_erase else []
    question = _("Remove {article}?").format(article=_bold_link(article))
    explanation = _(
        "It disappears from search and lists now, and answers already posted in channels no longer "
        "show what it says. You can restore it for a day; then it's erased for good."
    )
    return card(
        f"{question}\n{explanation}",
        _warning_lines(warnings),
        *rows(
            [
                Button("r", article.id, label=_("Remove"), style=DANGER),
                cancel_button(),
                *erase,
            ]
        ),
        colour=RED,
    )


def confirm_erasing_card(article: Article, warnings: Sequence[str]) -> ui.LayoutView:
    """Asks before an article is erased."""
    question = _("Erase {article} for good?").format(article=_bold_link(article))
    explanation = _(
        "It's deleted immediately and can't be restored. Its footnotes will say that it was "
        "removed."
    )
    erase = Button("wipe", article.id, label=_("Erase for good"), style=DANGER)
    return card(
        f"{question}\n{explanation}",
        _warning_lines(warnings),
        *rows([erase, cancel_button()]),
        colour=RED,
    )


def _bold_link(article: Article) -> str:
    return f"**{link(article.title, article.url)}**"


def _warning_lines(warnings: Sequence[str]) -> str | None:
    return "\n".join(f"⚠ {warning}" for warning in warnings) or None


def uneditable_warning(count: int, links: Sequence[str]) -> str:
    """Warns that some messages show the article and can't be edited. ``links``: their addresses."""
    text = ngettext(
        "It stays visible in {n} message that I can't edit.",
        "It stays visible in {n} messages that I can't edit.",
        count,
    ).format(n=count)
    if not links:
        return text
    label = _("message {n}")
    listed = ", ".join(
        f"[{label.format(n=i)}]({url})" for i, url in enumerate(links[:MAX_LINKS], 1)
    )
    return text + " " + _("Please delete them by hand: {links}.").format(links=listed)


def untracked_warning(count: int) -> str:
    """Warns that an older version of Footnote did not record where it posted some answers."""
    return ngettext(
        "It stays quoted in {n} older answer: Footnote didn't record where it was posted.",
        "It stays quoted in {n} older answers: Footnote didn't record where they were posted.",
        count,
    ).format(n=count)


def cancel_button() -> Button:
    return Button("x", label=_("Keep it"))


def removed_card(article: Article, until: int) -> ui.LayoutView:
    """Confirms a removal. ``until``: the Unix time up to which the article can be restored."""
    removed = _("Removed: {title}").format(title=one_line(article.title))
    restorable = _("You can restore it until {time}.").format(time=f"<t:{until}:f>")
    return message(
        f"{removed}\n-# {restorable}",
        GREY,
        Button("restore", article.id, label=_("Restore")),
    )


def deleted_card(count: int, channel_id: int, removal_id: int, until: int) -> ui.LayoutView:
    """Public notice that deleted messages took their articles with them. It names no article."""
    removed = ngettext(
        "{n:,} article was removed because its message in {channel} was deleted.",
        "{n:,} articles were removed because their messages in {channel} were deleted.",
        count,
    ).format(n=count, channel=f"<#{channel_id}>")
    restorable = _("Anyone who can manage messages there can restore it until {time}.").format(
        time=f"<t:{until}:f>"
    )
    return message(
        f"{removed}\n-# {restorable}",
        GREY,
        Button("back", removal_id, label=_("Restore")),
    )


def restored_card(articles: Sequence[Article]) -> ui.LayoutView:
    """Lists what was restored, privately, for the person who restored it."""
    lines = [f"- {link(article.title, article.url)}" for article in articles]
    listed = lines_that_fit(lines, CARD_CHARACTERS - 200)
    return card(_("Restored:") + "\n" + listed)


def restored_notice(count: int) -> ui.LayoutView:
    """Replaces the public notice of ``deleted_card`` after a restore."""
    text = _("{articles} from deleted messages restored.").format(articles=article_count(count))
    return message(text)


def sources_removed_card(question: str) -> ui.LayoutView:
    """Replaces an answer when all of its sources were removed."""
    text = _("This answer isn't shown anymore: all of its sources were removed from the library.")
    return card(question_block(question), text, colour=GREY)
