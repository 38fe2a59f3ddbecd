"""The main job through the real client: add, ask, open a footnote, restart, open it again."""

from __future__ import annotations

import pytest

from bot.discord_app.client import create_bot
from tests.discord_app.conftest import (
    Room,
    filled,
    footnote,
    footnotes,
    private_reply,
    text_of,
)


async def test_an_uploaded_file_is_in_the_library_and_said_to_be(room: Room) -> None:
    result = await room.add(room.ada)

    assert "Joint Mars mission floated" in text_of(result.response)
    assert "1 passage" in text_of(result.response)
    assert not result.response.ephemeral


async def test_a_question_is_answered_with_footnotes_that_open(room: Room) -> None:
    await room.add(room.ada)

    answer = await room.ask(room.ben)
    card = text_of(answer.response)
    opened = await room.ben.click(answer.response, label=footnote(answer.response))

    assert "Kirill Dmitriev heads the Russian Direct Investment Fund.¹" in card
    assert "Joint Mars mission floated" in card
    assert "added by ada" in card
    passage = private_reply(opened)
    assert "**Kirill Dmitriev heads the Russian Direct Investment Fund.**" in passage
    assert "He attended Harvard and Stanford" in passage


async def test_a_button_still_works_after_a_restart(room: Room) -> None:
    await room.add(room.ada)
    answer = await room.ask(room.ben)

    await room.env.restart_bot(create_bot(room.app))
    opened = await room.ben.click(answer.response, label=footnote(answer.response))

    assert "**Kirill Dmitriev heads" in private_reply(opened)


async def test_a_mention_is_answered(room: Room) -> None:
    await room.add(room.ada)

    bot = room.env.bot.user
    await room.ben.send(room.channel, f"<@{bot.id}> Who heads the Russian fund?")

    reply = room.channel.last_message
    assert "Kirill Dmitriev heads" in text_of(reply)
    assert reply.reference is not None
    assert footnotes(reply)


async def test_a_mention_without_words_shows_what_can_be_done(room: Room) -> None:
    await room.ben.send(room.channel, f"<@{room.env.bot.user.id}>")

    assert "What I can do for you" in text_of(room.channel.last_message)


async def test_what_the_library_does_not_say_is_refused_with_what_is_close(room: Room) -> None:
    await room.add(room.ada)

    near = await room.ask(room.ben, "Who pays for the joint mission to Mars?")
    far = await room.ask(room.grace, "How tall is the Eiffel Tower?")

    card = text_of(near.response)
    assert "I couldn't find a clear answer." in card
    assert "Closest passages:" in card
    assert "Joint Mars mission" in card
    assert "I couldn't find a clear answer." in text_of(far.response)
    assert "Mars" not in text_of(far.response)


async def test_an_empty_library_says_how_to_begin(room: Room) -> None:
    answer = await room.ask(room.ben)

    assert "/article add" in text_of(answer.response)


async def test_pasted_text_is_taken_through_the_form(room: Room) -> None:
    shown = await room.ada.slash(room.channel, "article add")
    typed = {"Title": "Town hall", "Text": "The town hall was painted blue in 1931."}
    result = await room.ada.submit_modal(shown, filled(shown, typed))

    assert "Town hall" in text_of(result.response)
    answer = await room.ask(room.ben, "When was the town hall painted?")
    assert "painted blue in 1931" in text_of(answer.response)


