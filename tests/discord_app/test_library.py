"""Listing, showing and removing articles, and who may do so."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from bot.discord_app.cards import articles as cards
from bot.discord_app.client import create_bot
from bot.records import Scope
from tests.contract.samples import trashed_ids
from tests.discord_app.conftest import (
    MARS,
    Room,
    footnote,
    footnotes,
    labels,
    private_reply,
    statistics,
    text_of,
)
from tests.discord_app.test_access import SEEN, UNSEEN

pytestmark = pytest.mark.quick


async def fill(room: Room, count: int) -> None:
    for i in range(1, count + 1):
        await room.add(room.ada, text=f"Report {i}\n\nThe {i}. report is short.", name=f"{i}.txt")


async def test_the_list_shows_pages_and_turns(room: Room) -> None:
    await fill(room, 12)

    first = await room.ben.slash(room.channel, "library")
    page_1 = private_reply(first)
    second = await room.ben.click(first.response, label="▶")

    assert "12 articles" in page_1
    assert "Page 1 of 2" in page_1
    assert "**Report 12**" in page_1
    assert "Page 2 of 2" in text_of(second.response)
    assert "**Report 1**" in text_of(second.response)


async def test_an_article_is_shown_by_number_and_by_title(room: Room) -> None:
    await room.add(room.ada)

    by_number = await room.ben.slash(room.channel, "article show", article="1")
    by_title = await room.ben.slash(room.channel, "article show", article="mars")

    assert "Kirill Dmitriev heads" in private_reply(by_number)
    assert private_reply(by_number) == private_reply(by_title)


async def test_an_unknown_title_is_told_with_what_to_do(room: Room) -> None:
    shown = await room.ben.slash(room.channel, "article show", article="Venus")

    assert "/library" in private_reply(shown)


async def test_titles_are_suggested_while_typing(room: Room) -> None:
    await room.add(room.ada)

    choices = await room.ben.autocomplete(room.channel, "article remove", "article", "MARS")

    assert choices == [{"name": "Joint Mars mission floated", "value": "#1"}]


async def test_who_handed_in_may_remove_after_a_question(room: Room) -> None:
    await room.add(room.ada)

    asked = await room.ada.slash(room.channel, "article remove", article="1")
    question = private_reply(asked)
    removed = await room.ada.click(asked.response, label="Remove")

    assert "Remove **Joint Mars mission floated**?" in question
    assert "Removed: Joint Mars mission floated" in text_of(removed.response)
    listed = await room.ada.slash(room.channel, "library")
    assert "There are no articles here yet" in private_reply(listed)


async def test_an_article_can_be_kept_after_all(room: Room) -> None:
    await room.add(room.ada)

    asked = await room.ada.slash(room.channel, "article remove", article="1")
    kept = await room.ada.click(asked.response, label="Keep it")

    assert "Nothing was removed" in text_of(kept.response)
    assert "1 article" in private_reply(await room.ada.slash(room.channel, "library"))


async def test_a_moderator_may_remove_and_another_member_may_not(room: Room) -> None:
    await room.add(room.ada)

    refused = await room.ben.slash(room.channel, "article remove", article="1")
    asked = await room.grace.slash(room.channel, "article remove", article="1")
    await room.grace.click(asked.response, label="Remove")

    assert "You can't remove this article" in private_reply(refused)
    assert "There are no articles here yet" in private_reply(
        await room.ben.slash(room.channel, "library")
    )


async def test_a_footnote_whose_article_is_gone_says_so(room: Room) -> None:
    await room.add(room.ada)
    answer = await room.ask(room.ben)
    asked = await room.ada.slash(room.channel, "article remove", article="1")
    await room.ada.click(asked.response, label="Remove")

    opened = await press(room, room.ben, "c", 1, 1)

    assert not footnotes(answer.response)
    assert "no longer in the library" in private_reply(opened)


async def test_a_press_is_checked_when_it_comes(room: Room) -> None:
    """The remove button is refused once the permission was taken away."""
    await room.add(room.ada)
    asked = await room.grace.slash(room.channel, "article remove", article="1")
    room.env.backend.get_guild(room.guild.id).members[room.grace.id].role_ids.clear()

    pressed = await room.grace.click(asked.response, label="Remove")

    assert "You can't remove this article" in private_reply_of_press(pressed)
    assert "1 article" in private_reply(await room.ada.slash(room.channel, "library"))


def private_reply_of_press(result: object) -> str:
    followups = getattr(result, "followups")  # noqa: B009 - simcord's result is untyped
    response = getattr(result, "response")  # noqa: B009
    replies = [*followups, *([response] if response else [])]
    return "\n".join(text_of(reply) for reply in replies if reply.ephemeral)


async def test_turning_buttons_only_lead_to_pages_that_exist(room: Room) -> None:
    await fill(room, 3)

    listed = await room.ben.slash(room.channel, "library")

    assert not {"◀", "▶"} & set(labels(listed.response.components))


async def test_a_removed_article_is_out_of_everything_and_can_come_back(room: Room) -> None:
    await room.add(room.ada)
    answer = await room.ask(room.ben)
    removed = await remove(room, room.ada)

    gone = await press(room, room.ben, "c", 1, 1)
    none = await room.ben.autocomplete(room.channel, "article show", "article", "mars")
    await room.ada.click(removed, label="Restore")
    again = await room.ben.click(answer.response, label=footnote(answer.response))

    assert "no longer in the library" in private_reply(gone)
    assert none == []
    assert "**Kirill Dmitriev heads" in private_reply(again)


async def remove(room: Room, who: Any) -> Any:
    """The card that confirms the removal."""
    asked = await who.slash(room.channel, "article remove", article="1")
    return (await who.click(asked.response, label="Remove")).response


async def test_only_who_may_change_an_article_restores_it(room: Room) -> None:
    """Presses a button that only exists on a private card."""
    await room.add(room.ada)
    removed = await remove(room, room.ada)
    await room.ada.click(removed, label="Restore")
    await remove(room, room.grace)

    await press(room, room.ben, "restore", 1)
    listed = await room.ben.slash(room.channel, "library")

    assert "There are no articles here yet" in private_reply(listed)


async def test_what_was_purged_cannot_be_restored(room: Room) -> None:
    await room.add(room.ada)
    removed = await remove(room, room.ada)
    server = str(room.guild.id)
    async with room.app.store.library(server) as library:
        assert await library.articles.purge(2**40, Scope(server)) == 1

    pressed = await room.ada.click(removed, label="Restore")

    assert "can't be restored anymore" in private_reply_of_press(pressed)


async def test_a_moderator_erases_at_once_after_a_second_question(room: Room) -> None:
    await room.add(room.ada)
    asked = await room.grace.slash(room.channel, "article remove", article="1")

    sure = await room.grace.click(asked.response, label="Erase now …")
    question = text_of(sure.response)
    erased = await room.grace.click(sure.response, label="Erase for good")

    assert "can't be restored" in question
    assert "Erased: Joint Mars mission floated" in text_of(erased.response)
    server = str(room.guild.id)
    async with room.app.store.library(server) as library:
        assert await trashed_ids(library) == []


async def test_who_handed_in_is_not_offered_to_erase_and_cannot(room: Room) -> None:
    await room.add(room.ada)
    asked = await room.ada.slash(room.channel, "article remove", article="1")

    await press(room, room.ada, "wipe", 1)

    assert set(labels(asked.response.components)) == {"Remove", "Keep it"}
    assert "1 article" in private_reply(await room.ada.slash(room.channel, "library"))


async def press(room: Room, who: Any, act: str, *ids: int) -> Any:
    """Presses a button that was never offered, in a message of the bot."""
    from bot.discord_app.buttons import Button
    from bot.discord_app.cards.components import GREY, message

    channel = room.env.bot.get_channel(room.channel.id)
    sent = await channel.send(view=message("?", GREY, Button(act, *ids, label="!")))
    return await who.click(sent, label="!")


async def test_the_library_is_searched_and_sorted(room: Room) -> None:
    await fill(room, 3)
    await room.ada.slash(
        room.channel, "article add", file=("b.txt", b"Bread: baked at four."), tags="food"
    )

    by_title = await room.ben.slash(room.channel, "library", title="report", sort="oldest")
    by_tag = await room.ben.slash(room.channel, "library", tag="#Food")
    nothing = await room.ben.slash(room.channel, "library", title="zebra")

    found = private_reply(by_title)
    assert "3 articles" in found
    assert found.index("Report 1") < found.index("Report 3")
    assert "1 article" in private_reply(by_tag)
    assert "Bread" in private_reply(by_tag)
    assert "No articles match (“zebra” in the title)" in private_reply(nothing)


async def test_a_search_is_kept_while_pages_turn_also_after_a_restart(room: Room) -> None:
    await fill(room, 12)
    await room.add(room.ada)
    first = await room.ben.slash(room.channel, "library", title="report", sort="oldest")
    await room.env.restart_bot(create_bot(room.app))

    second = await room.ben.click(first.response, label="▶")

    assert "12 articles" in text_of(second.response)
    assert "Page 2 of 2" in text_of(second.response)
    assert "**Report 12**" in text_of(second.response)


async def test_titles_and_tags_are_suggested_when_browsing(room: Room) -> None:
    await room.ada.slash(
        room.channel, "article add", file=("b.txt", b"Bread: baked at four."), tags="food, home"
    )

    titles = await room.ben.autocomplete(room.channel, "library", "title", "bre")
    tags = await room.ben.autocomplete(room.channel, "library", "tag", "ho")

    assert [choice["name"] for choice in titles] == ["Bread: baked at four."]
    assert [choice["value"] for choice in tags] == ["home"]


async def test_an_article_is_opened_from_the_list_and_leafed_through(room: Room) -> None:
    long = "\n\n".join(f"Report {i}. " + f"Sentence {i} is here. " * 30 for i in range(20))
    await room.add(room.ada, text=long)
    listed = await room.ben.slash(room.channel, "library")

    opened = await room.ben.select(listed.response, ["1"], custom_id="fnmenu:open")
    card = private_reply(opened)
    leafed = await room.ben.click(opened.response, label="▶")

    assert "Sentence 0 is here" in card
    assert "Part 1 of" in card
    assert "Part 2 of" in text_of(leafed.response)
    assert "Rename" not in set(labels(opened.response.components))


async def test_figures_of_what_one_may_see(room: Room) -> None:
    await room.ada.slash(
        room.channel, "article add", file=("b.txt", b"Bread: baked at four."), tags="food"
    )
    answer = await room.ask(room.ben, "When is bread baked?")
    await room.ben.click(answer.response, label="👍")

    figures = text_of((await statistics(room.ben, room.channel)).response)

    assert "You can see **1 article** with 1 passage." in figures
    assert "\\#food 1" in figures
    assert "ada 1" in figures
    assert "Helpful 1" in figures


async def test_renaming_from_the_article_shows_it_anew(room: Room) -> None:
    await room.add(room.ada)
    shown = await room.ada.slash(room.channel, "article show", article="1")

    form = await room.ada.click(shown.response, label="Rename")
    (field,) = [part["component"]["custom_id"] for part in form.modal["components"]]
    renamed = await room.ada.submit_modal(form, {field: "Mars in 2029"})

    assert "### Mars in 2029" in text_of(renamed.response)
    assert "Kirill Dmitriev heads" in text_of(renamed.response)


async def test_an_article_s_text_is_not_escaped_on_the_event_loop(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long one would hold up everything else."""
    threads = []
    real = cards.text_pages

    def text_pages(*given: Any) -> list[str]:
        threads.append(threading.current_thread())
        return real(*given)

    monkeypatch.setattr(cards, "text_pages", text_pages)
    await room.add(room.ada)

    opened = await room.ben.slash(room.channel, "article show", article="1")

    assert "Kirill Dmitriev" in private_reply(opened)
    assert threads
    assert threading.main_thread() not in threads


