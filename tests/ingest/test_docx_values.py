"""Word files keep their values and their structure: powers, formulas, clauses, tables."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.extract.document import Document
from bot.ingest.extract.docx.symbols import _SYMBOL_HIGH, _SYMBOL_LOW
from bot.ingest.extract.extract import extract
from bot.structure import Structure
from tests.ingest.sample_files import W, archive, raw_docx

M = "http://schemas.openxmlformats.org/officeDocument/2006/math"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def raised(text: str) -> str:
    return run(text, '<w:vertAlign w:val="superscript"/>')


def lowered(text: str) -> str:
    return run(text, '<w:vertAlign w:val="subscript"/>')


def paragraph(inner: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def read(body: str, **parts: str) -> Document:
    return extract(raw_docx(body, **parts), "a.docx")


def math(inner: str) -> str:
    return f'<m:oMath xmlns:m="{M}">{inner}</m:oMath>'


def r(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


RUNS = {
    "a power": (run("9·10") + raised("7") + run(" seeds"), "9·10⁷ seeds"),
    "a power in two runs": (run("10") + raised("−") + raised("4") + run(" m"), "10⁻⁴ m"),
    "a molecule": (run("N") + lowered("2") + run("O"), "N₂O"),
    "an ordinal": (run("the 3") + raised("rd") + run(" pier"), "the 3rd pier"),
    "a note by hand": (run("in 2019") + raised("14") + run(", then"), "in 2019¹⁴, then"),
    "raised by its place": (run("5") + run("2", '<w:position w:val="6"/>'), "5²"),
    "struck out": (run("80", "<w:strike/>") + run("95 euros"), "~~80~~95 euros"),
    "a symbol": (
        run("angle ") + '<w:r><w:sym w:font="Symbol" w:char="F062"/></w:r>' + run(" is 4"),
        "angle β is 4",
    ),
    "letters in a symbol font": (run("a", '<w:rFonts w:ascii="Symbol"/>') + run("=3"), "α=3"),
    "a ticked box": (
        '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>' + run(" paid"),
        "☑ paid",
    ),
    "a tab to the margin": (run("12") + "<w:r><w:ptab/></w:r>" + run("34"), "12\t34"),
    "a picture between": (run("1") + "<w:r><w:drawing/></w:r>" + run("9"), "1 9"),
    "a picture before a stop": (run("here") + "<w:r><w:drawing/></w:r>" + run("."), "here."),
}


@pytest.mark.parametrize(("inner", "text"), RUNS.values(), ids=RUNS.keys())
def test_runs_keep_their_values(inner: str, text: str) -> None:
    assert read(paragraph(inner)).text == text


def test_a_raised_style_raises() -> None:
    styles = (
        '<w:style w:styleId="up"><w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>'
        '<w:style w:styleId="up2"><w:basedOn w:val="up"/></w:style>'
    )
    body = paragraph(run("8") + run("3", '<w:rStyle w:val="up2"/>'))
    assert read(body, styles=styles).text == "8³"


def test_a_footnote_after_a_figure_is_a_mark() -> None:
    up = '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr>'
    mark = f'<w:r>{up}<w:footnoteReference w:id="5"/></w:r>'
    note = f'<w:footnote w:id="5">{paragraph(run("By hand."))}</w:footnote>'
    document = read(paragraph(run("It was 7.4") + mark + run(" m.")), footnotes=note)
    assert document.text == "It was 7.4[1] m.\n\n[1] By hand."


def test_an_unknown_symbol_is_named_in_a_note() -> None:
    document = read(paragraph(run("A ") + '<w:r><w:sym w:font="Wingdings" w:char="F021"/></w:r>'))
    assert document.text == "A \ufffd"
    assert document.notes == ("1 symbol couldn't be identified and is shown as \ufffd.",)


def test_the_table_of_the_symbol_font_is_whole() -> None:
    assert (len(_SYMBOL_LOW), len(_SYMBOL_HIGH)) == (0x7F - 0x20, 0xFF - 0xA0)


FORMULAS = {
    f"{r('v=')}<m:f><m:num>{r('s')}</m:num><m:den>{r('t+1')}</m:den></m:f>": "v = (s/(t+1))",
    f"<m:sSup><m:e>{r('c')}</m:e><m:sup>{r('2')}</m:sup></m:sSup>": "c²",
    f"<m:sSubSup><m:e>{r('x')}</m:e><m:sub>{r('1')}</m:sub><m:sup>{r('n')}</m:sup></m:sSubSup>": (
        "x₁^n"
    ),
    f"<m:rad><m:deg/><m:e>{r('2g')}</m:e></m:rad>": "√(2g)",
    f'<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr><m:sub>{r("i=1")}</m:sub>'
    f"<m:sup>{r('9')}</m:sup><m:e>{r('i')}</m:e></m:nary>": "∑_(i = 1)⁹ i",
    f"<m:d><m:e>{r('a+b')}</m:e></m:d>": "(a+b)",
    f"<m:m><m:mr><m:e>{r('1')}</m:e><m:e>{r('2')}</m:e></m:mr></m:m>": "[1, 2]",
    f"<m:func><m:fName>{r('sin')}</m:fName><m:e>{r('x')}</m:e></m:func>": "sin x",
}


@pytest.mark.parametrize(("inner", "text"), FORMULAS.items(), ids=FORMULAS.values())
def test_formulas_are_written_in_a_line(inner: str, text: str) -> None:
    body = paragraph(run("so") + math(inner) + run("holds"))
    assert read(body).text == f"so {text} holds"


def numbered(text: str, level: int = 0, number: int = 1) -> str:
    place = f'<w:ilvl w:val="{level}"/><w:numId w:val="{number}"/>'
    return paragraph(run(text), f"<w:numPr>{place}</w:numPr>")


def level(at: int, style: str, text: str, extra: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{style}"/>'
        f'<w:lvlText w:val="{text}"/>{extra}</w:lvl>'
    )


def numbering(*levels: str, numbers: str = "") -> str:
    return (
        f'<w:abstractNum w:abstractNumId="4">{"".join(levels)}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="4"/></w:num>' + numbers
    )


def test_clauses_have_the_numbers_that_word_shows() -> None:
    body = "".join(
        (
            *(numbered("Scope"), numbered("boats", 1), numbered("nets", 1), numbered("old", 2)),
            *(numbered("Fees"), numbered("yearly", 1), numbered("new", 2), numbered("late", 2)),
        )
    )
    parts = numbering(
        level(0, "upperRoman", "Article %1."),
        level(1, "decimal", "%1.%2", "<w:isLgl/>"),
        level(2, "lowerLetter", "(%3)"),
    )
    assert read(body, numbering=parts).text.split("\n") == [
        *("Article I. Scope", "1.1 boats", "1.2 nets", "(a) old"),
        *("Article II. Fees", "2.1 yearly", "(a) new", "(b) late"),
    ]


def test_a_list_that_begins_anew_counts_anew() -> None:
    again = (
        '<w:num w:numId="2"><w:abstractNumId w:val="4"/><w:lvlOverride w:ilvl="0">'
        '<w:startOverride w:val="5"/></w:lvlOverride></w:num>'
    )
    body = "".join(numbered(word, number=n) for word, n in (("a", 1), ("b", 1), ("c", 2), ("d", 2)))
    parts = numbering(level(0, "decimal", "%1)"), numbers=again)
    assert read(body, numbering=parts).text == "1) a\n2) b\n5) c\n6) d"


def test_headings_numbered_by_their_style_keep_the_numbers() -> None:
    styles = "".join(
        f'<w:style w:styleId="h{n}"><w:name w:val="heading {n}"/><w:pPr><w:numPr>'
        f'<w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        for n in (1, 2)
    )
    parts = numbering(
        level(0, "decimal", "%1", '<w:pStyle w:val="h1"/>'),
        level(1, "decimal", "%1.%2", '<w:pStyle w:val="h2"/>'),
    )
    body = "".join(
        paragraph(run(text), f'<w:pStyle w:val="h{n}"/>')
        for text, n in (("Mooring", 1), ("Fees", 2), ("Rules", 2), ("Fuel", 1))
    )
    document = read(body, numbering=parts, styles=styles)
    assert document.text.split("\n\n") == ["1 Mooring", "1.1 Fees", "1.2 Rules", "2 Fuel"]
    assert [(block.kind, block.level) for block in document.blocks][:2] == [
        ("heading", 1),
        ("heading", 2),
    ]


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(run(text))}</w:tc>"


SPAN = '<w:gridSpan w:val="2"/>'
BEGINS, GOES_ON = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"


def test_merged_cells_are_written_out_and_rows_know_their_headers() -> None:
    rows = (
        cell("Pier", BEGINS) + cell("Guests", SPAN),
        cell("", GOES_ON) + cell("May") + cell("June"),
        cell("North", BEGINS) + cell("310") + cell("420"),
        cell("", GOES_ON) + cell("330") + cell("440"),
    )
    table = "".join(f"<w:tr>{row}</w:tr>" for row in rows)
    body = paragraph(run("In thousands:")) + f"<w:tbl>{table}</w:tbl>"
    document = read(body)
    assert document.text.split("\n\n")[1].split("\n") == [
        "Pier | Guests | Guests",
        "Pier | May | June",
        "North | 310 | 420",
        "North | 330 | 440",
    ]
    context = Structure(document.blocks).context_of(document.text.index("North | 330"))
    assert [document.text[part.start : part.end] for part in context] == [
        "In thousands:",
        "Pier | Guests | Guests",
        "Pier | May | June",
    ]


def test_the_header_that_word_marks_is_the_header() -> None:
    rows = f"<w:tr><w:trPr><w:tblHeader/></w:trPr>{cell('Boat')}{cell('Crew')}</w:tr>" + "".join(
        f"<w:tr>{cell(boat)}{cell(crew)}</w:tr>" for boat, crew in (("Tern", "Ada"), ("Auk", "Bo"))
    )
    document = read(f"<w:tbl>{rows}</w:tbl>")
    assert [block.kind for block in document.blocks] == [
        *("table", "table_header", "table_row", "table_row"),
    ]


def test_a_cell_over_a_whole_row_is_the_header_of_what_is_below() -> None:
    rows = (
        cell("Boat") + cell("Fee"),
        cell("Winter", SPAN),
        cell("Tern") + cell("8"),
        cell("Summer", SPAN),
        cell("Tern") + cell("12"),
    )
    document = read(f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>")
    context = Structure(document.blocks).context_of(document.text.index("Tern | 12"))
    assert [document.text[part.start : part.end] for part in context] == ["Boat | Fee", "Summer"]


def test_lists_keep_their_depth_and_their_lead_in() -> None:
    parts = numbering(level(0, "bullet", "•"), level(1, "bullet", "o"))
    body = paragraph(run("Bring:")) + numbered("rope") + numbered("red", 1) + numbered("paint")
    document = read(body + paragraph(run("Thanks.")), numbering=parts)
    assert document.text == "Bring:\n- rope\n- red\n- paint\n\nThanks."
    context = Structure(document.blocks).context_of(document.text.index("- red"))
    assert [(part.kind, document.text[part.start : part.end]) for part in context] == [
        ("lead_in", "Bring:"),
        ("list_item", "- rope"),
    ]


def test_a_bold_question_is_followed_by_its_reply() -> None:
    inner = run("Is it deep?", "<w:b/>") + run(" Four metres.")
    document = read(paragraph(inner) + paragraph(run("At low water.")))
    assert document.text == "Is it deep? Four metres.\n\nAt low water."
    assert [b.kind for b in document.blocks] == ["exchange", "question", "paragraph", "paragraph"]


def embedded(name: str, content: bytes | str) -> bytes:
    data = content if isinstance(content, str) else content.decode("latin-1")
    body = f'<w:p><w:r><w:t>Before.</w:t></w:r></w:p><w:altChunk xmlns:r="{R}" r:id="x1"/>'
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="x1" Type="t" Target="{name}"/></Relationships>'
    )
    document = (
        f'<?xml version="1.0"?><w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    )
    files = {"word/document.xml": document, "word/_rels/document.xml.rels": relations}
    return archive({**files, f"word/{name}": data})


def test_embedded_pages_and_texts_are_read() -> None:
    html = "<html><body><h2>Inside</h2><p>10<sup>4</sup> buoys.</p></body></html>"
    assert extract(embedded("chunk.html", html), "a.docx").text == "Before.\n\nInside\n\n10⁴ buoys."
    mail = f"MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n{html}"
    assert "10⁴ buoys." in extract(embedded("chunk.mht", mail), "a.docx").text
    assert extract(embedded("c.txt", "One.\n\nTwo."), "a.docx").text == "Before.\n\nOne.\n\nTwo."


def test_an_embedded_file_that_cannot_be_read_is_named_in_a_note() -> None:
    document = extract(embedded("c.rtf", "{\\rtf1 words}"), "a.docx")
    assert document.text == "Before."
    assert document.notes == ("1 embedded document couldn't be read and was left out.",)


# --- what touches in the text touched in the file ---------------------------------------------

PIECES: dict[str, Callable[[str], tuple[str, str]]] = {
    "run": lambda digit: (run(digit), digit),
    "bold": lambda digit: (run(digit, "<w:b/>"), digit),
    "raised": lambda digit: (raised(digit), f" {digit} "),
    "lowered": lambda digit: (lowered(digit), f" {digit} "),
    "struck": lambda digit: (run(digit, "<w:strike/>"), f"~{digit}~"),
    "tab": lambda _: ("<w:r><w:tab/></w:r>", " "),
    "break": lambda _: ("<w:r><w:br/></w:r>", " "),
    "picture": lambda _: ("<w:r><w:drawing/></w:r>", " "),
    "formula": lambda digit: (math(r(digit)), f" {digit} "),
    "paragraph": lambda _: ("</w:p><w:p>", " "),
    "cell": lambda _: ("</w:p></w:tc><w:tc><w:p>", " "),
    "row": lambda _: ("</w:p></w:tc></w:tr><w:tr><w:tc><w:p>", " "),
}


@given(st.lists(st.sampled_from(sorted(PIECES)), min_size=1, max_size=14))
def test_characters_that_touch_in_the_text_were_not_apart_in_the_file(names: list[str]) -> None:
    digits = iter("123456789" * 2)
    written = [PIECES[name](next(digits)) for name in names]
    inner = "".join(xml for xml, _ in written)
    flow = "".join(shown for _, shown in written).replace("~~", "")  # struck out together
    table = f"<w:tbl><w:tr><w:tc><w:p>{run('x')}{inner}</w:p></w:tc></w:tr></w:tbl>"
    text = read(table).text
    for a, b in pairwise(text):
        if a in "123456789" and b in "123456789":
            assert a + b in flow, (names, text)