async def test_a_duplicate_is_told_privately_and_not_stored_twice(room: Room) -> None:
    await room.add(room.ada)
    again = await room.add(room.ben, name="again.txt")

    assert "already in the library" in private_reply(again)
    assert "by ada" in private_reply(again)
    listed = await room.ben.slash(room.channel, "library")
    assert "1 article" in private_reply(listed)


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("empty.txt", b"", "I found no readable text"),
        ("blank.txt", b" \n\n\t", "I found no readable text"),
        ("picture.png", b"\x89PNG\r\n", "This is a picture"),
        ("table.xlsx", b"PK\x05\x06" + bytes(18), "othing was stored"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_privately(
    room: Room, name: str, data: bytes, told: str
) -> None:
    result = await room.ada.slash(room.channel, "article add", file=(name, data))

    assert told in private_reply(result)
    assert "othing was stored" in private_reply(result)


@pytest.mark.quick
@pytest.mark.quality
async def test_a_two_megabyte_text_is_taken_whole(room: Room) -> None:
    sentence = "The harbour of Aldwick was dredged in {} and again two years later. "
    text = "".join(sentence.format(year) for year in range(1, 30_000))
    long = text[: 2 * 1024 * 1024]

    result = await room.ada.slash(
        room.channel, "article add", file=("long.txt", long.encode()), title="Dredging"
    )

    assert "Dredging" in text_of(result.response)
    assert f"{len(long.strip()):,} characters" in text_of(result.response)


@pytest.mark.parametrize(
    "question",
    [
        'NEAR("a" AND *) OR fund^2 -x:y {col} "',
        "🚀👩‍🚀 who heads the fund? 🏴‍☠️",
        "'; DROP TABLE article; --",
        "@everyone who heads the fund?",
        "# **who** `heads` ||the fund|| [x](http://y.example)?",
    ],
)
async def test_a_question_full_of_grammar_is_only_a_question(room: Room, question: str) -> None:
    await room.add(room.ada)

    answer = await room.ask(room.ben, question)

    card = text_of(answer.response)
    assert "went wrong" not in card
    assert "@everyone" not in card
    assert "](http:/" not in card


async def test_nothing_that_is_sent_can_ping(room: Room) -> None:
    await room.add(room.ada, text="@everyone and <@1> and @here: the fund was founded in 1990.")
    await room.ask(room.ben, "When was the fund founded?")
    await room.ben.send(room.channel, f"<@{room.env.bot.user.id}> When was the fund founded?")

    sent = [r.json for r in room.env.http_requests if r.json and r.method in ("POST", "PATCH")]
    bodies = [body.get("data", body) for body in sent if isinstance(body, dict)]
    cards = [body for body in bodies if isinstance(body, dict) and body.get("components")]
    assert cards
    assert all(body["allowed_mentions"]["parse"] == [] for body in cards)
    assert "@everyone" not in str(cards)


async def test_two_servers_never_see_each_other(room: Room) -> None:
    await room.add(room.ada)
    other = room.env.create_guild("Others")
    channel = other.create_text_channel("general")
    eve = other.add_member(room.env.create_user("eve"))

    answer = await eve.slash(channel, "ask", question="Who heads the Russian fund?")
    listed = await eve.slash(channel, "library")
    shown = await eve.slash(channel, "article show", article="1")

    assert "Dmitriev" not in text_of(answer.response)
    assert "Mars" not in private_reply(listed)
    assert "no article 1" in private_reply(shown)
    assert await eve.autocomplete(channel, "article show", "article", "mars") == []


async def test_a_footnote_of_another_server_cannot_be_opened(room: Room) -> None:
    await room.add(room.ada)
    mine = await room.ask(room.ben)
    other = room.env.create_guild("Others")
    channel = other.create_text_channel("general")
    eve = other.add_member(room.env.create_user("eve"))
    await eve.slash(
        channel, "article add", file=("b.txt", b"Bread is baked at four in the morning.")
    )

    answer = await eve.slash(channel, "ask", question="When is bread baked?")
    opened = await eve.click(answer.response, label=footnote(answer.response))

    assert "Kirill" in text_of(mine.response)
    assert "**Bread is baked at four in the morning.**" in private_reply(opened)
    assert "Kirill" not in private_reply(opened)


async def test_a_direct_message_is_sent_to_a_server(room: Room) -> None:
    dm = room.env.create_user("zoe")
    await dm.send_dm("Who heads the fund?")

    assert any("ask me in a server" in str(r.json) for r in room.env.http_requests)
