"""The servers take turns at searching, so that a burst in one does not hold up the others."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing

from bot.answer.events import Event, Retrieved
from bot.answer.request_queue import OnPosition, RequestQueue


async def take_turn(
    events: AsyncGenerator[Event],
    turns: RequestQueue,
    on_position: OnPosition,
    *,
    only_search: bool,
) -> AsyncGenerator[Event]:
    """The events of an answer, begun when it is its turn.

    ``only_search``: the turn ends with the search, because a model writes the answer, at whose
    server the servers take turns, too.
    """
    async with AsyncExitStack() as turn, aclosing(events):
        await turn.enter_async_context(turns.slot(on_position))
        async for event in events:
            if only_search and isinstance(event, Retrieved):
                await turn.aclose()
            yield event
