"""Forms (modals). Each calls back with what was filled in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord
from discord import ui

from bot.discord_app.limits import (
    ADDRESS_CHARACTERS,
    LABEL_DESCRIPTION,
    MODAL_FILES,
    MODAL_TEXT,
    truncate,
)
from bot.service.typed import TAGS_CHARACTERS
from bot.strings import _

TITLE_CHARACTERS = 200
Interaction = discord.Interaction[Any]


class AddForm(ui.Modal):
    """A link, files and a text: any of them, or all."""

    def __init__(self, submit: Callable[[Interaction, AddForm], Awaitable[None]]):
        super().__init__(title=_("Add articles"))
        self._submit = submit
        self.address = _line_label(_("Link"), "", ADDRESS_CHARACTERS)
        self.files = ui.Label[Any](
            text=_("Files"),
            description=_(
                "Up to ten: PDF, Word, PowerPoint, Excel, OpenDocument, email, EPUB, web page, text"
            ),
            component=ui.FileUpload(required=False, min_values=0, max_values=MODAL_FILES),
        )
        self.text = ui.Label[Any](
            text=_("Text"),
            description=_("For a longer text, save it as a .txt file and add that"),
            component=ui.TextInput(
                style=discord.TextStyle.long, required=False, max_length=MODAL_TEXT
            ),
        )
        self.heading = _line_label(
            _("Title"), _("For the text or a single article; optional"), TITLE_CHARACTERS
        )
        self.tags = _line_label(_("Tags"), _("Separated by commas"), TAGS_CHARACTERS)
        for label in (self.address, self.files, self.text, self.heading, self.tags):
            self.add_item(label)

    async def on_submit(self, interaction: Interaction) -> None:
        await self._submit(interaction, self)

    @property
    def uploaded(self) -> Sequence[discord.Attachment]:
        """The uploaded files."""
        assert isinstance(self.files.component, ui.FileUpload)
        return self.files.component.values


class LineForm(ui.Modal):
    """Asks for one line, such as a title or tags."""

    def __init__(
        self,
        title: str,
        label: str,
        line: str,
        submit: Callable[[Interaction, str], Awaitable[None]],
        *,
        max_length: int,
        required: bool = True,
        hint: str | None = None,
    ):
        super().__init__(title=title)
        typed = ui.TextInput[Any](
            default=line[:max_length], max_length=max_length, required=required
        )
        self._line = ui.Label[Any](text=label, description=hint, component=typed)
        self.add_item(self._line)
        self._submit = submit

    async def on_submit(self, interaction: Interaction) -> None:
        await self._submit(interaction, field_text(self._line))


class QuestionForm(ui.Modal):
    """Asks for a question; ``message``: the text that it is about, shown above the empty field.

    ``private``: what is checked at first.
    """

    def __init__(
        self,
        message: str,
        submit: Callable[[Interaction, str, bool], Awaitable[None]],
        *,
        private: bool,
    ):
        super().__init__(title=_("Ask about this") if message else _("Ask a question"))
        self._question = ui.Label[Any](
            text=_("Question"),
            description=_about(message) if message else None,
            component=ui.TextInput(style=discord.TextStyle.long, max_length=MODAL_TEXT),
        )
        self._private = ui.Label[Any](
            text=_("Only for me"),
            description=_("Only you see the answer; it can use everything that you can read"),
            component=ui.Checkbox(default=private),
        )
        self.add_item(self._question)
        self.add_item(self._private)
        self._submit = submit

    async def on_submit(self, interaction: Interaction) -> None:
        assert isinstance(self._private.component, ui.Checkbox)
        private = self._private.component.value
        await self._submit(interaction, field_text(self._question), private)


class RoleLimitForm(ui.Modal):
    """Asks for a role and how many questions a day its members may ask."""

    def __init__(self, submit: Callable[[Interaction, discord.Role, str], Awaitable[None]]):
        super().__init__(title=_("Limit a role"))
        self._role = ui.Label[Any](text=_("Role"), component=ui.RoleSelect())
        self._most = ui.Label[Any](
            text=_("Questions a day"),
            description=_("Leave empty to remove the role's own limit"),
            component=ui.TextInput(required=False, max_length=6),
        )
        self.add_item(self._role)
        self.add_item(self._most)
        self._submit = submit

    async def on_submit(self, interaction: Interaction) -> None:
        assert isinstance(self._role.component, ui.RoleSelect)
        await self._submit(interaction, self._role.component.values[0], field_text(self._most))


def _about(message: str) -> str:
    words = " ".join(message.split())
    return truncate(_("About: {message}").format(message=words), LABEL_DESCRIPTION)


def _line_label(text: str, description: str, max_length: int) -> ui.Label[Any]:
    """An optional line."""
    component = ui.TextInput[Any](required=False, max_length=max_length)
    return ui.Label(text=text, description=description or None, component=component)


def field_text(label: ui.Label[Any]) -> str:
    """The text that was typed into a label's field, trimmed."""
    assert isinstance(label.component, ui.TextInput)
    return label.component.value.strip()
