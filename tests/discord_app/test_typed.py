"""Invisible characters in typed text and file names reach neither cards nor the library."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.discord_app.handlers.submitted_items import SubmittedItem, with_title
from bot.service.typed import clean_line, parse_tags
from tests.discord_app.conftest import Room, private_reply, text_of, texts, told
from tests.discord_app.test_adding import stored

pytestmark = pytest.mark.quick
INVISIBLE = "\u3164\u115f\u1160\uffa0\u2800\u034f\u180e\u200b\u202e\u00ad\u2066\U000e0041\u17b4"
TYPED = st.text(st.sampled_from(INVISIBLE + "\u200e\u061c ab:#,"), max_size=20)
BREAD = "Bread is baked at four in the morning."


@given(TYPED)
def test_a_typed_line_is_seen_whole_or_empty(typed: str) -> None:
    line = clean_line(typed)

    assert not set(line) & set(INVISIBLE)
    assert line == "" or regex.search(r"[^\s\p{Default_Ignorable_Code_Point}]", line)


def test_tags_of_nothing_that_is_seen_are_no_tags() -> None:
    assert parse_tags(f"{INVISIBLE}, \u200e, sp{INVISIBLE[:4]}ace") == ("space",)


@pytest.mark.parametrize("title", ["\u3164\u115f", "\u2800", "\u200e\u061c"])
def test_a_title_that_nobody_sees_is_none(title: str) -> None:
    (piece,) = with_title([SubmittedItem("bread.txt")], title)

    assert piece.name == "bread.txt"


async def test_the_card_of_progress_shows_a_typed_title_without_what_nobody_sees(
    room: Room,
) -> None:
    await room.ada.slash(
        room.channel,
        "article add",
        file=("b\u3164read.txt", BREAD.encode()),
        title="The\u202e B\u3164\u1160akery",
    )

    events = told(room, "MESSAGE_CREATE") + told(room, "MESSAGE_UPDATE")
    shown = ["\n".join(texts(event.get("components", []))) for event in events]
    assert len(list(filter(None, shown))) > 1, "no progress was shown"
    assert any("The Bakery" in card for card in shown)
    assert not any(set(card) & set("\u3164\u1160\u202e") for card in shown)
    (article,) = await stored(room)
    assert article.title == "The Bakery"


async def test_a_file_s_name_is_told_without_what_nobody_sees(room: Room) -> None:
    result = await room.ada.slash(
        room.channel,
        "article add",
        file=("pict\u3164\u202eure.png", b"\x89PNG\r\n"),
        file2=("bread.txt", BREAD.encode()),
    )

    assert "**picture.png**" in text_of(result.followups[-1])


async def test_an_article_is_not_renamed_to_what_nobody_sees(room: Room) -> None:
    added = await room.add(room.ada)
    form = await room.ada.click(added.response, label="Rename")

    field = form.modal["components"][0]["component"]["custom_id"]
    result = await room.ada.submit_modal(form, {field: "\u3164\u200e"})

    assert "A title can't be empty" in private_reply(result)
