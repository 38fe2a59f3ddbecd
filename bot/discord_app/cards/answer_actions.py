"""What stands under an answer: its footnotes, what to do next, ratings, and questions to ask.

Plain functions of values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import ui

from bot.answer.writing.sanitize import sanitize
from bot.answer_records import Answer, Citation, Rating
from bot.discord_app.buttons import PLAIN, AnswerMenu, Button, footnote_label
from bot.discord_app.cards.components import GREY, card, rows
from bot.discord_app.limits import BUTTON_LABEL, BUTTONS_IN_A_ROW, OPTION_LABEL, truncate
from bot.strings import N_, _

FOOTNOTE_BUTTONS = 5  # more are a menu
TITLED_LABEL = 40  # characters of the first one's: 👍 and 👎 fit beside it
QUOTED_LABEL = 28  # characters of the label of an article's further footnotes
NEXT_STEPS = {"follow": N_("Follow up"), "share": N_("Share"), "reply": N_("Reply")}
THUMBS_UP, THUMBS_DOWN = "👍", "👎"
RATINGS: dict[Rating, str] = {
    "helpful": N_("Helpful"),
    "wrong source": N_("Wrong source"),
    "unsupported": N_("Not supported"),
    "missing": N_("Something is missing"),
    "outdated": N_("Outdated"),
    "other": N_("Something else"),
}


def rows_under(
    answer: Answer, citations: Sequence[Citation], next_step: str
) -> list[ui.ActionRow[Any]]:
    """Footnotes and actions: in one row where they fit and no menu is among them."""
    opening, actions = footnotes(answer, citations), _action_buttons(answer, next_step)
    is_menu = any(isinstance(item, AnswerMenu) for item in opening)
    if not is_menu and len(opening) + len(actions) <= BUTTONS_IN_A_ROW:
        return rows([*opening, *actions])
    return [*rows(opening), *rows(actions)]


def footnotes(answer: Answer, citations: Sequence[Citation]) -> list[Button | AnswerMenu]:
    """A button for each footnote; one menu for more than five."""
    if answer.id is None:
        return []
    once = {c.n: c for c in reversed(citations)}  # a footnote may have several ranges
    shown = [once[n] for n in sorted(once)]
    if len(shown) > FOOTNOTE_BUTTONS:
        options = [_footnote_option(citation) for citation in shown]
        return [AnswerMenu("cite", answer.id, _("Open a footnote …"), options)]
    named: set[int] = set()
    buttons: list[Button | AnswerMenu] = []
    for citation in shown:
        is_first = citation.article_id not in named
        named.add(citation.article_id)
        label = footnote_label(citation, names_article=is_first or not citation.quote)
        label = truncate(label, TITLED_LABEL if is_first else QUOTED_LABEL)
        buttons.append(Button("c", answer.id, citation.n, label=label))
    return buttons


def _footnote_option(citation: Citation) -> discord.SelectOption:
    quote = truncate(sanitize(citation.quote), OPTION_LABEL)
    return discord.SelectOption(
        label=footnote_label(citation), value=str(citation.n), description=quote or None
    )


def follow_up_menu(answer: Answer, questions: Sequence[str]) -> list[ui.ActionRow[Any]]:
    """Questions that the library can answer, to ask next."""
    options = [
        discord.SelectOption(label=question, value=question)
        for question in questions
        if len(question) <= OPTION_LABEL and sanitize(question) == question
    ]
    if answer.id is None or not options:
        return []
    return rows([AnswerMenu("next", answer.id, _("Ask next …"), options)])


def with_ratings(message: discord.Message, ratings: Mapping[Rating, int]) -> ui.LayoutView:
    """The card of a message with the number of ratings on its thumbs."""
    helpful = ratings.get("helpful", 0)
    counts = {"fn:helpful:": helpful, "fn:down:": sum(ratings.values()) - helpful}
    view = ui.LayoutView.from_message(message, timeout=None)
    for item in view.walk_children():
        for prefix, count in counts.items():
            if isinstance(item, ui.Button) and (item.custom_id or "").startswith(prefix):
                thumb = THUMBS_UP if prefix == "fn:helpful:" else THUMBS_DOWN
                item.label = f"{thumb} {count}" if count else thumb
                item.style = discord.ButtonStyle.success if count and thumb == THUMBS_UP else PLAIN
    return view


def thanks_card(kind: Rating) -> ui.LayoutView:
    """Says what was recorded."""
    text = _("Thanks! I recorded “{rating}” for this answer.")
    return card(text.format(rating=_(RATINGS[kind])), colour=GREY)


def reason_card(answer_id: int) -> ui.LayoutView:
    """Asks what was wrong with an answer."""
    options = [
        discord.SelectOption(label=_(label), value=kind)
        for kind, label in RATINGS.items()
        if kind != "helpful"
    ]
    menu = AnswerMenu("why", answer_id, _("Choose …"), options)
    return card(_("Thanks for telling me. What was wrong?"), *rows([menu]), colour=GREY)


def _action_buttons(answer: Answer, next_step: str) -> list[Button]:
    if answer.id is None:
        return []
    steps = [Button(next_step, answer.id, label=_(NEXT_STEPS[next_step]))] if next_step else []
    return [
        *steps,
        Button("helpful", answer.id, label=THUMBS_UP),
        Button("down", answer.id, label=THUMBS_DOWN),
        *way_out(answer),
    ]


def way_out(answer: Answer) -> list[Button]:
    """For an answer from the articles that the question names; a summary has no wider form."""
    if answer.id is None or not answer.within_articles or answer.mode == "summary":
        return []
    return [Button("everywhere", answer.id, label=_("Search everything instead"))]


def decline_alert_button(answer: Answer) -> list[Button]:
    """For whoever doesn't want to be notified of a later answer."""
    return [] if answer.id is None else [Button("noalert", answer.id, label=_("Don't notify me"))]


def choice_buttons(answer: Answer) -> list[Button]:
    """The articles that a question may have meant."""
    if answer.id is None:
        return []
    return [
        Button("pick", answer.id, article.id, label=truncate(sanitize(article.title), BUTTON_LABEL))
        for article in answer.choices
    ]
