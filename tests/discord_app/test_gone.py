"""A removed article's text disappears from posted messages, and returns when it is restored."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.answer import extractive
from bot.discord_app import posted_messages, uneditable_messages
from bot.discord_app.client import create_bot
from bot.discord_app.handlers import removing
from bot.records import Scope
from bot.store.protocols import Library
from tests.discord_app.conftest import MARS, Room, footnotes, labels, private_reply, text_of, told

pytestmark = pytest.mark.quick
VIEW = discord.Permissions(view_channel=True).value
CANARY = "Zyrqvik"
HEADS = f"{CANARY} heads the Russian fund"
BLANK = "one of its sources was removed"


NEWS = f"Fund news\n\n{HEADS}. He is new."


async def add(room: Room, text: str = NEWS) -> Any:
    return await room.ada.slash(room.channel, "article add", file=("a.txt", text.encode()))


async def remove(room: Room, who: Any, article: int = 1, press: str = "Remove") -> Any:
    asked = await who.slash(room.channel, "article remove", article=str(article))
    return (await who.click(asked.response, label=press)).response


async def erase(room: Room, article: int = 1) -> Any:
    sure = await remove(room, room.grace, article, "Erase now …")
    return await room.grace.click(sure, label="Erase for good")


def posted(room: Room) -> str:
    """All public text of the channel."""
    return "\n".join(text_of(m) for m in room.channel.history() if not m.flags.ephemeral)


async def library(room: Room) -> Library:
    async with room.app.store.library(str(room.guild.id)) as opened:
        return opened


async def test_the_card_of_a_public_answer_loses_the_sentence_and_gets_it_back(
    room: Room,
) -> None:
    await add(room)
    answer = await room.ask(room.ben)
    before = text_of(answer.response)
    removed = await remove(room, room.ada)
    between = text_of(answer.response)
    buttons = list(labels(answer.response.components))
    await room.ada.click(removed, label="Restore")

    assert CANARY in before
    assert CANARY not in between
    assert "all of its sources were removed" in between
    assert buttons == []
    assert text_of(answer.response) == before
    assert footnotes(answer.response)


async def test_a_sentence_stays_while_one_of_its_sources_does(room: Room) -> None:
    await add(room, "Bread\n\nThe baker bakes bread at four in the morning.")
    await add(room, "Cake\n\nThe cook bakes cake at nine in the evening.")
    answer = await room.ask(room.ben, "When is bread baked, and when is cake baked?")
    assert "four" in text_of(answer.response)
    assert "nine" in text_of(answer.response)

    await remove(room, room.ada, 1)

    left = text_of(answer.response)
    assert "four" not in left
    assert "Bread" not in left.replace("When is bread baked", "")
    assert "nine" in left
    assert "A source was removed from the library" in left


async def test_nothing_that_was_posted_holds_an_erased_article(room: Room) -> None:
    """Cards of adding, answers, refusals, shared copies, answers in threads, alerts."""
    await room.ask(room.ben, "Who heads the Russian fund?")
    await add(room)
    answer = await room.ask(room.ben)
    await room.ask(room.ben, f"Where was {CANARY} born?")
    private = await room.ada.slash(
        room.channel, "ask", question="Who heads the Russian fund?", private=True
    )
    await room.ada.click(private.response, label="Share")
    await room.ben.click(answer.response, label="Follow up")
    (thread,) = room.channel.threads
    await room.ben.send(thread, f"<@{room.env.bot.user.id}> Is he new in the Russian fund?")
    assert posted(room).count(HEADS) >= 3
    assert any(CANARY in text_of(m) for m in thread.history())

    await erase(room)

    shown = "\n".join([posted(room), *(text_of(m) for m in thread.history())])
    asked = f"Where was {CANARY} born?"
    assert CANARY not in shown.replace(asked, "")
    for who in (room.ada, room.ben):
        last = await who.slash(room.channel, "last")
        assert CANARY not in private_reply(last).replace(asked, "")


async def test_a_refusal_no_longer_shows_what_came_nearest(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extractive, "UNSURE_BELOW", 0.0)  # whatever is there is near enough
    await add(room, f"Fund news\n\nThe fund of {CANARY} was founded in Moscow.")
    refused = await room.ask(room.ben, "Where was the fund closed?")
    assert "I couldn't find a clear answer." in text_of(refused.response)
    assert CANARY in text_of(refused.response)

    await remove(room, room.ada)

    assert CANARY not in text_of(refused.response)


async def test_the_card_of_an_article_goes_with_it_and_comes_back(room: Room) -> None:
    added = await add(room)
    before = text_of(added.response)
    removed = await remove(room, room.ada)
    assert text_of(added.response) == "What was added here was removed from the library."
    await room.ada.click(removed, label="Restore")
    assert text_of(added.response) == before


async def test_a_card_of_several_names_those_that_are_left(room: Room) -> None:
    added = await room.ada.slash(
        room.channel,
        "article add",
        file=("a.txt", f"News\n\n{HEADS}.".encode()),
        file2=("b.txt", MARS.encode()),
    )
    await remove(room, room.ada, 1 if CANARY in await title(room, 1) else 2)

    left = text_of(added.response)
    assert "1 article added" in left
    assert "Joint Mars mission" in left
    assert "1 article removed" in left


async def title(room: Room, article: int) -> str:
    server = str(room.guild.id)
    return (await (await library(room)).articles.version(article, Scope(server))).text


async def test_an_answer_that_is_forgotten_is_taken_down_with_its_source(room: Room) -> None:
    await add(room)
    answer = await room.ask(room.ben)
    await (await library(room)).answers.forget("2999-01-01")
    await remove(room, room.ada)
    assert BLANK in text_of(answer.response)


async def test_what_a_crash_left_undone_is_done_after_the_next_start(room: Room) -> None:
    await add(room)
    answer = await room.ask(room.ben)
    scope = Scope(str(room.guild.id))
    await (await library(room)).articles.trash([1], scope)  # and the process ended
    assert CANARY in text_of(answer.response)
    await restart(room)
    assert CANARY not in text_of(answer.response)
    await (await library(room)).articles.restore([1], scope)
    await restart(room)
    assert CANARY in text_of(answer.response)


async def test_an_article_removed_while_others_are_edited_away_does_not_come_back(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    bread = b"Bread\n\nThe baker bakes bread at four in the morning."
    files = {"file": ("bread.txt", bread), "file2": ("news.txt", NEWS.encode())}
    both = await room.ada.slash(room.channel, "article add", **files)
    await room.ask(room.ben, "When does the baker bake bread?")
    assert "Fund news" in text_of(both.response)
    guild = room.env.bot.get_guild(room.guild.id)
    edit_message, edited = posted_messages._edit_message, []

    async def edit(change: Any) -> None:
        edited.append(change)
        if len(edited) == 1:  # while the first message loses the bread
            opened = await library(room)
            await opened.articles.trash([2], Scope(opened.server_id))
            await posted_messages.update_messages(guild, opened, [2])
        await edit_message(change)

    monkeypatch.setattr(posted_messages, "_edit_message", edit)
    await remove(room, room.ada)

    assert "Fund news" not in posted(room)


async def restart(room: Room) -> None:
    await room.env.restart_bot(create_bot(room.app))
    await room.env.settle()


async def test_a_restored_article_is_not_shown_where_it_may_not_be_read_any_more(
    room: Room,
) -> None:
    await add(room)
    other = room.guild.create_text_channel("other")
    answer = await room.ben.slash(other, "ask", question="Who heads the Russian fund?")
    assert CANARY in text_of(answer.response)
    removed = await remove(room, room.ada)
    role = room.guild.create_role("Outside")
    hide(room, room.channel, Overwrite(role.id, OverwriteType.ROLE, deny=VIEW))
    await room.ada.click(removed, label="Restore")

    assert CANARY not in text_of(answer.response)


async def test_the_dialog_says_which_messages_cannot_be_edited(room: Room) -> None:
    await add(room)
    closed = room.guild.create_text_channel("closed")
    answer = await room.ben.slash(closed, "ask", question="Who heads the Russian fund?")
    hide(room, closed, Overwrite(room.env.bot.user.id, OverwriteType.MEMBER, deny=VIEW))

    asked = await room.ada.slash(room.channel, "article remove", article="1")
    warned = private_reply(asked)
    await room.ada.click(asked.response, label="Remove")

    assert "It stays visible in 1 message that I can't edit." in warned
    assert f"/{closed.id}/{answer.response.id}" in warned
    assert CANARY in text_of(answer.response)


async def test_the_dialog_warns_of_nothing_when_all_can_be_edited(room: Room) -> None:
    await add(room)
    await room.ask(room.ben)
    asked = await room.ada.slash(room.channel, "article remove", article="1")
    assert "⚠" not in private_reply(asked)


async def test_answers_of_older_versions_are_counted_in_the_dialog(room: Room) -> None:
    await add(room)
    await room.ask(room.ben)
    opened = await library(room)
    async with opened._database.transaction() as writer:  # type: ignore[attr-defined]
        await writer.execute("UPDATE answer SET withheld = '?'")
        await writer.execute("DELETE FROM answer_card")
    asked = await room.ada.slash(room.channel, "article remove", article="1")
    assert "It stays quoted in 1 older answer:" in private_reply(asked)


async def test_a_message_that_is_gone_stops_nothing(room: Room) -> None:
    await add(room)
    first = await room.ask(room.ben)
    second = await room.ask(room.ben)
    await room.grace.delete(message(room, first))
    await remove(room, room.ada)
    assert CANARY not in text_of(second.response)
    assert await (await library(room)).cards.stale_answers() == []


def message(room: Room, result: Any) -> Any:
    return next(m for m in room.channel.history() if m.id == result.response.id)


def hide(room: Room, channel: Any, overwrite: Overwrite) -> None:
    room.env.backend.set_overwrite(channel.id, overwrite)


async def test_no_edit_pings(room: Room) -> None:
    await add(room)
    await room.ask(room.ben)
    await remove(room, room.ada)
    edits = [r for r in room.env.http_requests if r.method == "PATCH" and "/channels/" in r.path]
    assert edits
    assert all(r.json["allowed_mentions"]["parse"] == [] for r in edits)
    assert told(room, "MESSAGE_UPDATE")


async def test_what_the_operator_erases_is_gone_after_the_next_start(room: Room) -> None:
    """Like ``footnote remove``, or a process that was killed right after erasing."""
    added, answer = await add(room), await room.ask(room.ben)
    await (await library(room)).articles.erase([1], Scope(str(room.guild.id)))
    await restart(room)
    assert CANARY not in posted(room)
    assert BLANK in text_of(answer.response)
    assert "was removed" in text_of(added.response)
    assert await (await library(room)).cards.due_edits() == []


async def test_an_answer_in_a_thread_that_is_archived_is_edited_all_the_same(
    room: Room,
) -> None:
    """Discord refuses edits in an archived thread; simcord by itself does not."""
    await add(room)
    answer = await room.ask(room.ben)
    await room.ben.click(answer.response, label="Follow up")
    (thread,) = room.channel.threads
    await room.ben.send(thread, f"<@{room.env.bot.user.id}> Is he new in the Russian fund?")
    metadata = room.env.backend.channels[thread.id].thread_metadata
    metadata.archived = True
    room.env.bot.get_guild(room.guild.id)._threads.clear()  # as Discord's cache has it
    messages = f"/channels/{thread.id}/messages/*"
    room.env.inject_error("PATCH", messages, status=400, code=50083)

    await remove(room, room.ada)

    assert all(CANARY not in text_of(m) for m in thread.history())
    assert metadata.archived


async def test_an_edit_that_is_refused_is_made_after_the_next_start(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    await add(room)
    answer = await room.ask(room.ben)
    of_answer = f"/channels/{room.channel.id}/messages/{answer.response.id}"
    room.env.inject_error("PATCH", of_answer, status=403, code=50001)
    await remove(room, room.ada)
    assert CANARY in text_of(answer.response)
    assert (
        "could not edit a message that shows a removed article: 403 code=50001" in caplog.messages
    )

    await restart(room)

    assert CANARY not in text_of(answer.response)


@pytest.mark.parametrize("act", ["remove", "erase"])
async def test_a_removal_is_acknowledged_before_the_posted_messages_are_looked_at(
    room: Room, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    """Looking for them may take longer than the three seconds that Discord allows."""
    seen: list[bool] = []
    real = uneditable_messages.removal_warnings

    async def warn(*given: Any) -> list[str]:
        seen.append(callbacks(room) > before)
        return await real(*given)

    await add(room)
    monkeypatch.setattr(removing, "removal_warnings", warn)
    before = callbacks(room)
    asked = await room.grace.slash(room.channel, "article remove", article="1")
    if act == "erase":
        before = callbacks(room)
        asked = await room.grace.click(asked.response, label="Erase now …")

    assert all(seen)
    assert asked.response.ephemeral
    assert "Fund news" in text_of(asked.response)


def callbacks(room: Room) -> int:
    return sum(r.path.endswith("/callback") for r in room.env.http_requests)


async def test_what_is_due_in_a_deleted_channel_is_let_go(room: Room) -> None:
    other = room.guild.create_text_channel("other")
    await add(room)
    await room.ben.slash(other, "ask", question="Who heads the Russian fund?")
    await room.ada.slash(other, "article add", file=("b.txt", b"Bread. It is baked at four."))
    scope = Scope(str(room.guild.id))
    await (await library(room)).articles.erase([1, 2], scope)
    assert len(await (await library(room)).cards.due_edits()) == 3
    room.env.backend.delete_channel(other.id)

    await restart(room)

    assert await (await library(room)).cards.due_edits() == []


async def test_a_direct_answer_that_the_operator_erased_is_gone_after_the_next_start(
    room: Room,
) -> None:
    await room.ben.slash(room.channel, "ask", question="Who heads the Russian fund?", private=True)
    await add(room)
    (direct,) = room.ben.user.dm_channel.history()
    assert CANARY in text_of(direct)
    await (await library(room)).articles.erase([1], Scope(str(room.guild.id)))

    await restart(room)

    (direct,) = room.ben.user.dm_channel.history()
    assert CANARY not in text_of(direct)
    assert BLANK in text_of(direct)
    assert await (await library(room)).cards.due_edits() == []
