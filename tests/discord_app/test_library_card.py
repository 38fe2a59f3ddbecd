"""The list of the library: its menus, its search, its statistics and the review."""

from __future__ import annotations

import discord
import pytest

from tests.discord_app.conftest import Room, filled, labels, private_reply, text_of
from tests.discord_app.test_asking import secret
from tests.discord_app.test_library import fill, press

pytestmark = pytest.mark.quick


async def test_the_list_is_sorted_and_filtered_with_its_menus(room: Room) -> None:
    await fill(room, 2)
    await room.ada.slash(
        room.channel, "article add", file=("b.txt", b"Bread is baked."), tags="food"
    )
    listed = await room.ben.slash(room.channel, "library")

    sorted_by_title = await room.ben.select(
        listed.response, ["title"], custom_id="fnlist:sort:newest::"
    )
    found = text_of(sorted_by_title.response)
    assert found.index("Bread") < found.index("Report 1")
    tagged = await room.ben.select(
        sorted_by_title.response, ["food"], custom_id="fnlist:tag:title::"
    )
    assert "1 article" in text_of(tagged.response)
    everything = await room.ben.click(tagged.response, label="Show all")
    assert "3 articles" in text_of(everything.response)


async def test_titles_are_searched_through_a_form(room: Room) -> None:
    await fill(room, 2)
    await room.add(room.ada)
    listed = await room.ben.slash(room.channel, "library")

    form = await room.ben.click(listed.response, label="Search titles")
    found = await room.ben.submit_modal(form, filled(form, {"Words in the title": "mars"}))

    assert "1 article" in text_of(found.response)
    assert "Joint Mars mission" in text_of(found.response)


async def test_the_review_is_for_those_who_manage_the_server(room: Room) -> None:
    await room.add(room.ada)
    listed = await room.ben.slash(room.channel, "library")

    refused = await press(room, room.ben, "review")

    assert "Review" not in set(labels(listed.response.components))
    assert "can manage the server" in private_reply(refused)


async def test_a_review_shows_what_its_reader_may_see_and_counts_what_was_private(
    room: Room,
) -> None:
    managers = room.guild.create_role(
        "Managers", permissions=discord.Permissions(manage_guild=True)
    )
    eve = room.guild.add_member(room.env.create_user("eve"), roles=[managers])
    staff = await secret(room)  # Eve can't read it
    await room.add(room.ada)
    answer = await room.ask(room.ben)
    asked = await room.ada.click(answer.response, label="👎")
    await room.ada.select(asked.followups[-1], ["outdated"])
    await room.ask(room.ben, "How tall is the Eiffel Tower?")
    await room.grace.slash(staff, "ask", question="When does the canary fly to the moon?")
    await room.ben.slash(
        room.channel, "ask", question="Where is the treasure of Tortuga?", private=True
    )
    listed = await eve.slash(room.channel, "library")

    review = text_of((await eve.click(listed.response, label="Review")).response)

    assert "Who heads the Russian fund? · Outdated" in review
    assert "How tall is the Eiffel Tower? · asked once" in review
    assert "Joint Mars mission floated · 1" in review
    assert "0 found wrong, 1 without an answer" in review
    assert "canary" not in review
    assert "Secret" not in review
    assert "Tortuga" not in review
