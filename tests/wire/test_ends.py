"""The process ends, in the middle of a question or at any time: no card stands for ever."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import pytest

from tests.model_server import HANG, ScriptedServer, broken, model_server
from tests.wire.bot_process import Bot
from tests.wire.discord_server import Discord, Interaction
from tests.wire.payloads import button, texts
from tests.wire.test_first_day import add

QUESTION = "Who heads the Russian fund?"
ENOUGH = 12  # calls that a question or an addition may make
LONGEST_S = 20.0  # twice the promise, for the machine may be busy; 3 to 8 s on a busy one
READING = "Quoted from the sources"


@pytest.fixture
async def model() -> AsyncIterator[ScriptedServer]:
    """It begins an answer and never ends it."""
    async with model_server() as server:
        server.answers = lambda prompt: broken(HANG)
        yield server


def says(discord: Discord, *words: str) -> Callable[[], bool]:
    """Whether a card says all of these."""

    def is_said() -> bool:
        said = ("\n".join(texts(card["components"])) for card in discord.cards())
        return any(all(word in text for word in words) for text in said)

    return is_said


@pytest.mark.wire
@pytest.mark.parametrize("step", ["idle", "answering"])
@pytest.mark.parametrize("gone", ["black hole", "refused"])
async def test_sigterm_ends_the_process_also_when_discord_is_gone(
    discord: Discord, writing_bot: Bot, gone: str, step: str
) -> None:
    await add(discord)
    if step == "answering":
        await discord.slash("ask", question=QUESTION)
        await discord.until(says(discord, READING))
    discord.is_black_hole = gone == "black hole"
    if gone == "refused":
        await discord.refuse()
    began = asyncio.get_running_loop().time()
    assert await writing_bot.end(signal.SIGTERM) == 0
    assert asyncio.get_running_loop().time() - began < LONGEST_S


@pytest.mark.parametrize("private", [False, pytest.param(True, marks=pytest.mark.wire)])
async def test_a_card_ends_after_a_kill_and_on_sigterm_and_so_does_the_process(
    discord: Discord, writing_bot: Bot, private: bool
) -> None:
    await add(discord)
    await discord.slash("ask", question=QUESTION, private=private)
    await discord.until(says(discord, READING))
    await writing_bot.end(signal.SIGKILL)
    await writing_bot.start()
    assert sum(call.path.endswith("/commands") for call in discord.calls) == 1, "synced once"
    if private:
        await discord.slash("library")
    await discord.until(says(discord, QUESTION, "interrupted"))
    assert not discord.loading()
    (card,) = [c for c in discord.cards() if "interrupted" in "\n".join(texts(c["components"]))]
    again = await discord.press(card, button(card, "again"))
    await discord.until(lambda: READING in discord.text_of(again))
    assert again.ephemeral is private
    ending = asyncio.ensure_future(writing_bot.end(signal.SIGTERM))
    await discord.until(lambda: "had to stop" in discord.text_of(again))
    assert "heads the Russian Direct Investment Fund.¹" in discord.text_of(again)
    assert await ending == 0
    assert "unexpected" not in writing_bot.log


@pytest.mark.wire
async def test_a_mention_that_was_killed_in_hand_is_brought_to_an_end(
    discord: Discord, writing_bot: Bot
) -> None:
    await add(discord)
    await discord.say(QUESTION)
    await discord.until(says(discord, READING))
    await writing_bot.end(signal.SIGKILL)
    await writing_bot.start()
    await discord.until(says(discord, QUESTION, "interrupted"))


@pytest.mark.wire
async def test_a_deleted_card_stops_the_model(
    discord: Discord, writing_bot: Bot, model: ScriptedServer
) -> None:
    await add(discord)
    asked = await discord.slash("ask", question=QUESTION)
    await discord.until(says(discord, READING))
    await discord.delete_message(asked.message_ids[0])
    await model.requests[-1].gone.wait()
    assert not discord.answers_to(asked)


async def end_at_each_call(
    discord: Discord,
    bot: Bot,
    number: signal.Signals,
    act: Callable[[int], Awaitable[Interaction]],
    is_over: Callable[[Interaction], bool],
) -> int:
    """Ends the process once Discord has had the first call of an act, the second, …; how many.

    After each restart its card says how it ended, or is gone.
    """
    for calls in range(1, ENOUGH):
        before = len(discord.calls)
        acted = await act(calls)
        await discord.until(partial(_came_so_far, discord, before + calls, acted, is_over))
        has_more = not is_over(acted)
        status = await bot.end(number)
        assert status == (0 if number is signal.SIGTERM else -signal.SIGKILL)
        await bot.start()
        await discord.until(partial(_has_end, discord, acted, is_over))
        assert not discord.loading()
        if not has_more:
            return calls
    raise AssertionError("more calls than expected")


def _came_so_far(
    discord: Discord, calls: int, acted: Interaction, is_over: Callable[[Interaction], bool]
) -> bool:
    return len(discord.calls) >= calls or is_over(acted)


def _has_end(discord: Discord, acted: Interaction, is_over: Callable[[Interaction], bool]) -> bool:
    text = discord.text_of(acted)
    return (
        is_over(acted)
        or "interrupted" in text
        or "it again" in text
        or not discord.answers_to(acted)
    )


@pytest.mark.wire
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_an_end_after_any_call_leaves_no_card_in_the_middle(
    discord: Discord, bot: Bot, number: signal.Signals
) -> None:
    await add(discord)

    async def ask(number: int) -> Interaction:
        return await discord.slash("ask", question=QUESTION)

    ends = await end_at_each_call(
        discord, bot, number, ask, lambda asked: READING in discord.text_of(asked)
    )
    assert ends >= 2


@pytest.mark.wire
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_an_end_after_any_call_of_an_addition_leaves_no_card_in_the_middle(
    discord: Discord, bot: Bot, number: signal.Signals
) -> None:
    """What was queued is added after the restart; before that, the card says what to do."""

    async def add_town(n: int) -> Interaction:
        text = f"Town {n}\n\nThe harbour of town {n} opened in {1800 + n}, a grey spring.\n"
        file = discord.upload(f"town{n}.txt", text.encode())
        return await discord.slash("article add", file=file)

    ends = await end_at_each_call(
        discord, bot, number, add_town, lambda added: "was added" in discord.text_of(added)
    )
    assert ends >= 2
