"""Cards about articles that go: the questions before, and what can be brought back after."""

from __future__ import annotations

from collections.abc import Sequence

from discord import ui

from bot.discord_app.buttons import DANGER, Button
from bot.discord_app.cards.components import (
    GREY,
    RED,
    card,
    lines_that_fit,
    message,
    pluralize,
    rows,
)
from bot.discord_app.limits import CARD_CHARACTERS
from bot.discord_app.markdown import link, one_line
from bot.records import Article

LINKS_SHOWN = 10
SOURCE_REMOVED_NOTICE = "A source of the answer that stood here was removed from the library."
CONTINUATION_REMOVED_NOTICE = (
    "-# What stood here rested on a source that was removed from the library."
)


def confirm_card(article: Article, warnings: Sequence[str], *, may_erase: bool) -> ui.LayoutView:
    """Asks before an article is removed. ``warnings``: what will stay in Discord."""
    erase = [Button("erase", article.id, label="Erase now …")] if may_erase else []
    return card(
        f"Remove **{link(article.title, article.url)}**?\n"
        "It disappears from searches and lists at once, and its sentences from the answers that "
        "were posted in channels. For a day it can be restored; then it is erased for good.",
        _warning_lines(warnings),
        *rows([Button("r", article.id, label="Remove", style=DANGER), cancel_button(), *erase]),
        colour=RED,
    )


def confirm_erasing_card(article: Article, warnings: Sequence[str]) -> ui.LayoutView:
    """Asks before an article is erased."""
    return card(
        f"Erase **{link(article.title, article.url)}** for good, now?\n"
        "No trace stays, and it cannot be restored. Footnotes that open it will say that it is "
        "gone.",
        _warning_lines(warnings),
        *rows([Button("wipe", article.id, label="Erase for good", style=DANGER), cancel_button()]),
        colour=RED,
    )


def _warning_lines(warnings: Sequence[str]) -> str | None:
    return "\n".join(f"⚠ {warning}" for warning in warnings) or None


def uneditable_warning(count: int, links: Sequence[str]) -> str:
    """A warning: some messages show the article and cannot be edited."""
    shown = [f"[message {i}]({url})" for i, url in enumerate(links[:LINKS_SHOWN], 1)]
    where = f" Delete by hand: {', '.join(shown)}." if shown else ""
    return f"It stays quoted or named in {pluralize(count, 'message')} that I may not edit.{where}"


def untracked_warning(count: int) -> str:
    """A warning: where some answers stand was not noted by an older version."""
    return (
        f"It stays quoted in {pluralize(count, 'older answer')}: where those were posted was not "
        "noted yet."
    )


def cancel_button() -> Button:
    return Button("x", label="Keep it")


def removed_card(article: Article, until: int) -> ui.LayoutView:
    """An article that is out of everything, and can come back."""
    return message(
        f"Removed: {one_line(article.title)}\n-# It can be restored until <t:{until}:f>.",
        GREY,
        Button("restore", article.id, label="Restore"),
    )


def deleted_card(count: int, channel_id: int, removal_id: int, until: int) -> ui.LayoutView:
    """For all who read the channel: no titles. Restoring is for who manages messages."""
    its = "its message was" if count == 1 else "their messages were"
    return message(
        f"{pluralize(count, 'article')} left the library because {its} deleted in <#{channel_id}>."
        f"\n-# Who manages messages there can restore it until <t:{until}:f>.",
        GREY,
        Button("back", removal_id, label="Restore"),
    )


def restored_card(articles: Sequence[Article]) -> ui.LayoutView:
    """For who restored them alone."""
    lines = [f"- {link(article.title, article.url)}" for article in articles]
    listed = lines_that_fit(lines, CARD_CHARACTERS - 200)
    return card(f"In the library again:\n{listed}")


def restored_notice(count: int) -> ui.LayoutView:
    """For all, in place of ``deleted_card``."""
    return message(f"{pluralize(count, 'article')} of a deleted message: in the library again.")
