"""No value changes on its way from a page into the text: powers, notes, formulas, merged cells."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.extract.document import TextBuilder
from bot.ingest.extract.html.html import read_html, read_whole_html
from bot.ingest.extract.markdown import read_markdown
from bot.ingest.extract.raised_text import lowered, raised
from tests.ingest.sample_files import page


def read(body: str) -> str:
    builder = TextBuilder()
    read_whole_html(f"<html><body>{body}</body></html>", builder)
    return builder.text()


INLINE = {
    "a power": ("4×10<sup>9</sup> cells", "4×10⁹ cells"),
    "a negative power": ("7·10<sup>−12</sup> F", "7·10⁻¹² F"),
    "a fractional power": ("9<sup>0.5</sup> is 3", "9^0.5 is 3"),
    "a sum as a power": ("2<sup>k+1</sup> steps", "2^(k+1) steps"),
    "a power before a letter": ("a<sup>m</sup>b", "a^(m)b"),
    "a power of a power": ("2<sup>2<sup>3</sup></sup>", "2^(2³)"),
    "an area": ("80 km<sup>2</sup> of bog", "80 km² of bog"),
    "a unit": ("3 m s<sup>-1</sup>", "3 m s⁻¹"),
    "a molecule": ("C<sub>6</sub>H<sub>12</sub>O<sub>6</sub>", "C₆H₁₂O₆"),
    "an ion": ("SO<sub>4</sub><sup>2−</sup> and Ca<sup>2+</sup>", "SO₄²⁻ and Ca²⁺"),
    "an isotope": ("<sup>14</sup>C dates", "¹⁴C dates"),
    "an index in words": ("T<sub>max</sub> is 31", "T_max is 31"),
    "an index before a figure": ("x<sub>i</sub>2", "x_(i)2"),
    "an English ordinal": ("the 21<sup>st</sup> of May", "the 21st of May"),
    "a French ordinal": ("le 1<sup>er</sup> mai, au XIX<sup>e</sup> siècle", None),
    "a French title": ("M<sup>me</sup> Roche", "Mme Roche"),
    "a trade mark": ("Sealant<sup>TM</sup> holds", "Sealant™ holds"),
    "a mixed number": ("2<sup>1</sup>/<sub>2</sub> cups", "2 1/2 cups"),
    "a fraction": ("<sup>3</sup>⁄<sub>4</sub> full", "3/4 full"),
    "a bare note after a figure": ("it was 5.1<sup>23</sup> then", "it was 5.1²³ then"),
    "bare notes after a word": ("proven<sup>4,5</sup> since", "proven⁴,⁵ since"),
    "a linked note": ('it was 5.1<sup><a href="#fn7">7</a></sup>', "it was 5.1[7]"),
    "a note by a letter": ("8.4<sup>b</sup> tonnes", "8.4^b tonnes"),
    "a label of a note": ("<sup>b</sup>Without Skerry", "[b] Without Skerry"),
    "raised by a style": ('10<span style="vertical-align: super">3</span> eggs', "10³ eggs"),
    "a struck price": ("<s>30</s>25 euros", "~~30~~25 euros"),
    "a changed figure": ("<del>4</del><ins>5</ins> boats", "~~4~~5 boats"),
    "ruby": ("<ruby>東<rp>(</rp><rt>ひがし</rt><rp>)</rp></ruby>門", "東(ひがし)門"),
    "a quotation": ("he said <q>never</q>", "he said “never”"),
    "a picture between figures": ("3<img src=a>7", "3 7"),
}


@pytest.mark.parametrize(("html", "text"), INLINE.values(), ids=INLINE.keys())
def test_raised_and_lowered_text_keeps_its_value(html: str, text: str | None) -> None:
    assert read(f"<p>{html}</p>") == (text or "le 1er mai, au XIXe siècle")


def test_an_article_of_a_page_keeps_its_powers_and_notes_too() -> None:
    body = '<p>The bay holds 3×10<sup>5</sup> litres, or 4.4<sup><a href="#n8">8</a></sup> casks.'
    text = read_html(page(body)).text
    assert "3×10⁵ litres, or 4.4[8] casks." in text


def test_markdown_keeps_html_powers() -> None:
    assert read_markdown("About 10<sup>7</sup> seeds, CO<sub>2</sub>.").text == (
        "About 10⁷ seeds, CO₂."
    )


FORMULAS = {
    "<mi>v</mi><mo>=</mo><mfrac><mi>s</mi><mi>t</mi></mfrac>": "v = (s/t)",
    "<msup><mi>r</mi><mn>3</mn></msup>": "r³",
    "<msup><mi>e</mi><mrow><mi>i</mi><mi>π</mi></mrow></msup><mo>+</mo><mn>1</mn>": "e^iπ +1",
    "<msqrt><mi>a</mi><mo>+</mo><mi>b</mi></msqrt>": "√(a+b)",
    "<mroot><mi>x</mi><mn>3</mn></mroot>": "³√(x)",
    "<msub><mi>k</mi><mn>2</mn></msub>": "k₂",
    "<munderover><mo>∑</mo><mrow><mi>j</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover>"
    "<mi>j</mi>": "∑_(j = 1)^n j",
    "<mfenced><mi>a</mi><mi>b</mi></mfenced>": "(a,b)",
    "<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>0</mn></mtd></mtr><mtr><mtd><mn>0</mn></mtd>"
    "<mtd><mn>1</mn></mtd></mtr></mtable>": "[1, 0; 0, 1]",
    "<semantics><mi>q</mi><annotation encoding='application/x-tex'>q</annotation></semantics>": "q",
    "<mn>2</mn><mn>5</mn>": "2 5",
}


@pytest.mark.parametrize(("formula", "text"), FORMULAS.items(), ids=FORMULAS.values())
def test_formulas_are_written_in_a_line(formula: str, text: str) -> None:
    assert read(f"<p>Here <math>{formula}</math> is it.</p>") == f"Here {text} is it."


def test_merged_cells_are_written_out_in_every_row_and_column() -> None:
    rows = read(
        "<table><tr><th rowspan=2>Pier</th><th colspan=2>Boats</th></tr>"
        "<tr><th>2023</th><th>2024</th></tr><tr><td rowspan=2>North</td><td>14</td><td>15</td></tr>"
        "<tr><td>16</td><td>17</td></tr><tr><td>South</td><td colspan=2>none</td></tr></table>"
    )
    assert rows.split("\n") == [
        "Pier | Boats | Boats",
        "Pier | 2023 | 2024",
        "North | 14 | 15",
        "North | 16 | 17",
        "South | none | none",
    ]


def test_cells_that_reach_too_far_end_with_the_table() -> None:
    cell = "<td rowspan=60000 colspan=60000>x</td>"
    assert read(f"<table>{f'<tr>{cell * 20}</tr>' * 50}</table>").count("x") == 1_000
    assert "y" in read(f"<table>{'<tr><td rowspan=9999>x</td><td>y</td></tr>' * 3_000}</table>")


def test_numbered_lists_keep_their_numbers() -> None:
    body = "<ol start=4 type=a><li>oil</li><li>wax</li><li value=9>tar</li></ol>"
    assert read(body) == "d. oil\ne. wax\ni. tar"
    assert read_markdown("3. boil\n4. stir").text == "3. boil\n4. stir"


def test_a_list_that_brings_its_own_numbers_gets_no_others() -> None:
    assert read("<ol><li>1. one</li><li>(2) two</li></ol>") == "1. one\n(2) two"


@pytest.mark.parametrize("text", ["6", "-3", "n+1", "th", "a", "*", "12,13", "[4]", "TM", "x y"])
@pytest.mark.parametrize("before", ["10", "x", "3.2", "word", ""])
def test_raised_text_never_reads_as_part_of_a_figure(text: str, before: str) -> None:
    for write in (raised, lowered):
        written = write(text, before, "7")
        assert not (before[-1:].isdigit() and written[:1] in tuple("0123456789."))
        assert written[-1:] not in tuple("0123456789") or not text[-1:].isdigit()


# --- what touches in the text touched in the page --------------------------------------------

GAP = " "
Flow = tuple[str, str]  # HTML, and its digits as they stand in a line, with gaps


def wrapped(parts: list[Flow], html: str, before: str, after: str) -> Flow:
    inner, flow = "".join(part[0] for part in parts), "".join(part[1] for part in parts)
    if "#" not in flow and html in INLINE_TAGS:
        before = after = ""  # nothing raised, nothing apart
    return html.format(inner), before + flow + after


INLINE_TAGS = {
    "<b>{}</b>": "",
    "<span>{}</span>": "",
    "<sup>{}</sup>": GAP,
    "<sub>{}</sub>": GAP,
    "<s>{}</s>": GAP,
    '<span style="vertical-align:super">{}</span>': GAP,
    '<sup><a href="&num;n">{}</a></sup>': GAP,
    "<ruby>一<rt>{}</rt></ruby>": GAP,
    "<q>{}</q>": GAP,
}
BLOCK_TAGS = (
    "<div>{}</div>",  # no <p>: whether "</p>" breaks a line after a block depends on the parser
    "<ul><li>{}</li></ul>",
    "<ol><li>{}</li><li>x</li></ol>",
    "<table><tr><td>{}</td><td>x</td></tr></table>",
    "<dl><dt>{}</dt><dd>x</dd></dl>",
    "<h3>{}</h3>",
    "<blockquote>{}</blockquote>",
    "<details><summary>{}</summary>x</details>",
    "<pre>{}</pre>",
    "<figure><figcaption>{}</figcaption></figure>",
)


def flows() -> st.SearchStrategy[Flow]:
    """Random pages; the digits are put in afterwards, each different from its neighbours."""
    leaf = st.sampled_from([("#", "#"), ("<br>", GAP), ("<img src=a>", GAP)])
    tags = st.sampled_from(
        [*((html, gap, gap) for html, gap in INLINE_TAGS.items())]
        + [(html, GAP, GAP) for html in BLOCK_TAGS]
    )
    return st.recursive(
        leaf,
        lambda inner: st.builds(
            lambda parts, tag: wrapped(parts, *tag), st.lists(inner, max_size=4), tags
        ),
        max_leaves=8,
    )


def numbered(text: str) -> str:
    digits = iter("123456789" * 3)
    return "".join(next(digits) if char == "#" else char for char in text)


@given(st.lists(flows(), min_size=1, max_size=4))
def test_characters_that_touch_in_the_text_were_not_apart_in_the_page(parts: list[Flow]) -> None:
    html, flow = wrapped(parts, "{}", "", "")
    text = read(numbered(html))
    touching = {a + b for a, b in pairwise(numbered(flow)) if GAP not in (a, b)}
    for a, b in pairwise(text):
        if a in "123456789" and b in "123456789":
            assert a + b in touching, (numbered(html), text)
