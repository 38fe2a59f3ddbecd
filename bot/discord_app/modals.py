"""Forms. What is done with what they hold is up to who shows them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord
from discord import ui

from bot.discord_app.limits import ADDRESS_CHARACTERS, MODAL_FILES, MODAL_TEXT
from bot.discord_app.tags import TAGS_CHARACTERS

TITLE_CHARACTERS = 200
Interaction = discord.Interaction[Any]


class AddForm(ui.Modal, title="Hand in articles"):
    """An address, files, a text: any of them, or all."""

    address: ui.Label[Any] = ui.Label(
        text="Web address",
        component=ui.TextInput(required=False, max_length=ADDRESS_CHARACTERS),
    )
    files: ui.Label[Any] = ui.Label(
        text="Files",
        description="Up to ten: PDF, Word, EPUB, HTML, Markdown, text",
        component=ui.FileUpload(required=False, min_values=0, max_values=MODAL_FILES),
    )
    text: ui.Label[Any] = ui.Label(
        text="Text",
        description="Longer texts: save them as a .txt file",
        component=ui.TextInput(style=discord.TextStyle.long, required=False, max_length=MODAL_TEXT),
    )
    heading: ui.Label[Any] = ui.Label(
        text="Title",
        description="Of the text, or of a single article; may stay empty",
        component=ui.TextInput(required=False, max_length=TITLE_CHARACTERS),
    )
    tags: ui.Label[Any] = ui.Label(
        text="Tags",
        description="Separated by commas",
        component=ui.TextInput(required=False, max_length=TAGS_CHARACTERS),
    )

    def __init__(self, submit: Callable[[Interaction, AddForm], Awaitable[None]]):
        super().__init__()
        self._submit = submit

    async def on_submit(self, interaction: Interaction) -> None:
        await self._submit(interaction, self)

    @property
    def uploaded(self) -> Sequence[discord.Attachment]:
        """The files."""
        assert isinstance(self.files.component, ui.FileUpload)
        return self.files.component.values


class LineForm(ui.Modal):
    """Asks for one line: a title, some tags."""

    def __init__(
        self,
        title: str,
        label: str,
        line: str,
        submit: Callable[[Interaction, str], Awaitable[None]],
        *,
        most: int,
        required: bool = True,
        hint: str | None = None,
    ):
        super().__init__(title=title)
        typed = ui.TextInput[Any](default=line[:most], max_length=most, required=required)
        self._line = ui.Label[Any](text=label, description=hint, component=typed)
        self.add_item(self._line)
        self._submit = submit

    async def on_submit(self, interaction: Interaction) -> None:
        await self._submit(interaction, field_text(self._line))


class QuestionForm(ui.Modal, title="Ask about this"):
    """A question with a message as what it is about."""

    def __init__(self, about: str, submit: Callable[[Interaction, str, bool], Awaitable[None]]):
        super().__init__()
        self._question = ui.Label[Any](
            text="Question",
            description="The message stands here: make it the question you have",
            component=ui.TextInput(
                style=discord.TextStyle.long, default=about[:MODAL_TEXT], max_length=MODAL_TEXT
            ),
        )
        self._private = ui.Label[Any](
            text="Only for me",
            description="From all that you may read; nobody else sees the answer",
            component=ui.Checkbox(),
        )
        self.add_item(self._question)
        self.add_item(self._private)
        self._submit = submit

    async def on_submit(self, interaction: Interaction) -> None:
        assert isinstance(self._private.component, ui.Checkbox)
        private = self._private.component.value
        await self._submit(interaction, field_text(self._question), private)


def field_text(label: ui.Label[Any]) -> str:
    """What was typed into a label's field."""
    assert isinstance(label.component, ui.TextInput)
    return label.component.value.strip()
