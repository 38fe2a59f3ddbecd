"""Public messages show only what everyone in the channel may see at that moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
from simcord.backend.models import Overwrite
from simcord.builders import ChannelHandle
from simcord.enums import ChannelType, OverwriteType

from bot.answer.pipeline import Answerer
from bot.app import App
from bot.discord_app.access import private_scope, public_scope
from bot.discord_app.buttons import Button
from bot.discord_app.cards.articles import ADDED_CARD
from bot.discord_app.cards.components import GREY, message
from bot.settings import Settings
from tests.discord_app.conftest import Room, filled, footnote, labels, private_reply, text_of
from tests.discord_app.heard import Ear, age_restrict
from tests.discord_app.test_access import SEEN, UNSEEN
from tests.discord_app.test_again import NEW, OLD, page
from tests.inside import open_inside
from tests.web_server import Site, fetcher, site

pytestmark = pytest.mark.quick
URL = "http://site.example/zq1x"
CANARY = "zq1x"
SECRET = f"Plan {CANARY}\n\nThe keeper {CANARY} hides the canary in the northern tower."
QUESTION = "Where does the keeper hide the canary?"
OPEN = "Ferries\n\nThe ferry to Larn sails at nine and carries 40 cars across the sound each day."
OTHER = "Notes {}\n\nThe ferry to Larn sails at nine and carries 77 cars across the sound each day."
FERRY = "How many cars does the ferry to Larn carry across the sound?"


@pytest.fixture
async def shown() -> AsyncIterator[Site]:
    async with site({"/zq1x": page(OLD)}) as served:
        yield served


@pytest.fixture
async def app(settings: Settings, shown: Site) -> AsyncIterator[App]:
    """With a fetcher that accepts the loopback address."""
    async with fetcher(shown.port) as web_, open_inside(settings, web_) as opened:
        yield opened


@pytest.fixture
def staff(room: Room) -> Any:
    """A channel that only Grace can see."""
    overwrites = {room.guild.default_role: UNSEEN, room.grace: SEEN}
    return room.guild.create_text_channel("staff", overwrites=overwrites)


def close(room: Room, channel: Any) -> None:
    """Keeps everyone but Grace out of a channel."""
    deny, allow = UNSEEN.pair()[1].value, SEEN.pair()[0].value
    everyone = Overwrite(room.guild.default_role.id, OverwriteType.ROLE, deny=deny)
    grace = Overwrite(room.grace.id, OverwriteType.MEMBER, allow=allow)
    bot = Overwrite(room.env.bot.user.id, OverwriteType.MEMBER, allow=allow)
    room.env.backend.edit_channel(channel.id, {}, overwrites=[everyone, grace, bot])


def public(ear: Ear) -> str:
    return "\n".join(heard.words for heard in ear.new())


async def add(who: Any, channel: Any, text: str, name: str = "plan.txt") -> Any:
    return await who.slash(channel, "article add", file=(name, text.encode()))


# --- handing in and refreshing ------------------------------------------------------------------


async def test_refreshing_a_hidden_article_in_an_open_channel_is_told_alone(
    room: Room, staff: Any, shown: Site
) -> None:
    await room.grace.slash(staff, "article add", url=URL)
    opened = await room.grace.slash(room.channel, "article show", article="1")
    shown.pages["/zq1x"] = page(NEW)
    ear = Ear(room.env)
    ear.new()

    refreshed = await room.grace.click(opened.response, label="Refresh")

    heard = public(ear)
    assert CANARY not in heard
    assert "Probes" not in heard
    assert "has a new version (2)" in private_reply(refreshed)


async def test_an_address_known_from_a_hidden_channel_is_told_alone(
    room: Room, staff: Any, shown: Site
) -> None:
    await room.grace.slash(staff, "article add", url=URL)
    shown.pages["/zq1x"] = page(NEW)
    ear = Ear(room.env)
    ear.new()

    again = await room.grace.slash(room.channel, "article add", url=URL)

    heard = public(ear)
    assert "Probes" not in heard
    assert "new version" not in heard
    assert "has a new version (2)" in private_reply(again)


async def test_questions_about_an_article_whose_channel_is_closed_meanwhile_are_not_shown(
    room: Room, shown: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = room.guild.create_text_channel("source")
    await room.grace.slash(source, "article add", url=URL)

    async def suggest(*_: Any) -> tuple[str, ...]:
        close(room, source)
        while room.env.bot.get_channel(source.id).overwrites == {}:
            await room.env.advance_time(0)
        return (f"Who plans {CANARY}?",)

    monkeypatch.setattr(Answerer, "suggest_questions", suggest)
    shown.pages["/zq1x"] = page(NEW)

    updated = await room.grace.slash(room.channel, "article add", url=URL)

    assert "has a new version (2)" in text_of(updated.response)
    assert f"Who plans {CANARY}?" not in labels(updated.response.components)


async def test_a_private_card_shows_how_a_hidden_article_begins(
    room: Room, staff: Any, shown: Site
) -> None:
    await room.grace.slash(staff, "article add", url=URL)
    opened = await room.grace.slash(room.channel, "article show", article="1")
    shown.pages["/zq1x"] = page(NEW)

    refreshed = await room.grace.click(opened.response, label="Refresh")

    assert "has a new version (2)" in private_reply(refreshed)
    assert NEW[:40] in private_reply(refreshed)


async def test_of_several_at_once_only_what_all_may_see_is_named(
    room: Room, staff: Any, shown: Site
) -> None:
    await room.grace.slash(staff, "article add", url=URL)
    shown.pages["/zq1x"] = page(NEW)
    ear = Ear(room.env)
    ear.new()

    both = await room.grace.slash(
        room.channel, "article add", url=URL, file=("ferry.txt", OPEN.encode())
    )

    heard = public(ear)
    assert "Ferries" in heard
    assert "Probes" not in heard
    assert "has a new version (2)" in text_of(both.followups[-1])
    assert both.followups[-1].ephemeral


@pytest.mark.parametrize(
    ("text", "said"),
    [(f"Plan {CANARY}\n\n{OLD}", "already in the library"), (f"Copy\n\n{NEW}", "Keep both")],
)
async def test_a_text_known_from_a_hidden_channel_is_told_alone(
    room: Room, staff: Any, text: str, said: str
) -> None:
    await add(room.grace, staff, f"Plan {CANARY}\n\n{OLD}")
    ear = Ear(room.env)
    ear.new()

    again = await add(room.grace, room.channel, text, "new.txt")

    assert CANARY not in public(ear)
    assert CANARY in private_reply(again)
    assert said in private_reply(again) + str(list(labels(again.followups[-1].components)))


async def test_a_new_title_of_an_article_that_was_hidden_is_not_drawn_on_its_old_card(
    room: Room,
) -> None:
    source = room.guild.create_text_channel("source")
    await add(room.grace, source, OPEN)
    close(room, source)
    await room.env.settle()
    view = message("Ferries", GREY, Button("rename", 1, ADDED_CARD, label="Rename"))
    card = await room.env.bot.get_channel(room.channel.id).send(view=view)
    ear = Ear(room.env)
    ear.new()

    form = await room.grace.click(card, label="Rename")
    renamed = await room.grace.submit_modal(form, filled(form, {"Title": f"Name {CANARY}"}))

    assert CANARY not in public(ear)
    assert CANARY in private_reply(renamed)


# --- sharing ------------------------------------------------------------------------------------


async def test_sharing_an_answer_whose_note_names_a_hidden_article_leaves_the_note_out(
    room: Room, staff: Any
) -> None:
    await add(room.ada, room.channel, OPEN)
    await add(room.grace, staff, OTHER.format(CANARY), "other.txt")
    answer = await room.grace.slash(room.channel, "ask", question=FERRY, private=True)
    assert "The sources disagree" in text_of(answer.response)
    assert CANARY in text_of(answer.response)
    ear = Ear(room.env)
    ear.new()

    shared = await room.grace.click(answer.response, label="Share")

    heard = public(ear)
    assert CANARY not in heard
    assert "77" not in heard
    assert "40 cars" in text_of(shared.response)
    assert "from articles that everyone here can read" in text_of(shared.response)


@pytest.mark.parametrize(
    "question", ["Who added the most articles?", "How many articles are there?", "What is new?"]
)
async def test_sharing_a_count_counts_anew_what_all_may_see(
    room: Room, staff: Any, question: str
) -> None:
    await add(room.ada, room.channel, OPEN)
    await add(room.grace, staff, SECRET)
    answer = await room.grace.slash(room.channel, "ask", question=question, private=True)
    assert "grace" in text_of(answer.response) or "2" in text_of(answer.response)
    ear = Ear(room.env)
    ear.new()

    shared = await room.grace.click(answer.response, label="Share")

    heard = public(ear)
    assert CANARY not in heard
    assert "handed in 2" not in heard
    assert "added 2" not in heard
    assert "library: 2" not in heard
    assert "grace handed in" not in heard
    assert "grace added" not in heard
    assert shared.response is not None
    assert not shared.response.ephemeral


async def test_an_answer_that_the_public_scope_does_not_give_stays_private(
    room: Room, staff: Any
) -> None:
    await add(room.ada, room.channel, OPEN)
    await add(room.grace, staff, SECRET)
    answer = await room.grace.slash(room.channel, "ask", question=QUESTION, private=True)
    ear = Ear(room.env)
    ear.new()

    shared = await room.grace.click(answer.response, label="Share")

    assert CANARY not in public(ear)
    assert "stays private" in private_reply(shared)


@pytest.mark.parametrize("limit", [{"article": "2"}, {"tag": CANARY}])
async def test_an_answer_limited_to_what_is_hidden_stays_private(
    room: Room, staff: Any, limit: dict[str, str]
) -> None:
    await add(room.ada, room.channel, OPEN)
    tagged = ("plan.txt", SECRET.encode())
    await room.grace.slash(staff, "article add", file=tagged, tags=CANARY)
    answer = await room.grace.slash(room.channel, "ask", question=QUESTION, private=True, **limit)
    assert "northern" in text_of(answer.response)
    ear = Ear(room.env)
    ear.new()

    shared = await room.grace.click(answer.response, label="Share")

    assert CANARY not in public(ear)
    assert "stays private" in private_reply(shared)


async def test_what_all_may_see_is_shared_as_it_is(room: Room) -> None:
    await add(room.ada, room.channel, OPEN)
    answer = await room.ada.slash(room.channel, "ask", question=FERRY, private=True)

    shared = await room.ada.click(answer.response, label="Share")

    assert "40 cars" in text_of(shared.response)
    assert "from what everyone" not in text_of(shared.response)


async def test_no_thread_follows_an_answer_whose_article_was_hidden(room: Room) -> None:
    source = room.guild.create_text_channel("source")
    await add(room.grace, source, SECRET)
    answer = await room.grace.slash(room.channel, "ask", question=QUESTION)
    close(room, source)
    await room.env.settle()

    refused = await room.grace.click(answer.response, label="Follow up")

    assert "I can't open a thread" in private_reply(refused)


# --- who has lost a role ------------------------------------------------------------------------


async def test_a_role_that_was_taken_away_counts_at_the_next_press(room: Room) -> None:
    role = room.guild.create_role("Staff")
    inside = room.guild.create_text_channel(
        "inside", overwrites={room.guild.default_role: UNSEEN, role: SEEN, room.grace: SEEN}
    )
    room.env.backend.add_member_role(room.guild.id, room.ben.id, role.id)
    await add(room.grace, inside, SECRET)
    answer = await room.ben.slash(room.channel, "ask", question=QUESTION, private=True)
    assert "northern" in text_of(answer.response)

    room.env.backend.remove_member_role(room.guild.id, room.ben.id, role.id)
    opened = await room.ben.click(answer.response, label=footnote(answer.response))
    last = await room.ben.slash(room.channel, "last")
    listed = await room.ben.slash(room.channel, "library")

    for reply in (opened, last, listed):
        assert CANARY not in private_reply(reply)


# --- channels for adults ------------------------------------------------------------------------


async def places(room: Room) -> dict[str, Any]:
    """Age-restricted: a channel, a thread and a private thread in it, a voice channel, a forum's
    post."""
    backend, guild = room.env.backend, room.guild
    adult = guild.create_text_channel("adult")
    voice = guild.create_voice_channel("voice")
    forum = guild.create_forum_channel("forum")
    for channel in (adult, voice, forum):
        age_restrict(room.env, channel.id)
    kinds = {"thread": ChannelType.PUBLIC_THREAD, "private thread": ChannelType.PRIVATE_THREAD}
    found = {"channel": adult, "voice": voice}
    for name, kind in kinds.items():
        found[name] = ChannelHandle(
            room.env, guild, backend.create_thread(adult.id, name, room.ada.id, type=kind)
        )
    found["post"] = ChannelHandle(
        room.env, guild, backend.create_thread(forum.id, "post", room.ada.id)
    )
    for name in ("private thread",):
        backend.add_thread_member(found[name].id, room.env.bot.user.id)
    await room.env.settle()
    return found


@pytest.mark.parametrize("where", ["channel", "thread", "private thread", "voice", "post"])
async def test_an_article_of_a_place_for_adults_is_used_and_shown_there_alone(
    room: Room, where: str
) -> None:
    place = (await places(room))[where]
    await add(room.ada, place, SECRET)

    inside = await room.ada.slash(place, "ask", question=QUESTION)
    outside = await room.ada.slash(room.channel, "ask", question=QUESTION)
    alone = await room.ada.slash(room.channel, "ask", question=QUESTION, private=True)
    listed = await room.ada.slash(room.channel, "library")
    listed_inside = await room.ada.slash(place, "library")

    assert "northern" in text_of(inside.response)
    for reply in (outside, alone, listed):
        assert CANARY not in text_of(reply.response)
    assert f"Plan {CANARY}" in private_reply(listed_inside)


async def test_an_open_article_is_used_in_a_place_for_adults(room: Room) -> None:
    place = (await places(room))["channel"]
    await add(room.ada, room.channel, OPEN)
    answer = await room.ben.slash(place, "ask", question=FERRY)
    assert "40 cars" in text_of(answer.response)


async def test_a_channel_that_becomes_one_for_adults_hides_its_articles(room: Room) -> None:
    source = room.guild.create_text_channel("source")
    await add(room.ada, source, SECRET)
    before = await room.ada.slash(room.channel, "ask", question=QUESTION)
    age_restrict(room.env, source.id)
    await room.env.settle()
    after = await room.ada.slash(room.channel, "ask", question=QUESTION)
    assert "northern" in text_of(before.response)
    assert CANARY not in text_of(after.response)


# --- what is kept of permissions ----------------------------------------------------------------


async def test_kept_permissions_are_told_anew_after_every_change(room: Room) -> None:
    role = room.guild.create_role("Staff")
    inside = room.guild.create_text_channel(
        "inside", overwrites={room.guild.default_role: UNSEEN, role: SEEN}
    )
    backend, guild = room.env.backend, room.env.bot.get_guild(room.guild.id)
    here = guild.get_channel(room.channel.id)

    async def seen() -> tuple[bool, bool]:
        await room.env.settle()
        ben = await guild.fetch_member(room.ben.id)
        private = private_scope(ben, here).channels or frozenset()
        return inside.id in private, inside.id in (public_scope(here).channels or frozenset())

    assert await seen() == (False, False)
    backend.add_member_role(guild.id, room.ben.id, role.id)
    assert await seen() == (True, False)
    backend.remove_member_role(guild.id, room.ben.id, role.id)
    assert await seen() == (False, False)
    everything = discord.Permissions(administrator=True).value
    backend.add_member_role(guild.id, room.ben.id, role.id)
    backend.edit_channel(inside.id, {}, overwrites=[])
    assert await seen() == (True, True)
    close(room, inside)
    assert await seen() == (False, False)
    backend.edit_role(guild.id, role.id, {"permissions": everything})
    assert await seen() == (True, False)
    backend.delete_role(guild.id, role.id)
    assert await seen() == (False, False)
    new = room.guild.create_text_channel("new")
    await room.env.settle()
    assert new.id in (public_scope(here).channels or frozenset())
    backend.delete_channel(new.id)
    await room.env.settle()
    assert new.id not in (public_scope(here).channels or frozenset())
