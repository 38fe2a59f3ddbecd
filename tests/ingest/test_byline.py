"""Bylines: who wrote a document and when, where people put them; and what only looks like one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.extract.byline import read_byline
from bot.ingest.extract.extract import extract
from tests.ingest.sample_files import SENTENCES
from tests.steps import growth

BODY = [sentence.format("Selby") for sentence in SENTENCES]


def read(*lines: str) -> tuple[list[str], str | None, str | None]:
    byline = read_byline(["On harbours", *lines, *BODY], "day first")
    date = byline.date()
    return byline.authors, date.value if date else None, date.kind if date else None


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("By Oona Varga", ["Oona Varga"]),
        ("by Oona Varga and Pell Ashby", ["Oona Varga", "Pell Ashby"]),
        (
            "By Oona Varga, Pell Ashby and Tim de Groot",
            ["Oona Varga", "Pell Ashby", "Tim de Groot"],
        ),
        ("By Oona Varga, Staff Writer", ["Oona Varga"]),
        ("BY OONA VARGA", ["Oona Varga"]),
        ("Words: Oona Varga | Pictures: Pell Ashby", ["Oona Varga"]),
        ("**Author:** Oona Varga", ["Oona Varga"]),
        ("Report author: Dr. Oona Varga", ["Dr. Oona Varga"]),
        ("Posted by Oona Varga in Harbours", ["Oona Varga"]),
        ("Von Jörg Öhm", ["Jörg Öhm"]),
        ("Verfasst von Jörg Öhm und Ute Zander", ["Jörg Öhm", "Ute Zander"]),
        ("Text und Fotos: Jörg Öhm", ["Jörg Öhm"]),
        ("Por Íñigo Ferrer y Ana Sol", ["Íñigo Ferrer", "Ana Sol"]),
        ("Autora: Ana Sol", ["Ana Sol"]),
        ("Par Zoé d’Aubigny", ["Zoé d’Aubigny"]),
        ("Rédigé par Zoé Aubin, trésorière", ["Zoé Aubin"]),
        ("Texto de Caio Lins", ["Caio Lins"]),
        ("著者：青山みどり", ["青山みどり"]),
        ("文／青山みどり　写真／北野光", ["青山みどり"]),
        ("取材・文 青山 緑", ["青山 緑"]),
        ("記者 青山緑", ["青山緑"]),
        ("作者：李明", ["李明"]),
        ("김민수 기자", ["김민수"]),
        ("Автор: Анна Белова", ["Анна Белова"]),
    ],
)
def test_the_author_is_read_from_the_byline(line: str, authors: list[str]) -> None:
    assert read(line)[0] == authors


@pytest.mark.parametrize(
    "line",
    [
        "By Friday the harbour was rebuilt.",
        "By hand, mostly",
        "By 1950 Oona Varga had left",
        "Photos: Pell Ashby",
        "Foto: Jörg Öhm",
        "Prepared for: Oona Varga",
        "Contact: Oona Varga",
        "Translated by Oona Varga",
        "撮影：北野光",
        "Por la tarde",
        "Von Montag bis Freitag",
        "By harbour.example",
        "By admin",
        "Author: staff",
        "According to Oona Varga, the harbour is old.",
    ],
)
def test_a_line_that_names_someone_else_or_no_one_gives_no_author(line: str) -> None:
    assert read(line)[0] == []


@pytest.mark.parametrize(
    ("line", "value", "kind"),
    [
        ("9 June 2024", "2024-06-09", "published"),
        ("By Oona Varga, 9 June 2024", "2024-06-09", "published"),
        ("Oona Varga • June 9, 2024 • 4 min read", "2024-06-09", "published"),
        ("Published June 2024", "2024-06", "published"),
        ("Prepared April 2024", "2024-04", "published"),
        ("Q1 2024", "2024-Q1", "published"),
        ("Edition 2024", "2024", "published"),
        ("Last updated: 9 June 2024", "2024-06-09", "updated"),
        ("Updated 3:15 PM EDT, Sun June 9, 2024", "2024-06-09", "updated"),
        ("Stand: Juni 2024", "2024-06", "updated"),
        ("Zuletzt aktualisiert am 09.06.2024", "2024-06-09", "updated"),
        ("Mis à jour le 9 juin 2024 à 8h30", "2024-06-09", "updated"),
        ("Publicado el 9 de junio de 2024", "2024-06-09", "published"),
        ("Última atualização: 09/06/2024", "2024-06-09", "updated"),
        ("更新日：2024年6月9日", "2024-06-09", "updated"),
        ("2024.06.09 公開", "2024-06-09", "published"),
        ("Meeting held on Sunday, 9 June 2024", "2024-06-09", "event"),
        ("Sitzung vom 9. Juni 2024", "2024-06-09", "event"),
        ("開催日：2024年6月9日", "2024-06-09", "event"),
        ("SELBY, June 9, 2024 -- The town said today", "2024-06-09", "published"),
        ("Published 9 June 2024, updated 12 June 2024", "2024-06-09", "published"),
        (
            "Received 1 May 2024; accepted 2 June 2024; published 9 June 2024",
            "2024-06-09",
            "published",
        ),
    ],
)
def test_the_date_is_read_with_its_precision_and_kind(line: str, value: str, kind: str) -> None:
    assert read(line)[1:] == (value, kind)


@pytest.mark.parametrize(
    "line",
    [
        "The storm came on 9 June 2024.",
        "Deadline: 9 June 2024",
        "Next meeting: 9 June 2024",
        "Valid from 9 June 2024",
        "Accessed 9 June 2024",
        "Born 9 June 1924",
        "Date limite : 9 juin 2024",
        "Gültig ab: 9. Juni 2024",
        "締切：2024年6月9日",
        "9 June 2024 was a Sunday",
        "Tickets by 9 June 2024",
    ],
)
def test_a_day_that_is_not_the_documents_is_not_taken(line: str) -> None:
    assert read(line)[1] is None


def test_a_label_may_stand_on_the_line_above() -> None:
    assert read("Author", "Oona Varga", "Published on:", "June 2024")[:2] == (
        ["Oona Varga"],
        "2024-06",
    )


def test_names_alone_are_authors_beside_a_date_and_headings_are_not() -> None:
    assert read("Oona Varga", "9 June 2024")[0] == ["Oona Varga"]
    assert read("Oona Varga")[0] == []
    assert read("Breakwater Engineers", "9 June 2024")[0] == []  # both are words of the text


@pytest.mark.parametrize(
    "line",
    ["Dear Mr Aske,", "Dear Nora,", "Sehr geehrte Frau Öhm,", "Liebe Nora!", "Cher Pell Ashby,"],
)
def test_who_a_letter_is_written_to_is_not_its_author(line: str) -> None:
    assert read("Skerry, 4 May 2026", line) == ([], "2026-05-04", "published")


def test_the_last_lines_count_where_they_have_a_label() -> None:
    tail = ["Author: Oona Varga", "Updated: 9 June 2024"]
    byline = read_byline(["On harbours", *BODY * 3, *tail], None)
    assert byline.authors == ["Oona Varga"]
    date = byline.date()
    assert date is not None
    assert (date.value, date.kind) == ("2024-06-09", "updated")
    unlabelled = read_byline(["On harbours", *BODY * 3, "9 June 2024"], None)
    assert unlabelled.date() is None


@pytest.mark.parametrize(
    ("entries", "author", "published"),
    [
        (["author: Oona Varga", "date: 2024-06-09"], "Oona Varga", "2024-06-09"),
        (["autor: Ana Sol", "fecha: 9 de junio de 2024"], "Ana Sol", "2024-06-09"),
        (["Verfasser: Jörg Öhm", "Datum: 09.06.2024"], "Jörg Öhm", "2024-06-09"),
        (["last_updated: 2024-06"], None, "2024-06"),
    ],
)
def test_a_front_matter_may_have_its_keys_in_any_language(
    entries: Sequence[str], author: str | None, published: str | None
) -> None:
    source = "\n".join(["---", *entries, "---", "", "# On harbours", "", *BODY])
    document = extract(source.encode(), "a.md")
    assert (document.author, document.published) == (author, published)
    assert document.date_source == "front matter"


def test_what_markdown_hides_is_no_byline() -> None:
    source = "# On harbours\n\n<!-- By Oona Varga -->\n<p hidden>By Oona Varga</p>\n\n" + BODY[0]
    assert extract(source.encode(), "a.md").author is None


@given(st.lists(st.text(max_size=80), max_size=20))
def test_no_lines_break_it(lines: list[str]) -> None:
    read_byline(lines, None).date()


@pytest.mark.parametrize("piece", ["By ", "A. ", "Published ", "文・", "a: ", "12 May ", "| "])
def test_no_line_takes_for_ever(piece: str) -> None:
    lines = [(piece * 500)[:239]] * 100
    assert growth(lambda size: read_byline(lines[:size], None), 25) < 6
