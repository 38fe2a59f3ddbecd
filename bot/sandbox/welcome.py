"""The sandbox's welcome message, with buttons for sample articles and questions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from typing import Any, Self

import discord
from discord import ui

from bot.discord_app.cards import components
from bot.discord_app.handlers.question_requests import AskRequest
from bot.discord_app.handlers.submitted_items import SubmittedItem
from bot.strings import N_, _

Interaction = discord.Interaction[Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """A small article written for Footnote, and a question that it answers."""

    file: str
    label: str
    question: str

    def data(self) -> bytes:
        return resources.files("bot.sandbox").joinpath("samples", self.file).read_bytes()


SAMPLES = {
    "lighthouse": Sample(
        "lighthouse.md", "A lighthouse is restored", "How much did the restoration cost?"
    ),
    "heat-pumps": Sample(
        "heat-pumps.md", "Heat pumps in old houses", "How many heat pumps were measured?"
    ),
    "beekeeper": Sample(
        "beekeeper.txt",
        "A beekeeper is interviewed",
        "How many hives does Tomasz Wilk keep?",
    ),
    "nachtzug": Sample(
        "nachtzug.md", "Ein Nachtzug (in German)", "Was kostet eine Fahrt im Schlafwagen?"
    ),
}
WELCOME = (
    N_("## Welcome to Footnote's sandbox"),
    N_("This is the real bot in a simulated Discord. Nothing leaves this machine."),
    N_(
        "**1.** Add an article: press a sample below, or type `/article add` (with a file, or "
        "without options to paste text)."
    ),
    N_("**2.** Ask: type `/ask`, or `@Footnote` and a question, or press a question below."),
    N_("**3.** Press a small number under the answer to see the sentence in its source."),
    N_(
        "-# Try a question that no article answers, too. `/library` lists the articles, and "
        "`/ask` with `private` answers only you. *Follow up* opens a thread, and `/go` takes you "
        "back. `/apps` is the menu that a message has on Discord: write something without "
        "mentioning me, then add it or ask about it. At the top you can switch to a moderator's "
        "view."
    ),
)


class SampleButton(ui.DynamicItem[ui.Button[Any]], template=r"sandbox:add:(?P<name>[\w-]+)"):
    """Adds a sample article."""

    def __init__(self, name: str):
        label = SAMPLES[name].label
        super().__init__(ui.Button(label=f"＋ {label}", custom_id=f"sandbox:add:{name}"))
        self.name = name

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(match["name"])

    async def callback(self, interaction: Interaction) -> None:
        sample = SAMPLES[self.name]
        adding = interaction.client.handlers.adding
        await adding.add_items(interaction, [SubmittedItem(sample.file, sample.data())])


class TryButton(ui.DynamicItem[ui.Button[Any]], template=r"sandbox:ask:(?P<name>[\w-]+)"):
    """Asks a sample question."""

    def __init__(self, name: str):
        button: ui.Button[Any] = ui.Button(
            label=SAMPLES[name].question,
            style=discord.ButtonStyle.primary,
            custom_id=f"sandbox:ask:{name}",
        )
        super().__init__(button)
        self.name = name

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(match["name"])

    async def callback(self, interaction: Interaction) -> None:
        request = AskRequest(SAMPLES[self.name].question)
        await interaction.client.handlers.asking.ask(interaction, request)


def welcome_card() -> ui.LayoutView:
    """The welcome message."""
    return components.card(
        "\n".join(_(line) for line in WELCOME),
        ui.Separator(),
        *components.rows(SampleButton(name) for name in SAMPLES),
        *components.rows([TryButton("lighthouse"), TryButton("nachtzug")]),
    )
