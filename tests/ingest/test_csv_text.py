"""Tables in text: what separates the values, the header, and figures as they are written."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.extract.csv_text import find_separator, read_csv
from bot.ingest.extract.extract import extract
from bot.structure import Structure

ROWS = [["Port", "Tonnes", "Note"], ["Selby", "1.640,50", "new, and\nlong"], ["Hull", "7", ""]]


def written(separator: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(ROWS)
    return out.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_and_no_figure_changes(separator: str) -> None:
    document = extract(written(separator).encode(), "landings.csv")
    assert document.text == "Port | Tonnes | Note\nSelby | 1.640,50 | new, and long\nHull | 7 |"
    at = document.text.index("Hull")
    above = [document.text[r.start : r.end] for r in Structure(document.blocks).context_of(at)]
    assert above == ["Port | Tonnes | Note"]
    assert document.title == "landings"


def test_a_separator_that_is_named_is_used() -> None:
    document = read_csv("sep=;\r\nPort;Day, month\r\nSelby;4, 5\r\n")
    assert document.text == "Port | Day, month\nSelby | 4, 5"


def test_a_table_without_a_header_has_none() -> None:
    document = read_csv("Selby;640\nHull;7\n")
    assert [block.kind for block in document.blocks] == ["table", "table_row", "table_row"]


def test_prose_that_is_called_csv_stays_as_it_is() -> None:
    text = "The pier, which is old, was closed.\n\nNobody knows why."
    assert extract(text.encode(), "a.csv").text == text


def test_a_table_in_another_charset_is_decoded() -> None:
    rows = "Köln;Fährgäßchen;groß und schön\nMünchen;Übergang;größer als die übrigen\n" * 4
    data = f"Ort;Straße;Größe\n{rows}".encode("cp1252")
    document = extract(data, "a.csv")
    assert "Köln | Fährgäßchen | groß und schön" in document.text
    assert any("charset" in note or "encoding" in note for note in document.notes)


@given(st.lists(st.lists(st.text(max_size=9), min_size=3, max_size=3), min_size=2, max_size=9))
def test_no_text_stops_the_reader(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    read_csv(out.getvalue())


@given(st.text(max_size=200))
def test_any_text_has_a_separator_or_none(text: str) -> None:
    assert find_separator(text) in ("", ",", ";", "\t", "|")