async def test_the_ratings_of_answers_that_one_may_not_see_are_not_counted(room: Room) -> None:
    overwrites = {room.guild.default_role: UNSEEN, room.grace: SEEN}
    staff = room.guild.create_text_channel("staff", overwrites=overwrites)
    await room.grace.slash(staff, "article add", file=("mars.txt", MARS.encode()))
    answer = await room.grace.slash(staff, "ask", question="Who heads the Russian fund?")
    await room.grace.click(answer.response, label="👍")

    mine = await statistics(room.grace, staff)
    others = await statistics(room.ben, room.channel)

    assert "Helpful 1" in text_of(mine.response)
    assert "Helpful" not in private_reply(others)


async def test_the_statistics_count_thumbs_and_name_the_reasons_that_were_given(room: Room) -> None:
    await room.add(room.ada)
    answer = await room.ask(room.ben)
    await room.ada.click(answer.response, label="👎")
    figures = text_of((await statistics(room.ben, room.channel)).response)
    assert "👎 1" in figures
    assert "Something else" not in figures

    down = await room.ben.click(answer.response, label="👎 1")
    await room.ben.select(down.followups[-1], ["outdated"])
    figures = text_of((await statistics(room.ben, room.channel)).response)
    assert "👎 2 · Outdated 1" in figures
