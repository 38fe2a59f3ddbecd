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
from bot.store.values import QuestionCard
from bot.strings import _, ngettext

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
        return card(question_block(question), small(_checking_line(checking)))
    if searches:
        words = "; ".join(escape(one_line(search)) for search in searches)
        looking = _("Looking for: {words} …").format(words=words)
        return card(question_block(question), small(looking))
    if findings is None:
        state = _queue_line(ahead) or _("Searching the library …")
        return card(question_block(question), small(state))
    state = _("Reading {read} passages of {total:,} …").format(
        read=len(findings.hits), total=findings.passages_in_scope
    )
    return card(question_block(question), small(join_facts(state, _queue_line(ahead))))


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
    state = _queue_line(ahead) or _("the model is still writing …")
    if checking:
        state = _checking_line(checking)
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


def _checking_line(sentences: int) -> str:
    return ngettext("Checking {n:,} sentence …", "Checking {n:,} sentences …", sentences).format(
        n=sentences
    )


def _queue_line(ahead: int) -> str | None:
    if not ahead:
        return None
    return ngettext(
        "{n:,} question ahead of yours", "{n:,} questions ahead of yours", ahead
    ).format(n=ahead)


def _stop_button(event_id: int | None) -> list[ui.ActionRow[Any]]:
    return [] if event_id is None else rows([Button("stop", event_id, label=_("Stop"))])
