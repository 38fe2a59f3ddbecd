"""From the start of the bot to the first answer, as a user meets it."""

from __future__ import annotations

from tests.wire.bot_process import Bot
from tests.wire.discord_server import Discord, Interaction
from tests.wire.payloads import button

MARS = b"""Joint Mars mission floated

Kirill Dmitriev heads the Russian Direct Investment Fund. He suggested the year 2029 for a joint \
mission to Mars.
"""


async def add(discord: Discord, data: bytes = MARS, name: str = "mars.txt") -> Interaction:
    """Adds a file; the interaction, once its card says so."""
    added = await discord.slash("article add", file=discord.upload(name, data))
    await discord.until(lambda: "was added" in discord.text_of(added))
    return added


async def test_boots_syncs_its_commands_adds_and_answers_also_after_a_resume(
    discord: Discord, bot: Bot
) -> None:
    names = {command["name"] for command in discord.commands}
    assert {"ask", "article", "library", "Add to library", "Ask about this"} <= names
    await add(discord)
    asked = await discord.slash("ask", question="Who heads the Russian fund?")
    await discord.until(lambda: "Kirill Dmitriev heads" in discord.text_of(asked))
    card = discord.answers_to(asked)[0]
    opened = await discord.press(card, button(card, "c"))
    await discord.until(lambda: "joint mission to Mars" in discord.text_of(opened))
    assert opened.ephemeral
    await discord.cut()
    asked = await discord.slash("ask", question="Who heads the Russian fund?")
    await discord.until(lambda: "Kirill Dmitriev heads" in discord.text_of(asked))
    assert discord.handshakes == ["identify", "resume"]
