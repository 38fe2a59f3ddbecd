"""Buttons and menus that survive a restart: their custom_id holds all they need.

Every button has an *act* and the ids that it acts on: ``fn:<act>:<id>:<id>``. Only the page buttons
of a list hold text: the filters that the reader typed. What a press does is in ``handlers``;
permissions are checked when the button is pressed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self, get_args

import discord
from discord import ui
from discord.ui.select import BaseSelect

from bot.answer.writing.sanitize import sanitize
from bot.answer_records import Citation
from bot.discord_app.limits import (
    BUTTON_LABEL,
    CHOICES,
    MENU_PLACEHOLDER,
    OPTION_LABEL,
    truncate,
)
from bot.records import Article, SortOrder
from bot.service.typed import clean_line, clean_tag
from bot.strings import _

Interaction = discord.Interaction[Any]
SORTS: tuple[SortOrder, ...] = get_args(SortOrder)
TITLE_PART_CHARACTERS = 40  # with a tag and a page it fits into a custom_id
FILTERS = r"(?P<sort>[a-z]+):(?P<tag>[^:]*):(?P<part>.*)"  # of a list, in a custom_id
ANY_TAG = "*"  # the value of a menu's "all tags": no tag is that
PLAIN = discord.ButtonStyle.secondary
DANGER = discord.ButtonStyle.danger


@dataclass(frozen=True, slots=True)
class ListView:
    """A page of the library's list, with its filters and its order."""

    page: int = 0
    title_part: str = ""
    tag: str = ""
    sort: SortOrder = "newest"

    @classmethod
    def from_input(cls, title_part: str, tag: str, sort: str) -> ListView:
        """The first page, with the filters as somebody typed them."""
        title_part = clean_line(title_part.removesuffix("…"))[:TITLE_PART_CHARACTERS]
        return cls(0, title_part, clean_tag(tag), _sort_order(sort))

    def with_page(self, page: int) -> ListView:
        return replace(self, page=page)


class ButtonPresses(Protocol):
    """What the buttons and menus need from the bot."""

    async def press(self, interaction: Interaction, act: str, ids: Sequence[int]) -> None: ...

    async def choose(
        self, interaction: Interaction, act: str, answer_id: int, value: str
    ) -> None: ...

    async def turn_list(self, interaction: Interaction, view: ListView) -> None: ...

    async def search_list(self, interaction: Interaction, view: ListView) -> None: ...

    async def change_setting(
        self, interaction: Interaction, name: str, chosen: Sequence[str]
    ) -> None: ...


def handlers_of(interaction: Interaction) -> ButtonPresses:
    """The handlers of the client that received the press."""
    presses: ButtonPresses = interaction.client.handlers
    return presses


class Button(
    ui.DynamicItem[ui.Button[Any]], template=r"fn:(?P<act>[a-z]+)(?P<ids>(?::\d{1,20}){0,3})"
):
    """A button with an act and its ids."""

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
    template=rf"fn:page:(?P<page>\d{{1,6}}):{FILTERS}",
):
    """Goes to another page of the library's list."""

    def __init__(self, view: ListView, label: str = "…"):
        custom_id = f"fn:page:{view.page}:{_filter_ids(view)}"
        super().__init__(ui.Button(label=label[:BUTTON_LABEL], custom_id=custom_id))
        self.list_view = view

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(_list_view(match).with_page(int(match["page"])))

    async def callback(self, interaction: Interaction) -> None:
        await handlers_of(interaction).turn_list(interaction, self.list_view)


class ListMenu(
    ui.DynamicItem[ui.Select[Any]],
    template=rf"fnlist:(?P<what>sort|tag):{FILTERS}",
):
    """Chooses the order of the library's list, or a tag to filter it by."""

    def __init__(self, what: str, view: ListView, options: Sequence[discord.SelectOption] = ()):
        custom_id = f"fnlist:{what}:{_filter_ids(view)}"
        super().__init__(ui.Select(custom_id=custom_id, options=list(options[:CHOICES])))
        self.what, self.list_view = what, view

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(match["what"], _list_view(match))

    async def callback(self, interaction: Interaction) -> None:
        chosen = self.item.values[0]
        if self.what == "sort":
            view = replace(self.list_view, sort=_sort_order(chosen))
        else:
            view = replace(self.list_view, tag="" if chosen == ANY_TAG else clean_tag(chosen))
        await handlers_of(interaction).turn_list(interaction, view)


