"""A slow model: quotes while it writes, *Stop*, the queue, and deleted cards."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import product
from typing import Any

import discord
import pytest
from discord import ui

from bot.answer.events import Preview
from bot.answer_records import AnswerSentence
from bot.discord_app import replies, throttle
from bot.discord_app.cards.progress import preliminary_card, searching_card
from bot.discord_app.client import create_bot
from bot.discord_app.handlers.running_questions import INTERRUPTED
from bot.records import Scope
from bot.service.saved_answers import answer_to_json, load_answer
from bot.settings import Settings
from bot.store.values import Dependencies, QuestionCard, StoredAnswer
from tests.discord_app.conftest import Room, footnote, footnotes, labels, private_reply, text_of
from tests.model_server import DONE, HANG, RESET, Reply, ScriptedServer, broken, delta, usage
from tests.model_server import model_server as serving
from tests.model_server import words as chunks

pytestmark = pytest.mark.quick
QUESTION = "Who heads the Russian fund?"
QUOTED = "Kirill Dmitriev heads the Russian Direct Investment Fund."
HEADS = "Dmitriev heads it [1.2]."
WRITTEN = "Dmitriev heads it.¹"
WAITS = "the model is still writing …"


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with serving() as running:
        yield running


@pytest.fixture
def settings(
    server: ScriptedServer, settings: Settings, request: pytest.FixtureRequest
) -> Settings:
    return replace(
        settings,
        support=getattr(request, "param", "rules"),
        openai_base_url=server.url,
        openai_model="scripted",
        model_first_words_s=0.0,
    )


class Cards:
    """Records every state of a card."""

    def __init__(self) -> None:
        self.seen: list[tuple[discord.Message | None, str, list[str]]] = []
        self._changed = asyncio.Condition()

    async def note(self, message: discord.Message | None, view: ui.LayoutView) -> None:
        components: list[Any] = view.to_components()  # type: ignore[no-untyped-call]
        text = "\n".join(_texts(components))
        async with self._changed:
            self.seen.append((message, text, list(labels(components))))
            self._changed.notify_all()

    async def showing(self, words: str, times: int = 1) -> Any:
        """Waits for the n-th card that shows this text; its message."""

        def those() -> list[discord.Message | None]:
            found = [message for message, text, _ in self.seen if words in text]
            return list({message.id: message for message in found if message}.values())

        async with self._changed:
            await self._changed.wait_for(lambda: len(those()) >= times)
        return those()[times - 1]

    def states(self) -> list[str]:
        return [text for _, text, _ in self.seen]


def _texts(components: list[Any]) -> list[str]:
    found = []
    for component in components:
        found += [component["content"]] if component.get("content") else []
        found += _texts(component.get("components", []))
    return found


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch) -> Cards:
    """Records each edit, without throttling."""
    watched = Cards()
    monkeypatch.setattr(throttle, "EDIT_INTERVAL_S", 0.0)
    kinds = (replies.InteractionReply, replies.MessageReply)
    for kind, name in product(kinds, ("show", "draw")):
        real = getattr(kind, name)

        async def show(self: Any, view: ui.LayoutView, real: Any = real) -> Any:
            message = await real(self, view)
            await watched.note(message, view)
            return message

        monkeypatch.setattr(kind, name, show)
    return watched


def late(gate: asyncio.Event, *said: str) -> Reply:
    return broken(gate, *chunks(*said), delta("stop"), usage(100, 10), DONE)


async def press(who: Any, message: Any, label: str) -> Any:
    """Presses a button while something else is running; simcord's own method would wait for it."""
    return await type(who).click.__wrapped__(who, message, label=label)


async def kept(room: Room, answer_id: int = 1) -> StoredAnswer | None:
    server = str(room.guild.id)
    async with room.app.store.library(server) as library:
        return await library.answers.answer(answer_id, Scope(server))


