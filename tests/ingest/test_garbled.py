"""Gibberish is never stored in silence, whatever the kind of file; code and figures are none."""

from __future__ import annotations

import base64
import binascii
import json
import random
from collections.abc import Callable

import pytest

from bot.ingest.extract.extract import extract
from bot.ingest.extract.garbled import is_misread
from bot.text.stopwords import STOP_WORDS
from tests.ingest.office_files import odf
from tests.ingest.sample_files import epub, prose, raw_docx
from tests.ingest.test_charset import TEXTS
from tests.ingest.test_odf import row
from tests.ingest.test_xlsx import raw_xlsx

LETTERS = random.Random(1)
NONSENSE = " ".join("".join(LETTERS.choices("bcdfghjklmnpqrstvwxz", k=7)) for _ in range(120))
PRIVATE = " ".join([*prose(1), chr(0xE001) * 60])
CODE = """
def read_prices(path, separator=";"):
    rows = [line.rstrip().split(separator) for line in path.open(encoding="utf-8")]
    header, *entries = rows
    columns = {name: index for index, name in enumerate(header)}
    return [Price(row[columns["harbour"]], float(row[columns["amount"]])) for row in entries]


class Price(NamedTuple):
    harbour: str
    amount: float
    currency: str = "EUR"

    def converted(self, rates: Mapping[str, float]) -> float:
        return round(self.amount * rates[self.currency], ndigits=2)
"""
FIGURES = "key;mean;sd;n\n" + "\n".join(f"K{i:03}X;{i / 7:.4f};{i / 11:.4f};{i}" for i in range(90))
MISREAD = "Some letters look wrong: the text was once read in the wrong encoding."
WORDLESS = "I recognized no language in this text, so its letters may be wrong."


def _sheet(*rows: str) -> str:
    return f"<table:table>{''.join(rows)}</table:table>"


MAKERS: dict[str, Callable[[str], bytes]] = {
    "a.txt": lambda text: text.encode(),
    "a.md": lambda text: text.encode(),
    "a.html": lambda text: f"<html><body><p>{text}</p></body></html>".encode(),
    "a.docx": lambda text: raw_docx(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"),
    "a.odt": lambda text: odf("text", f"<text:p>{text}</text:p>"),
    "a.rtf": lambda text: f"{{\\rtf1 {text}}}".encode(),
    "a.epub": lambda text: epub({"a": f"<p>{text}</p>"}),
    "a.eml": lambda text: f"From: a@b.example\nSubject: Fees\n\n{text}\n".encode(),
    "a.csv": lambda text: ("word;number\n" + ";7\n".join([*text.split(), ""])).encode(),
    "a.json": lambda text: json.dumps({"a": text.split()}).encode(),
    "a.py": lambda text: text.encode(),
    "a.ods": lambda text: odf("spreadsheet", _sheet(row("Words"), *map(row, text.split()))),
    "a.xlsx": lambda text: raw_xlsx(
        "<sheetData>"
        + "".join(f'<row><c t="inlineStr"><is><t>{w}</t></is></c></row>' for w in text.split())
        + "</sheetData>"
    ),
}


@pytest.mark.parametrize("name", MAKERS)
def test_words_of_no_language_are_noted(name: str) -> None:
    assert WORDLESS in extract(MAKERS[name](NONSENSE), name).notes


@pytest.mark.parametrize("name", MAKERS)
def test_ordinary_text_has_no_such_note(name: str) -> None:
    assert extract(MAKERS[name](" ".join(prose(3))), name).notes == ()


@pytest.mark.parametrize("name", ["a.docx", "a.odt", "a.ods"])
def test_unknown_characters_are_noted(name: str) -> None:
    assert any("couldn't be read" in note for note in extract(MAKERS[name](PRIVATE), name).notes)


@pytest.mark.parametrize("ending", ["txt", "csv", "json", "py", "md", "log"])
@pytest.mark.parametrize("encode", [base64.encodebytes, base64.b85encode, binascii.hexlify])
def test_an_encoded_file_is_noted(encode: Callable[[bytes], bytes], ending: str) -> None:
    data = encode(random.Random(2).randbytes(3_000))
    assert WORDLESS in extract(data, f"a.{ending}").notes


@pytest.mark.parametrize("ending", ["txt", "csv", "json", "py"])
def test_chinese_characters_at_random_are_noted(ending: str) -> None:
    text = "".join(chr(LETTERS.randrange(0x4E00, 0x9FA6)) for _ in range(600))
    assert WORDLESS in extract(text.encode(), f"a.{ending}").notes


@pytest.mark.parametrize(
    ("text", "name"),
    [(CODE, "a.py"), (CODE, "a.txt"), (FIGURES, "a.csv"), ("\n".join(STOP_WORDS["fr"]), "a.csv")],
)
def test_code_figures_and_lists_of_words_have_no_such_note(text: str, name: str) -> None:
    assert extract(text.encode(), name).notes == ()


# Where a charset has no letter for a byte, nothing is left of it.
@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.csv", "a.json", "a.docx"])
@pytest.mark.parametrize(
    ("language", "wrote", "read"),
    [
        *[(language, "utf-8", "cp1252") for language in ("de", "fr", "pl", "tr", "el", "en")],
        *[("ru", "utf-8", "cp1251"), ("ko", "utf-8", "cp1251"), ("tr", "utf-8", "cp1250")],
        *[("ru", "cp1251", "latin-1"), ("el", "cp1253", "latin-1")],
    ],
)
def test_a_text_that_was_read_in_a_wrong_charset_is_noted(
    language: str, wrote: str, read: str, name: str
) -> None:
    misread = TEXTS[language].encode(wrote, "ignore").decode(read, "ignore")
    assert MISREAD in extract(MAKERS[name](misread), name).notes


@pytest.mark.parametrize("language", TEXTS)
def test_a_text_in_its_own_charset_has_no_such_note(language: str) -> None:
    assert not is_misread(TEXTS[language])
    assert not is_misread("µm, μm, kΩ, ΔT, CO₂e, 3×4, n×m, α–β, ½, °C, Ærø, ÅÄÖ, © 2026, « L’été »")


def test_irish_capitals_behind_a_small_letter_are_no_wrong_charset() -> None:
    assert not is_misread("Bunaíodh Poblacht na hÉireann i nÉirinn; an tÚdarás agus an tÉan. " * 5)