class SearchButton(
    ui.DynamicItem[ui.Button[Any]],
    template=rf"fnfind:{FILTERS}",
):
    """Opens a form for words in the title."""

    def __init__(self, view: ListView, label: str = "…"):
        custom_id = f"fnfind:{_filter_ids(view)}"
        super().__init__(ui.Button(label=label[:BUTTON_LABEL], custom_id=custom_id))
        self.list_view = view

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(_list_view(match))

    async def callback(self, interaction: Interaction) -> None:
        await handlers_of(interaction).search_list(interaction, self.list_view)


class ArticleMenu(ui.DynamicItem[ui.Select[Any]], template=r"fnmenu:open"):
    """A menu that opens one of the listed articles."""

    def __init__(self, articles: Sequence[Article] = ()):
        options = [
            discord.SelectOption(
                label=truncate(_title_or_number(article), OPTION_LABEL), value=str(article.id)
            )
            for article in articles[:CHOICES]
        ]
        super().__init__(
            ui.Select(custom_id="fnmenu:open", placeholder=_("Open an article …"), options=options)
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls()

    async def callback(self, interaction: Interaction) -> None:
        await handlers_of(interaction).press(interaction, "open", [int(self.item.values[0])])


class AnswerMenu(ui.DynamicItem[ui.Select[Any]], template=r"fnchoice:(?P<act>[a-z]+):(?P<id>\d+)"):
    """A menu under an answer: what a choice does is in ``handlers``."""

    def __init__(
        self,
        act: str,
        answer_id: int,
        placeholder: str = "…",
        options: Sequence[discord.SelectOption] = (),
    ):
        menu = ui.Select[Any](
            custom_id=f"fnchoice:{act}:{answer_id}",
            placeholder=truncate(placeholder, MENU_PLACEHOLDER),
            options=list(options[:CHOICES]),
        )
        super().__init__(menu)
        self.act, self.answer_id = act, answer_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(match["act"], int(match["id"]))

    async def callback(self, interaction: Interaction) -> None:
        value = self.item.values[0]
        await handlers_of(interaction).choose(interaction, self.act, self.answer_id, value)


class SettingMenu(ui.DynamicItem[BaseSelect[Any]], template=r"fnset:(?P<name>[a-z_]+)"):
    """A menu on the card of a server's settings: what a choice does is in ``handlers``."""

    def __init__(self, menu: BaseSelect[Any]):
        super().__init__(menu)
        self.name = menu.custom_id.partition(":")[2]

    @staticmethod
    def id_of(name: str) -> str:
        """The custom_id of a setting's menu."""
        return f"fnset:{name}"

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        assert isinstance(item, BaseSelect)
        return cls(item)

    async def callback(self, interaction: Interaction) -> None:
        chosen = [str(getattr(value, "id", value)) for value in self.item.values]
        await handlers_of(interaction).change_setting(interaction, self.name, chosen)


def footnote_label(citation: Citation, *, names_article: bool = True) -> str:
    """What a footnote's button says: its number, and its article or the quote's beginning."""
    beginning = citation.quote.lstrip('"“„«')  # of what somebody said: one mark is enough
    name = sanitize(citation.title) if names_article else f"“{sanitize(beginning)}”"
    return truncate(f"{citation.n} · {name}", BUTTON_LABEL)


def step_button(answer_id: int, n: int, label: str) -> Button:
    """A button that shows another footnote in place of the one that it is under."""
    return Button("t", answer_id, n, label=label)


def _filter_ids(view: ListView) -> str:
    """A list's order and filters, as a custom_id holds them; see FILTERS."""
    return f"{view.sort}:{view.tag}:{view.title_part}"


def _list_view(match: re.Match[str]) -> ListView:
    """The first page of a list, from a custom_id that FILTERS matched."""
    return ListView(0, match["part"], match["tag"], _sort_order(match["sort"]))


def _sort_order(name: str) -> SortOrder:
    return next((order for order in SORTS if order == name), "newest")


def _title_or_number(article: Article) -> str:
    return " ".join(article.title.split()) or _("Article {id}").format(id=article.id)


DYNAMIC_ITEMS: tuple[type[ui.DynamicItem[Any]], ...] = (
    Button,
    PageButton,
    ListMenu,
    SearchButton,
    ArticleMenu,
    AnswerMenu,
    SettingMenu,
)
