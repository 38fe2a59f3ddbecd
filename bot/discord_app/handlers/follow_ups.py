"""Shows questions to ask next under an answer that was just shown."""

from __future__ import annotations

from bot.answer.pipeline import Answerer
from bot.answer_records import Answer
from bot.discord_app import replies
from bot.discord_app.cards import answers as cards
from bot.discord_app.handlers.question_requests import PreparedQuestion
from bot.service.follow_ups import follow_up_questions
from bot.service.share import is_visible
from bot.store.protocols import Library


async def show_follow_ups(
    answerer: Answerer,
    answer: Answer,
    prepared: PreparedQuestion,
    library: Library,
    reply: replies.AnswerReply,
    step: str,
) -> None:
    """Shows the card again with questions to ask next, if there are any.

    ``step``: the act of its first button.
    """
    questions = await follow_up_questions(answerer, answer, library, prepared.scope_now)
    if not questions or not await is_visible(library, answer.id, prepared.scope_now):
        return
    shown = cards.answer_cards(
        answer, next_step=step, within=prepared.question.within, follow_ups=questions
    )
    with replies.logs_send_errors("show questions to ask next"):
        await reply.show(shown.first)
