"""Untrusted text never becomes an invite on a card. Otherwise articles could put buttons that lead
to foreign servers into every server."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer_records import Answer, AnswerSentence, CitedPassage
from bot.discord_app.buttons import ListView
from bot.discord_app.cards import adding, answers, articles, library, passages, progress, removing
from bot.discord_app.markdown import escape, link, one_line
from bot.records import Hit, SearchResult
from tests.discord_app.test_cards import article, citation, passage

# What Discord's client makes a card of, with or without https:// before it.
DETECTED = re.compile(
    r"(?i)(?:discord\.(?:gg|new|gift)|dsc\.gg|discord(?:app)?\.com[/\\]+(?:invite|template|gifts))"
    r"[/\\]+[\w-]+"
)
WRITTEN = {
    "plain": "discord.gg/abc",
    "with a scheme": "https://discord.gg/abc",
    "with a site before it": "www.discord.gg/abc",
    "a test client's": "canary.discord.com/invite/abc",
    "long": "discord.com/invite/abc",
    "of old": "discordapp.com/invite/abc",
    "shortened": "dsc.gg/abc",
    "in capitals": "DISCORD.GG/abc, DiScOrD.cOm/InViTe/abc",
    "a template": "discord.new/abc",
    "a gift": "discord.gift/abc or discord.com/gifts/abc",
    "backslashes": "discord.gg\\abc discord.com\\invite\\abc",
    "many slashes": "discord.gg//abc",
    "behind a word": "joindiscord.gg/abc",
    "in bold": "**discord.gg/abc**",
    "as a label": "[here](discord.gg/abc)",
    "over two lines": "Join\ndiscord.gg/abc\nnow",
}
HIDDEN = "\u200c\u200d\u2060\ufeff\u00ad\u034f\u3164\u180e\ufe0f"


def seen(text: str) -> str:
    """The raw text of a message as Discord sees it, without markdown escapes."""
    return re.sub(r"\\([\\*_~|`\[\]<>])", r"\1", text)


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_quoted_text_is_no_invitation(text: str) -> None:
    assert DETECTED.search(text)

    for shown in (escape(text), one_line(text), link(text, None)):
        assert not DETECTED.search(shown)
        assert not DETECTED.search(seen(shown))
        assert seen(shown).replace("\u200b", "").split() == text.split()


@given(st.lists(st.text(HIDDEN, max_size=2), min_size=15, max_size=15))
def test_what_nobody_sees_inside_an_invitation_saves_none(hidden: list[str]) -> None:
    """Removing invisible characters does not create an invite either."""
    text = "".join(char + mark for char, mark in zip("discord.gg/abcd", hidden, strict=True))

    assert not DETECTED.search(escape(text))
    assert not DETECTED.search(re.sub(f"[{HIDDEN}]", "", escape(text)))


def test_other_text_about_discord_is_left_as_it_is() -> None:
    text = "Discord.com says that discord.gg is short: see discord.py and disc.gg/x"

    assert escape(text) == text


@pytest.mark.parametrize(
    "address",
    [
        "https://discord.gg/abc",
        "http://DISCORD.gg/abc",
        "https://www.discord.gg/abc#:~:text=x",
        "https://ptb.discord.com/invite/abc",
        "https://discordapp.com:443/invite/abc",
        "https://dsc.gg/abc",
        "https://discord.gift/abc",
        "https://someone@discord.gg/abc",
    ],
)
def test_an_invitation_as_an_address_is_not_linked(address: str) -> None:
    assert link("Title", address) == "Title"


@pytest.mark.parametrize(
    "address",
    [
        "https://discord.com/channels/1/2/3",
        "https://discord.com/invitefriends",
        "https://example.org/discord.gg/abc",
        "https://notdiscord.gg.example.org/abc",
    ],
)
def test_other_addresses_are_linked(address: str) -> None:
    assert link("Title", address) == f"[Title](<{address}>)"


def every_card(text: str) -> list[Any]:
    """Cards with the text in every place for untrusted text."""
    cited = citation(1, text, text, "https://discord.gg/abc")
    around = f"{text} {text} {text}"
    cited = replace(cited, start=len(text) + 1, end=2 * len(text) + 1)
    opened = CitedPassage(cited, text, around, 0, "2025-01-01", 3)
    answer = Answer(text, True, "model", (AnswerSentence(text, (1,)),), (cited,), note=text, id=1)
    near = passage(text, text)
    refused = Answer(text, False, "quotes", nearest=(Hit(near, 1.0, 1.0, 1.0),))
    stored = article(1, text)
    return [
        answers.answer_cards(answer, within=one_line(text)).first,
        answers.answer_cards(refused).first,
        progress.searching_card(text, SearchResult((), 0.1, 3)),
        progress.writing_card(text, answer.sentences),
        passages.passage_card(1, opened, stored),
        adding.added_card(stored),
        library.list_card([stored], 1, ListView(title_part=text, tag=text)),
        articles.article_card(stored, [escape(text)], 0, summary=text, may_change=True),
        adding.progress_card([adding.ProgressLine(text)]),
        adding.progress_card([adding.ProgressLine(text), adding.ProgressLine(text)]),
        adding.not_stored_card([adding.ProgressLine(text, error="No.")]),
        removing.confirm_card(stored, [], may_erase=True),
        removing.removed_card(stored, 0),
        removing.confirm_erasing_card(stored, []),
    ]


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_no_card_shows_an_invitation(text: str) -> None:
    for view in every_card(text):
        shown = [item.content for item in view.walk_children() if hasattr(item, "content")]
        assert shown
        assert not any(DETECTED.search(part) or DETECTED.search(seen(part)) for part in shown)
