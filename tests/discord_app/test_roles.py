"""Permissions: every button of an article, pressed by every kind of member. A refusal is private
and changes nothing."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.discord_app.buttons import Button
from bot.discord_app.cards.components import GREY, message
from bot.discord_app.client import create_bot
from bot.records import Scope
from tests.contract.samples import trashed_ids
from tests.discord_app.conftest import Room, private_reply, text_of
from tests.discord_app.test_access import SEEN, UNSEEN

pytestmark = pytest.mark.quick
CHANGE, ERASE = {"submitter", "moderator"}, {"moderator"}
# act: how many ids its button carries, and whose press does something
ACTS: dict[str, tuple[int, set[str]]] = {
    "rename": (2, CHANGE),
    "tags": (2, CHANGE),
    "remove": (1, CHANGE),
    "r": (1, CHANGE),
    "refresh": (1, CHANGE),
    "restore": (1, CHANGE),
    "erase": (1, ERASE),
    "wipe": (1, ERASE),
}
REFUSED = (
    "You can't change this article",
    "You can't remove this article",
    "You can't erase this article",
    "Only those who can manage messages",
)
HIDDEN = ("that you can see", "can't be restored anymore")


async def people(room: Room) -> dict[str, Any]:
    manager = room.guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    zoe = room.guild.add_member(room.env.create_user("zoe"), roles=[manager])
    return {"submitter": room.ada, "member": room.ben, "moderator": room.grace, "manager": zoe}


async def state(room: Room) -> object:
    """Everything that a button could change."""
    server = str(room.guild.id)
    async with room.app.store.library(server) as library:
        articles = await library.articles.select(Scope(server))
        return articles, await trashed_ids(library)


async def press(room: Room, who: Any, act: str, article_id: int) -> Any:
    """Presses a button as if everyone could see it."""
    ids = [article_id, 2][: ACTS[act][0]]
    channel = room.env.bot.get_channel(room.channel.id)
    sent = await channel.send(view=message("?", GREY, Button(act, *ids, label="!")))
    return await who.click(sent, label="!")


def did(result: Any) -> str:
    """The result of a press: "form", "refused", "hidden" or "done"."""
    if result.modal is not None:
        return "form"
    private = [reply for reply in result.followups if reply.ephemeral]
    if result.response is not None and result.response.ephemeral:
        private.append(result.response)
    told = " ".join(text_of(reply) for reply in private)
    if any(words in told for words in REFUSED):
        return "refused"
    return "hidden" if any(words in told for words in HIDDEN) else "done"


@pytest.mark.parametrize("act", ACTS)
async def test_an_act_is_done_for_those_who_may_and_refused_to_all_others(
    room: Room, act: str
) -> None:
    everybody = await people(room)
    allowed = ACTS[act][1]
    await room.add(room.ada)
    if act == "restore":
        await press(room, room.ada, "r", 1)
    before = await state(room)
    for role in sorted(everybody, key=lambda role: role in allowed):  # who may, comes last
        result = await press(room, everybody[role], act, 1)
        if role not in allowed:
            assert did(result) == "refused", role
            assert await state(room) == before, role
        else:
            assert did(result) in ("done", "form"), role
            break


@pytest.mark.parametrize("act", ACTS)
async def test_nobody_acts_on_what_they_cannot_see(room: Room, act: str) -> None:
    everybody = await people(room)
    overwrites = {room.guild.default_role: UNSEEN, room.grace: SEEN}
    staff = room.guild.create_text_channel("staff", overwrites=overwrites)
    await room.grace.slash(staff, "article add", file=("plan.txt", b"The canary sings at dawn."))
    if act == "restore":
        await press(room, room.grace, "r", 1)
    before = await state(room)

    for role in ("submitter", "member", "manager"):
        result = await press(room, everybody[role], act, 1)
        assert did(result) == "hidden", role
        assert "canary" not in str([text_of(reply) for reply in result.followups])

    assert await state(room) == before


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("article add", {}),
        ("article show", {"article": "1"}),
        ("article remove", {"article": "1"}),
        ("library", {}),
        ("last", {}),
        ("ask", {"question": "?"}),
        ("ask", {"question": "Who?", "article": "7"}),
    ],
)
async def test_whatever_is_shown_or_refused_is_private(
    room: Room, command: str, options: dict[str, Any]
) -> None:
    result = await room.ben.slash(room.channel, command, **options)

    if command == "article add":
        assert result.modal is not None
    else:
        assert private_reply(result)


async def test_every_command_is_in_the_guide() -> None:
    from pathlib import Path

    guide = (Path(__file__).parents[2] / "docs" / "discord.md").read_text("utf-8")
    for name in ("/article add", "/article show", "/article remove", "/ask",
                 "/last", "/library", "/summarise", "Add to library",
                 "Ask about this"):  # fmt: skip
        assert name in guide, name


async def test_every_command_is_known_and_described(room: Room) -> None:
    tree = create_bot(room.app).tree
    named = {command.qualified_name for command in tree.walk_commands()}
    menus = {menu.name for menu in tree.get_commands(type=discord.AppCommandType.message)}

    assert {"ask", "last", "article add", "library", "summarise"} <= named
    assert menus == {"Add to library", "Ask about this"}
    assert all(getattr(command, "description", "x") for command in tree.walk_commands())
