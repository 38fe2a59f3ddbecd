"""What normalising drops and keeps, that it is a fixed point, and how titles are made."""

from __future__ import annotations

import unicodedata

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text.normalize import MARKS_IN_A_RUN, TITLE_CHARACTERS, UNTITLED, make_title, normalize
from tests.steps import growth

NASTY = st.text(
    st.one_of(
        st.sampled_from(
            "a eE\u0301\u0323\u0308\u0344\u0338\u093c\u094d\u0915\u09c7\u09be"
            "\u0627\u0653\u0628\u064b"
            "\u200b\u200c\u200d\u2060\ufeff\ufe00\ufe0e\ufe0f\U000e0100\u20e31#"
            "\u2194☺👩🏽🌈🏳\u1100\u1161\u11a8\u212b\u2329\ufb2c\uf900\u0f73"
            "\n\r\t\x0b\x0c\x85\u2028\u2029 \xa0\x00\x1c\x7f\x9f\xad\u202e\u2066\u200e\u061c"
            "\u034f\u05d9\u05b7\u05b4\u180b\u180e\u180f\u1820\u1828\u115f\u1160\u3164\u2800\u17b4"
            "\ufdd0\uffff\ud800\udfff\U000e0041\U0001fffe\U0010ffff"
        ),
        st.characters(),
    ),
    max_size=40,
)
KEPT = {
    "a Persian joiner": "می\u200cخواهم",
    "an Indic joiner at the end of a word": "ত\u09cd\u200d",
    "a family": "👩\u200d👩\u200d👧",
    "a skin tone and a job": "👩🏽\u200d🚀",
    "a job at the start": "👩\u200d🚀",
    "a skin tone that begins a text": "🏽\u200d🚀",
    "a flag with a selector": "🏳\ufe0f\u200d🌈",
    "a keycap": "1\ufe0f\u20e3",
    "a heart in text style": "❤\ufe0e",
    "a flag of two letters": "🇫🇷",
    "two points on a Hebrew letter": "ירושל\u05b7\u034f\u05b4ם",
    "a Mongolian form": "ᠨ\u180b",
    "a Mongolian vowel apart": "ᠨ\u180b\u180eᠠ ᠭ\u180eᠠ",
    "old Hangul": "ᄒ\u119eᆫ",
    "direction marks": "שלום\u200f (abc\u200e)",
    "tabs and spaces": "a\tb  c \n\n\n d",
}
DROPPED = {
    "nul": ("a\x00b", "ab"),
    "controls": ("a\x08\x1b\x7f\x9bb", "ab"),
    "lone surrogates": ("a\ud83db", "ab"),
    "zero-width space": ("a\u200bb\ufeff\u2060", "ab"),
    "a joiner between Latin letters": ("a\u200db\u200cc", "abc"),
    "a joiner after a joiner": ("ب\u200c\u200cب", "ب\u200cب"),
    "a dangling emoji joiner": ("👩\u200d x", "👩 x"),
    "tags": ("a\U000e0041\U000e007fb", "ab"),
    "overrides and isolates": ("a\u202eb\u202c\u2066c\u2069", "abc"),
    "selectors on letters": ("a\ufe0fb\ufe01\U000e0100", "ab"),
    "noncharacters": ("a\ufffe\uffff\ufdd0\U0001ffffb", "ab"),
    "soft hyphen": ("co\xadoperate", "cooperate"),
    "a letter and its accent": ("e\u200d\u0301", "é"),
    "Hangul fillers": ("a\u3164\u115f\u1160\uffa0b", "ab"),
    "a grapheme joiner in Latin": ("a\u034fb", "ab"),
    "Mongolian selectors in Latin": ("a\u180b\u180e\u180fb", "ab"),
    "a Mongolian selector after another": ("ᠨ\u180b\u180c\u180e\u180b\u180e", "ᠨ\u180b"),
    "Khmer inherent vowels": ("ក\u17b4\u17b5", "ក"),
    "controls of shorthand and of scores": ("a\U0001bca0\U0001d173b", "ab"),
    "ignorable and not assigned": ("a\u2065\ufff0\U000e01f0\U000e0fffb", "ab"),
    "braille without a dot": ("⠓\u2800⠊", "⠓ ⠊"),
    "windows line ends": ("a\r\nb\rc", "a\nb\nc"),
    "unicode line ends": ("a\x85b\u2028c\u2029d", "a\nb\nc\n\nd"),
    "page breaks": ("a\x0cb\x0bc", "a\nb\nc"),
    "a split line end": ("a\r\x00\nb", "a\nb"),
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_what_carries_meaning_stays(text: str) -> None:
    assert normalize(text) == text


@pytest.mark.parametrize(("text", "clean"), DROPPED.values(), ids=DROPPED)
def test_what_is_forbidden_goes(text: str, clean: str) -> None:
    assert normalize(text) == clean


def test_nothing_that_is_drawn_as_nothing_stays_among_latin_letters() -> None:
    """Marks of direction stay: they are spelling in Hebrew and Arabic."""
    every = regex.findall(r"\p{Default_Ignorable_Code_Point}", "".join(map(chr, range(0x110000))))

    kept = {char for char in every if normalize(f"a{char}b") != "ab"}

    assert len(every) > 4_000
    assert kept == set("\u061c\u200e\u200f")


@settings(deadline=None)
@given(NASTY)
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalize(text)
    assert normalize(once) == once
    assert unicodedata.is_normalized("NFC", once)


@settings(deadline=None)
@given(NASTY, NASTY)
def test_blocks_joined_by_a_blank_line_are_normal(first: str, second: str) -> None:
    joined = normalize(first) + "\n\n" + normalize(second)
    assert normalize(joined) == joined


@settings(deadline=None)
@given(st.text(st.sampled_from("a\u0301\u0323\u0344\u200d\u200cب\u064b"), min_size=60))
def test_normalising_long_runs_of_marks_twice_changes_nothing(text: str) -> None:
    once = normalize(text)
    assert normalize(once) == once


@settings(deadline=None)
@given(NASTY)
def test_normal_text_can_be_stored_as_utf8(text: str) -> None:
    normalize(text).encode()


def test_runs_of_marks_are_capped() -> None:
    assert normalize("a" + "\u0489" * 100 + "b") == "a" + "\u0489" * MARKS_IN_A_RUN + "b"


@pytest.mark.parametrize(
    "text",
    [
        "a",
        " ",
        "\n",
        "\u200d",
        "\u0301\u0323",
        "ب\u200c\u0301",
        "👩\u200d",
        "\u0301\u200d",
        "\ufe0f",
    ],
)
def test_normalising_a_monotonous_text_takes_linear_time(text: str) -> None:
    assert growth(lambda size: normalize(text * size), 1_000) < 6
    normalize(text * (400_000 // len(text)))  # hours if an expression is quadratic


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("", UNTITLED),
        (" \n\t\n", UNTITLED),
        ("\u200b\x00", UNTITLED),
        ("\u3164\u2800\u115f\n\u200e\nThe plan", "The plan"),
        ("---\n# A plan \n\nText", "A plan"),
        ("  A   title\nand more", "A title"),
        ("#metoo in 2017", "#metoo in 2017"),
        ("word " * 30, "word " * 14 + "word word…"[:9] + "…"),
        ("a" * 200, "a" * 79 + "…"),
        ("e\u0301" * 50, "é" * 50),
        ("标题\n正文", "标题"),
    ],
)
def test_a_title_is_the_first_line_with_a_word(text: str, title: str) -> None:
    assert make_title(text) == title


@settings(deadline=None)
@given(NASTY | st.text(min_size=60))
def test_a_title_is_short_and_never_empty(text: str) -> None:
    title = make_title(text)
    assert 0 < len(title) <= TITLE_CHARACTERS
    assert title == title.strip()
    assert "\n" not in title


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("a" * 80, "a" * 80),
        ("a" * 81, "a" * 79 + "…"),
        ("word " * 16, "word " * 15 + "word"),  # 79 characters
        ("x" + "word " * 16 + "b", "x" + "word " * 14 + "word…"),
        ("a" * 78 + " bc de", "a" * 78 + "…"),
        ("a" * 79 + " b", "a" * 79 + "…"),
        ("a" * 78 + ", bcd", "a" * 78 + "…"),
        ("a" * 78 + "e\u0323\u0302x", "a" * 78 + "\u1ec7x"),
        ("a" * 78 + "x\u0323\u0302yz", "a" * 78 + "…"),
        ("###### Mars", "Mars"),
        ("####### Mars", "####### Mars"),
        ("Learning C# today", "Learning C# today"),
        ("...\n\n  Mars   is cold ", "Mars is cold"),
        ("…\n—", UNTITLED),
        (" " * 5_000 + "Mars", "Mars"),
    ],
)
def test_a_title_is_cut_at_a_word_and_at_eighty_characters(line: str, title: str) -> None:
    assert make_title(line) == title
