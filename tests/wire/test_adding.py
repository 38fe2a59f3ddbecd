"""Adding articles by a form and by the menu of a message; the same event twice."""

from __future__ import annotations

import pytest

from tests.wire.bot_process import Bot
from tests.wire.discord_server import Discord
from tests.wire.test_first_day import MARS, add

pytestmark = pytest.mark.wire
TOWN = "The mayor of Dingle is Ada Bell. The harbour of Dingle opened in 1905, in a grey spring."


async def test_a_form_adds_its_text_and_its_files(discord: Discord, bot: Bot) -> None:
    shown = await discord.slash("article add")
    files = [discord.upload("mars.txt", MARS)]
    added = await discord.submit(shown, files, Text=TOWN, Tags="towns")
    await discord.until(lambda: "2 articles added" in discord.text_of(added))


async def test_the_menu_of_a_message_adds_it_and_asks_about_it(discord: Discord, bot: Bot) -> None:
    message = await discord.say(TOWN)
    added = await discord.choose_in_menu("Add to library", message)
    await discord.until(lambda: "was added" in discord.text_of(added))
    shown = await discord.choose_in_menu("Ask about this", message)
    asked = await discord.submit(shown, Question="Who is the mayor?")
    await discord.until(lambda: "Ada Bell" in discord.text_of(asked))


async def test_a_command_that_comes_twice_also_across_a_restart_adds_one_article(
    discord: Discord, bot: Bot
) -> None:
    added = await add(discord)
    await discord.repeat()
    await bot.end()
    await bot.start()
    await discord.dispatch("INTERACTION_CREATE", added.payload)
    listed = await discord.slash("library")
    await discord.until(lambda: "1 article" in discord.text_of(listed))
    assert "was added" in discord.text_of(added)
    assert not discord.loading()


async def test_a_question_that_comes_twice_also_across_a_restart_has_one_answer(
    discord: Discord, bot: Bot
) -> None:
    await add(discord)
    asked = await discord.slash("ask", question="Who heads the Russian fund?")
    await discord.repeat()
    await discord.until(lambda: "Investment Fund.¹" in discord.text_of(asked))
    await bot.end()
    await bot.start()
    await discord.dispatch("INTERACTION_CREATE", asked.payload)
    listed = await discord.slash("library")
    await discord.until(lambda: "1 article" in discord.text_of(listed))
    assert "Investment Fund.¹" in discord.text_of(asked)
    assert len(discord.answers_to(asked)) == 1
