"""A page's structure is kept: what a row, an item, a reply or a post belongs to."""

from __future__ import annotations

import pytest

from bot.ingest.extract.document import Document, TextBuilder
from bot.ingest.extract.extract import extract
from bot.ingest.extract.html.html import read_html, read_whole_html
from bot.ingest.extract.markdown import read_markdown
from bot.structure import Structure
from tests.ingest.sample_files import epub, page


def context(document: Document, words: str) -> list[tuple[str, str]]:
    """What the block with these words is to be read with: kind and text."""
    ranges = Structure(document.blocks).context_of(document.text.index(words))
    return [(part.kind, document.text[part.start : part.end]) for part in ranges]


TABLE = """<h2>Fees</h2><p>In euros a night:</p><table><caption>Table 7. Berths</caption>
<thead><tr><th>Pier</th><th colspan=2>Boats up to 12 m</th></tr>
<tr><th></th><th>winter</th><th>summer</th></tr></thead>
<tbody><tr><td>North</td><td>8</td><td>12</td></tr>
<tr><td colspan=3>Guests</td></tr><tr><td>South</td><td>9</td><td>14</td></tr></tbody></table>"""


def test_a_row_of_a_page_knows_headers_caption_and_the_line_above() -> None:
    document = read_html(page(TABLE))
    assert context(document, "South | 9 | 14")[-6:] == [
        ("heading", "Fees"),
        ("lead_in", "In euros a night:"),
        ("caption", "Table 7. Berths"),
        ("table_header", "Pier | Boats up to 12 m | Boats up to 12 m"),
        ("table_header", "| winter | summer"),
        ("table_header", "Guests"),
    ]


def test_a_row_knows_only_the_part_of_its_table_that_it_is_in() -> None:
    rows = """<thead><tr><th>What</th><th>Half</th><th>Full</th></tr></thead>
    <tbody><tr><th colspan=3>North</th></tr><tr><th>Rent</th><td>38</td><td>70</td></tr>
    <tr><th colspan=3>South</th></tr><tr><th>Rent</th><td>29</td><td>52</td></tr></tbody>"""
    document = read_html(page(f"<table>{rows}</table>"))
    header = ("table_header", "What | Half | Full")
    assert context(document, "Rent | 38")[-2:] == [header, ("table_header", "North")]
    assert context(document, "Rent | 29")[-2:] == [header, ("table_header", "South")]


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        (
            "<tr><td>Year</td><td>Visitors</td></tr><tr><td>2019</td><td>8,120</td></tr>",
            "Year | Visitors",
        ),
        (
            "<tr><th>Who</th><th>Role</th></tr><tr><td>Ada</td><td>cook</td></tr>",
            "Who | Role",
        ),
    ],
)
def test_the_first_row_of_words_is_the_header(rows: str, header: str) -> None:
    document = read_html(page(f"<table>{rows}</table>"))
    assert ("table_header", header) in context(document, document.text.split(header)[1].split()[0])


def test_a_table_whose_rows_have_headers_at_their_side_has_no_header_row() -> None:
    rows = "<tr><th>Built</th><td>1904</td></tr><tr><th>Owner</th><td>the town</td></tr>"
    document = read_html(page(f"<table>{rows}</table>"))
    assert {block.kind for block in document.blocks} & {"table_header"} == set()


def test_items_know_the_line_and_the_item_they_hang_on() -> None:
    body = "<p>Every crew must bring:</p><ul><li>a rope<ul><li>of ten metres</li></ul></li></ul>"
    document = read_html(page(body))
    assert context(document, "- of ten")[-2:] == [
        ("lead_in", "Every crew must bring:"),
        ("list_item", "- a rope"),
    ]


def test_a_definition_belongs_to_its_term() -> None:
    body = "<dl><dt>Berth</dt><dd>A place for a boat.</dd><dt>Is it free?</dt><dd>No.</dd></dl>"
    document = read_html(page(body))
    assert context(document, "A place for")[-1] == ("lead_in", "Berth")
    assert context(document, "No.")[-1] == ("question", "Is it free?")


