"""The cards of ``/privacy``: what is stored, and what one can do about it.

Plain functions of values.
"""

from __future__ import annotations

from discord import ButtonStyle, ui

from bot.discord_app.buttons import DANGER, Button
from bot.discord_app.cards.components import GREY, RED, card, rows
from bot.discord_app.limits import truncate
from bot.discord_app.markdown import one_line
from bot.service.privacy import PrivacyFacts
from bot.store.values import ErasedCounts
from bot.strings import _, ngettext

FILE_NAME = "my-data.json"
HOST_CHARACTERS = 100
ARTICLES_STAY, ARTICLES_GO = 0, 1  # what *erase my data* does with articles


def privacy_card(facts: PrivacyFacts) -> ui.LayoutView:
    """What is stored, where, for how long, and who sees it."""
    buttons = [
        Button("mydata", label=_("My data"), style=ButtonStyle.primary),
        Button("forgetme", label=_("Erase my data"), style=DANGER),
    ]
    lines = [_read(), _articles(facts), _questions(facts), _writer(facts), _embedder(facts)]
    left = ngettext(
        "If this server removes me, everything is deleted after {n} day.",
        "If this server removes me, everything is deleted after {n} days.",
        facts.left_days,
    ).format(n=facts.left_days)
    return card(
        "### " + _("What I keep, and who sees it"),
        "\n".join(f"- {line}" for line in [*lines, left] if line),
        "-# "
        + _(
            "All of it is on the computer of the people who run this bot, and in their backups. "
            "I use none of it for advertising or for training a model."
        ),
        *rows(buttons),
    )


def _read() -> str:
    return _(
        "**What I read**: commands, messages that mention me, and messages that you choose to add. "
        "Nothing else."
    )


def _articles(facts: PrivacyFacts) -> str:
    return ngettext(
        "**Articles**: their text, who added them, when and in which channel, until they're "
        "removed; {n} day later they're erased. Only those who can read that channel see them.",
        "**Articles**: their text, who added them, when and in which channel, until they're "
        "removed; {n} days later they're erased. Only those who can read that channel see them.",
        facts.trash_days,
    ).format(n=facts.trash_days)


def _questions(facts: PrivacyFacts) -> str:
    return ngettext(
        "**Questions and answers**: the words, who asked, ratings and costs. After {n} day the "
        "words and the name are deleted. A private answer is shown only to you.",
        "**Questions and answers**: the words, who asked, ratings and costs. After {n} days the "
        "words and the name are deleted. A private answer is shown only to you.",
        facts.answer_days,
    ).format(n=facts.answer_days)


def _writer(facts: PrivacyFacts) -> str:
    if not facts.writer:
        none = _("**Language model**: none. Answers are quotes from the articles.")
        return none if facts.embedder else none + " " + _("No text leaves that computer.")
    host = f"`{truncate(facts.writer, HOST_CHARACTERS)}`"
    if facts.writer_is_local:
        text = _(
            "**Language model**: on {host}, in the operator's own network. It gets the question "
            "and the passages found for it."
        )
    else:
        text = _(
            "**Language model**: {host}. It gets the question and the passages found for it, "
            "without your name; its provider's terms apply there."
        )
    return text.format(host=host)


def _embedder(facts: PrivacyFacts) -> str:
    if not facts.embedder:
        return ""
    host = f"`{truncate(facts.embedder, HOST_CHARACTERS)}`"
    if facts.embedder_is_local:
        text = _("**Search**: {host}, in the operator's own network, gets articles and questions.")
    else:
        text = _("**Search**: {host} gets the text of articles and questions, without names.")
    return text.format(host=host)


def data_card() -> ui.LayoutView:
    """Comes with the file."""
    text = _("This is everything that I store about you in this server.")
    return card(text, ui.File(f"attachment://{FILE_NAME}"), colour=GREY)


def erase_card(articles: int) -> ui.LayoutView:
    """Asks before a person is erased. ``articles``: how many they added."""
    text = _(
        "Erase everything that I store about you in this server? Your questions, private answers "
        "and ratings are deleted, and your name is removed from articles, costs and settings. This "
        "can't be undone. My posts in Discord stay; you can delete your own messages there."
    )
    if not articles:
        buttons = [Button("eraseme", ARTICLES_STAY, label=_("Erase"), style=DANGER)]
    else:
        go = ngettext(
            "Erase, and the {n:,} article I added",
            "Erase, and the {n:,} articles I added",
            articles,
        )
        buttons = [
            Button("eraseme", ARTICLES_STAY, label=_("Erase; articles stay"), style=DANGER),
            Button("eraseme", ARTICLES_GO, label=go.format(n=articles), style=DANGER),
        ]
    keep = Button("keepme", label=_("Cancel"))
    return card(text, *rows([*buttons, keep]), colour=RED)


def erased_card(counts: ErasedCounts, articles: int) -> ui.LayoutView:
    """Says what was erased. ``articles``: how many were erased with it."""
    lines = [
        ngettext("{n:,} question", "{n:,} questions", counts.questions).format(n=counts.questions),
        ngettext("{n:,} rating", "{n:,} ratings", counts.ratings).format(n=counts.ratings),
        ngettext(
            "your name on {n:,} article", "your name on {n:,} articles", counts.articles
        ).format(n=counts.articles),
    ]
    if articles:
        text = ngettext("{n:,} article", "{n:,} articles", articles)
        lines.append(text.format(n=articles))
    listed = one_line(", ".join(lines))
    return card(_("Erased: {counts}.").format(counts=listed), colour=GREY)
