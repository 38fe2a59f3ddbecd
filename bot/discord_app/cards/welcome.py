"""The card of first contact, and what the bot lacks in which channel.

Plain functions of values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from discord import ButtonStyle, ui

from bot.discord_app.buttons import Button
from bot.discord_app.cards.components import GREEN, RED, card, lines_that_fit, rows
from bot.discord_app.limits import CARD_CHARACTERS
from bot.strings import N_, _, ngettext

STEPS = (
    N_(
        "**1. Add an article**: `/article add` takes a link, a file or text. Or press *Add a "
        "sample article*, and remove it again whenever you like."
    ),
    N_(
        "**2. Ask**: `/ask`, or mention me with your question. Every sentence of an answer has a "
        "number that opens the sentence it rests on."
    ),
    N_(
        "**3. Make it yours**: `/settings` says who may add and ask, `/privacy` what I keep. "
        "Nothing has to be set."
    ),
)


def welcome_card() -> ui.LayoutView:
    """Three steps to begin with."""
    return card(
        "### " + _("Hello, I'm Footnote"),
        _(
            "I answer questions from the articles that you add here, and only from these. Every "
            "channel's articles stay with those who can read the channel."
        ),
        "\n".join(_(step) for step in STEPS),
        *rows(
            [
                Button("sample", label=_("Add a sample article"), style=ButtonStyle.primary),
                Button("checkup", label=_("Check Footnote's permissions")),
            ]
        ),
    )


def permissions_card(
    server_wide: Sequence[str], by_channel: Mapping[int, Sequence[str]], checked: int
) -> ui.LayoutView:
    """What the bot lacks. ``by_channel``: besides ``server_wide``. ``checked``: how many."""
    heading = "### " + _("What I may do in your channels")
    if not server_wide and not by_channel:
        text = ngettext(
            "I have everything that I need in the {n:,} channel that you can see.",
            "I have everything that I need in the {n:,} channels that you can see.",
            checked,
        )
        return card(heading, text.format(n=checked), colour=GREEN)
    lines = [f"- <#{channel_id}>: {_names(missing)}" for channel_id, missing in by_channel.items()]
    how = _(
        "To grant it in a channel: Edit Channel → Permissions → add Footnote. Leave channels out "
        "where I'm not meant to be."
    )
    return card(
        heading,
        _server_wide(server_wide),
        lines_that_fit(lines, CARD_CHARACTERS - 1_000) if lines else None,
        f"-# {how}" if lines else None,
        colour=RED if server_wide else GREEN,
    )


def _server_wide(missing: Sequence[str]) -> str | None:
    if not missing:
        return None
    text = _(
        "In the whole server I lack {permissions}: Server Settings → Roles → Footnote → "
        "Permissions."
    )
    return "⚠ " + text.format(permissions=_names(missing))


def _names(permissions: Sequence[str]) -> str:
    return ", ".join(f"*{name}*" for name in permissions)
