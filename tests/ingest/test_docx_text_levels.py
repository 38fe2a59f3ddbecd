"""Which outline levels of Word are headings, and what its styles inherit."""

from __future__ import annotations

import pytest

from bot.ingest.extract.extract import extract
from tests.ingest.sample_files import raw_docx
from tests.ingest.test_docx import paragraph, run


@pytest.mark.parametrize(("outline", "is_heading"), [(0, True), (5, True), (6, False), (8, False)])
def test_six_outline_levels_are_headings(outline: int, is_heading: bool) -> None:
    properties = f'<w:outlineLvl w:val="{outline}"/>'
    document = extract(
        raw_docx(paragraph(run("Ice"), properties=properties) + paragraph(run("It is cold."))),
        "mars.docx",
    )
    assert [heading.value for heading in document.headings] == (["Ice"] if is_heading else [])


def test_styles_that_are_based_on_one_another_end_somewhere() -> None:
    styles = "".join(
        f'<w:style w:styleId="{own}"><w:name w:val="{own}"/><w:basedOn w:val="{other}"/></w:style>'
        for own, other in (("A", "B"), ("B", "A"))
    )
    body = paragraph(run("Ice."), properties='<w:pStyle w:val="A"/>')
    assert extract(raw_docx(body, styles=styles), "mars.docx").text == "Ice."
