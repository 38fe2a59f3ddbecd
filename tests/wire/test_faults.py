"""Faults of the connection to Discord at the n-th call: every card comes to a good end.

The operation is repeated with the fault at its first call, its second, … until it passes without
meeting one. ``make wire`` does so with every kind of fault and every operation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.wire.bot_process import Bot
from tests.wire.discord_server import Discord
from tests.wire.faults import KINDS, Fault, Kind
from tests.wire.payloads import texts
from tests.wire.test_first_day import add

QUESTION = "Who heads the Russian fund?"
ANSWER = "Kirill Dmitriev heads the Russian Direct Investment Fund.¹"
WRONG = "Something went wrong"
ENOUGH = 12  # calls that one operation may make
Operation = Callable[[Discord], Awaitable[None]]


async def ask(discord: Discord) -> None:
    asked = await discord.slash("ask", question=QUESTION)
    await discord.until(lambda: ANSWER in discord.text_of(asked) and not discord.loading())
    assert WRONG not in discord.text_of(asked)


async def ask_privately(discord: Discord) -> None:
    asked = await discord.slash("ask", question=QUESTION, private=True)
    await discord.until(lambda: ANSWER in discord.text_of(asked) and not discord.loading())
    assert asked.ephemeral


async def mention(discord: Discord) -> None:
    before = len(discord.cards())
    await discord.say(QUESTION)
    await discord.until(lambda: any(ANSWER in text(card) for card in discord.cards()[before:]))
    assert len(discord.cards()) == before + 1


async def list_and_open(discord: Discord) -> None:
    listed = await discord.slash("library")
    await discord.until(lambda: "Joint Mars mission" in discord.text_of(listed))


async def add_file(discord: Discord) -> None:
    seen = len(discord.messages)
    text = f"Report {seen}\n\nThe harbour of town {seen} opened in {1000 + seen}, a grey spring.\n"
    await add(discord, text.encode(), f"report-{seen}.txt")


async def form(discord: Discord) -> None:
    sent = await discord.slash("article add")
    await discord.until(lambda: sent.form is not None)


OPERATIONS: tuple[Operation, ...] = (
    ask,
    ask_privately,
    mention,
    list_and_open,
    add_file,
    form,
)


def text(card: dict[str, object]) -> str:
    return "\n".join(texts(card["components"]))  # type: ignore[arg-type]


async def run_with_faults(discord: Discord, operation: Operation, kind: Kind) -> int:
    """Runs an operation with a fault at each of its calls; how many were met."""
    for n in range(1, ENOUGH):
        fault = Fault(kind, n)
        discord.faults = [fault]
        await operation(discord)
        discord.faults = []
        assert not discord.loading()
        if not fault.met:
            return n - 1
    raise AssertionError("more calls than expected")


async def test_an_answer_comes_whichever_call_is_dropped(discord: Discord, bot: Bot) -> None:
    await add(discord)
    assert await run_with_faults(discord, ask, "drop") >= 2
    assert await run_with_faults(discord, ask, "lost") >= 2
    assert WRONG not in "".join(text(card) for card in discord.cards())


@pytest.mark.wire
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)
async def test_every_operation_comes_to_its_end_whichever_call_fails(
    discord: Discord,
    bot: Bot,
    operation: Operation,
    record_property: Callable[[str, object], None],
) -> None:
    await add(discord)
    for kind in KINDS:
        met = await run_with_faults(discord, operation, kind)
        record_property(kind, met)  # seen with --junitxml
        assert met >= 1
    assert WRONG not in "".join(text(card) for card in discord.cards())
