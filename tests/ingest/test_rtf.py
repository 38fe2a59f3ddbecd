"""RTF: characters of all charsets, structure, and what nobody sees."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ArticleRefused, DamagedDocument
from bot.ingest.extract.document import Document
from bot.ingest.extract.extract import extract
from bot.ingest.extract.rtf.rtf import read_rtf
from bot.structure import Structure
from bot.text.normalize import normalize

HEAD = (
    r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss Arial;}{\f1\fcharset204 Arial Cyr;}"
    r"{\f2\fcharset128 MS Mincho;}}{\colortbl;\red255\green255\blue255;\red20\green20\blue90;}"
    r"{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}{\s2 heading 2;}}"
)


def read(body: str) -> Document:
    return extract(f"{HEAD}{body}}}".encode("latin-1"), "a.rtf")


CHARACTERS = {
    "bytes of the code page": (r"Caf\'e9 \'8450\'94", "Café „50”"),
    "bytes of another font": (r"\f1 \'cf\'f0\'e8\'e2\'e5\'f2\f0", "Привет"),
    "two bytes for one sign": (r"\f2 \'93\'fa\'96\'7b\f0", "日本"),
    "Unicode with a fallback": (r"A\u8212?B\uc0\u8364 C", "A—B€C"),
    "Unicode beyond 16 bits": (r"A\u-10179?\u-8704?", "A😀"),
    "a fallback of two bytes": (r"\uc2\u26085\'93\'faX", "日X"),
    "named signs": (r"\ldblquote a\rdblquote\emdash b\~c\_d\{e\}", "“a”—b\u00a0c\u2011d{e}"),
    "a line and a tab": (r"a\line b\tab c", "a\nb\tc"),
}


@pytest.mark.parametrize(("body", "text"), CHARACTERS.values(), ids=CHARACTERS.keys())
def test_characters(body: str, text: str) -> None:
    assert read(body).text == text


def test_headings_come_from_the_styles() -> None:
    document = read(r"\pard\s1 The ferry\par\pard Words.\par\pard\s2 Times\par\pard More.\par")
    levels = [(block.kind, block.level) for block in document.blocks if block.kind == "heading"]
    assert [mark.value for mark in document.headings] == ["The ferry", "Times"]
    assert levels == [("heading", 1), ("heading", 2)]


def test_lists_keep_their_numbers() -> None:
    document = read(
        r"\pard Bring:\par{\listtext 1.\tab}\ilvl0 A lead\par{\listtext 2.\tab}A towel\par"
        r"\pard After.\par"
    )
    assert document.text == "Bring:\n\n1. A lead\n2. A towel\n\nAfter."
    assert [block.kind for block in document.blocks] == [
        *("list", "lead_in", "list_item", "list_item", "paragraph"),
    ]


def test_a_row_knows_its_header() -> None:
    rows = r"\trowd\cellx99\intbl Port\cell Tonnes\cell\row\intbl Selby\cell 640\cell\row\pard "
    document = read(rf"{rows}After.\par")
    at = document.text.index("Selby")
    above = [document.text[r.start : r.end] for r in Structure(document.blocks).context_of(at)]
    assert document.text == "Port | Tonnes\nSelby | 640\n\nAfter."
    assert above == ["Port | Tonnes"]


def test_notes_are_marked_and_appended() -> None:
    document = read(r"Six boats{\super\chftn{\footnote \chftn Two new.\par}} landed.\par")
    assert document.text == "Six boats[1] landed.\n\n[1] Two new."


HIDDEN = {
    "hidden": r"{\v Ignore all}",
    "deleted": r"{\deleted Ignore all}",
    "white": r"{\cf1 Ignore all}",
    "tiny": r"{\fs2 Ignore all}",
    "as its ground": r"{\cf2\chcbpat2 Ignore all}",
}


@pytest.mark.parametrize("run", HIDDEN.values(), ids=HIDDEN.keys())
def test_letters_that_nobody_can_see_stay_out(run: str) -> None:
    document = read(rf"Seen.{run}\par")
    assert document.text == "Seen."
    assert document.notes == ("9 hidden characters were left out.",)


def test_hidden_text_ends_where_it_says() -> None:
    assert read(r"\v no\v0 yes {\v no} yes \v no\plain yes").text == "yes  yes yes"


def test_white_letters_on_a_dark_cell_or_paragraph_are_read() -> None:
    assert read(r"\pard\cbpat2\cf1 Seen.\par").text == "Seen."
    row = r"\trowd\clcbpat2\cellx99\intbl\cf1 Port\cell\row"
    assert read(rf"{row}\pard\cf0 x\par").text == "Port\n\nx"


def test_what_is_left_out_is_said() -> None:
    document = read(
        r"{\header Draft of May\par}{\*\annotation Really?}Words.{\pict\pngblip 89504e47}"
        r"{\object\objemb{\*\objdata 0102}{\result{\pict 00}}}{\*\shppict{\pict 00}}\par"
    )
    assert document.text == "Words."
    assert document.notes == (
        "Left out: 3 pictures, 1 embedded file, 1 comment.",
        "Left out from the top and bottom of each page: “Draft of May”.",
    )


def test_title_and_author() -> None:
    document = read(r"{\info{\title Ferry plan}{\author Nora Feld}{\company X}}Words.\par")
    assert (document.title, document.author) == ("Ferry plan", "Nora Feld")
    assert document.text == "Words."


DAYS = r"{\info{\creatim\yr%d\mo3\dy5\hr9}{\revtim\yr2026\mo4\dy1}}"


@pytest.mark.parametrize(
    ("body", "date"),
    [
        (DAYS % 2026 + r"Words.\par", ("2026-03-05", "file")),
        (DAYS % 2026 + r"Published: 4 May 2026\par Words.\par", ("2026-05-04", "published")),
        (DAYS % 2020 + r"Words.\par", (None, "published")),  # a template's
        (r"{\info{\revtim\yr2026\mo4\dy1}}Words.\par", (None, "published")),  # only saved
        (r"{\info{\creatim\yr0\mo0\dy0}}Words.\par", (None, "published")),
        (r"{\info{\creatim\yr-20\mo99\dy99999}}Words.\par", (None, "published")),
    ],
)
def test_the_day_on_which_the_file_was_begun_comes_last(
    body: str, date: tuple[str | None, str]
) -> None:
    document = read(body)
    assert (document.published, document.date_kind) == date
    assert "2026" not in document.text.replace("4 May 2026", "")


def test_fields_show_their_result() -> None:
    field = r'{\field{\*\fldinst HYPERLINK "https://x.example"}{\fldrslt our page}}'
    assert read(rf"See {field}.\par").text == "See our page."


def test_binary_data_is_skipped_by_its_length() -> None:
    assert read(r"A{\pict\bin5 }}\{x}B").text == "A B"


def test_a_million_braces_are_refused() -> None:
    with pytest.raises(DamagedDocument, match="RTF"):
        extract(b"{\\rtf1" + b"{" * 1_000_000, "a.rtf")


@given(st.binary(max_size=200))
def test_no_bytes_stop_the_reader(data: bytes) -> None:
    with suppress(ArticleRefused):
        read_rtf(b"{\\rtf1 " + data)


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=50))
def test_any_text_comes_back(text: str) -> None:
    units = text.encode("utf-16-le")
    numbers = [
        int.from_bytes(units[i : i + 2], "little", signed=True) for i in range(0, len(units), 2)
    ]
    body = "".join(f"\\u{number}?" for number in numbers)
    assert read_rtf(f"{HEAD}{body}}}".encode()).text == normalize(text).strip()
