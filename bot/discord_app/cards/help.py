"""The card that says what a person may do here, and replies about the bot itself.

Plain functions of values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from discord import ButtonStyle, ui

from bot.answer_records import Answer, BotTopic
from bot.discord_app.buttons import Button
from bot.discord_app.cards.components import article_count, card, rows
from bot.service.about_bot import reply_about_bot
from bot.strings import _, speaking, spoken

# What fits under a reply: the acts of the buttons.
BUTTONS_FOR: dict[BotTopic, Sequence[str]] = {
    "thanks": (),
    "goodbye": (),
    "praise": (),
    "acknowledge": ("newask",),
    "how_add": ("newadd",),
    "how_remove": ("newbrowse",),
    "how_find": ("newbrowse",),
    "how_share": (),
    "how_ask": ("newask",),
    "privacy": (),
    "complaint": ("newask", "newbrowse"),
    "insult": ("newask", "newbrowse"),
}
ALL_BUTTONS = ("newask", "newadd", "newbrowse")


@dataclass(frozen=True, slots=True)
class HelpFacts:
    """What is known of the person and the place that the help is for."""

    articles: int  # that the person can see
    may_moderate: bool = False
    may_manage: bool = False
    may_open_threads: bool = False
    in_thread: bool = False
    bot_lacks: tuple[str, ...] = ()  # permissions, as Discord names them


def about_bot_card(answer: Answer) -> ui.LayoutView:
    """The reply to small talk, with the buttons that fit."""
    assert answer.bot_topic is not None
    with speaking(answer.language):
        acts = BUTTONS_FOR.get(answer.bot_topic, ALL_BUTTONS)
        if answer.library_is_empty and acts:
            acts = ("newadd",)
        return card(reply_about_bot(answer, "discord"), *rows(_start_buttons(acts)))


def help_card(facts: HelpFacts, language: str = "") -> ui.LayoutView:
    """What the person may do here, with buttons to begin."""
    with speaking(language or spoken()):
        return card(
            "### " + _("What I can do for you"),
            _intro(facts),
            "\n".join(f"- {line}" for line in _abilities(facts)),
            _missing(facts),
            *rows(_start_buttons(ALL_BUTTONS if facts.articles else ("newadd",))),
        )


def _intro(facts: HelpFacts) -> str:
    if not facts.articles:
        return _(
            "I answer questions from the articles that people here add, and every sentence has a "
            "footnote that opens its source. There are no articles yet: add the first one."
        )
    return _(
        "I answer questions from the {articles} that you can see here, and every sentence has a "
        "footnote that opens its source."
    ).format(articles=article_count(facts.articles))


def _abilities(facts: HelpFacts) -> list[str]:
    lines = [
        _("**Ask**: `/ask`, or mention me with your question. `private` shows it only to you."),
        _follow_up(facts),
        _(
            "**Add**: `/article add` takes links, files and text. A message has *Add to library* "
            "in its menu, under Apps."
        ),
        _("**Browse**: `/library` lists and searches the articles; ask “what's new?”, too."),
        _change(facts),
    ]
    if facts.may_manage:
        lines.append(
            _(
                "**Manage**: *Review* in `/library` shows what readers found wrong and what had no "
                "answer. You also see the articles of channels that were deleted."
            )
        )
    return lines


def _follow_up(facts: HelpFacts) -> str:
    if facts.in_thread:
        return _("**Go on**: mention me here; I remember what was asked in this thread.")
    if facts.may_open_threads:
        return _("**Go on**: *Follow up* under an answer opens a thread for more questions.")
    return _("**Go on**: in a thread, I remember what was asked before.")


def _change(facts: HelpFacts) -> str:
    if facts.may_moderate:
        return _("**Change**: you may rename, tag and remove every article that was added here.")
    return _("**Change**: you may rename, tag and remove the articles that you added.")


def _missing(facts: HelpFacts) -> str | None:
    if not facts.bot_lacks:
        return None
    names = ", ".join(facts.bot_lacks)
    return "-# ⚠ " + _("In this channel I lack these permissions: {names}").format(names=names)


def _start_buttons(acts: Sequence[str]) -> list[Button]:
    labels = {"newask": _("Ask"), "newadd": _("Add"), "newbrowse": _("Browse")}
    return [
        Button(
            act, label=labels[act], style=ButtonStyle.primary if not i else ButtonStyle.secondary
        )
        for i, act in enumerate(acts)
    ]