@pytest.mark.parametrize("settings", ["model"], indirect=True)
async def test_the_card_says_that_sentences_are_checked_while_they_are(
    room: Room, server: ScriptedServer, cards: Cards
) -> None:
    await room.add(room.ada)
    gate = asyncio.Event()
    server.say(HEADS)
    server.put(late(gate, "1: ok"))
    asking = asyncio.ensure_future(room.ask(room.ben))
    await cards.showing("Checking 1 sentence …")
    assert not any(WRITTEN in text for text in cards.states())
    assert await kept(room) is None
    gate.set()
    await asking
    assert WRITTEN in cards.states()[-1]


async def test_quotes_are_shown_as_preliminary_and_the_written_answer_takes_their_place(
    room: Room, server: ScriptedServer, cards: Cards
) -> None:
    await room.add(room.ada)
    gate = asyncio.Event()
    server.put(late(gate, HEADS))
    asking = asyncio.ensure_future(room.ask(room.ben))
    await cards.showing(WAITS)
    _, shown, buttons = cards.seen[-1]
    assert QUOTED in shown
    assert "Quoted from the sources" in shown
    assert "¹" not in shown
    assert buttons == ["Stop"]
    assert await kept(room) is None
    gate.set()
    answer = await asking
    card = text_of(answer.response)
    assert "Dmitriev heads it.¹" in card
    assert "Quoted" not in card
    assert footnotes(answer.response)
    assert "Stop" not in list(labels(answer.response.components))
    assert await kept(room) is not None


async def test_a_model_that_fails_late_leaves_the_quotes_with_footnotes_and_a_note(
    room: Room, server: ScriptedServer, cards: Cards
) -> None:
    await room.add(room.ada)
    gate = asyncio.Event()
    server.put(broken(gate, RESET))
    asking = asyncio.ensure_future(room.ask(room.ben))
    await cards.showing(WAITS)
    gate.set()
    card = text_of((await asking).response)
    assert f"{QUOTED}¹" in card
    assert "quotes from the sources instead" in card


async def test_stop_makes_the_quotes_the_answer_and_ends_the_models_call(
    room: Room, server: ScriptedServer, cards: Cards
) -> None:
    await room.add(room.ada)
    server.put(broken(HANG))
    asking = asyncio.ensure_future(room.ask(room.ben))
    message = await cards.showing(WAITS)
    await server.asked.wait()
    refused = asyncio.ensure_future(press(room.ada, message, "Stop"))
    stopped = asyncio.ensure_future(press(room.ben, message, "Stop"))
    answer = await asking
    await stopped
    assert "Only the person who asked" in private_reply(await refused)
    card = text_of(answer.response)
    assert f"{QUOTED}¹" in card
    assert "The language model was stopped." in card
    assert "Follow up" in list(labels(answer.response.components))
    await server.requests[0].gone.wait()
    opened = await room.ben.click(answer.response, label=footnote(answer.response))
    assert f"**{QUOTED}**" in private_reply(opened)


async def test_a_moderator_may_stop_an_answer_and_what_was_written_by_then_stands(
    room: Room, server: ScriptedServer, cards: Cards
) -> None:
    await room.add(room.ada)
    gate = asyncio.Event()
    said = "He attended Harvard [1.3]. And then he went on to other things in banks."
    server.put(broken(gate, *chunks(f"{HEADS} {said}"), HANG))
    asking = asyncio.ensure_future(room.ask(room.ben))
    await cards.showing(WAITS)
    gate.set()
    message = await cards.showing("Dmitriev heads it.")
    await press(room.grace, message, "Stop")
    card = text_of((await asking).response)
    assert "Dmitriev heads it.¹" in card
    assert "This is what it had written so far." in card


async def test_what_was_shown_as_written_stays_on_every_later_state_of_the_card(
    room: Room, server: ScriptedServer, cards: Cards
) -> None:
    await room.add(room.ada)
    gates = [asyncio.Event() for _ in range(2)]
    more = "He attended Harvard [1.3]. And then he went on to other things in banks."
    server.put(broken(gates[0], *chunks(f"{HEADS} {more}"), gates[1], RESET))
    asking = asyncio.ensure_future(room.ask(room.ben))
    await cards.showing(WAITS)
    gates[0].set()
    await cards.showing("Dmitriev heads it.")
    gates[1].set()
    await asking
    first = next(i for i, text in enumerate(cards.states()) if "Dmitriev heads it." in text)
    assert all("Dmitriev heads it." in text for text in cards.states()[first:])
    assert "broke off" in cards.states()[-1] or "connection" in cards.states()[-1]


