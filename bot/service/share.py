"""Shares a private answer, and begins a conversation with an answer.

A shared answer rests only on what its readers may see when it is shared. If the private one used
more, the question can be answered again from what they may see. Nothing is said about the articles
that it used.
"""

from __future__ import annotations

from dataclasses import replace

from bot.answer_records import Answer
from bot.errors import NotAllowed
from bot.records import Filter, Scope
from bot.service.saved_answers import answer_to_json, load_answer, load_filter
from bot.store.protocols import Library
from bot.store.values import EVERYTHING, Dependencies, StoredAnswer
from bot.strings import N_, _

SOURCE_NO_LONGER_VISIBLE = N_(
    "I can't show this answer: one of its sources was removed, or is no longer visible to everyone "
    "here. Please ask again."
)
STAYS_PRIVATE = N_(
    "This answer stays private: it uses articles that not everyone here can read, and the others "
    "don't answer the question."
)


def check_own(stored: StoredAnswer, user_id: int) -> None:
    """Raises NotAllowed unless it is this person's answer."""
    if stored.asker_id != user_id:
        raise NotAllowed(_("Only the person who asked can share this answer."))


async def is_visible(library: Library, answer_id: int | None, scope: Scope) -> bool:
    """Whether a scope shows an answer as it is."""
    return answer_id is not None and await library.answers.answer(answer_id, scope) is not None


async def check_visible(library: Library, answer: Answer, scope: Scope) -> None:
    """Raises NotAllowed if a scope no longer shows an answer that was just stored."""
    if not await is_visible(library, answer.id, scope):
        raise NotAllowed(_(SOURCE_NO_LONGER_VISIBLE))


async def share_copy(
    library: Library, stored: StoredAnswer, within: str, channel_id: int, event_id: int
) -> Answer:
    """Stores a public copy of a private answer, for the event that shares it in a channel.

    ``within`` describes its limits, and who asked, to its readers. Call ``check_visible`` before
    it is shown.
    """
    answer = load_answer(stored)[0]
    public = replace(
        stored,
        private=False,
        channel_id=channel_id,
        body=answer_to_json(answer, within, load_filter(stored) or EVERYTHING),
        event_id=event_id,
        awaits_answer=False,  # the private one already does
    )
    repeated = Dependencies(repeated_answer_id=stored.id)
    return answer.with_id(await library.answers.save(public, answer.citations, repeated))


async def limits_to_ask_again(library: Library, stored: StoredAnswer, scope: Scope) -> Filter:
    """The limits of an answer's question, if a scope shows any article within them.

    Raises NotAllowed.
    """
    limits = load_filter(stored)
    if limits is None or not await library.articles.ids_matching(limits, scope):
        raise NotAllowed(_(STAYS_PRIVATE))
    return limits


async def begin_conversation(library: Library, stored: StoredAnswer, channel_id: int) -> None:
    """Stores an answer as the first turn of a thread."""
    first = replace(stored, channel_id=channel_id, event_id=channel_id, awaits_answer=False)
    citations = load_answer(stored)[0].citations
    await library.answers.save(first, citations, Dependencies(repeated_answer_id=stored.id))
