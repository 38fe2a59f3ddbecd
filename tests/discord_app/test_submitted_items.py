"""What a message contains to add: links, embeds of feeds, forwarded messages, polls."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import discord
import pytest

from bot.discord_app.handlers.submitted_items import SubmittedItem, items_in_message
from bot.records import Article, Scope
from bot.service.add import urls_in
from tests.discord_app.conftest import Room, text_of

pytestmark = pytest.mark.quick

A, B = "https://a.example/x", "https://b.example/y"


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        (f"`{A}`", [A]),
        (f"```{A}```", [A]),
        (f"「{A}」を読む", [A]),
        (f"『{A}』、{B}。", [A, B]),
        (f"（{A}）", [A]),
        (f"见{A}，还有{B}！", [A, B]),
        (f"{A}\u200b and {B}\ufeff", [A, B]),
        (f"{A}\u2060.", [A]),
        (f"{A},{B}", [A, B]),
        (f"{A};{B};", [A, B]),
        (f"{A}, {B}.", [A, B]),
        (f"“{A}” ‘{B}’ «{A}/z»", [A, B, f"{A}/z"]),
        (f"**{A}** ~~{B}~~", [A, B]),
        (f"[{A}]", [A]),
        (f"<{A}>", [A]),
        (f"||{A}||", [A]),
        (f"({A})", [A]),
        ("https://a.example/w_(b)", ["https://a.example/w_(b)"]),
        (f"https://archive.example/2020/{A}", [f"https://archive.example/2020/{A}"]),
        ("https://a.example/a,b", ["https://a.example/a,b"]),
        ("https://a.example/日本語/é", ["https://a.example/日本語/é"]),
    ],
)
def test_an_address_is_cut_where_it_ends(text: str, urls: list[str]) -> None:
    assert urls_in(text) == urls


def feed(url: str | None = None, *, description: str = "The sluice was repaired.") -> discord.Embed:
    embed = discord.Embed(
        title="Sluice opens",
        description=description,
        url=url,
        timestamp=datetime(2026, 3, 4, 9, tzinfo=UTC),
    )
    return embed.set_author(name="Oona Varga").add_field(name="Cost", value="900 crowns")


class FeedMessage:
    """A message as a feed's bot posts it."""

    content = ""
    attachments = ()
    message_snapshots = ()
    poll = None
    reference = None
    jump_url = "https://discord.com/channels/1/2/3"
    created_at = datetime(2026, 3, 5, tzinfo=UTC)

    def __init__(self, *embeds: discord.Embed, content: str = ""):
        self.embeds, self.content = embeds, content
        self.author = type("Author", (), {"display_name": "feedbot"})()


def items(*embeds: discord.Embed, content: str = "") -> list[SubmittedItem]:
    return items_in_message(FeedMessage(*embeds, content=content))  # type: ignore[arg-type]


def test_an_embed_is_its_link_and_if_that_fails_what_it_shows() -> None:
    (item,) = items(feed(A))
    assert (item.source, item.data) == (A, None)
    shown = item.fallback
    assert shown is not None
    assert shown.data == "Sluice opens\n\nThe sluice was repaired.\n\nCost: 900 crowns"
    assert (shown.title, shown.author, shown.url) == ("Sluice opens", "Oona Varga", A)
    assert shown.published == "2026-03-04"


def test_an_embed_without_a_link_is_what_it_shows() -> None:
    (item,) = items(feed())
    assert str(item.data).startswith("Sluice opens")
    assert item.url == FeedMessage.jump_url


def test_each_embed_is_one_item_and_an_empty_one_is_none() -> None:
    assert [item.source for item in items(feed(A), feed(B), discord.Embed(url=A))] == [A, B]


def test_words_above_an_embed_are_kept_and_links_in_them_come_first() -> None:
    (item,) = items(feed(), content="News from the canal")
    assert str(item.data).startswith("News from the canal\n\nSluice opens")
    (link,) = items(feed(A), content=f"See {B}")
    assert link.source == B


async def stored(room: Room) -> list[Article]:
    async with room.app.store.library(str(room.guild.id)) as library:
        return await library.articles.select(Scope(str(room.guild.id)), sort="oldest")


async def test_an_embed_whose_link_cannot_be_read_is_stored_with_its_link(room: Room) -> None:
    hook = room.guild.create_webhook(room.channel, "feed")
    message = await hook.send(embed=feed("http://127.0.0.1/sluice"))
    result = await room.ada.context_menu(room.channel, "Add to library", message)
    (article,) = await stored(room)
    assert (article.title, article.author) == ("Sluice opens", "Oona Varga")
    assert (article.published, article.url) == ("2026-03-04", "http://127.0.0.1/sluice")
    assert "public internet" in text_of(result.response)


async def test_a_forwarded_message_is_its_authors_and_of_its_day(room: Room) -> None:
    original = await room.ben.send(room.channel, "The harbour of Aldwick was dredged in 1931.")
    await room.env.advance_time(3 * 24 * 3600)
    forwarded = await room.ada.forward(original, room.channel)
    await room.ada.context_menu(room.channel, "Add to library", forwarded)
    (article,) = await stored(room)
    assert article.author == "ben"
    assert article.published == original.created_at.date().isoformat()
    assert article.published != forwarded.created_at.date().isoformat()


def test_a_forwarded_message_of_an_unknown_author_is_not_the_forwarders() -> None:
    message = FeedMessage()
    snapshot = FeedMessage(content="The harbour was dredged.")
    snapshot.created_at = datetime(2025, 1, 2, tzinfo=UTC)
    message.message_snapshots = (snapshot,)  # type: ignore[assignment]
    (item,) = items_in_message(message)  # type: ignore[arg-type]
    assert (item.author, item.published) == (None, "2025-01-02")
    assert "feedbot" not in item.source


def test_a_poll_is_text() -> None:
    poll = discord.Poll("When do we meet?", timedelta(hours=4))
    poll.add_answer(text="Monday").add_answer(text="Friday")
    message = FeedMessage()
    message.poll = poll  # type: ignore[assignment]
    (item,) = items_in_message(message)  # type: ignore[arg-type]
    assert item.data == "Poll: When do we meet?\n\n- Monday: 0 votes\n- Friday: 0 votes"
