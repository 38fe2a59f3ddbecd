"""Whatever a model writes, what is shown links nowhere and calls nobody."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.answer.writing.sanitize import sanitize
from tests.answer.harms import harms
from tests.steps import growth

GONE = "(address removed)"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        # links: the label stays
        ("See [the site](https://evil.com/x).", "See the site."),
        ('See [the site](https://evil.com "a title").', "See the site."),
        ("[a](<http://x y>) b", "a b"),
        ("[a](https://en.evil.com/b_(c)) d", "a d"),
        ("![picture](https://evil.com/x.png)", "picture"),
        ("[a[b](http://x)](http://y) c", "ab c"),
        ("[a](javascript:alert) b", "a b"),
        ("[a [b] c](http://x.com)", f"[a [b] c] ({GONE})"),
        ("[a] (http://x.com)", f"[a] ({GONE})"),
        ("[a][1] and\n[1]: http://evil.com", f"[a][1] and [1]: {GONE}"),
        ("ht[tp](x)s://evil.com", GONE),
        # addresses
        ("See https://evil.com.", f"See {GONE}."),
        ("(see https://evil.com/a?b=c#d)", f"(see {GONE})"),
        ("<https://evil.com>", GONE),
        ("HTTPS://EVIL.COM", GONE),
        ("http:/\u200b/evil.com", GONE),
        ("h\u200bttps://evil.com", GONE),
        ("https : // evil.com", GONE),
        ("https:\\\\evil.com", GONE),
        ("https\\://evil.com", GONE),
        ("xhttps://evil.com", GONE),
        ("https://пример.рф/x", GONE),
        ("https://1.2.3.4:80/x", GONE),
        ("ftp://evil.com, steam://run/1 and discord://x", f"{GONE}, {GONE} and {GONE}"),
        ("www.evil.com", GONE),
        ("evil.com/x?y", GONE),
        ("evil.com:8080/x", GONE),
        ("a.b.evil.co.uk/x", GONE),
        ("discord.gg/abc", GONE),
        ("discord.com/invite/abc", GONE),
        ("mailto:me@evil.com", GONE),
        # mentions
        ("Hi @everyone and @here!", "Hi everyone and here!"),
        ("@@everyone", "everyone"),
        ("@\u200beveryone @Everyone", "everyone Everyone"),
        ("@<@1>everyone", "everyone"),
        ("Hi <@1> <@!2> <@&3> in <#4>.", "Hi in ."),
        ("<<@1>@2>", ""),
        ("<:smile:1> <a:wave:2> </ask:3> <t:4:R> <id:guide>", ""),
        ("<me@evil.com> <+491234567>", "me@evil.com +491234567"),
        # signs that would be shown as signs
        ("**Bold** and ***both*** and `code`.", "Bold and both and code."),
        ("## A heading", "A heading"),
        ("> quoted", "quoted"),
        ("two\nlines\t here", "two lines here"),
        ("\ud83d\ude00 and \ud83d", "😀 and"),
        ("a\u202eb\x00c", "abc"),
    ],
)
def test_harmful_parts_are_removed_and_the_words_stay(written: str, shown: str) -> None:
    assert sanitize(written) == shown
    assert harms(sanitize(written)) == []


@pytest.mark.parametrize(
    "prose",
    [
        "It weighs 3.5 kg, e.g. at 5 p.m. in the U.S.",
        "Node.js, Booking.com and example.com are names.",
        "He uses Node.js/Express and TCP/IP in the U.S./U.K. and/or elsewhere.",
        "The data: 35 people; file: none; note: http is a protocol.",
        "It holds for p<0.05 and q>3, if a < b and c > d.",
        "2**3 is 8 and 2 * 3 * 4 is 24.",
        "He wrote “@ noon” to me@example.com, C# and #1.",
        "[sic] and […] and [2020] (see there).",
        "Everyone is here: 7:30, 1:2, 50/50, 24/7, 3/4.",
        "- an item_with_signs __init__ ~ $5 & more",
        "St.Petersburg/Leningrad",
        "甲是乙。هل هذا صحيح؟ नमस्ते 👩‍👩‍👧 é",
    ],
)
def test_ordinary_prose_is_unchanged(prose: str) -> None:
    assert sanitize(prose) == prose


PARTS = st.sampled_from(
    ["[", "]", "(", ")", "<", ">", "@", "everyone", "here", "http", "https", ":", "/", "//", "://",
     "evil.com", "www.", "#", "!", "&", "1", "123456", "a:", "t:", "id:", "/ask", "\u200b",
     "\ufeff", "\\", " ", "\n", "*", "**", "`", "_", "x", ".", "mailto:", "+", "discord.gg",
     "<@1>", "[a](b)", "steam", "-", '"', "'", "｜", "\ud800", "\udc00", "\u034f", "%", "]("]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(PARTS, max_size=40).map("".join))
@example("[[a](b)](c)")
@example("<@<@1>1>")
@example("h[t](x)tp://a")
def test_no_text_links_or_pings(text: str) -> None:
    assert harms(sanitize(text)) == []


@settings(deadline=None)
@given(st.text())
def test_sanitized_text_is_one_line_and_stays_the_same(text: str) -> None:
    shown = sanitize(text)
    assert shown == " ".join(shown.split())
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert harms(shown) == []


@pytest.mark.parametrize(
    "unit", ["[a](http://", "<@", "a.b/", "[", "](", "[(", "[a](b(c)", "www.", "</", "<a:", "`",
             "**", "[](()", "@", "a:", "://", "a@"]
)  # fmt: skip
def test_every_sentence_takes_linear_time(unit: str) -> None:
    def work(size: int) -> None:
        sanitize((unit * size)[:size])

    assert growth(work, 250) < 6
    work(200_000)  # hours if an expression is quadratic
