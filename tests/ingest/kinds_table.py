"""A sample of each kind of file, and the table in docs/reading.md of what is kept of it.

    python -m tests.ingest.kinds_table

rewrites the table. A sample holds whatever its kind can hold: a heading, a table with a header, a
list, a note, a filled-in form, an author, a date, pages.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from bot.ingest.extract.document import Document
from bot.ingest.extract.extract import extract
from bot.structure import Structure
from tests.ingest.office_files import odf, pptx, slide, xlsx
from tests.ingest.sample_files import archive, epub, prose

DOCS = Path(__file__).parents[2] / "docs" / "reading.md"
BEGIN = "<!-- kinds: made by tests/ingest/kinds_table.py -->"
END = "<!-- /kinds -->"
NOTE = "Two of them are new."
VALUE = "White Gull"
AUTHOR = "Nora Feld"
ROWS = (("Port", "Tonnes"), ("Selby", "640"), ("Hull", "7"))
HTML = (
    "<h1>The harbour plan</h1><p>By Nora Feld, 4 May 2026</p>"
    "<p>The harbour has six boats<sup><a href='#n1'>1</a></sup> and one pier, which is old.</p>"
    "<table><tr><th>Port</th><th>Tonnes</th></tr><tr><td>Selby</td><td>640</td></tr>"
    "<tr><td>Hull</td><td>7</td></tr></table><p>Bring:</p><ul><li>a lead</li><li>a towel</li></ul>"
    f"<section class='footnotes'><ol><li id='n1'>{NOTE}</li></ol></section>"
)
MARKDOWN = (
    "---\nauthor: Nora Feld\ndate: 2026-05-04\n---\n# The harbour plan\n\nSix boats[^1] and a pier."
    "\n\n| Port | Tonnes |\n|---|---|\n| Selby | 640 |\n\nBring:\n\n- a lead\n- a towel\n\n"
    f"[^1]: {NOTE}\n"
)


def _web_page() -> str:
    """As a site would show it, with a few paragraphs after the table."""
    prose_html = "".join(f"<p>{paragraph}</p>" for paragraph in prose(3))
    title = "<title>The harbour plan</title>"
    return f"<!doctype html><html><head>{title}</head><body><article>{HTML}{prose_html}</article>"


def _docx() -> bytes:
    import docx

    made = docx.Document()
    made.core_properties.author = AUTHOR
    made.add_heading("The harbour plan", 1)
    made.add_paragraph("Published 4 May 2026")
    made.add_paragraph("The harbour has six boats and one pier.")
    table = made.add_table(3, 2)
    for number, row in enumerate(ROWS):
        for column, text in enumerate(row):
            table.cell(number, column).text = text
    made.add_paragraph("Bring:")
    made.add_paragraph("a lead", style="List Bullet")
    made.add_paragraph("a towel", style="List Bullet")
    out = io.BytesIO()
    made.save(out)
    return _with_footnote(out.getvalue())


def _with_footnote(data: bytes) -> bytes:
    """python-docx writes no footnotes: one is added to the last paragraph."""
    import zipfile

    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    with zipfile.ZipFile(io.BytesIO(data)) as unpacked:
        parts = {name: unpacked.read(name) for name in unpacked.namelist()}
    mark = b'<w:r><w:footnoteReference w:id="9"/></w:r></w:p><w:sectPr'
    parts["word/document.xml"] = parts["word/document.xml"].replace(b"</w:p><w:sectPr", mark)
    note = f'<w:footnote w:id="9"><w:p><w:r><w:t>{NOTE}</w:t></w:r></w:p></w:footnote>'
    parts["word/footnotes.xml"] = f'<w:footnotes xmlns:w="{w}">{note}</w:footnotes>'.encode()
    return archive(parts)


def _pdf() -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    canvas.setAuthor(AUTHOR)
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(72, 770, "The harbour plan")
    canvas.setFont("Helvetica", 11)
    lines = ["Published 4 May 2026", "The harbour has six boats [1] and one pier, which is old."]
    for number, line in enumerate([*lines, "", "Bring:", "• a lead", "• a towel"]):
        canvas.drawString(72, 740 - 14 * number, line)
    for number, row in enumerate(ROWS):
        for column, text in enumerate(row):
            canvas.drawString(72 + 120 * column, 600 - 14 * number, text)
    canvas.drawString(72, 500, "Name of the boat:")
    canvas.acroForm.textfield(value=VALUE, name="n", x=180, y=496, width=120, height=16)
    canvas.drawString(72, 90, f"[1] {NOTE}")
    canvas.save()
    return out.getvalue()


def _pptx() -> bytes:
    def make(presentation: Any) -> None:
        presentation.core_properties.author = AUTHOR
        made = slide(presentation, "The harbour plan", "a lead\na towel")
        made.shapes.add_textbox(0, 0, 99, 99).text_frame.text = "Published 4 May 2026"
        made.notes_slide.notes_text_frame.text = NOTE
        table = made.shapes.add_table(3, 2, 0, 0, 99, 99).table
        for number, row in enumerate(ROWS):
            for column, text in enumerate(row):
                table.cell(number, column).text = text

    return pptx(make)


def _xlsx() -> bytes:
    def describe(book: Any) -> None:
        book.properties.creator = AUTHOR

    return xlsx(("Landings", ROWS), ("Prices", ROWS), change=describe)


ODF_META = f"<office:meta><dc:creator>{AUTHOR}</dc:creator></office:meta>"
ODF_TABLE = "<table:table table:name='Landings'>{}</table:table>".format(
    "".join(
        "<table:table-row>{}</table:table-row>".format(
            "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row)
        )
        for row in ROWS
    )
)
ODF_LIST = "<text:list>{}</text:list>".format(
    "".join(
        f"<text:list-item><text:p>{item}</text:p></text:list-item>"
        for item in ("a lead", "a towel")
    )
)


def _odt() -> bytes:
    note = f"<text:note><text:note-body><text:p>{NOTE}</text:p></text:note-body></text:note>"
    return odf(
        "text",
        "<text:h text:outline-level='1'>The harbour plan</text:h><text:p>Published 4 May 2026"
        f"</text:p><text:p>Six boats{note} and a pier.</text:p>{ODF_TABLE}{ODF_LIST}",
        meta=ODF_META,
    )


def _odp() -> bytes:
    box = "<draw:frame {}><draw:text-box>{}</draw:text-box></draw:frame>"
    title = box.format("presentation:class='title'", "<text:p>The harbour plan</text:p>")
    notes = box.format("", f"<text:p>{NOTE}</text:p>")
    return odf(
        "presentation",
        f"<draw:page>{title}{box.format('', '<text:p>Published 4 May 2026</text:p>')}"
        f"{box.format('', ODF_LIST)}<draw:frame>{ODF_TABLE}</draw:frame>"
        f"<presentation:notes>{notes}</presentation:notes></draw:page>",
        meta=ODF_META,
    )


def _rtf() -> bytes:
    rows = "".join(
        r"\trowd\cellx99\cellx199\intbl " + "".join(rf"{cell}\cell " for cell in row) + r"\row"
        for row in ROWS
    )
    return (
        r"{\rtf1\ansi{\stylesheet{\s1\outlinelevel0 heading 1;}}{\info{\author Nora Feld}}"
        r"\pard\s1 The harbour plan\par\pard Published 4 May 2026\par "
        rf"Six boats{{\footnote {NOTE}}} and a pier.\par {rows}\pard Bring:\par"
        r"{\listtext \bullet\tab}a lead\par{\listtext \bullet\tab}a towel\par}"
    ).encode()


def _epub() -> bytes:
    metadata = f"<dc:creator>{AUTHOR}</dc:creator><dc:date>2026-05-04</dc:date>"
    return epub({"one": HTML.replace("<h1>", "<h1>")}, metadata=metadata)


def _mail(subject: str = "The harbour plan") -> EmailMessage:
    made = EmailMessage()
    made["From"] = f"{AUTHOR} <nora@example.org>"
    made["Date"] = "Mon, 4 May 2026 08:00:00 +0000"
    made["Message-ID"] = "<1@example.org>"
    made["Subject"] = subject
    made.set_content("See the page.")
    made.add_alternative(HTML, subtype="html")
    return made


def _mbox() -> bytes:
    line = b"From nora@example.org Mon May  4 08:00:00 2026\n"
    return b"".join(line + _mail(f"Plan {n}").as_bytes() + b"\n" for n in range(2))


def _mhtml() -> bytes:
    saved = EmailMessage()
    saved["From"] = "<Saved by Blink>"
    saved.set_content(_web_page(), subtype="html")
    saved.make_mixed()
    return saved.as_bytes()


SRT = "1\n00:00:05,000 --> 00:00:08,000\nNora Feld: The pier is old.\n"
CSV = "\n".join(";".join(row) for row in ROWS)
SAMPLES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "web page (.html)": ("a.html", lambda: _web_page().encode()),
    "saved page (.mhtml)": ("a.mhtml", _mhtml),
    "pages in a .zip": ("a.zip", lambda: archive({"a.html": _web_page()})),
    "PDF": ("a.pdf", _pdf),
    "Word (.docx)": ("a.docx", _docx),
    "PowerPoint (.pptx)": ("a.pptx", _pptx),
    "Excel (.xlsx)": ("a.xlsx", _xlsx),
    "OpenDocument text (.odt)": ("a.odt", _odt),
    "OpenDocument slides (.odp)": ("a.odp", _odp),
    "OpenDocument sheets (.ods)": ("a.ods", lambda: odf("spreadsheet", ODF_TABLE, meta=ODF_META)),
    "RTF": ("a.rtf", _rtf),
    "EPUB": ("a.epub", _epub),
    "Markdown": ("a.md", MARKDOWN.encode),
    "mail (.eml)": ("a.eml", lambda: _mail().as_bytes()),
    "mailbox (.mbox)": ("a.mbox", _mbox),
    "subtitles (.srt, .vtt)": ("a.srt", SRT.encode),
    "CSV, TSV": ("a.csv", CSV.encode),
    "JSON": ("a.json", lambda: b'{"title": "The harbour plan", "author": "Nora Feld"}'),
    "source code": ("a.py", lambda: b"# The harbour plan\nboats = 6\n"),
    "text": ("a.txt", lambda: b"The harbour plan\n\nBy Nora Feld, 4 May 2026\n\nSix boats."),
}


def _has_table(document: Document) -> bool:
    """Whether a row knows the header of its table."""
    structure = Structure(document.blocks)
    return any(
        block.kind == "table_row"
        and any(above.kind == "table_header" for above in structure.context_of(block.start))
        for block in document.blocks
    )


def _has(kind: str) -> Callable[[Document], bool]:
    return lambda document: any(block.kind == kind for block in document.blocks)


FEATURES: dict[str, Callable[[Document], bool]] = {
    "headings": _has("heading"),
    "tables": _has_table,
    "lists": _has("list_item"),
    "notes": lambda document: NOTE in document.text,
    "forms": lambda document: VALUE in document.text,
    "author": lambda document: document.author == AUTHOR,
    "date": lambda document: (document.published or "").startswith("2026"),
}


def table() -> str:
    """The table in Markdown: what was found in the sample of each kind after reading it."""
    lines = [
        f"| kind | {' | '.join(FEATURES)} | page |",
        "|---" * (len(FEATURES) + 2) + "|",
    ]
    for kind, (name, make) in SAMPLES.items():
        document = extract(make(), name)
        marks = ["✓" if has(document) else "" for has in FEATURES.values()]
        place = {"second": "time"}.get(document.page_unit, document.page_unit)
        lines.append(f"| {kind} | {' | '.join(marks)} | {place if document.pages else ''} |")
    return "\n".join(line.replace("  ", " ") for line in lines)


def written() -> str:
    """The table that stands in docs/reading.md."""
    return DOCS.read_text("utf-8").partition(BEGIN)[2].partition(END)[0].strip()


def main() -> None:
    """Rewrites the table in docs/reading.md."""
    text = DOCS.read_text("utf-8")
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    DOCS.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
