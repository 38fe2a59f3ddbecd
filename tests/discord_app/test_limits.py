"""Limits: cooldowns, the fifteen minutes of an interaction, the bot's permissions, long answers."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import discord
import pytest
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.answer.events import Completed, Event
from bot.answer.request_queue import RequestQueue
from bot.answer_records import Answer, AnswerSentence
from bot.app import App
from bot.discord_app.cards.progress import interrupted_card
from bot.discord_app.limits import CARD_CHARACTERS
from bot.errors import StoreError
from bot.settings import Settings
from bot.store.values import QuestionCard
from tests.discord_app.conftest import Room, private_reply, text_of
from tests.discord_app.test_access import SEEN, UNSEEN
from tests.inside import open_inside

pytestmark = pytest.mark.quick
LATE_S = 16 * 60.0


@dataclass
class Late:
    """The app's answerer or jobs, with a clock that advances while they work."""

    real: Any
    clock: Any = None
    says: list[str] = field(default_factory=list)
    fails: Exception | None = None
    searches: RequestQueue = field(default_factory=RequestQueue)

    async def answer(self, question: str, *others: Any, **named: Any) -> AsyncGenerator[Event]:
        if self.fails is not None:
            raise self.fails
        if self.says:
            sentences = tuple(AnswerSentence(text, ()) for text in self.says)
            yield Completed(Answer(question, True, "model", sentences))
            return
        async for event in self.real.answer(question, *others, **named):
            if self.clock is not None and isinstance(event, Completed):
                self.clock.advance(LATE_S)
            yield event

    async def suggest_questions(self, *_: Any) -> tuple[str, ...]:
        return ()

    async def suggest_follow_ups(self, *_: Any) -> tuple[str, ...]:
        return ()

    async def submit(self, *given: Any, **named: Any) -> Any:
        return await self.real.submit(*given, **named)

    async def follow(self, ticket: Any) -> AsyncGenerator[Any]:
        async for step in self.real.follow(ticket):
            if self.clock is not None:
                self.clock.advance(LATE_S)
            yield step


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[App]:
    async with open_inside(settings) as opened:
        jobs: Any = Late(opened.jobs)
        answerer: Any = Late(opened.answerer)
        yield replace(opened, answerer=answerer, jobs=jobs)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, questions_per_minute=3, articles_per_minute=3)


# --- how often -------------------------------------------------------------------------------


async def test_who_asks_too_often_is_told_when_to_go_on(room: Room) -> None:
    for _ in range(3):
        await room.ask(room.ben)

    fourth = await room.ask(room.ben)
    other = await room.ask(room.ada)

    assert re.search(
        r"3 questions a minute is the limit. Try again <t:\d+:R>", private_reply(fourth)
    )
    assert not other.response.ephemeral


async def test_an_interrupted_question_can_still_be_asked_again_after_asking_too_often(
    room: Room,
) -> None:
    await room.add(room.ada)
    row = QuestionCard(
        12345, str(room.guild.id), room.channel.id, 0, question="Who heads the Russian fund?"
    )
    await room.app.store.record_question(row)
    channel = room.env.bot.get_channel(room.channel.id)
    card = await channel.send(view=interrupted_card(row))
    for _ in range(3):
        await room.ask(room.ben)

    too_often = await room.ben.click(card, label="Ask again")
    left = await room.app.store.questions()
    await room.ada.click(card, label="Ask again")

    assert "3 questions a minute" in private_reply(too_often)
    assert left == [row]
    assert "Kirill Dmitriev heads" in text_of(room.channel.last_message)
    assert await room.app.store.questions() == []


async def test_who_hands_in_too_often_is_told_so_and_nothing_is_stored(room: Room) -> None:
    for i in range(3):
        await room.add(room.ada, text=f"Report {i} is short.")

    fourth = await room.add(room.ada, text="Report 4 is short.")

    assert "3 articles a minute is the limit" in private_reply(fourth)
    assert "3 articles" in private_reply(await room.ada.slash(room.channel, "library"))


# --- too late --------------------------------------------------------------------------------


def lately(part: Any, room: Room) -> None:
    part.clock = room.env.backend.clock


async def test_an_answer_past_its_time_comes_in_the_channel(room: Room) -> None:
    await room.add(room.ada)
    lately(room.app.answerer, room)

    await room.ask(room.ben)

    assert "Kirill Dmitriev heads" in text_of(room.channel.last_message)


async def test_a_private_answer_past_its_time_is_kept_for_its_asker(room: Room) -> None:
    await room.add(room.ada)
    lately(room.app.answerer, room)
    await room.ben.slash(room.channel, "ask", question="Who heads the Russian fund?", private=True)

    said = [text_of(message) for message in room.channel.history(viewer=room.ada)]
    again = await room.ben.slash(room.channel, "last")

    assert not any("Dmitriev heads" in text and "was added" not in text for text in said)
    assert "Kirill Dmitriev heads" in private_reply(again)


