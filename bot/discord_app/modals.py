"""Forms."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from bot.discord_app.gestures import Gestures
from bot.discord_app.limits import MODAL_TEXT

TITLE_CHARACTERS = 200


class PasteModal(ui.Modal, title="Hand in an article"):
    """For text that is pasted."""

    heading: ui.Label[Any] = ui.Label(
        text="Title",
        description="May stay empty: the first line is taken then",
        component=ui.TextInput(required=False, max_length=TITLE_CHARACTERS),
    )
    text: ui.Label[Any] = ui.Label(
        text="Text",
        description="Longer texts: save them as a .txt file and use /article add file:",
        component=ui.TextInput(style=discord.TextStyle.long, max_length=MODAL_TEXT),
    )

    def __init__(self, gestures: Gestures):
        super().__init__()
        self._gestures = gestures

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        title, text = _value(self.heading), _value(self.text)
        await self._gestures.add_data(interaction, "pasted text", text, title)


def _value(label: ui.Label[Any]) -> str:
    assert isinstance(label.component, ui.TextInput)
    return label.component.value