async def test_two_who_ask_one_slot_are_answered_in_order(
    room: Room, server: ScriptedServer, cards: Cards
) -> None:
    await room.add(room.ada)
    gate = asyncio.Event()
    server.put(late(gate, HEADS), late(gate, "He attended Harvard [1.3]."))
    first = asyncio.ensure_future(room.ask(room.ben))
    await cards.showing(WAITS)
    await server.asked.wait()
    mention = f"<@{room.env.bot.user.id}> Where did Dmitriev study?"
    second = asyncio.ensure_future(type(room.ada).send.__wrapped__(room.ada, room.channel, mention))
    await cards.showing("1 question ahead of yours")
    assert len(server.requests) == 1
    gate.set()
    assert "Dmitriev heads it.¹" in text_of((await first).response)
    await second
    # the first card's last edit may come after: it is stored while the second is being written
    assert any("He attended Harvard.¹" in text for text in cards.states())


async def test_a_private_answer_shows_its_quotes_to_its_asker_alone(
    room: Room, server: ScriptedServer, cards: Cards
) -> None:
    await room.add(room.ada)
    gate = asyncio.Event()
    server.put(late(gate, HEADS))
    asking = asyncio.ensure_future(
        room.ben.slash(room.channel, "ask", question=QUESTION, private=True)
    )
    message = await cards.showing(WAITS)
    assert message.flags.ephemeral
    (row,) = await room.app.store.questions()  # after a crash it is offered to its asker
    assert (row.private, row.message_id, row.asker_id) == (True, 0, room.ben.id)
    gate.set()
    answer = await asking
    assert "Dmitriev heads it.¹" in private_reply(answer)
    assert "Share" in list(labels(answer.response.components))


async def test_a_deleted_card_ends_the_models_call_and_nothing_is_kept(
    room: Room, server: ScriptedServer, cards: Cards
) -> None:
    await room.add(room.ada)
    server.put(broken(HANG))
    asking = asyncio.ensure_future(room.ask(room.ben))
    message = await cards.showing(WAITS)
    await server.asked.wait()
    await type(room.grace).delete.__wrapped__(room.grace, message)
    await asking
    await server.requests[0].gone.wait()
    assert await kept(room) is None
    async with room.app.store.library(str(room.guild.id)) as library:
        (day,) = (await library.ledger.spent_by_day("0000")).values()
    assert day.questions == 1


async def test_a_bot_that_is_told_to_end_brings_the_card_to_its_end_first(
    room: Room, server: ScriptedServer, cards: Cards
) -> None:
    await room.add(room.ada)
    server.put(broken(HANG))
    asking = asyncio.ensure_future(room.ask(room.ben))
    await cards.showing(WAITS)
    await server.asked.wait()
    await room.env.bot.handlers.shut_down(finish_s=0)
    card = text_of((await asking).response)
    assert f"{QUOTED}¹" in card
    assert INTERRUPTED in card
    await server.requests[0].gone.wait()
    late_one = await room.ask(room.ada)
    assert "Footnote is restarting." in private_reply(late_one)


async def test_a_question_in_hand_is_a_row_until_its_card_is_at_its_end(
    room: Room, server: ScriptedServer, cards: Cards
) -> None:
    await room.add(room.ada)
    gate = asyncio.Event()
    server.put(late(gate, HEADS))
    asking = asyncio.ensure_future(room.ask(room.ben))
    message = await cards.showing(WAITS)
    (row,) = await room.app.store.questions()
    assert (row.channel_id, row.message_id) == (room.channel.id, message.id)
    gate.set()
    await asking
    assert await room.app.store.questions() == []


async def test_after_a_crash_the_card_says_that_it_was_interrupted(room: Room) -> None:
    quotes = Preview((AnswerSentence(QUOTED, ()),))
    channel = room.env.bot.get_channel(room.channel.id)
    left = await channel.send(view=preliminary_card(QUESTION, quotes, 0, stop_event_id=12345))
    card = QuestionCard(12345, str(room.guild.id), room.channel.id, left.id)
    await room.app.store.record_question(card)
    await room.env.restart_bot(create_bot(room.app))
    assert text_of(room.channel.last_message).startswith("This answer was interrupted")
    assert await room.app.store.questions() == []