async def test_a_private_answer_past_its_time_is_offered_in_the_server_not_in_a_direct_message(
    room: Room,
) -> None:
    await room.add(room.ada)
    late: Any = room.app.answerer
    lately(late, room)
    await room.ben.slash(room.channel, "ask", question="Who heads the Russian fund?", private=True)
    late.clock = None

    directly = list(room.ben.user.dm_channel.history())
    next_one = await room.ben.slash(room.channel, "help")

    assert directly == []
    assert "Kirill Dmitriev heads" in private_reply(next_one)


async def test_an_article_past_its_time_is_told_in_the_channel(room: Room) -> None:
    lately(room.app.jobs, room)

    await room.add(room.ada)

    assert "**Joint Mars mission floated** was added." in text_of(room.channel.last_message)


async def test_a_refusal_past_its_time_is_told_directly(room: Room) -> None:
    lately(room.app.jobs, room)

    await room.ada.slash(room.channel, "article add", file=("a.txt", b""))

    assert "no readable text" in text_of(room.ada.user.dm_channel.last_message)
    assert not any("a.txt" in text_of(message) for message in room.channel.history())


async def test_a_shared_question_refused_past_its_time_leaves_no_card(room: Room) -> None:
    """The public articles don't answer it; its card said until then that it was being answered."""
    seen = {room.guild.default_role: UNSEEN, room.grace: SEEN}
    staff = room.guild.create_text_channel("staff", overwrites=seen)
    await room.add(room.ada)
    plan = "Plans\n\nThe keeper hides the canary in the northern tower."
    await room.grace.slash(staff, "article add", file=("plan.txt", plan.encode()))
    question = "Where does the keeper hide the canary?"
    mine = await room.grace.slash(room.channel, "ask", question=question, private=True)
    lately(room.app.answerer, room)

    await room.grace.click(mine.response, label="Share")

    assert "stays private" in text_of(room.grace.user.dm_channel.last_message)
    public = [text_of(message) for message in room.channel.history(viewer=room.ada)]
    assert not any(question in text for text in public)


# --- what goes wrong on the way ---------------------------------------------------------------


async def test_who_acted_is_told_even_if_the_card_can_t_be_deleted(room: Room) -> None:
    await room.add(room.ada)
    answerer: Any = room.app.answerer
    answerer.fails = StoreError("The disk is full.")
    room.env.inject_error("DELETE", "/webhooks/*/messages/@original", status=404, code=10008)

    asked = await room.ask(room.ben)

    texts = [text_of(said) for said in (asked.response, *asked.followups)]
    assert any("The disk is full.\nReference for the operator: " in text for text in texts)


# --- what the bot may not --------------------------------------------------------------------


def deny(room: Room, channel: Any, **permissions: bool) -> None:
    """Denies the bot permissions in a channel."""
    denied = discord.Permissions(**permissions).value
    bot = room.env.backend.bot_user
    overwrite = Overwrite(target_id=bot.id, type=OverwriteType.MEMBER, allow=0, deny=denied)
    room.env.backend.set_overwrite(channel.id, overwrite)


async def test_a_mention_where_the_bot_may_not_write_is_told_directly(room: Room) -> None:
    deny(room, room.channel, send_messages=True)

    await room.ben.send(room.channel, f"<@{room.env.bot.user.id}> Who heads the Russian fund?")

    told = text_of(room.ben.user.dm_channel.last_message)
    assert f"I need *Send Messages* in <#{room.channel.id}>" in told
    assert "Edit Channel → Permissions" in told


async def test_a_thread_that_the_bot_may_not_open_is_told_with_how_to_grant_it(room: Room) -> None:
    await room.add(room.ada)
    answer = await room.ask(room.ben)
    deny(room, room.channel, create_public_threads=True)

    pressed = await room.ben.click(answer.response, label="Follow up")

    assert "I need *Create Public Threads*" in private_reply(pressed)
    assert room.channel.threads == []


# --- too long --------------------------------------------------------------------------------


async def test_a_long_answer_goes_on_in_a_second_card(room: Room) -> None:
    answerer: Any = room.app.answerer
    answerer.says = [f"Sentence {i} has some words." for i in range(150)]

    await room.ask(room.ben)

    first, second = (text_of(message) for message in room.channel.history()[-2:])
    assert len(first) <= CARD_CHARACTERS
    assert "continued below" in first
    assert re.findall(r"Sentence (\d+) has some words\.", first + second) == list(
        map(str, range(150))
    )


async def test_a_very_long_answer_is_whole_in_a_file(room: Room) -> None:
    answerer: Any = room.app.answerer
    answerer.says = [f"Sentence {i} has some words." for i in range(700)]

    await room.ask(room.ben)

    (file,) = room.channel.last_message.attachments
    whole = (await file.read()).decode()
    assert "the whole answer is in the file" in text_of(room.channel.last_message)
    assert "Sentence 0 has" in whole
    assert "Sentence 699 has" in whole
