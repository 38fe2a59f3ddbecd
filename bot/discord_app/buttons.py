"""Buttons that outlive a restart: each keeps ids in its custom_id, never text.

What a press does is a gesture of the bot (see ``gestures``); who presses is checked when
they press.
"""

from __future__ import annotations

import re
from typing import Any, Protocol, Self

import discord
from discord import ui

from bot.discord_app.limits import BUTTON_LABEL
from bot.records import superscript

Interaction = discord.Interaction[Any]


class Pressed(Protocol):
    """What the buttons ask of the bot."""

    async def open_footnote(
        self, interaction: Interaction, answer_id: int, n: int, *, turning: bool
    ) -> None: ...

    async def turn_list(self, interaction: Interaction, page: int) -> None: ...

    async def remove(self, interaction: Interaction, article_id: int) -> None: ...

    async def cancel(self, interaction: Interaction) -> None: ...


def pressed(interaction: Interaction) -> Pressed:
    """The gestures of the client that received the press."""
    gestures: Pressed = interaction.client.gestures
    return gestures


class FootnoteButton(
    ui.DynamicItem[ui.Button[Any]], template=r"fn:(?P<kind>c|t):(?P<answer>\d{1,18}):(?P<n>\d{1,4})"
):
    """Opens a footnote; a turning one replaces the passage that is open."""

    def __init__(self, answer_id: int, n: int, *, turning: bool = False):
        kind = "t" if turning else "c"
        label = f"Footnote {n}" if turning else superscript([n])
        super().__init__(ui.Button(label=label, custom_id=f"fn:{kind}:{answer_id}:{n}"))
        self.answer_id, self.n, self.turning = answer_id, n, turning

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(int(match["answer"]), int(match["n"]), turning=match["kind"] == "t")

    async def callback(self, interaction: Interaction) -> None:
        await pressed(interaction).open_footnote(
            interaction, self.answer_id, self.n, turning=self.turning
        )


class ListButton(ui.DynamicItem[ui.Button[Any]], template=r"fn:l:(?P<page>\d{1,6})"):
    """Another page of the library."""

    def __init__(self, page: int, label: str = "…"):
        super().__init__(ui.Button(label=label[:BUTTON_LABEL], custom_id=f"fn:l:{page}"))
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(int(match["page"]))

    async def callback(self, interaction: Interaction) -> None:
        await pressed(interaction).turn_list(interaction, self.page)


class RemoveButton(ui.DynamicItem[ui.Button[Any]], template=r"fn:r:(?P<article>\d{1,18})"):
    """Removes an article, after the question whether to."""

    def __init__(self, article_id: int):
        button: ui.Button[Any] = ui.Button(
            label="Remove for good",
            style=discord.ButtonStyle.danger,
            custom_id=f"fn:r:{article_id}",
        )
        super().__init__(button)
        self.article_id = article_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(int(match["article"]))

    async def callback(self, interaction: Interaction) -> None:
        await pressed(interaction).remove(interaction, self.article_id)


class CancelButton(ui.DynamicItem[ui.Button[Any]], template=r"fn:x"):
    """Leaves everything as it is."""

    def __init__(self) -> None:
        super().__init__(ui.Button(label="Keep it", custom_id="fn:x"))

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls()

    async def callback(self, interaction: Interaction) -> None:
        await pressed(interaction).cancel(interaction)


ALL: tuple[type[ui.DynamicItem[Any]], ...] = (
    FootnoteButton,
    ListButton,
    RemoveButton,
    CancelButton,
)
