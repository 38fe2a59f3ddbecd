"""Spreadsheets, presentations and their kin that the tests make, with real writers or by hand."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tests.ingest.sample_files import archive

ODF = "urn:oasis:names:tc:opendocument:xmlns:"
ODF_NAMESPACES = " ".join(
    f'xmlns:{prefix}="{ODF}{name}:1.0"'
    for prefix, name in {
        **{"office": "office", "style": "style", "text": "text", "table": "table"},
        **{"draw": "drawing", "fo": "xsl-fo-compatible", "presentation": "presentation"},
        **{"meta": "meta", "manifest": "manifest"},
    }.items()
)


def xlsx(*sheets: tuple[str, Iterable[Sequence[object]]], change: Any = None) -> bytes:
    """A workbook as openpyxl writes it; ``change`` is called with it before it is saved."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    if change is not None:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def pptx(make: Callable[[Any], None]) -> bytes:
    """A presentation as python-pptx writes it; ``make`` fills it."""
    from pptx import Presentation

    presentation = Presentation()
    make(presentation)
    out = io.BytesIO()
    presentation.save(out)
    return out.getvalue()


def slide(presentation: Any, title: str, body: str = "") -> Any:
    """A new slide with a title and the lines of a body."""
    made = presentation.slides.add_slide(presentation.slide_layouts[1])
    made.shapes.title.text = title
    made.placeholders[1].text = body
    return made


def odf(
    kind: str,
    body: str,
    *,
    styles: str = "",
    masters: str = "",
    meta: str = "",
    more: Mapping[str, str] | None = None,
) -> bytes:
    """An OpenDocument file by hand: the XML of its body ("text", "spreadsheet", "presentation")."""
    content = (
        f'<?xml version="1.0"?><office:document-content {ODF_NAMESPACES}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body>"
        "</office:document-content>"
    )
    dublin = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    root = f"<office:document-{{0}} {ODF_NAMESPACES} {dublin}>{{1}}</office:document-{{0}}>"
    parts = {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "content.xml": content,
        "styles.xml": root.format("styles", masters),
        "meta.xml": root.format("meta", meta),
    }
    return archive({**parts, **(more or {})})
