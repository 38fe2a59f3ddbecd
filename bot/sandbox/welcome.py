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
from bot.sandbox.scripted_model import MODEL_NAME
from bot.sandbox.site import ADDRESS
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
    N_("# Welcome to Footnote"),
    N_("The real bot in a simulated Discord. Nothing leaves this machine."),
)
STORED_ALREADY = N_("The library from last time is here: {articles}. `/library` shows them.")
ADD = N_("## 1 · Add an article")
ADD_MORE = N_("-# Or type `/article add`, with a file, an address, or neither to paste text.")
ADD_PAGE = N_(
    "-# A page to try it with: `{address}`, which [looks like this]({url}). Publish a correction "
    "there, refresh the article, and see what becomes of the answers that cite it."
)
ASK = N_("## 2 · Ask")
ASK_MORE = N_("-# Or type `/ask`, or `@Footnote` and a question. Try one that no article answers.")
QUOTES = N_("-# Answers are quotes, since no language model is set up.")
SCRIPTED = N_(
    "-# Answers are written by a script that repeats sentences, not by a language model: it shows "
    "how a written answer arrives, not how good one is."
)
OPEN = N_("## 3 · Press a number under the answer")
OPEN_MORE = N_(
    "-# It opens the very sentence in its source. *Follow up* opens a thread, `/go` goes to "
    "another channel and back, and `/apps` is the menu that a message has on Discord. Use the menu "
    "at the top to become someone else: grace is a moderator, and lena, who is on the board, has a "
    "channel that ada can't see."
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


def welcome_card(articles: int, model: str, page_url: str) -> ui.LayoutView:
    """The welcome message, in three steps.

    ``articles``: how many the library has from earlier runs. ``model``: the language model's name,
    empty without one. ``page_url``: where a browser sees the page that can be added.
    """
    written_by = {"": QUOTES, MODEL_NAME: SCRIPTED}.get(model)
    page = _(ADD_PAGE).format(address=ADDRESS, url=page_url) if page_url else None
    return components.card(
        "\n".join(_(line) for line in WELCOME),
        _(STORED_ALREADY).format(articles=components.article_count(articles)) if articles else None,
        ui.Separator(),
        _(ADD),
        *components.rows(SampleButton(name) for name in SAMPLES),
        "\n".join(filter(None, [_(ADD_MORE), page])),
        ui.Separator(),
        _(ASK),
        *components.rows([TryButton("lighthouse"), TryButton("nachtzug")]),
        "\n".join(filter(None, [_(ASK_MORE), _(written_by) if written_by else None])),
        ui.Separator(),
        _(OPEN),
        _(OPEN_MORE),
    )
