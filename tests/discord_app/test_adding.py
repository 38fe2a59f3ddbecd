"""Adding articles: several at once, the form, a message's menu, and the buttons on the card."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.discord_app.handlers.item_jobs import MAX_ITEMS
from bot.records import Article, Scope
from bot.service.add import event_part_id, urls_in
from tests.discord_app.conftest import MARS, Room, filled, labels, private_reply, text_of, told
from tests.ingest.test_mail import attach, message

pytestmark = pytest.mark.quick

BREAD = "Baking\n\nBread is baked at four in the morning."
TEA = "Tea\n\nTea is poured at five in the afternoon."


async def stored(room: Room) -> list[Article]:
    async with room.app.store.library(str(room.guild.id)) as library:
        return await library.articles.select(Scope(str(room.guild.id)), sort="oldest")


async def test_several_files_come_on_one_card(room: Room) -> None:
    result = await room.ada.slash(
        room.channel,
        "article add",
        file=("mars.txt", MARS.encode()),
        file2=("bread.txt", BREAD.encode()),
        file3=("tea.txt", TEA.encode()),
        tags="Daily, #food",
    )

    card = text_of(result.response)
    assert "3 of 3 articles added" in card
    assert card.count("✓") == 3
    assert [article.tags for article in await stored(room)] == [("daily", "food")] * 3
    cards = {article.message_link for article in await stored(room)}
    assert cards == {result.response.message.jump_url}


async def test_what_is_attached_to_a_mail_comes_on_its_card(room: Room) -> None:
    mail = message("The plan is attached.", "The harbour")
    attach(mail, BREAD.encode(), "bread.txt", "text/plain")
    attach(mail, b"%PDF-1.4 broken", "plan.pdf", "application/pdf")

    result = await room.ada.slash(room.channel, "article add", file=("a.eml", mail.as_bytes()))

    card = text_of(result.response)
    assert "2 of 3 articles added" in card
    assert [article.title for article in await stored(room)] == ["The harbour", "Baking"]
    assert "plan.pdf" in text_of(result.followups[-1])
    async with room.app.store.library(str(room.guild.id)) as library:
        assert await library.jobs.undisplayed() == []


async def test_one_that_fails_stops_no_other_and_says_why(room: Room) -> None:
    result = await room.ada.slash(
        room.channel,
        "article add",
        file=("picture.png", b"\x89PNG\r\n"),
        file2=("bread.txt", BREAD.encode()),
    )

    assert "1 of 2 articles added" in text_of(result.response)
    why = text_of(result.followups[-1])
    assert result.followups[-1].ephemeral
    assert "picture.png" in why
    assert "This is a picture" in why
    assert len(await stored(room)) == 1


async def test_when_all_fail_nothing_is_said_in_public(room: Room) -> None:
    result = await room.ada.slash(
        room.channel, "article add", file=("a.png", b"\x89PNG\r\n"), file2=("b.txt", b"")
    )

    why = private_reply(result)
    assert "This is a picture" in why
    assert "I found no readable text" in why
    assert await stored(room) == []


async def test_an_article_opens_from_the_card_of_several(room: Room) -> None:
    result = await room.ada.slash(
        room.channel, "article add", file=("b.txt", BREAD.encode()), file2=("t.txt", TEA.encode())
    )

    opened = await room.ben.select(result.response, ["2"])

    assert "Tea is poured" in private_reply(opened)


async def test_the_form_takes_files_and_a_text_at_once(room: Room) -> None:
    shown = await room.ada.slash(room.channel, "article add")
    files = [("bread.txt", BREAD.encode()), ("mars.txt", MARS.encode())]
    result = await room.ada.submit_modal(
        shown, filled(shown, {"Files": files, "Text": TEA, "Title": "Five", "Tags": "home"})
    )

    assert "3 of 3 articles added" in text_of(result.response)
    articles = await stored(room)
    assert {article.tags for article in articles} == {("home",)}
    assert {article.title for article in articles} >= {"Baking", "Five"}


async def test_an_empty_form_is_told_what_to_give(room: Room) -> None:
    shown = await room.ada.slash(room.channel, "article add")
    result = await room.ada.submit_modal(shown, {})

    assert "nothing to add here" in private_reply(result)


async def test_a_message_is_added_with_its_author_and_its_place(room: Room) -> None:
    message = await room.ben.send(room.channel, "The harbour of Aldwick was dredged in 1931.")

    result = await room.ada.context_menu(room.channel, "Add to library", message)

    (article,) = await stored(room)
    assert "was added." in text_of(result.response)
    assert (article.author, article.url) == ("ben", message.jump_url)
    assert article.submitter.name == "ada"
    assert article.published is not None


async def test_a_message_s_files_are_added_instead_of_its_text(room: Room) -> None:
    message = await room.ben.send(
        room.channel, "Look at this!", attachments=[("bread.txt", BREAD.encode())]
    )

    await room.ada.context_menu(room.channel, "Add to library", message)

    assert [article.title for article in await stored(room)] == ["Baking"]


async def test_a_message_s_links_are_fetched(room: Room) -> None:
    message = await room.ben.send(room.channel, "See http://127.0.0.1/secret (and more)")

    result = await room.ada.context_menu(room.channel, "Add to library", message)

    assert "public internet" in private_reply(result)
    assert await stored(room) == []


async def test_more_than_may_come_at_once_is_said_to_be_left_out(room: Room) -> None:
    links = " ".join(f"http://127.0.0.1/{i}" for i in range(MAX_ITEMS + 3))
    message = await room.ben.send(room.channel, links)

    result = await room.ada.context_menu(room.channel, "Add to library", message)

    assert "the last 3 weren't added" in private_reply(result)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://a.org/b.", ["https://a.org/b"]),
        ("(https://a.org/b_(c))", ["https://a.org/b_(c)"]),
        ("<https://a.org> and https://a.org, https://b.org!", ["https://a.org", "https://b.org"]),
        ("[x](https://a.org/y)", ["https://a.org/y"]),
        ("no address: http:// here", []),
    ],
)
def test_addresses_are_found_in_what_people_write(text: str, found: list[str]) -> None:
    assert urls_in(text) == found


async def test_the_card_offers_what_comes_next(room: Room) -> None:
    result = await room.add(room.ada)

    offered = list(labels(result.response.components))
    assert offered[-5:] == ["Open", "Summarise", "Rename", "Tags", "Remove"]
    assert all("?" in question for question in offered[:-5])
    opened = await room.ben.click(result.response, label="Open")
    assert "Kirill Dmitriev heads" in private_reply(opened)
    assert "jump to message" in private_reply(opened)


async def change(room: Room, who: Any, card: Any, label: str, line: str) -> Any:
    shown = await who.click(card, label=label)
    (field,) = [part["component"]["custom_id"] for part in shown.modal["components"]]
    return await who.submit_modal(shown, {field: line})


async def test_an_article_is_renamed_and_tagged_from_its_card(room: Room) -> None:
    added = await room.add(room.ada)

    renamed = await change(room, room.ada, added.response, "Rename", "  Mars   in 2029 ")
    tagged = await change(room, room.grace, added.response, "Tags", "Space, #Russia,space,")

    assert "Mars in 2029" in text_of(renamed.response)
    assert "\\#russia" in text_of(tagged.response)
    (article,) = await stored(room)
    assert (article.title, article.tags) == ("Mars in 2029", ("russia", "space"))


async def test_nothing_hidden_gets_into_titles_and_tags(room: Room) -> None:
    added = await room.add(room.ada)

    renamed = await change(room, room.ada, added.response, "Rename", "Ma\u200brs\u202e\ud800 now")
    await change(room, room.ada, added.response, "Tags", "sp\u2066ace, \u200b, a:b")

    (article,) = await stored(room)
    assert article.title == "Mars now"
    assert article.tags == ("a b", "space")
    assert "Mars now" in text_of(renamed.response)


@pytest.mark.parametrize("label", ["Rename", "Tags", "Remove"])
async def test_who_may_not_change_it_is_told_so(room: Room, label: str) -> None:
    added = await room.add(room.ada)

    pressed = await room.ben.click(added.response, label=label)

    assert pressed.modal is None
    assert re.match("You can't (change|remove) this article", private_reply(pressed))


async def test_the_same_event_twice_is_one_article(room: Room) -> None:
    before = len(room.env.http_requests)
    await room.add(room.ada)

    room.env.backend.emit("INTERACTION_CREATE", told(room, "INTERACTION_CREATE")[-1])
    await room.env.settle()

    assert len(await stored(room)) == 1
    sent = [r for r in room.env.http_requests[before:] if r.path.endswith("/callback")]
    assert len(sent) == 2


def test_the_parts_of_an_event_have_ids_of_their_own() -> None:
    first, second = 1_456_074_443_980_800_017, 1_456_074_443_980_800_018
    ids = [event_part_id(event, part) for event in (first, second) for part in range(10)]

    assert len(set(ids)) == 20
    assert event_part_id(first, 0) == first
    assert all(-(2**63) <= i < 2**63 for i in ids)
    assert ids[1:10] == [event_part_id(first, part) for part in range(1, 10)]
