"""Cards of articles that were queued before a restart are finished after it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.answer.pipeline import Answerer
from bot.app import App
from bot.discord_app import posted_messages
from bot.discord_app.cards.progress import searching_card
from bot.discord_app.client import create_bot
from bot.errors import ReadingPaused
from bot.ingest.job_progress import Waiting
from bot.records import Scope
from bot.settings import Settings
from bot.shards import ALL_SHARDS
from bot.store.values import QuestionCard, StatusMessage
from tests.discord_app.conftest import MARS, Room, labels, text_of
from tests.discord_app.heard import Ear
from tests.discord_app.test_access import SEEN, UNSEEN
from tests.ingest.test_mail import attach, message
from tests.inside import open_inside

pytestmark = pytest.mark.quick
PICTURE = b"\x89PNG\r\n"


class Stopping:
    """The jobs of a process that stops before it has read what it accepted."""

    def __init__(self, real: Any):
        self._real = real

    async def submit(self, *given: Any, **named: Any) -> Any:
        return await self._real.submit(*given, **named)

    async def follow(self, ticket: Any) -> AsyncGenerator[Any]:
        yield Waiting("waiting", reason="The site did not answer.")
        raise ReadingPaused("Footnote is stopping.")


@pytest.fixture(autouse=True)
def no_suggestions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Making them loads models, and simcord waits for a restarted bot for five seconds only."""

    async def suggest(*_: Any) -> tuple[str, ...]:
        return ()

    monkeypatch.setattr(Answerer, "suggest_questions", suggest)


@pytest.fixture
async def later(settings: Settings) -> AsyncIterator[App]:
    async with open_inside(settings) as opened:
        yield opened


@pytest.fixture
async def app(later: App) -> App:
    jobs: Any = Stopping(later.jobs)
    return replace(later, jobs=jobs)


async def restart(room: Room, later: App) -> None:
    await room.env.restart_bot(create_bot(later))
    await room.env.settle()


async def waiting(room: Room, later: App) -> list[tuple[int, StatusMessage]]:
    async with later.store.library(str(room.guild.id)) as library:
        return await library.jobs.undisplayed()


async def test_the_same_card_shows_the_article_after_the_restart(room: Room, later: App) -> None:
    result = await room.add(room.ada)
    assert "was added." not in text_of(result.response)

    await restart(room, later)

    (message,) = room.channel.history()
    assert "was added." in text_of(message)
    assert "1 passage" in text_of(message)
    shown = labels([part.to_dict() for part in message.components])
    assert list(shown) == ["Open", "Summarise", "Rename", "Tags", "Remove"]
    assert await waiting(room, later) == []


async def test_a_refusal_stands_on_the_card_in_its_sentence(room: Room, later: App) -> None:
    await room.ada.slash(room.channel, "article add", file=("a.png", PICTURE))

    await restart(room, later)

    assert "This is a picture" in text_of(room.channel.history()[-1])


async def test_several_come_to_their_ends_on_one_card(room: Room, later: App) -> None:
    await room.ada.slash(
        room.channel, "article add", file=("m.txt", MARS.encode()), file2=("a.png", PICTURE)
    )

    await restart(room, later)

    shown = text_of(room.channel.history()[-1])
    assert "1 of 2 articles added" in shown
    assert "✓" in shown
    assert "This is a picture" in shown


async def test_what_is_attached_to_a_mail_is_shown_after_the_restart(
    room: Room, later: App
) -> None:
    mail = message("The plan is attached.", "The harbour")
    attach(mail, MARS.encode(), "mars.txt", "text/plain")
    await room.ada.slash(room.channel, "article add", file=("a.eml", mail.as_bytes()))

    await restart(room, later)

    shown = text_of(room.channel.history()[-1])
    assert "2 of 2 articles added" in shown
    assert shown.count("✓") == 2
    assert await waiting(room, later) == []


async def test_a_second_restart_changes_nothing(room: Room, later: App) -> None:
    await room.add(room.ada)
    await restart(room, later)
    edits = len(room.env.http_requests)

    await restart(room, later)

    assert not [r for r in room.env.http_requests[edits:] if r.method == "PATCH"]