async def test_after_a_crash_an_answer_that_was_kept_is_shown(
    room: Room, server: ScriptedServer
) -> None:
    await room.add(room.ada)
    server.say(HEADS)
    await room.ask(room.ben)
    message = room.channel.last_message
    given = await kept(room)
    assert given is not None
    assert given.event_id is not None
    card = QuestionCard(given.event_id, str(room.guild.id), room.channel.id, message.id)
    await room.app.store.record_question(card)
    await room.env.restart_bot(create_bot(room.app))
    assert "Dmitriev heads it.¹" in text_of(room.channel.last_message)
    assert await room.app.store.questions() == []


async def test_an_answer_shown_after_a_crash_goes_with_its_source(
    room: Room, server: ScriptedServer
) -> None:
    """Also its continuation. The process ended between storing the answer and showing it."""
    await room.add(room.ada)
    server.say(HEADS)
    await room.ask(room.ben)
    given = await kept(room)
    assert given is not None
    answer = load_answer(given)[0]
    body = answer_to_json(replace(answer, sentences=answer.sentences * 200), "")
    scope = Scope(str(room.guild.id))
    async with room.app.store.library(scope.server_id) as library:
        await library.answers.save(
            replace(given, body=body, event_id=777),
            answer.citations,
            Dependencies(frozenset([1])),
        )
    channel = room.env.bot.get_channel(room.channel.id)
    left = await channel.send(view=searching_card(QUESTION, None))
    await room.app.store.record_question(
        QuestionCard(777, scope.server_id, room.channel.id, left.id)
    )

    await room.env.restart_bot(create_bot(room.app))
    shown = [text_of(message) for message in room.channel.history()]
    asked = await room.ada.slash(room.channel, "article remove", article="1")
    await room.ada.click(asked.response, label="Remove")

    assert [HEADS[:9] in text for text in shown][-2:] == [True, True]
    assert HEADS[:9] not in "\n".join(text_of(message) for message in room.channel.history())


async def test_an_interrupted_private_question_is_offered_once(room: Room) -> None:
    ben = room.ben.user.id
    row = QuestionCard(
        12345, str(room.guild.id), room.channel.id, 0, ben, private=True, question=QUESTION
    )
    await room.app.store.record_question(row)
    offered = []
    for _ in range(2):
        await room.env.restart_bot(create_bot(room.app))
        shown = await room.ben.slash(room.channel, "help")
        offered.append("was interrupted" in private_reply(shown))
    assert offered == [True, False]


async def test_a_card_that_is_gone_after_a_crash_is_let_go(room: Room) -> None:
    await room.app.store.record_question(QuestionCard(1, str(room.guild.id), room.channel.id, 99))
    await room.env.restart_bot(create_bot(room.app))
    assert await room.app.store.questions() == []


async def test_stop_on_the_card_of_an_earlier_process_says_that_it_was_interrupted(
    room: Room,
) -> None:
    quotes = Preview((AnswerSentence(QUOTED, ()),))
    channel = room.env.bot.get_channel(room.channel.id)
    left = await channel.send(view=preliminary_card(QUESTION, quotes, 0, stop_event_id=12345))
    pressed = await room.ben.click(left, label="Stop")
    assert "interrupted by a restart" in text_of(pressed.response)


async def test_one_line_of_the_log_says_how_a_question_ended(
    room: Room, server: ScriptedServer, cards: Cards, caplog: pytest.LogCaptureFixture
) -> None:
    await room.add(room.ada)
    caplog.set_level(logging.INFO)
    server.say(HEADS)
    await room.ask(room.ben)
    (line,) = [r.getMessage() for r in caplog.records if r.getMessage().startswith("question ")]
    assert "outcome=written" in line
    assert "first_words_ms=" in line
    assert "queued_ms=" in line
    assert "Dmitriev" not in line
