"""What every card is made of: a container within Discord's limits, and rows of buttons.

Plain functions of values. A card never holds more than 4,000 characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import discord
from discord import ui

from bot.discord_app.limits import BUTTONS_IN_A_ROW, CARD_CHARACTERS, truncate

BLURPLE = discord.Colour.blurple()
GREY = discord.Colour.dark_grey()
GREEN = discord.Colour.dark_green()
RED = discord.Colour.dark_red()


def card(*parts: str | ui.Item[Any] | None, colour: discord.Colour = BLURPLE) -> ui.LayoutView:
    """One container; texts are cut so that together they keep within Discord's limit."""
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
    """A sentence of our own, and what can be done next."""
    return card(text, *rows(buttons), colour=colour)


def rows(buttons: Iterable[Any]) -> list[ui.ActionRow[Any]]:
    """Buttons, five a row."""
    every = list(buttons)
    return [
        ui.ActionRow(*every[at : at + BUTTONS_IN_A_ROW])
        for at in range(0, len(every), BUTTONS_IN_A_ROW)
    ]


def join_facts(*known: str | None) -> str:
    """A small line of what is known."""
    return " · ".join(filter(None, known))


def lines_that_fit(lines: Sequence[str], room: int) -> str:
    """As many whole lines as fit."""
    text = ""
    for i, line in enumerate(lines):
        if len(text) + len(line) + 1 > room - 40:
            return f"{text}\n… and {len(lines) - i} more."
        text += ("\n" if text else "") + line
    return text


def pluralize(number: int, noun: str) -> str:
    """1 article, 2 articles."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