async def test_a_card_that_is_gone_is_logged_once_and_let_go(
    room: Room, later: App, caplog: pytest.LogCaptureFixture
) -> None:
    result = await room.add(room.ada)
    await result.response.message.delete()

    with caplog.at_level(logging.WARNING, "bot.discord_app.handlers.job_recovery"):
        await restart(room, later)

    assert [r.getMessage() for r in caplog.records] == [
        "could not edit a card after the restart: 404"
    ]
    assert await waiting(room, later) == []


async def test_who_asked_in_vain_is_told_of_it_after_the_restart(room: Room, later: App) -> None:
    await room.ask(room.ben)
    await room.add(room.ada)

    await restart(room, later)

    assert "a new article answers it" in "\n".join(map(text_of, room.channel.history()))


async def test_a_text_known_from_a_hidden_channel_is_not_told_on_the_card(
    room: Room, later: App
) -> None:
    overwrites = {room.guild.default_role: UNSEEN, room.grace: SEEN}
    staff = room.guild.create_text_channel("staff", overwrites=overwrites)
    await room.grace.slash(staff, "article add", file=("mars.txt", MARS.encode()))
    await restart(room, later)
    await room.env.restart_bot(create_bot(replace(later, jobs=Stopping(later.jobs))))  # type: ignore[arg-type]
    await room.add(room.grace, name="again.txt")

    await restart(room, later)

    shown = text_of(room.channel.history()[-1])
    assert "again.txt" in shown
    assert "See `/library` for the result, if you can read it." in shown
    assert "already" not in shown


async def test_a_removed_article_is_taken_down_before_the_waiting_articles_are_read(
    room: Room, later: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, taken_down, catch_up = str(room.guild.id), asyncio.Event(), posted_messages.catch_up
    await room.add(room.ada)
    await restart(room, later)
    async with later.store.library(server) as library:
        await library.articles.trash([1], Scope(server))  # and the process ended
    await room.env.restart_bot(create_bot(replace(later, jobs=Stopping(later.jobs))))  # type: ignore[arg-type]
    await room.add(room.ada, "Ferries\n\nThe ferry to Larn carries 40 cars each day.", "ferry.txt")

    class Unread(Stopping):
        async def follow(self, ticket: Any) -> AsyncGenerator[Any]:
            await taken_down.wait()
            async for step in self._real.follow(ticket):
                yield step

    async def caught_up(*given: Any) -> None:
        await catch_up(*given)
        taken_down.set()

    monkeypatch.setattr(posted_messages, "catch_up", caught_up)

    await restart(room, replace(later, jobs=Unread(later.jobs)))  # type: ignore[arg-type]

    first, second = map(text_of, room.channel.history())
    assert "removed from the library" in first
    assert "40 cars" in second


async def test_what_may_not_have_been_queued_before_a_crash_is_told_on_the_card(
    room: Room, later: App
) -> None:
    await room.add(room.ada)
    message = room.channel.history()[-1]
    row = QuestionCard(5, str(room.guild.id), room.channel.id, message.id, adds=True)
    await later.store.record_question(row)

    await restart(room, later)

    shown = text_of(room.channel.history()[-1])
    assert "1 of 2 articles added" in shown
    assert "restarted while this was being added" in shown
    assert await later.store.questions() == []


async def test_cards_that_are_looked_for_again_while_a_shard_cannot_connect_are_finished_once(
    room: Room, later: App
) -> None:
    await room.add(room.ada)
    place, added = room.env.bot.get_channel(room.channel.id), room.channel.history()[-1]
    asked = await place.send(view=searching_card("Who?", None))
    adding = QuestionCard(5, str(room.guild.id), room.channel.id, added.id, adds=True)
    question = replace(adding, event_id=6, message_id=asked.id, adds=False)
    private = replace(question, event_id=7, asker_id=room.ben.user.id, private=True)
    for row in (adding, question, private):
        await later.store.record_question(row)
    bot, ear = create_bot(later), Ear(room.env)
    for _ in range(3):
        await bot.handlers.find_earlier_cards(ALL_SHARDS)
    ear.new()

    await room.env.restart_bot(bot)
    await room.env.settle()
    offered = await room.ben.slash(room.channel, "help")

    told = [heard.words for heard in ear.new()]
    assert sum("This answer was interrupted" in words for words in told) == 1
    assert sum("1 of 2 articles added" in words for words in told) == 1
    assert sum("was interrupted" in text_of(reply) for reply in offered.followups) == 1
