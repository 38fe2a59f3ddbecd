"""Which outline levels of Word are headings."""

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
