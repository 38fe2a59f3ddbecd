"""The options of a question, and what can be done with an answer."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.records import Scope
from bot.store.values import StoredAnswer
from tests.discord_app.conftest import (
    MARS,
    Room,
    filled,
    footnote,
    footnotes,
    labels,
    private_reply,
    text_of,
    told,
)
from tests.discord_app.test_access import SEEN, UNSEEN
from tests.discord_app.test_library import press

pytestmark = pytest.mark.quick
QUESTION = "Who heads the Russian fund?"
BREAD = "Baking\n\nBread is baked at four in the morning."
SECRET = "Secret plan\n\nThe canary sings at dawn in the hidden harbour."


async def given(room: Room, answer_id: int = 1) -> StoredAnswer | None:
    server = str(room.guild.id)
    async with room.app.store.library(server) as library:
        return await library.answers.answer(answer_id, Scope(server))


async def secret(room: Room) -> Any:
    overwrites = {room.guild.default_role: UNSEEN, room.grace: SEEN}
    channel = room.guild.create_text_channel("staff", overwrites=overwrites)
    await room.grace.slash(channel, "article add", file=("plan.txt", SECRET.encode()))
    return channel


async def test_an_answer_is_kept_with_who_asked_and_where(room: Room) -> None:
    await room.add(room.ada)
    await room.ask(room.ben)

    kept = await given(room)

    assert kept is not None
    assert (kept.question, kept.asker_id, kept.private) == (QUESTION, room.ben.id, False)
    assert kept.channel_id == room.channel.id


async def test_a_private_answer_uses_what_its_asker_may_see(room: Room) -> None:
    await secret(room)

    mine = await room.grace.slash(
        room.channel, "ask", question="When does the canary sing?", private=True
    )
    other = await room.ben.slash(
        room.channel, "ask", question="When does the canary sing?", private=True
    )

    assert "sings at dawn" in private_reply(mine)
    assert "dawn" not in private_reply(other)


async def test_a_private_answer_is_shared_when_all_may_see_its_sources(room: Room) -> None:
    await room.add(room.ada)
    mine = await room.ben.slash(room.channel, "ask", question=QUESTION, private=True)

    shared = await room.ben.click(mine.response, label="Share")

    assert not shared.response.ephemeral
    assert "Kirill Dmitriev heads" in text_of(shared.response)
    assert "asked by ben" in text_of(shared.response)
    opened = await room.ada.click(shared.response, label=footnote(shared.response))
    assert "**Kirill Dmitriev heads" in private_reply(opened)


async def test_a_private_answer_from_a_hidden_channel_is_not_shared(room: Room) -> None:
    await secret(room)
    mine = await room.grace.slash(
        room.channel, "ask", question="When does the canary sing?", private=True
    )

    shared = await room.grace.click(mine.response, label="Share")

    assert "stays private" in private_reply(shared)


async def test_a_question_is_limited_to_an_article_or_a_tag(room: Room) -> None:
    await room.add(room.ada)
    await room.ada.slash(
        room.channel, "article add", file=("bread.txt", BREAD.encode()), tags="food"
    )

    by_article = await room.ben.slash(room.channel, "ask", question=QUESTION, article="2")
    by_tag = await room.ben.slash(room.channel, "ask", question=QUESTION, tag="Food")
    without = await room.ben.slash(room.channel, "ask", question=QUESTION, tag="tea")

    for answer in (by_article, by_tag):
        assert "Dmitriev" not in text_of(answer.response)
    assert "only “Baking”" in text_of(by_article.response)
    assert "only \\#food" in text_of(by_tag.response)
    assert "There are no articles tagged \\#tea" in private_reply(without)


@pytest.mark.parametrize("since", ["yesterday", "2025-3-1", "25", "2025-13", "2025-02-30"])
async def test_a_day_that_is_none_is_told(room: Room, since: str) -> None:
    await room.add(room.ada)

    answer = await room.ben.slash(room.channel, "ask", question=QUESTION, since=since)

    assert "`since` must be a day" in private_reply(answer)


async def test_a_public_question_cannot_name_a_hidden_article(room: Room) -> None:
    await secret(room)

    mine = await room.grace.slash(room.channel, "ask", question="When?", article="1")
    other = await room.ben.slash(room.channel, "ask", question="When?", article="1")

    assert "Not everyone here can read this article" in private_reply(mine)
    assert "no article 1" in private_reply(other)


async def test_articles_and_tags_are_suggested_from_what_the_answer_may_use(room: Room) -> None:
    await secret(room)
    await room.ada.slash(
        room.channel, "article add", file=("bread.txt", BREAD.encode()), tags="food, home"
    )

    def suggested(option: str, **others: Any) -> Any:
        return room.grace.autocomplete(room.channel, "ask", option, "", question="x", **others)

    assert [choice["name"] for choice in await suggested("article")] == ["Baking"]
    mine = await suggested("article", private=True)
    assert {choice["name"] for choice in mine} == {"Baking", "Secret plan"}
    assert [choice["value"] for choice in await suggested("tag")] == ["food", "home"]


async def test_the_last_answer_is_shown_again_to_its_asker(room: Room) -> None:
    await room.add(room.ada)
    await room.ask(room.ben)

    again = await room.ben.slash(room.channel, "last")
    other = await room.ada.slash(room.channel, "last")

    assert "Kirill Dmitriev heads" in private_reply(again)
    assert "You have no answers" in private_reply(other)


async def test_the_last_answer_is_not_shown_when_its_article_is_gone(room: Room) -> None:
    await room.add(room.ada)
    await room.ask(room.ben)
    asked = await room.ada.slash(room.channel, "article remove", article="1")
    await room.ada.click(asked.response, label="Remove")

    again = await room.ben.slash(room.channel, "last")

    assert "You have no answers" in private_reply(again)


async def test_a_thread_goes_on_from_an_answer(room: Room) -> None:
    await room.add(room.ada)
    answer = await room.ask(room.ben)

    pressed = await room.ben.click(answer.response, label="Follow up")
    (thread,) = room.channel.threads
    await room.ben.send(thread, f"<@{room.env.bot.user.id}> Where did Dmitriev study?")

    assert f"<#{thread.id}>" in private_reply(pressed)
    assert thread.name == QUESTION
    assert "Harvard" in text_of(thread.last_message)
    async with room.app.store.library(str(room.guild.id)) as library:
        turns = await library.answers.last_turns(thread.id, Scope(str(room.guild.id)), limit=9)
    assert [turn.question for turn in turns] == [QUESTION, "Where did Dmitriev study?"]


async def test_in_a_thread_under_an_article_s_card_this_article_is_that_one(room: Room) -> None:
    added = await room.add(room.ada)
    await room.ada.slash(room.channel, "article add", file=("bread.txt", BREAD.encode()))
    card = room.env.bot.get_channel(room.channel.id).get_partial_message(added.response.id)
    await card.create_thread(name="On this article")
    await room.env.settle()
    (thread,) = room.channel.threads
    await room.ben.send(thread, f"<@{room.env.bot.user.id}> sum up this article")
    assert "in: Joint Mars mission" in text_of(thread.last_message)
    await room.ben.send(thread, f"<@{room.env.bot.user.id}> Where did he study?")
    assert "Harvard" in text_of(thread.last_message)


async def test_a_second_follow_up_leads_to_the_same_thread(room: Room) -> None:
    await room.add(room.ada)
    answer = await room.ask(room.ben)
    await room.ben.click(answer.response, label="Follow up")

    again = await room.ada.click(answer.response, label="Follow up")

    assert len(room.channel.threads) == 1
    assert f"<#{room.channel.threads[0].id}>" in private_reply(again)


async def test_in_a_thread_there_is_no_further_thread(room: Room) -> None:
    await room.add(room.ada)
    answer = await room.ask(room.ben)
    await room.ben.click(answer.response, label="Follow up")
    (thread,) = room.channel.threads

    inner = await room.ben.slash(thread, "ask", question=QUESTION)

    assert "Reply" in list(labels(inner.response.components))
    assert "Follow up" not in list(labels(inner.response.components))


async def test_the_first_card_of_a_thread_says_how_to_go_on_and_has_reply(room: Room) -> None:
    await room.add(room.ada)
    answer = await room.ask(room.ben)
    await room.ben.click(answer.response, label="Follow up")
    (thread,) = room.channel.threads

    form = await room.ben.click(thread.last_message, label="Reply")
    asked = filled(form, {"Question": "Where did Dmitriev study?", "Only for me": False})
    first = thread.last_message
    await room.ben.submit_modal(form, asked)

    assert "I remember what was asked above" in text_of(first)
    assert "Harvard" in text_of(thread.last_message)


async def test_a_thumb_up_is_counted_once_on_its_button(room: Room) -> None:
    await room.add(room.ada)
    answer = await room.ask(room.ben)

    pressed = await room.ada.click(answer.response, label="👍")
    again = await room.ada.click(pressed.response, label="👍 1")

    assert "👍 1" in set(labels(again.response.components))
    async with room.app.store.library(str(room.guild.id)) as library:
        assert await library.answers.ratings(Scope(library.server_id)) == {"helpful": 1}


@pytest.mark.parametrize(
    ("choice", "kind"),
    [
        ("Wrong source", "wrong source"),
        ("Not supported", "unsupported"),
        ("Something is missing", "missing"),
        ("Outdated", "outdated"),
        ("Something else", "other"),
    ],
)
async def test_a_thumb_down_asks_what_was_wrong(room: Room, choice: str, kind: str) -> None:
    await room.add(room.ada)
    answer = await room.ask(room.ben)

    asked = await room.ada.click(answer.response, label="👎")
    assert "What was wrong?" in text_of(asked.followups[-1])
    thanked = await room.ada.select(asked.followups[-1], [kind])

    assert f"“{choice}”" in text_of(thanked.response)
    assert "👎 1" in set(labels(asked.response.components))
    async with room.app.store.library(str(room.guild.id)) as library:
        assert await library.answers.ratings(Scope(library.server_id)) == {kind: 1}


async def test_a_message_is_asked_about_through_a_form(room: Room) -> None:
    await room.add(room.ada)
    message = await room.ben.send(room.channel, "Kirill Dmitriev was on the news again")

    shown = await room.ada.context_menu(room.channel, "Ask about this", message)
    assert not shown.modal["components"][0]["component"].get("value")
    assert "Kirill Dmitriev was on the news" in shown.modal["components"][0]["description"]
    typed = {"Question": "Which universities did he attend?", "Only for me": True}
    answer = await room.ada.submit_modal(shown, filled(shown, typed))

    assert "Kirill Dmitriev" in private_reply(answer).split("Understood as: ")[1]


async def test_the_same_question_twice_is_answered_once(room: Room) -> None:
    """The gateway may repeat an event after a reconnect."""
    await room.add(room.ada)
    await room.ben.send(room.channel, f"<@{room.env.bot.user.id}> {QUESTION}")
    before = len(room.channel.history())
    (question,) = [m for m in told(room, "MESSAGE_CREATE") if m["author"]["id"] == str(room.ben.id)]

    room.env.backend.emit("MESSAGE_CREATE", question)
    await room.env.settle()

    assert len(room.channel.history()) == before
    assert await given(room, 2) is None


async def test_the_same_command_twice_is_answered_once(room: Room) -> None:
    await room.add(room.ada)
    await room.ask(room.ben)
    before = len(room.channel.history())

    room.env.backend.emit("INTERACTION_CREATE", told(room, "INTERACTION_CREATE")[-1])
    await room.env.settle()

    assert len(room.channel.history()) == before
    assert await given(room, 2) is None


async def test_buttons_of_an_answer_work_after_a_restart(room: Room) -> None:
    from bot.discord_app.client import create_bot

    await room.add(room.ada)
    answer = await room.ask(room.ben)
    await room.env.restart_bot(create_bot(room.app))

    pressed = await room.ada.click(answer.response, label="👍")
    assert "👍 1" in set(labels(pressed.response.components))
    await room.ben.click(answer.response, label="Follow up")
    assert len(room.channel.threads) == 1


async def test_an_answer_whose_article_is_gone_does_nothing_more(room: Room) -> None:
    await room.add(room.ada)
    answer = await room.ask(room.ben)
    asked = await room.ada.slash(room.channel, "article remove", article="1")
    await room.ada.click(asked.response, label="Remove")

    assert list(labels(answer.response.components)) == []
    for act in ("follow", "helpful"):
        pressed = await press(room, room.ben, act, 1)
        assert "no longer available" in private_reply(pressed)
    assert room.channel.threads == []


async def test_an_honest_refusal_offers_no_footnotes(room: Room) -> None:
    await room.add(room.ada, text=MARS)

    answer = await room.ask(room.ben, "How tall is the Eiffel Tower?")

    assert "I couldn't find a clear answer." in text_of(answer.response)
    assert not footnotes(answer.response)


async def test_what_was_said_in_a_deleted_thread_is_forgotten(room: Room) -> None:
    await room.add(room.ada)
    await room.ask(room.ben)
    place, server = room.channel.id, str(room.guild.id)
    gone: Any = {"id": str(place), "type": 11, "guild_id": server, "parent_id": "1"}
    async with room.app.store.library(server) as library:
        assert len(await library.answers.last_turns(place, Scope(server), limit=9)) == 1
        await room.env.bot.on_raw_thread_delete(discord.RawThreadDeleteEvent(gone))
        assert await library.answers.last_turns(place, Scope(server), limit=9) == []


async def test_questions_to_ask_next_are_answered_where_they_are_chosen(room: Room) -> None:
    await room.add(
        room.ada,
        "The Skerry ferry\n\n# Sunday service\n\nOn Sundays the ferry leaves at nine.\n\n"
        "# The new battery\n\nThe new battery cost 2.1 million pounds.\n",
        "ferry.md",
    )
    answer = await room.ask(room.ben, "When does the ferry leave on Sundays?")
    menus = [each for each in _selects(answer.response.components) if "next" in each["custom_id"]]

    (menu,) = menus
    question = menu["options"][0]["value"]
    chosen = await room.ada.select(answer.response, [question], custom_id=menu["custom_id"])

    assert "battery" in question
    assert "2.1 million" in text_of(chosen.response)
    async with room.app.store.library(str(room.guild.id)) as library:
        days = await library.ledger.spent_by_day("2000-01-01")
    assert sum(day.questions for day in days.values()) == 2  # trying counts as none


def _selects(components: list[Any]) -> list[Any]:
    found = [each for each in components if each.get("type") == discord.ComponentType.select.value]
    return found + [s for each in components for s in _selects(each.get("components", []))]


async def test_a_card_of_one_sentence_has_at_most_two_rows_under_it(room: Room) -> None:
    await room.add(room.ada)
    answer = await room.ask(room.ben)

    rows = [each for each in answer.response.components[0]["components"] if each["type"] == 1]

    assert 1 <= len(rows) <= 2