QUESTIONS = {
    "headings": "<h3>May I swim?</h3><p>From the beach only, and never alone at night.</p>",
    "bold": "<p><b>May I swim?</b></p><p>From the beach only, and never alone at night.</p>",
    "bold, in one line": "<p><strong>May I swim?</strong> From the beach only, at daylight.</p>",
    "bold, then a break": "<p><b>May I swim?</b><br>From the beach only, at daylight.</p>",
    "details": "<details><summary>May I swim?</summary><p>From the beach only.</p></details>",
}


@pytest.mark.parametrize("body", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_a_reply_belongs_to_its_question(body: str) -> None:
    document = read_html(page(body))
    assert context(document, "From the beach")[-1] == ("question", "May I swim?")


def test_questions_in_markdown_have_their_replies() -> None:
    document = read_markdown("# Pier\n\n**May I fish?** In May.\n\n## May I camp?\n\nNever.\n")
    assert context(document, "In May") == [("heading", "Pier"), ("question", "May I fish?")]
    assert context(document, "Never") == [("heading", "Pier"), ("question", "May I camp?")]


def test_markdown_tables_and_lists_keep_what_they_hang_on() -> None:
    text = "In tonnes:\n\n| Pier | 2024 |\n|---|---|\n| North | 31 |\n\nBring:\n\n1. oil\n2. tar\n"
    document = read_markdown(text)
    assert context(document, "North | 31") == [
        ("lead_in", "In tonnes:"),
        ("table_header", "Pier | 2024"),
    ]
    assert context(document, "2. tar") == [("lead_in", "Bring:")]


POSTS = {
    "a forum": '<div class="post"><div class="author">{who}</div><div><p>{what}</p></div></div>',
    "comments": '<ol><li class="comment"><cite class="user">{who}</cite><p>{what}</p></li></ol>',
    "a live blog": "<article class=entry><p><time>{who}</time></p><p>{what}</p></article>",
}


@pytest.mark.parametrize("form", POSTS.values(), ids=POSTS.keys())
def test_a_post_knows_who_wrote_it_or_when(form: str) -> None:
    posts = [
        ("11:05", "The tanker has left the harbour of Skerry with two tugs beside it."),
        ("12:40", "One of the tugs came back, and its captain spoke of a calm sea."),
        ("14:10", "The tanker was seen off Elmstead, where it waits for its pilot."),
    ]
    written = [form.format(who=who, what=what) for who, what in posts]
    body = "".join(written).replace("</ol><ol>", "")
    document = read_html(page(body))
    assert context(document, "One of the tugs")[-1] == ("byline", "12:40")


def test_every_heading_of_a_book_has_its_level() -> None:
    data = epub({"one": "<h1>Sea</h1><h2>Tides</h2><h3>Spring</h3><p>They are high.</p>"})
    path = [text for _, text in context(extract(data, "a.epub"), "They are high")]
    assert path == ["Sea", "Tides", "Spring"]


LEFT_OVER = {
    "commas between tags": "<p><a href=a></a>, <a href=b></a>, <a href=c></a></p>",
    "a list of pictures": "<ul><li><img src=a> ©</li><li><img src=b> ©</li></ul>",
    "arrows": "<p><a href=a></a> » <a href=b></a> »</p>",
    "brackets": "<p>( / )</p><p>.</p><p>:</p>",
}


@pytest.mark.parametrize("body", LEFT_OVER.values(), ids=LEFT_OVER.keys())
def test_what_is_left_of_links_and_pictures_is_no_text(body: str) -> None:
    builder = TextBuilder()
    read_whole_html(f"<p>Six boats.</p>{body}<p>One pier.</p>", builder)
    assert builder.text() == "Six boats.\n\nOne pier."


def test_stars_code_and_empty_cells_stay() -> None:
    builder = TextBuilder()
    cells = "<tr><th>Pier</th><th>Boats</th></tr><tr><td>\u2013</td><td>\u2013</td></tr>"
    read_whole_html(f"<p>\u2605\u2605\u2605</p><pre>{{}}</pre><table>{cells}</table>", builder)
    assert builder.text() == "\u2605\u2605\u2605\n\n{}\n\nPier | Boats\n\u2013 | \u2013"
