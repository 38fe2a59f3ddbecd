"""JSON and source code: readable lines, and not a value changed."""

from __future__ import annotations

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.extract.extract import extract
from bot.ingest.extract.json_text import read_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(categories=["L", "N"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=9,
)


def test_one_line_of_json_becomes_readable() -> None:
    data = (
        b'{"title":"Landings","ports":[{"name":"K\\u00f6ge","t":1.10,"big":12345678901234567890}]}'
    )
    document = extract(data, "landings.json")
    assert document.title == "Landings"
    assert document.text.split("\n") == [
        "{",
        '  "title": "Landings",',
        '  "ports": [',
        "    {",
        '      "name": "Köge",',
        '      "t": 1.10,',
        '      "big": 12345678901234567890',
        "    }",
        "  ]",
        "}",
    ]


def test_json_lines_are_read_one_by_one() -> None:
    document = extract(b'{"port":"Selby"}\n{"port":"Hull"}\n', "a.jsonl")
    assert document.text == '{\n  "port": "Selby"\n}\n\n{\n  "port": "Hull"\n}'
    assert document.title == "a.jsonl"


def test_what_is_no_json_stays_as_it_is() -> None:
    assert extract(b"{not json}", "a.json").text == "{not json}"


@given(st.lists(VALUES, min_size=1, max_size=3))
def test_no_value_changes(value: list[object]) -> None:
    composed = unicodedata.normalize("NFC", json.dumps(value, ensure_ascii=False))
    assert json.loads(read_json(json.dumps(value)).text) == json.loads(composed)


def test_a_deep_value_ends_somewhere() -> None:
    text = "[" * 5_000 + "1" + "]" * 5_000
    assert "1" in extract(text.encode(), "a.json").text


def test_source_code_is_called_as_its_file_and_stays_as_it_is() -> None:
    code = "def land(tonnes):\n    return tonnes * 2\n\n\ndef sail():\n    return None"
    document = extract(code.encode(), "landings.py")
    assert document.title == "landings.py"
    assert document.text == code.replace("\n\n\n", "\n\n")
    assert {block.kind for block in document.blocks} == {"code"}
