"""PDFs whose fonts don't say which letters they draw: another library decides, or it is said."""

from __future__ import annotations

import pytest

from bot.errors import UnreadableText
from bot.ingest.extract.extract import extract
from bot.ingest.extract.garbled import is_wordless, unknown_share
from bot.ingest.extract.pdf import pdfium
from bot.ingest.extract.pdf.layout import LayoutLine
from bot.ingest.extract.pdf.reading import PdfReading
from tests.ingest.sample_files import pdf, prose

PRIVATE, REPLACED = 0xE000, 0xFFFD
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = " ".join(prose(3)).replace("(", "").replace(")", "")
SHIFTED = str.maketrans(LETTERS, LETTERS[7:] + LETTERS[:7])


def font_pdf(text: str, meant: dict[str, int]) -> bytes:
    """A page of text whose font says that it draws other letters: the code points in ``meant``."""
    pairs = "".join(f"<{ord(letter):02x}> <{code:04x}>\n" for letter, code in meant.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def\n"
        "1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(meant)} beginbfchar\n{pairs}endbfchar\nendcmap end end"
    )
    lines = [text[at : at + 80] for at in range(0, len(text), 80)]
    page = "BT /F 10 Tf 14 TL 50 780 Td " + " ".join(f"({line}) '" for line in lines) + " ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        " /Resources << /Font << /F 5 0 R >> >> >>",
        f"<< /Length {len(page)} >>\nstream\n{page}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>",
        f"<< /Length {len(cmap)} >>\nstream\n{cmap}\nendstream",
    ]
    data, places = "%PDF-1.4\n", []
    for number, inner in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n{inner}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    data += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return f"{data}startxref\n{data.index('xref')}\n%%EOF".encode("latin-1")


def test_a_font_that_names_its_letters_is_read() -> None:
    document = extract(font_pdf(WORDS, {letter: ord(letter) for letter in LETTERS}), "a.pdf")
    assert prose(1)[0].split(".")[0] in " ".join(document.text.split())
    assert document.notes == ()


@pytest.mark.parametrize("letters", [LETTERS, "etaoinshr"])
def test_letters_that_no_font_names_are_refused(letters: str) -> None:
    with pytest.raises(UnreadableText, match=r"doesn't say which letters.*OCR"):
        extract(font_pdf(WORDS, {letter: PRIVATE + ord(letter) for letter in letters}), "a.pdf")


def test_some_unknown_letters_are_kept_and_said() -> None:
    (note,) = extract(font_pdf(WORDS, {"e": PRIVATE}), "a.pdf").notes
    assert "of the characters couldn't be read" in note


def test_words_of_no_language_are_kept_and_said() -> None:
    meant = {letter: ord(letter.translate(SHIFTED)) for letter in LETTERS}
    (note,) = extract(font_pdf(WORDS, meant), "a.pdf").notes
    assert note.startswith("I recognized no language in this PDF")


def garbled(*_given: object) -> PdfReading:
    return PdfReading(1, [[line_of(WORDS.translate(SHIFTED))]])


def line_of(text: str) -> LayoutLine:
    return LayoutLine(text, left=50, right=500, top=700, bottom=690, base=692, size=10)


def test_where_the_first_library_finds_gibberish_the_second_decides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pdfium, "read_with_pdfium", garbled)
    document = extract(pdf(prose(3)), "a.pdf")
    assert prose(1)[0].split(".")[0] in " ".join(document.text.split())
    assert document.notes == ()


TABLES = {
    "names": "Ann Lee, Bo Ek, Nora Feld, Tom Aske, Maria Gonzalez, Kenji Tanaka, Wei Zhang " * 5,
    "goods": "Bolt galvanised 0.40 Hinge brass 4.20 Door handle chrome 12.00 Paint white 14 " * 8,
    "figures": "12 450 3.5 88 " * 50,
    "few words": "Xqz wvk",
    "Japanese": "\u6771\u9580\u306e\u67f1\u306f\u53e4\u3044\u3002" * 30,
}


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES.keys())
def test_what_only_lacks_sentences_is_not_garbled(text: str) -> None:
    assert not is_wordless(text)


def test_the_share_of_unknown_characters() -> None:
    assert unknown_share("ab" + chr(PRIVATE) + chr(REPLACED)) == 0.5
    assert unknown_share("") == 0
