"""Captions belong to their tables, whether they stand above or below them, in every format."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from bot.ingest.extract.extract import extract
from bot.structure import Structure
from tests.ingest.office_files import odf
from tests.ingest.sample_files import page, raw_docx
from tests.ingest.test_odf import row

# Of a file's parts: T a table (its figure is its number), C a caption, P a picture, W words.
WORDS = "Boats pay by their length at every pier."
ODF_STYLES = "".join(
    f'<style:style style:name="{name}" style:family="paragraph" '
    f'style:parent-style-name="{parent}"/>'
    for name, parent in (("Caption", "Standard"), ("Table", "Caption"), ("P1", "Table"))
)


def _word_table(number: int) -> str:
    rows = (("Pier", "Boats"), ("North", f"31{number}"))
    cells = ["".join(f"<w:tc>{_word('', text)}</w:tc>" for text in texts) for texts in rows]
    return "<w:tbl>" + "".join(f"<w:tr>{texts}</w:tr>" for texts in cells) + "</w:tbl>"


def _word(style: str, text: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>'


def docx(parts: str) -> tuple[str, bytes]:
    made: dict[str, Callable[[int], str]] = {
        "T": _word_table,
        "C": lambda number: _word("Beschriftung", f"Caption {number}"),
        "P": lambda _: "<w:p><w:r><w:drawing/></w:r></w:p>",
        "W": lambda _: _word("", WORDS),
    }
    style = '<w:style w:styleId="Beschriftung"><w:name w:val="caption"/></w:style>'
    return "a.docx", raw_docx("".join(made[p](n) for n, p in enumerate(parts)), styles=style)


def odt(parts: str) -> tuple[str, bytes]:
    made: dict[str, Callable[[int], str]] = {
        "T": lambda n: f"<table:table>{row('Pier', 'Boats')}{row('North', f'31{n}')}</table:table>",
        "C": lambda number: f'<text:p text:style-name="P1">Caption {number}</text:p>',
        "P": lambda _: "<text:p><draw:frame><draw:image/></draw:frame></text:p>",
        "W": lambda _: f"<text:p>{WORDS}</text:p>",
    }
    body = "".join(made[p](n) for n, p in enumerate(parts))
    return "a.odt", odf("text", body, styles=ODF_STYLES)


def rtf(parts: str) -> tuple[str, bytes]:
    def table(number: int) -> str:
        rows = (("Pier", "Boats"), ("North", f"31{number}"))
        return "".join(rf"\trowd\pard\intbl {a}\cell {b}\cell\row" for a, b in rows)

    made: dict[str, Callable[[int], str]] = {
        "T": table,
        "C": lambda number: rf"\pard\s3 Caption {number}\par",
        "P": lambda _: r"\pard{\pict 00}\par",
        "W": lambda _: rf"\pard {WORDS}\par",
    }
    styles = r"{\stylesheet{\s0 Normal;}{\s2 caption;}{\s3\sbasedon2 Table;}}"
    body = "".join(made[p](n) for n, p in enumerate(parts))
    return "a.rtf", rf"{{\rtf1\ansi{styles}{body}}}".encode()


def html(parts: str) -> tuple[str, bytes]:
    """Each run of tables, captions and pictures is a figure."""
    made: dict[str, Callable[[int], str]] = {
        "T": lambda n: f"<table><tr><th>Pier<th>Boats<tr><td>North<td>31{n}</table>",
        "C": lambda number: f"<figcaption>Caption {number}</figcaption>",
        "P": lambda _: '<img src="a.png" alt="">',
        "W": lambda _: f"</figure><p>{WORDS}</p><figure>",
    }
    body = "".join(made[p](n) for n, p in enumerate(parts))
    return "a.html", page(f"<h1>Boats</h1><p>{WORDS}</p><figure>{body}</figure>").encode()


def pdf(parts: str, *, font: str = "Helvetica") -> tuple[str, bytes]:
    pytest.importorskip("reportlab", reason="PDFs are made with reportlab")
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas, y = Canvas(out, invariant=1), 790
    for number, part in enumerate(f"W{parts}W", -1):
        canvas.setFont(font if part == "C" else "Helvetica", 10)
        if part == "T":
            for texts in (("Pier", "Boats"), ("North", f"31{number}")):
                canvas.drawString(60, y, texts[0])
                canvas.drawString(210, y, texts[1])
                y -= 14
            y -= 4
        elif part == "P":
            canvas.rect(60, y - 70, 200, 75)
            y -= 90
        else:
            canvas.drawString(60, y, f"Caption {number}: of boats" if part == "C" else WORDS)
            y -= 26
    canvas.save()
    return "a.pdf", out.getvalue()


def bold_pdf(parts: str) -> tuple[str, bytes]:
    return pdf(parts, font="Helvetica-Bold")


Maker = Callable[[str], tuple[str, bytes]]
OFFICE: tuple[Maker, ...] = (docx, odt, rtf, pdf, bold_pdf)


def captions(made: tuple[str, bytes]) -> dict[int, list[int]]:
    """By the places of tables in the file, those of the captions that their rows come with."""
    document = extract(made[1], made[0])
    structure, text = Structure(document.blocks), document.text
    found = {}
    for number in range(10):
        at = text.find(f"North | 31{number}")
        if at >= 0:
            context = structure.context_of(at)
            shown = [text[part.start : part.end] for part in context if part.kind == "caption"]
            found[number] = [
                int(caption.split(":")[0].removeprefix("Caption ")) for caption in shown
            ]
    return found


@pytest.mark.parametrize("make", [*OFFICE, html])
@pytest.mark.parametrize(
    ("parts", "belongs"),
    [
        ("WTCW", {1: [2]}),
        ("WCTW", {2: [1]}),
        ("TCWTC", {0: [1], 3: [4]}),
        ("CTWCT", {1: [0], 4: [3]}),
        ("TWCP", {0: []}),
        ("TWPC", {0: []}),
        ("TWC", {0: []}),
    ],
)
def test_a_caption_belongs_to_the_table_beside_it(
    make: Maker, parts: str, belongs: dict[int, list[int]]
) -> None:
    assert captions(make(parts)) == belongs


@pytest.mark.parametrize("make", OFFICE)
@pytest.mark.parametrize(
    ("parts", "belongs"),
    [
        ("TCTC", {0: [1], 2: [3]}),
        ("CTCT", {1: [0], 3: [2]}),
        ("CTWTCT", {1: [0], 3: [], 5: [4]}),
        ("TCC", {0: [1]}),
        ("TPC", {0: []}),
    ],
)
def test_between_tables_and_below_pictures_captions_stand_as_elsewhere_in_the_file(
    make: Maker, parts: str, belongs: dict[int, list[int]]
) -> None:
    assert captions(make(parts)) == belongs


@pytest.mark.parametrize("make", [docx, odt, rtf])
@pytest.mark.parametrize(("parts", "belongs"), [("PCT", {2: []}), ("TPCT", {0: [], 3: []})])
def test_a_caption_below_a_picture_is_no_tables(
    make: Maker, parts: str, belongs: dict[int, list[int]]
) -> None:
    assert captions(make(parts)) == belongs


@pytest.mark.parametrize("make", [pdf, bold_pdf])
def test_a_caption_far_below_a_table_is_the_next_ones(make: Maker) -> None:
    assert captions(make("TPCT")) == {0: [], 3: [2]}


def test_the_caption_of_a_picture_is_no_tables() -> None:
    name, data = html("PCWT")
    assert captions((name, data.replace(b"<p>" + WORDS.encode() + b"</p>", b""))) == {3: []}
