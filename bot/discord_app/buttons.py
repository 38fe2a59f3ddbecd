"""Buttons and menus that outlive a restart: each keeps ids in its custom_id.

Every button is an *act* and the ids that it is about: ``fn:<act>:<id>:<id>``. Only the pages
of a list carry words: what their reader typed to find it. What a press does is a gesture (see
``gestures``); who presses is checked when they press.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self, get_args

import discord
from discord import ui

from bot.discord_app.limits import BUTTON_LABEL, CHOICES, OPTION_LABEL, truncate
from bot.discord_app.tags import clean_line, clean_tag
from bot.records import Article, SortOrder, superscript

Interaction = discord.Interaction[Any]
SORTS: tuple[SortOrder, ...] = get_args(SortOrder)
TITLE_PART_CHARACTERS = 40  # of a title's part: with a tag and a page it keeps within a custom_id
PLAIN = discord.ButtonStyle.secondary
DANGER = discord.ButtonStyle.danger


@dataclass(frozen=True, slots=True)
class ListView:
    """Which page of which list."""

    page: int = 0
    title_part: str = ""  # of a title
    tag: str = ""
    sort: SortOrder = "newest"

    @classmethod
    def from_input(cls, part: str, tag: str, sort: str) -> ListView:
        """As somebody typed it."""
        part = clean_line(part.removesuffix("…"))[:TITLE_PART_CHARACTERS]
        return cls(0, part, clean_tag(tag), _sort_order(sort))

    def with_page(self, page: int) -> ListView:
        return replace(self, page=page)


class ButtonPresses(Protocol):
    """What the buttons ask of the bot."""

    async def press(self, interaction: Interaction, act: str, ids: Sequence[int]) -> None: ...

    async def turn_list(self, interaction: Interaction, browsing: ListView) -> None: ...


def handlers_of(interaction: Interaction) -> ButtonPresses:
    """What handles a press: the client's handlers."""
    presses: ButtonPresses = interaction.client.handlers
    return presses


class Button(
    ui.DynamicItem[ui.Button[Any]], template=r"fn:(?P<act>[a-z]+)(?P<ids>(?::\d{1,20}){0,3})"
):
    """Does one act."""

    def __init__(self, act: str, *ids: int, label: str = "…", style: discord.ButtonStyle = PLAIN):
        custom_id = ":".join(["fn", act, *map(str, ids)])
        super().__init__(ui.Button(label=label[:BUTTON_LABEL], style=style, custom_id=custom_id))
        self.act, self.ids = act, ids

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(match["act"], *map(int, match["ids"].split(":")[1:]))

    async def callback(self, interaction: Interaction) -> None:
        await handlers_of(interaction).press(interaction, self.act, self.ids)


class PageButton(
    ui.DynamicItem[ui.Button[Any]],
    template=r"fn:page:(?P<page>\d{1,6}):(?P<sort>[a-z]+):(?P<tag>[^:]*):(?P<part>.*)",
):
    """Another page of the library, or of what was found in it."""

    def __init__(self, browsing: ListView, label: str = "…"):
        b = browsing
        custom_id = f"fn:page:{b.page}:{b.sort}:{b.tag}:{b.title_part}"
        super().__init__(ui.Button(label=label[:BUTTON_LABEL], custom_id=custom_id))
        self.browsing = browsing

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(
            ListView(int(match["page"]), match["part"], match["tag"], _sort_order(match["sort"]))
        )

    async def callback(self, interaction: Interaction) -> None:
        await handlers_of(interaction).turn_list(interaction, self.browsing)


class ArticleMenu(ui.DynamicItem[ui.Select[Any]], template=r"fnmenu:open"):
    """Opens one of some articles."""

    def __init__(self, articles: Sequence[Article] = ()):
        options = [
            discord.SelectOption(
                label=truncate(_title_or_number(article), OPTION_LABEL), value=str(article.id)
            )
            for article in articles[:CHOICES]
        ]
        super().__init__(
            ui.Select(custom_id="fnmenu:open", placeholder="Open an article …", options=options)
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls()

    async def callback(self, interaction: Interaction) -> None:
        await handlers_of(interaction).press(interaction, "open", [int(self.item.values[0])])


def footnote_button(answer_id: int, n: int, *, turning: bool = False) -> Button:
    """Opens a footnote; a turning one replaces the passage that is open."""
    label = f"Footnote {n}" if turning else superscript([n])
    return Button("t" if turning else "c", answer_id, n, label=label)


def _sort_order(name: str) -> SortOrder:
    return next((order for order in SORTS if order == name), "newest")


def _title_or_number(article: Article) -> str:
    return " ".join(article.title.split()) or f"Article {article.id}"


DYNAMIC_ITEMS: tuple[type[ui.DynamicItem[Any]], ...] = (Button, PageButton, ArticleMenu)
