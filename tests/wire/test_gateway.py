"""The gateway's connection: invalid, silent; events that come twice; what Discord refuses."""

from __future__ import annotations

import pytest

from tests.wire.bot_process import Bot
from tests.wire.discord_server import Discord
from tests.wire.faults import Fault
from tests.wire.payloads import button
from tests.wire.test_first_day import add

QUESTION = "Who heads the Russian fund?"
ANSWER = "Kirill Dmitriev heads the Russian Direct Investment Fund.¹"


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
@pytest.mark.parametrize(
    ("code", "words"),
    [(50001, "I can't see this channel"), (50013, "Discord doesn't let me do this here")],
)
async def test_a_missing_permission_is_told_in_its_own_words_and_logged(
    discord: Discord, bot: Bot, code: int, words: str
) -> None:
    await add(discord)
    discord.faults = [Fault(code, 1, where="PATCH", times=99)]
    asked = await discord.slash("ask", question=QUESTION)
    await discord.until(lambda: words in discord.text_of(asked))
    assert f"code={code} channel=" in bot.log
    discord.faults = []


@pytest.mark.wire
@pytest.mark.parametrize("code", [50001, 50013, 160005])  # 160005: the thread is locked
async def test_a_thread_that_is_refused_is_told_in_its_own_words_and_logged(
    discord: Discord, bot: Bot, code: int
) -> None:
    await add(discord)
    asked = await discord.slash("ask", question=QUESTION)
    await discord.until(lambda: "'fn:follow" in str(discord.answers_to(asked)))
    card = discord.answers_to(asked)[0]
    discord.faults = [Fault(code, 1, where="/threads", times=99)]
    pressed = await discord.press(card, button(card, "follow"))
    await discord.until(lambda: "didn't let me open a thread" in discord.text_of(pressed))
    assert f"a thread was refused: status=403 code={code} channel=" in bot.log


@pytest.mark.wire
async def test_an_attachment_that_has_expired_is_told_in_its_own_words(
    discord: Discord, bot: Bot
) -> None:
    file = discord.upload("gone.txt", b"text")
    discord.files.clear()
    added = await discord.slash("article add", file=file)
    await discord.until(lambda: "no longer has gone.txt" in discord.text_of(added))
