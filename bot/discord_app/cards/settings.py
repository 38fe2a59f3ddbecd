"""The card of a server's settings, in sections of a few menus, and the history of changes.

Plain functions of values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import discord
from discord import ButtonStyle, SelectDefaultValueType, ui

from bot.discord_app.buttons import Button, SettingMenu
from bot.discord_app.cards.components import card, lines_that_fit, rows
from bot.discord_app.limits import CARD_CHARACTERS, CHOICES, OPTION_LABEL, truncate
from bot.discord_app.markdown import one_line
from bot.service.server_settings import KEPT_DAYS, QUESTIONS_A_DAY
from bot.store.settings_protocol import ServerSettings, SettingChange, SettingValue
from bot.strings import N_, _, language_name, languages, ngettext

SECTIONS: tuple[tuple[str, ...], ...] = (
    ("add_roles", "add_channels", "approval_channel", "removal"),
    ("ask_roles", "visibility", "answers", "questions_per_day"),
    ("library_channels", "announcements", "alerts", "language", "kept_days"),
)
SECTION_NAMES = (N_("Adding"), N_("Asking"), N_("Library"))
ADDING, ASKING = 0, 1  # the sections with the blocked addresses, and with the limits by role
UNBLOCK = "unblock"  # the menu that is no setting
HISTORY_ENTRIES = 25
TITLES = {
    "add_roles": N_("Who may add articles"),
    "add_channels": N_("Where articles are added"),
    "approval_channel": N_("Approval"),
    "removal": N_("Who may remove an article"),
    "ask_roles": N_("Who may ask"),
    "visibility": N_("Answers to /ask"),
    "answers": N_("How answers are made"),
    "questions_per_day": N_("Questions a person may ask a day"),
    "role_questions": N_("Questions a day by role"),
    "library_channels": N_("Channels of the library"),
    "announcements": N_("Announcing new articles"),
    "alerts": N_("Alerts for open questions"),
    "language": N_("Language of my own words"),
    "kept_days": N_("How long questions and answers are kept"),
}
HINTS = {
    "add_roles": N_("Choose roles, or none to let everyone add."),
    "add_channels": N_("Choose channels, or none to allow all."),
    "approval_channel": N_(
        "Choose the moderators' channel, and what members add waits there for approval. Moderators "
        "need none."
    ),
    "removal": N_("Those who can manage messages always may, and authors their own messages."),
    "ask_roles": N_("Choose roles, or none to let everyone ask."),
    "visibility": N_("The option *private* overrules it. A mention is answered in its channel."),
    "answers": N_("Quotes are the sources' own sentences; no language model is used."),
    "questions_per_day": N_("Those who manage the server have no limit."),
    "library_channels": N_(
        "Choose channels, and only articles that were added there are used. The others are set "
        "aside until you choose their channel, or none."
    ),
    "announcements": N_("Choose a channel, or none for no announcements."),
    "alerts": N_("Whoever asked without an answer is notified when a new article has one."),
    "language": N_(
        "On cards for everyone. Answers are in the language of their question, and what only you "
        "see is in the language of your Discord."
    ),
    "kept_days": N_("Then they are deleted; footnotes under posted answers still open."),
}
EMPTY = {
    "add_roles": N_("Everyone"),
    "add_channels": N_("All channels"),
    "approval_channel": N_("No approval needed"),
    "ask_roles": N_("Everyone"),
    "library_channels": N_("All channels"),
    "announcements": N_("None"),
}
CHOICE_LABELS = {
    "removal": {
        "submitters": N_("Whoever added it, and moderators"),
        "moderators": N_("Moderators only"),
    },
    "visibility": {"public": N_("In the channel"), "private": N_("Only to the person who asks")},
    "answers": {"auto": N_("Written by the model, if there is one"), "quotes": N_("Quotes only")},
    "alerts": {"true": N_("On"), "false": N_("Off")},
}
OF_ROLES = ("add_roles", "ask_roles")
ONE_CHANNEL = ("approval_channel", "announcements")


@dataclass(frozen=True, slots=True)
class SettingsFacts:
    """What the card shows. ``roles`` and ``channels``: those that exist now.

    ``warnings``: what is wrong with a setting, by its name. ``most_days``: the operator's limit.
    ``blocked``: addresses that moderators blocked.
    """

    settings: ServerSettings
    roles: frozenset[int]
    channels: frozenset[int]
    warnings: Mapping[str, str]
    most_days: int
    blocked: tuple[str, ...] = ()


def settings_card(facts: SettingsFacts, section: int) -> ui.LayoutView:
    """One section, with buttons to go to the others."""
    parts: list[str | ui.Item[Any] | None] = ["### " + _("Settings of this server")]
    parts += rows(_tabs(section))
    for name in SECTIONS[section]:
        warning = facts.warnings.get(name)
        lines = [f"**{_(TITLES[name])}**", f"-# {_(HINTS[name])}"]
        parts.append("\n".join([*lines, f"-# ⚠ {warning}"] if warning else lines))
        parts += rows([_menu(name, facts)])
    if section == ASKING:
        parts += [_role_limits(facts), *rows([Button("rolelimit", label=_("Limit a role"))])]
    if section == ADDING and facts.blocked:
        parts += _blocked(facts.blocked)
    return card(*parts)


def _blocked(addresses: Sequence[str]) -> list[str | ui.Item[Any] | None]:
    """The addresses that moderators blocked, to choose one and unblock it."""
    heading = _("Blocked addresses")
    text = f"**{heading}**\n-# " + _("Choose one to allow it again.")
    options = [
        discord.SelectOption(label=truncate(address, OPTION_LABEL), value=str(i))
        for i, address in enumerate(addresses[:CHOICES])
    ]
    count = ngettext("{n} blocked address", "{n} blocked addresses", len(addresses))
    menu = ui.Select[Any](
        custom_id=SettingMenu.id_of(UNBLOCK),
        placeholder=count.format(n=len(addresses)),
        options=options,
    )
    return [text, *rows([SettingMenu(menu)])]


def _tabs(section: int) -> list[Button]:
    tabs = [
        Button(
            "settings",
            i,
            label=_(name),
            style=ButtonStyle.primary if i == section else ButtonStyle.secondary,
        )
        for i, name in enumerate(SECTION_NAMES)
    ]
    others = [
        Button("setlog", section, label=_("History")),
        Button("checkup", label=_("Footnote's permissions")),
    ]
    return [*tabs, *others]


def _menu(name: str, facts: SettingsFacts) -> SettingMenu:
    value = getattr(facts.settings, name)
    custom_id = SettingMenu.id_of(name)
    if name in OF_ROLES:
        chosen = _defaults(value & facts.roles, SelectDefaultValueType.role)
        return SettingMenu(
            ui.RoleSelect(
                custom_id=custom_id,
                placeholder=_(EMPTY[name]),
                min_values=0,
                max_values=CHOICES,
                default_values=chosen,
            )
        )
    if name in EMPTY:
        ids = value if isinstance(value, frozenset) else frozenset({value} - {None})
        types = [discord.ChannelType.text, discord.ChannelType.news]
        places = [*types, discord.ChannelType.forum, discord.ChannelType.voice]
        return SettingMenu(
            ui.ChannelSelect(
                custom_id=custom_id,
                channel_types=types if name in ONE_CHANNEL else places,
                placeholder=_(EMPTY[name]),
                min_values=0,
                max_values=1 if name in ONE_CHANNEL else CHOICES,
                default_values=_defaults(ids & facts.channels, SelectDefaultValueType.channel),
            )
        )
    options = _options(name, facts)
    chosen_label = next(option.label for option in options if option.default)
    return SettingMenu(ui.Select(custom_id=custom_id, options=options, placeholder=chosen_label))


def _defaults(
    ids: frozenset[int], kind: SelectDefaultValueType
) -> list[discord.SelectDefaultValue]:
    return [discord.SelectDefaultValue(id=i, type=kind) for i in sorted(ids)[:CHOICES]]


def _options(name: str, facts: SettingsFacts) -> list[discord.SelectOption]:
    current = str_value(getattr(facts.settings, name))
    pairs = dict(_choices(name, facts.most_days))
    pairs.setdefault(current, _described(name, getattr(facts.settings, name)))
    return [
        discord.SelectOption(label=label, value=value, default=value == current)
        for value, label in pairs.items()
    ]


def str_value(value: SettingValue) -> str:
    """A value as an option of a menu has it."""
    if value is None or value == "":
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _choices(name: str, most_days: int) -> list[tuple[str, str]]:
    """The values to choose from, with what they are called."""
    if name in CHOICE_LABELS:
        return [(value, _(label)) for value, label in CHOICE_LABELS[name].items()]
    if name == "language":
        names = [(code, language_name(code)) for code in languages()]
        return [("none", _("As in Discord's settings of the server")), *names]
    if name == "kept_days":
        days = [(str(n), _days(n)) for n in KEPT_DAYS if n < most_days]
        return [*days, ("none", _days(most_days))]
    return [("none", _("No limit")), *((str(n), str(n)) for n in QUESTIONS_A_DAY)]


def _days(number: int) -> str:
    return ngettext("{n:,} day", "{n:,} days", number).format(n=number)


def _role_limits(facts: SettingsFacts) -> str:
    limits = facts.settings.role_questions
    lines = [f"<@&{role}>: {most}" for role, most in limits.items()]
    head = f"**{_(TITLES['role_questions'])}**\n-# " + _(
        "With several roles, the highest limit counts."
    )
    return "\n".join([head, *lines])


# --- history ---------------------------------------------------------------------------------


def history_card(changes: Sequence[SettingChange], section: int) -> ui.LayoutView:
    """The last changes, newest first. ``section``: to go back to."""
    lines = [_change_line(change) for change in changes[:HISTORY_ENTRIES]]
    return card(
        "### " + _("History of the settings"),
        lines_that_fit(lines, CARD_CHARACTERS - 200) or _("Nothing was changed yet."),
        *rows([Button("settings", section, label=_("Back"))]),
    )


def _change_line(change: SettingChange) -> str:
    seconds = int(datetime.fromisoformat(change.at).timestamp())
    who = one_line(change.by) or _("someone whose name was erased")
    value = _described(change.name, change.value)
    return f"- **{_(TITLES[change.name])}**: {value}\n-# {who} · <t:{seconds}:f>"


def _described(name: str, value: SettingValue) -> str:
    """A value in words."""
    if name in CHOICE_LABELS:
        return _(CHOICE_LABELS[name].get(str_value(value), str(value)))
    if isinstance(value, Mapping):
        return ", ".join(f"<@&{role}>: {most}" for role, most in value.items()) or _("No limit")
    if name in OF_ROLES and isinstance(value, frozenset):
        return ", ".join(f"<@&{role}>" for role in sorted(value)) or _(EMPTY[name])
    if isinstance(value, frozenset):
        return ", ".join(f"<#{channel}>" for channel in sorted(value)) or _(EMPTY[name])
    if name in ONE_CHANNEL:
        return _(EMPTY[name]) if value is None else f"<#{value}>"
    if name == "language":
        return language_name(str(value)) if value else _("As in Discord's settings of the server")
    if name == "kept_days":
        return _("as long as the operator allows") if value is None else _days(int(value))
    return _("No limit") if value is None else str(value)
