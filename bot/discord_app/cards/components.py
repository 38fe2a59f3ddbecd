"""The building blocks of all cards: a container within Discord's limits, and rows of buttons.

Plain functions of values. A card holds at most 4,000 characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import discord
from discord import ui

from bot.discord_app.limits import BUTTONS_IN_A_ROW, CARD_CHARACTERS, truncate
from bot.strings import N_, _, ngettext

BLURPLE = discord.Colour.blurple()
GREY = discord.Colour.dark_grey()
GREEN = discord.Colour.dark_green()
RED = discord.Colour.dark_red()
REFERENCE = N_("Reference for the operator: {reference}.")


def card(*parts: str | ui.Item[Any] | None, colour: discord.Colour = BLURPLE) -> ui.LayoutView:
    """One container. Texts are truncated so that all of them together stay within the limit."""
    left = CARD_CHARACTERS
    items: list[ui.Item[Any]] = []
    for part in parts:
        if isinstance(part, str) and part.strip() and left > 1:
            text = truncate(part, left)
            left -= len(text)
            items.append(ui.TextDisplay(text))
        elif isinstance(part, ui.Item):
            items.append(part)
    return ui.LayoutView(timeout=None).add_item(ui.Container(*items, accent_colour=colour))


def message(text: str, colour: discord.Colour = GREY, *buttons: ui.Item[Any]) -> ui.LayoutView:
    """A short text from the bot, with buttons under it."""
    return card(text, *rows(buttons), colour=colour)


def rows(buttons: Iterable[Any]) -> list[ui.ActionRow[Any]]:
    """Buttons in rows of five."""
    items = list(buttons)
    return [
        ui.ActionRow(*items[start : start + BUTTONS_IN_A_ROW])
        for start in range(0, len(items), BUTTONS_IN_A_ROW)
    ]


def join_facts(*facts: str | None) -> str:
    """The facts that are known, separated by dots."""
    return " · ".join(filter(None, facts))


def lines_that_fit(lines: Sequence[str], room: int) -> str:
    """As many whole lines as fit into ``room`` characters, and how many are left out."""
    text = ""
    for i, line in enumerate(lines):
        if len(text) + len(line) + 1 > room - 40:
            return text + "\n" + _("… and {n} more.").format(n=len(lines) - i)
        text += ("\n" if text else "") + line
    return text


def article_count(number: int) -> str:
    """1 article, 2 articles."""
    return ngettext("{n:,} article", "{n:,} articles", number).format(n=number)


def passage_count(number: int) -> str:
    """1 passage, 2 passages."""
    return ngettext("{n:,} passage", "{n:,} passages", number).format(n=number)
