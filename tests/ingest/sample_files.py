"""Documents that the tests make themselves, good and hostile, with real writers."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

SENTENCES = (
    "The harbour of {} was rebuilt after the great storm of that winter.",
    "Engineers measured the depth of the channel at every tide for a year.",
    "Their report recommends a longer breakwater and two new lights.",
    "The town council accepted the plan by eleven votes to four.",
    "Fishermen had asked for the same works since the old pier collapsed.",
)


def prose(paragraphs: int, name: str = "Selby") -> list[str]:
    """Paragraphs that differ from each other, four sentences each."""
    return [
        " ".join(SENTENCES[(number + i) % len(SENTENCES)] for i in range(4)).format(
            f"{name} number {number}"
        )
        for number in range(paragraphs)
    ]


def pdf(
    paragraphs: Iterable[str],
    *,
    columns: int = 1,
    head: str = "",
    numbers: bool = False,
    title: str = "",
    author: str = "",
    created: bool = True,
    password: str = "",
    owner: str = "",
) -> bytes:
    """A PDF as word processors make them; a paragraph that begins with # is a heading."""
    from reportlab.lib.enums import TA_JUSTIFY
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph

    width, height = A4
    room = (width - 120 - 20 * (columns - 1)) / columns
    frames = [Frame(60 + i * (room + 20), 80, room, height - 160) for i in range(columns)]

    def decorate(canvas: Any, document: Any) -> None:
        canvas.setFont("Times-Roman", 9)
        if head:
            canvas.drawString(60, height - 50, head)
        if numbers:
            canvas.drawCentredString(width / 2, 40, str(document.page))

    body = ParagraphStyle("body", fontName="Times-Roman", fontSize=10, leading=12)
    body.alignment, body.spaceAfter, body.embeddedHyphenation = TA_JUSTIFY, 6, 1
    large = ParagraphStyle("large", fontName="Times-Bold", fontSize=15, leading=18, spaceAfter=8)
    out = io.BytesIO()
    lock = StandardEncryption(password, ownerPassword=owner or None) if password or owner else None
    document = BaseDocTemplate(
        out, pagesize=A4, title=title or None, author=author or None, encrypt=lock, invariant=1
    )
    document.addPageTemplates([PageTemplate("page", frames, onPage=decorate)])
    document.build(
        [Paragraph(p.lstrip("# "), large if p.startswith("#") else body) for p in paragraphs]
    )
    return out.getvalue()


def drawn_pdf(pages: Iterable[Iterable[tuple[float, float, str]]], size: float = 10) -> bytes:
    """A PDF with words exactly where they are put: (x, y, words) for each page."""
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for words in pages:
        canvas.setFont("Helvetica", size)
        for x, y, text in words:
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def archive(parts: Mapping[str, bytes | str]) -> bytes:
    """A ZIP of these parts, packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name, data)
    return out.getvalue()


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def raw_docx(body: str, **parts: str) -> bytes:
    """A Word file around the XML of a body; ``parts`` are further parts such as footnotes."""
    xml = f'<?xml version="1.0"?><w:{{0}} xmlns:w="{W}">{{1}}</w:{{0}}>'
    files = {"word/document.xml": xml.format("document", f"<w:body>{body}</w:body>")}
    for name, inner in parts.items():
        files[f"word/{name}.xml"] = xml.format(name, inner)
    return archive(files)


def epub(
    chapters: Mapping[str, str],
    *,
    spine: Iterable[str] = (),
    extra: Mapping[str, str] | None = None,
    metadata: str = "",
    items: str = "",
) -> bytes:
    """A book of chapters, name to HTML body, in the order of ``spine`` (default: as given)."""
    manifest = "".join(
        f'<item id="{name}" href="{name}.xhtml" media-type="application/xhtml+xml"/>'
        for name in chapters
    )
    order = "".join(f'<itemref idref="{name}"/>' for name in spine or chapters)
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<metadata>{metadata}</metadata><manifest>{manifest}{items}</manifest>"
        f"<spine>{order}</spine></package>"
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
    )
    pages = {
        f"OEBPS/{name}.xhtml": f"<html xmlns='http://www.w3.org/1999/xhtml'><body>{body}</body></html>"
        for name, body in chapters.items()
    }
    return archive(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": container,
            "OEBPS/book.opf": package,
            **pages,
            **(extra or {}),
        }
    )


def bomb(size: int) -> bytes:
    """Deflated zeros, as in an archive's part."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(b"\0" * size) + packer.flush()


def page(body: str, head: str = "") -> str:
    """A web page with enough words around ``body``."""
    around = "".join(f"<p>{paragraph}</p>" for paragraph in prose(3))
    article = f"<article>{around}{body}</article>"
    return f"<!doctype html><html><head>{head}</head><body>{article}</body></html>"
