"""Questions to ask next: what else the cited articles answer.

They are tried by quotes first, without a model. Trying keeps nothing, counts as no question and
notifies nobody.
"""

from __future__ import annotations

import logging

from bot.answer.pipeline import Answerer
from bot.answer_records import Answer
from bot.errors import FootnoteError
from bot.records import Scope
from bot.store.protocols import Library

log = logging.getLogger(__name__)
MAX_FOLLOW_UPS = 3


async def follow_up_questions(
    answerer: Answerer, answer: Answer, library: Library, scope: Scope
) -> tuple[str, ...]:
    """Up to three questions; none if the answer cites nothing, or they can't be made."""
    if not answer.answered or not answer.citations:
        return ()
    try:
        return (await answerer.suggest_follow_ups(answer, library, scope))[:MAX_FOLLOW_UPS]
    except FootnoteError as error:  # the answer is stored and shown, whatever happens here
        log.warning("no questions to ask next: %s", error.message)
        return ()
