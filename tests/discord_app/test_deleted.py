"""Articles are removed with the message they were added from; its author may remove them."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import discord
import pytest
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.discord_app import posted_messages, replies
from bot.errors import ReadingCancelled
from bot.maintenance import TRASH_RETENTION_S
from bot.records import Scope, SourceMessage
from bot.service.remove import SEVERAL_RESTORABLE_S
from bot.store.parts.messages import check_not_withdrawn
from bot.store.values import JobPayload
from tests.discord_app.conftest import MARS, Room, labels, private_reply, text_of
from tests.discord_app.test_access import SEEN, UNSEEN

pytestmark = pytest.mark.quick
BREAD = "Bread in the morning. The baker bakes bread at four in the morning."


async def take(room: Room, text: str = MARS, channel: Any = None) -> Any:
    """A message that Ben wrote and Ada added."""
    channel = channel or room.channel
    message = await room.ben.send(channel, text)
    await room.ada.context_menu(channel, "Add to library", message)
    return message


async def articles(room: Room) -> list[Any]:
    scope = Scope(str(room.guild.id))
    async with room.app.store.library(scope.server_id) as library:
        return await library.articles.select(scope)


def lines(room: Room, channel: Any = None) -> list[Any]:
    """The notices about deleted messages."""
    found = (channel or room.channel).history()
    return [m for m in found if "removed because" in text_of(m)]


def bulk_delete(room: Room, *messages: Any) -> None:
    room.env.backend.bulk_delete_messages(room.channel.id, [m.id for m in messages])


async def test_an_article_goes_with_its_message(room: Room) -> None:
    message = await take(room)
    (article,) = await articles(room)
    assert article.message == SourceMessage(message.id, room.ben.id)

    await room.ben.delete(message)

    assert await articles(room) == []


async def test_the_line_names_no_article_and_no_person(room: Room) -> None:
    message = await take(room)
    await room.ben.delete(message)

    (line,) = lines(room)
    told = text_of(line)
    assert "1 article was removed because its message in <#" in told
    assert list(labels([part.to_dict() for part in line.components])) == ["Restore"]
    assert not any(word in told for word in ("Mars", "ben", "ada", "Dmitriev"))


async def test_who_manages_brings_it_back_and_others_may_not(room: Room) -> None:
    message = await take(room)
    await room.ben.delete(message)
    (line,) = lines(room)

    for other in (room.ada, room.ben):
        refused = await other.click(line, label="Restore")
        assert "Only those who can manage messages" in private_reply(refused)
    assert await articles(room) == []
    restored = await room.grace.click(line, label="Restore")

    assert "Joint Mars mission floated" in text_of(restored.followups[-1])
    assert restored.followups[-1].ephemeral
    assert len(await articles(room)) == 1
    shown = [text_of(m) for m in room.channel.history() if m.id == line.id]
    assert shown == ["1 article from deleted messages restored."]


async def test_several_at_once_are_told_in_one_line_and_kept_for_a_week(room: Room) -> None:
    first, second = await take(room), await take(room, BREAD)
    bulk_delete(room, first, second)
    await room.env.settle()

    (line,) = lines(room)
    assert "2 articles were removed because their messages in <#" in text_of(line)
    await purge(room, TRASH_RETENTION_S + 60)
    await room.grace.click(line, label="Restore")
    assert len(await articles(room)) == 2


async def test_one_by_one_within_a_minute_counts_as_at_once(room: Room) -> None:
    for message in (await take(room), await take(room, BREAD)):
        await room.ben.delete(message)

    (line,) = lines(room)
    assert "2 articles were removed" in text_of(line)
    await purge(room, TRASH_RETENTION_S + 60)
    await room.grace.click(line, label="Restore")
    assert len(await articles(room)) == 2


async def test_after_a_week_they_are_erased(room: Room) -> None:
    bulk_delete(room, await take(room), await take(room, BREAD))
    await room.env.settle()
    await purge(room, SEVERAL_RESTORABLE_S + 60)

    (line,) = lines(room)
    pressed = await room.grace.click(line, label="Restore")
    assert "can't be restored anymore" in private_reply(pressed)


async def purge(room: Room, later_s: float) -> None:
    """Runs the maintenance purge as if this much time had passed."""
    scope = Scope(str(room.guild.id))
    async with room.app.store.library(scope.server_id) as library:
        await library.articles.purge(time.time() + later_s - TRASH_RETENTION_S, scope)


async def test_the_answers_lose_its_sentences_and_get_them_back(room: Room) -> None:
    message = await take(room)
    answer = await room.ask(room.grace)
    before = text_of(answer.response)
    assert "Kirill Dmitriev" in before
    await room.ben.delete(message)
    assert "Kirill Dmitriev" not in text_of(answer.response)
    await room.grace.click(lines(room)[0], label="Restore")
    assert text_of(answer.response) == before


async def test_moderators_are_told_in_their_channel_where_they_may_know_of_it(
    room: Room,
) -> None:
    board = room.guild.create_text_channel(
        "board", overwrites={room.guild.default_role: UNSEEN, room.grace: SEEN}
    )
    staff = room.guild.create_text_channel(
        "staff", overwrites={room.guild.default_role: UNSEEN, room.grace: SEEN}
    )
    for place in (board, staff):
        allow = discord.Permissions(view_channel=True).value
        bot = Overwrite(room.env.bot.user.id, OverwriteType.MEMBER, allow=allow)
        room.env.backend.set_overwrite(place.id, bot)
    changes = {"public_updates_channel_id": board.id}
    room.env.backend.edit_guild(room.guild.id, changes)
    message = await take(room)
    await room.ben.delete(message)
    assert len(lines(room, board)) == 1
    assert lines(room) == []

    secret = await room.grace.send(staff, BREAD)
    await room.grace.context_menu(staff, "Add to library", secret)
    await room.grace.delete(secret)
    assert len(lines(room, board)) == 1
    assert len(lines(room, staff)) == 1


async def test_a_message_of_which_nothing_was_taken_says_nothing(room: Room) -> None:
    await take(room)
    before = len(room.env.http_requests)
    await room.ben.delete(await room.ben.send(room.channel, "Hello."))
    assert len(await articles(room)) == 1
    assert len(room.env.http_requests) == before


async def test_deleting_the_bots_card_removes_nothing(room: Room) -> None:
    await take(room)
    card = next(m for m in room.channel.history() if "was added." in text_of(m))
    await room.grace.delete(card)
    assert len(await articles(room)) == 1


async def test_a_server_without_a_library_gets_none(room: Room) -> None:
    await room.ben.delete(await room.ben.send(room.channel, "Hello."))
    assert await room.app.store.servers() == []


async def test_what_waits_to_be_read_is_not_kept(room: Room) -> None:
    message = await room.ben.send(room.channel, "Hello.")
    async with room.app.store.library(str(room.guild.id)) as library:
        order = JobPayload("{}", "A text.", room.ada.id, message_id=message.id)
        job_id = await library.jobs.enqueue(order, now=2**40, most=9)
        await room.ben.delete(message)
        with pytest.raises(ReadingCancelled):
            async with library._database.transaction() as writer:  # type: ignore[attr-defined]
                await check_not_withdrawn(writer, job_id)


async def test_a_message_deleted_while_its_file_was_loaded_is_not_kept(room: Room) -> None:
    message = await room.ben.send(room.channel, MARS)
    room.env.bot.handlers.message_deletions._services.recent_deletions.add([message.id])
    result = await room.ada.context_menu(room.channel, "Add to library", message)
    assert await articles(room) == []
    assert "Its message was deleted before it was read" in private_reply(result)


async def test_who_wrote_the_message_may_remove_it_and_change_nothing_else(room: Room) -> None:
    await take(room)
    opened = await room.ben.slash(room.channel, "article show", article="1")
    changes = {"Rename", "Tags", "Remove"}
    assert changes & set(labels(opened.response.components)) == {"Remove"}

    asked = await room.ben.click(opened.response, label="Remove")
    removed = await room.ben.click(asked.response, label="Remove")

    assert "Removed: Joint Mars mission" in text_of(removed.response)
    assert set(labels(asked.response.components)) == {"Restore"}
    assert await articles(room) == []


async def test_nobody_is_told_where_the_bot_may_not_write(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    message = await take(room)
    deny = discord.Permissions(send_messages=True).value
    bot = Overwrite(room.env.bot.user.id, OverwriteType.MEMBER, deny=deny)
    room.env.backend.set_overwrite(room.channel.id, bot)
    with caplog.at_level(logging.INFO):
        await room.ben.delete(message)
    assert await articles(room) == []
    assert lines(room) == []
    assert any("their messages were deleted" in m for m in caplog.messages)


class Blocked:
    """An async function whose first call waits until it is released."""

    def __init__(self, real: Any):
        self._real = real
        self.called, self.released = asyncio.Event(), asyncio.Event()

    async def __call__(self, *given: Any) -> Any:
        if not self.called.is_set():
            self.called.set()
            await self.released.wait()
        return await self._real(*given)


async def second_room(room: Room) -> Room:
    guild = room.env.create_guild("Bakers")
    channel = guild.create_text_channel("library")
    ada, ben = (guild.add_member(room.env.create_user(name)) for name in ("amy", "bob"))
    return Room(room.env, room.app, guild, channel, ada, ben, room.grace)


async def delete(room: Room, message: Any) -> None:
    """What the client does when this message is deleted."""
    deletions = room.env.bot.handlers.message_deletions
    guild = room.env.bot.get_guild(room.guild.id)
    await deletions.on_messages_deleted(guild, room.channel.id, [message.id])


async def test_a_slow_notice_in_one_server_holds_up_no_other(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await second_room(room)
    here, there = await take(room), await take(other)
    post = Blocked(replies.post)
    monkeypatch.setattr(replies, "post", post)
    slow = asyncio.ensure_future(delete(room, here))
    await post.called.wait()

    await delete(other, there)

    assert len(lines(other)) == 1
    post.released.set()
    await slow


async def test_slow_edits_hold_up_no_further_deletion(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await take(room), await take(room, BREAD)
    edit = Blocked(posted_messages.apply_edits)
    monkeypatch.setattr(posted_messages, "apply_edits", edit)
    slow = asyncio.ensure_future(delete(room, first))
    await edit.called.wait()

    await delete(room, second)

    assert "2 articles were removed" in text_of(lines(room)[0])
    edit.released.set()
    await slow
