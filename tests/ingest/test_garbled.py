"""Gibberish is never stored in silence, whatever the kind of file."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable

import pytest

from bot.ingest.extract.extract import extract
from tests.ingest.office_files import odf
from tests.ingest.sample_files import epub, prose, raw_docx

LETTERS = random.Random(1)
NONSENSE = " ".join("".join(LETTERS.choices("bcdfghjklmnpqrstvwxz", k=7)) for _ in range(120))
PRIVATE = " ".join([*prose(1), chr(0xE001) * 60])
WORDLESS = "I recognized no language in this text, so its letters may be wrong."
MAKERS: dict[str, Callable[[str], bytes]] = {
    "a.txt": lambda text: text.encode(),
    "a.md": lambda text: text.encode(),
    "a.html": lambda text: f"<html><body><p>{text}</p></body></html>".encode(),
    "a.docx": lambda text: raw_docx(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"),
    "a.odt": lambda text: odf("text", f"<text:p>{text}</text:p>"),
    "a.rtf": lambda text: f"{{\\rtf1 {text}}}".encode(),
    "a.epub": lambda text: epub({"a": f"<p>{text}</p>"}),
    "a.eml": lambda text: f"From: a@b.example\nSubject: Fees\n\n{text}\n".encode(),
}


@pytest.mark.parametrize("name", MAKERS)
def test_words_of_no_language_are_noted(name: str) -> None:
    assert WORDLESS in extract(MAKERS[name](NONSENSE), name).notes


@pytest.mark.parametrize("name", MAKERS)
def test_ordinary_text_has_no_such_note(name: str) -> None:
    assert extract(MAKERS[name](" ".join(prose(3))), name).notes == ()


@pytest.mark.parametrize("name", ["a.docx", "a.odt"])
def test_unknown_characters_are_noted(name: str) -> None:
    assert any("couldn't be read" in note for note in extract(MAKERS[name](PRIVATE), name).notes)


def test_an_encoded_file_is_noted() -> None:
    data = base64.encodebytes(random.Random(2).randbytes(3_000))
    assert WORDLESS in extract(data, "a.txt").notes
