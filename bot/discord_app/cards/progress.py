"""The cards of a question that isn't answered yet: searching, quotes meanwhile, writing, checking.

And of one that a restart cut off.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from discord import ui

from bot.answer.events import Preview
from bot.answer_records import AnswerSentence
from bot.discord_app.buttons import Button
from bot.discord_app.cards.answers import (
    CONTINUED_BELOW,
    closest_passages,
    fit_sentences,
    question_block,
    small,
)
from bot.discord_app.cards.components import GREY, card, join_facts, rows
from bot.discord_app.limits import CARD_CHARACTERS
from bot.discord_app.markdown import escape, one_line
from bot.records import SearchResult
from bot.service.progress import ahead_line, checking_line, looking_line, reading_line
from bot.store.values import QuestionCard
from bot.strings import _

PROGRESS_ROOM = 600  # for the question, the state and the buttons around a growing text


def searching_card(
    question: str,
    findings: SearchResult | None,
    ahead: int = 0,
    checking: int = 0,
    searches: Sequence[str] = (),
) -> ui.LayoutView:
    """The card before the first sentence.

    ``ahead``: how many questions are before this one; ``checking``: sentences being checked;
    ``searches``: what the model has looked for.
    """
    if checking:
        return card(question_block(question), small(checking_line(checking)))
    if searches:
        words = "; ".join(escape(one_line(search)) for search in searches)
        return card(question_block(question), small(looking_line(words)))
    if findings is None:
        state = ahead_line(ahead) if ahead else _("Searching the library …")
        return card(question_block(question), small(state))
    state = join_facts(reading_line(findings), ahead_line(ahead) if ahead else None)
    return card(question_block(question), small(state))


def preliminary_card(
    question: str, shown: Preview, ahead: int, stop_event_id: int | None, checking: int = 0
) -> ui.LayoutView:
    """Quotes, or the closest passages, while the model is still writing.

    ``ahead``, ``checking``: as above. ``stop_event_id``: the event of the question that the *Stop*
    button ends; None for no button.
    """
    if shown.sentences:
        text, rest = fit_sentences(shown.sentences, CARD_CHARACTERS - PROGRESS_ROOM)
        kind = _("Quoted from the sources")
    else:
        text, rest = closest_passages(shown.nearest), []
        kind = _("Nothing to quote directly")
    state = ahead_line(ahead) if ahead else _("the model is still writing …")
    if checking:
        state = checking_line(checking)
    return card(
        question_block(question),
        text,
        "-# …" if rest else None,
        small(join_facts(kind, state)),
        *_stop_button(stop_event_id),
    )


def writing_card(
    question: str, sentences: Sequence[AnswerSentence], stop_event_id: int | None = None
) -> ui.LayoutView:
    """The sentences so far. ``stop_event_id``: as above."""
    text, rest = fit_sentences(sentences, CARD_CHARACTERS - PROGRESS_ROOM)
    return card(
        question_block(question),
        text,
        small(_(CONTINUED_BELOW)) if rest else None,
        small(_("Writing …")),
        *_stop_button(stop_event_id),
    )


def interrupted_card(row: QuestionCard | None = None) -> ui.LayoutView:
    """Replaces the card of a question that a restart cut off. ``row``: to ask it again."""
    if row is None or not row.question:
        return card(_("This answer was interrupted by a restart. Please ask again."), colour=GREY)
    return card(
        question_block(row.question),
        _("This answer was interrupted by a restart."),
        *rows([Button("again", row.event_id, label=_("Ask again"))]),
        colour=GREY,
    )


def _stop_button(event_id: int | None) -> list[ui.ActionRow[Any]]:
    return [] if event_id is None else rows([Button("stop", event_id, label=_("Stop"))])
