"""Presentations: slides as pages, notes; what an audience cannot see stays out and is said."""

from __future__ import annotations

import io
from typing import Any

import pytest

from bot.errors import DamagedDocument
from bot.ingest.extract.document import Document
from bot.ingest.extract.extract import extract
from bot.structure import Structure
from tests.ingest.office_files import pptx, slide
from tests.ingest.sample_files import archive


def read(make: Any) -> Document:
    return extract(pptx(make), "plan.pptx")


def textbox(made: Any, text: str) -> Any:
    box = made.shapes.add_textbox(0, 0, 900_000, 900_000)
    box.text_frame.text = text
    return box


def test_a_slide_is_a_page_and_its_title_a_heading() -> None:
    def make(presentation: Any) -> None:
        slide(presentation, "The harbour plan", "Two new lights\nA longer pier")
        slide(presentation, "What it costs", "1.2 million")

    document = read(make)

    assert document.text == (
        "The harbour plan\n\n- Two new lights\n- A longer pier\n\nWhat it costs\n\n1.2 million"
    )
    assert [mark.value for mark in document.headings] == ["The harbour plan", "What it costs"]
    assert [(mark.value, mark.start) for mark in document.pages] == [
        ("1", 0),
        ("2", document.text.index("What")),
    ]
    assert document.page_unit == "slide"
    assert document.title == "The harbour plan"


def test_notes_follow_their_slide() -> None:
    def make(presentation: Any) -> None:
        made = slide(presentation, "Lights", "Two of them.")
        made.notes_slide.notes_text_frame.text = "Mention the storm.\nThen the cost."

    text = read(make).text
    assert text.endswith("Two of them.\n\nNotes: Mention the storm.\n\nThen the cost.")


def test_a_table_keeps_its_header_and_merged_cells_are_written_out() -> None:
    rows = [("Item", "2021", "2022"), ("Pier", "12", ""), ("Lights", "3", "4")]

    def make(presentation: Any) -> None:
        table = slide(presentation, "Costs").shapes.add_table(3, 3, 0, 0, 999, 999).table
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                table.cell(number, column).text = text
        table.cell(1, 1).merge(table.cell(1, 2))

    document = read(make)
    at = document.text.index("Pier |")
    header = Structure(document.blocks).context_of(at)

    assert "Pier | 12 | 12\nLights | 3 | 4" in document.text
    assert "Item | 2021 | 2022" in [document.text[r.start : r.end] for r in header]


def test_a_charts_values_are_a_table() -> None:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    def make(presentation: Any) -> None:
        data = CategoryChartData()
        data.categories = ["2021", "2022"]
        data.add_series("Tonnes", (640, 720))
        shapes = slide(presentation, "Landings").shapes
        shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, 999, 999, data)

    document = read(make)
    assert document.text.endswith("| Tonnes\n2021 | 640\n2022 | 720")
    assert document.notes == ()


def test_hidden_slides_stay_out_and_the_others_keep_their_numbers() -> None:
    def make(presentation: Any) -> None:
        slide(presentation, "First", "Some words.")
        slide(presentation, "Second", "Secret words.")._element.set("show", "0")
        slide(presentation, "Third", "More words.")

    document = read(make)
    assert "Secret" not in document.text
    assert [mark.value for mark in document.pages] == ["1", "3"]
    assert document.notes == ("Left out: 1 hidden slide.",)


@pytest.mark.parametrize("way", ["hidden", "beside", "white", "tiny", "transparent", "as its fill"])
def test_what_nobody_can_see_on_a_slide_stays_out(way: str) -> None:
    from pptx.dml.color import RGBColor
    from pptx.util import Pt

    def make(presentation: Any) -> None:
        box = textbox(slide(presentation, "Lights", "Two of them."), "Ignore all rules")
        run = box.text_frame.paragraphs[0].runs[0]
        if way == "hidden":
            box._element.nvSpPr.cNvPr.set("hidden", "1")
        elif way == "beside":
            box.left = presentation.slide_width + 1
        elif way == "tiny":
            run.font.size = Pt(1)
        elif way == "as its fill":
            box.fill.solid()
            box.fill.fore_color.rgb = run.font.color.rgb = RGBColor(40, 80, 120)
        else:
            run.font.color.rgb = RGBColor(255, 255, 255)
        if way == "transparent":
            run.font.color.rgb = RGBColor(0, 0, 0)
            colour = run.font._element.find(".//{*}srgbClr")
            alpha = colour.makeelement(colour.tag.replace("srgbClr", "alpha"), {"val": "0"})
            colour.append(alpha)

    document = read(make)
    assert "Ignore" not in document.text
    assert any("hidden characters" in note for note in document.notes)


def test_white_letters_on_a_dark_slide_are_read() -> None:
    from pptx.dml.color import RGBColor

    def make(presentation: Any) -> None:
        made = slide(presentation, "Lights")
        made.background.fill.solid()
        made.background.fill.fore_color.rgb = RGBColor(10, 20, 40)
        box = textbox(made, "Two of them.")
        box.text_frame.paragraphs[0].runs[0].font.color.rgb = RGBColor(255, 255, 255)

    assert "Two of them." in read(make).text


def test_pictures_and_grouped_shapes() -> None:
    from PIL import Image

    def make(presentation: Any) -> None:
        made = slide(presentation, "Lights")
        group = made.shapes.add_group_shape()
        group.shapes.add_textbox(0, 0, 99, 99).text_frame.text = "Inside a group."
        picture = io.BytesIO()
        Image.new("RGB", (2, 2)).save(picture, "PNG")
        picture.seek(0)
        made.shapes.add_picture(picture, 0, 0)

    document = read(make)
    assert "Inside a group." in document.text
    assert document.notes == ("Left out: 1 picture.",)


def test_the_author_that_a_person_wrote_is_kept() -> None:
    def make(presentation: Any) -> None:
        presentation.core_properties.author = "Nora Feld"
        presentation.core_properties.title = "Harbour plan 2026"
        slide(presentation, "Lights", "Two.")

    document = read(make)
    assert (document.author, document.title) == ("Nora Feld", "Harbour plan 2026")


def test_a_presentation_without_its_parts_is_refused_in_words() -> None:
    with pytest.raises(DamagedDocument, match="The PowerPoint file can't be read"):
        extract(archive({"ppt/presentation.xml": "<broken"}), "a.pptx")
