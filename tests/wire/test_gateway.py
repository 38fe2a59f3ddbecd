"""The gateway's connection: cut, invalid, silent; and events that come twice."""

from __future__ import annotations

import pytest

from tests.wire.bot_process import Bot
from tests.wire.discord_server import Discord
from tests.wire.faults import Fault
from tests.wire.test_first_day import add

QUESTION = "Who heads the Russian fund?"
ANSWER = "Kirill Dmitriev heads the Russian Direct Investment Fund.¹"


async def test_what_was_asked_while_the_connection_was_cut_is_answered_after_the_resume(
    discord: Discord, bot: Bot
) -> None:
    await add(discord)
    await discord.cut()
    asked = await discord.slash("ask", question=QUESTION)
    await discord.until(lambda: ANSWER in discord.text_of(asked))
    assert discord.handshakes == ["identify", "resume"]


@pytest.mark.wire
async def test_a_session_that_is_invalid_is_begun_again(discord: Discord, bot: Bot) -> None:
    await add(discord)
    discord.sessions.clear()
    await discord.cut()
    await discord.until(lambda: discord.handshakes == ["identify", "resume", "identify"])
    asked = await discord.slash("ask", question=QUESTION)
    await discord.until(lambda: ANSWER in discord.text_of(asked))


@pytest.mark.wire
async def test_a_connection_that_is_silent_is_noticed_and_resumed(
    discord: Discord, bot: Bot
) -> None:
    discord.is_silent = True
    await discord.until(lambda: "resume" in discord.handshakes)


@pytest.mark.wire
async def test_a_mention_that_comes_twice_also_across_a_restart_has_one_answer(
    discord: Discord, bot: Bot
) -> None:
    await add(discord)
    message = await discord.say(QUESTION)
    await discord.repeat()
    await discord.until(lambda: any(ANSWER in str(card) for card in discord.cards()))
    await bot.end()
    await bot.start()
    await discord.dispatch("MESSAGE_CREATE", message)
    listed = await discord.slash("library")
    await discord.until(lambda: discord.text_of(listed))
    assert sum(ANSWER in str(card) for card in discord.cards()) == 1


@pytest.mark.wire
@pytest.mark.parametrize("code", [50001, 50013])
async def test_a_missing_permission_is_logged_with_its_code_and_channel(
    discord: Discord, bot: Bot, code: int
) -> None:
    await add(discord)
    discord.faults = [Fault(code, 1, where="PATCH", times=99)]
    await discord.slash("ask", question=QUESTION)
    await discord.until(lambda: f"code={code} channel=" in bot.log)
    discord.faults = []


@pytest.mark.wire
async def test_an_attachment_that_has_expired_is_told_in_its_own_words(
    discord: Discord, bot: Bot
) -> None:
    file = discord.upload("gone.txt", b"text")
    discord.files.clear()
    added = await discord.slash("article add", file=file)
    await discord.until(lambda: "no longer has gone.txt" in discord.text_of(added))
