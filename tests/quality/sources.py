"""Builds the articles of a set from their sources, as members would add them.

A double suffix says which file is built: ``x.docx.md`` becomes a Word document, ``x.xlsx.json`` a
sheet from its name, header rows and rows.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from docx import Document
from markdown_it import MarkdownIt
from openpyxl import Workbook
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

# What a Markdown source is made of, as a file is built from it: (kind, text) or ("table", rows).
Part = tuple[str, str] | tuple[str, list[list[str]]]


def write_library(sources: Path, folder: Path) -> list[Path]:
    """The files of all ``sources``, written into ``folder``, in the order of their names."""
    return [_build(source, folder) for source in sorted(sources.iterdir())]


def _build(source: Path, folder: Path) -> Path:
    name, *kinds = source.name.split(".")
    file = folder / f"{name}.{kinds[0]}"
    match kinds:
        case ["docx", "md"]:
            _write_docx(list(_parts(source.read_text("utf-8"))), file)
        case ["pdf", "md"]:
            _write_pdf(list(_parts(source.read_text("utf-8"))), file)
        case ["xlsx", "csv"]:
            with source.open(encoding="utf-8", newline="") as lines:
                rows = [[_number(cell) for cell in row] for row in csv.reader(lines)]
            _write_xlsx(name, rows, file)
        case ["xlsx", "json"]:
            sheet = json.loads(source.read_text("utf-8"))
            _write_xlsx(sheet["name"], sheet["header_rows"] + sheet["rows"], file)
        case _:
            file.write_bytes(source.read_bytes())
    return file


def _parts(markdown: str) -> Iterator[Part]:
    """Headings ("h1", "h2"), paragraphs ("p"), list items ("li") and tables of a source."""
    kind, rows = "p", list[list[str]]()
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    for token in tokens:
        if token.type == "heading_open":
            kind = token.tag
        elif token.type == "list_item_open":
            kind = "li"
        elif token.type in ("heading_close", "bullet_list_close", "ordered_list_close"):
            kind = "p"
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows:
            rows[-1].append(token.content)
        elif token.type == "inline":
            yield kind, token.content
        elif token.type == "table_close":
            yield "table", rows
            rows = []


def _write_docx(parts: list[Part], file: Path) -> None:
    document = Document()
    for kind, content in parts:
        if isinstance(content, list):
            table = document.add_table(len(content), len(content[0]))
            for row, cells in zip(table.rows, content, strict=True):
                for cell, text in zip(row.cells, cells, strict=True):
                    cell.text = text
        elif kind.startswith("h"):
            document.add_heading(content, int(kind[1]))
        else:
            document.add_paragraph(content, "List Bullet" if kind == "li" else None)
    document.save(str(file))


def _write_pdf(parts: list[Part], file: Path) -> None:
    styles = getSampleStyleSheet()
    story: list[Flowable] = []
    for kind, content in parts:
        if isinstance(content, list):
            grid = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.grey)])
            story += [Table(content, style=grid), Spacer(1, 8)]
        elif kind.startswith("h"):
            story.append(Paragraph(content, styles[f"Heading{kind[1]}"]))
        else:
            story.append(Paragraph(content, styles["BodyText"], "•" if kind == "li" else None))
    SimpleDocTemplate(str(file), pagesize=A4, invariant=True).build(story)


def _write_xlsx(name: str, rows: list[list[str | float]], file: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = name
    for row in rows:
        sheet.append(row)
    book.save(file)


def _number(cell: str) -> str | float:
    try:
        return float(cell) if "." in cell else int(cell)
    except ValueError:
        return cell
