"""How many authors and dates that documents print are read, and how many are made up.

    .venv/bin/python -m bench.authors_and_dates [--wrong]

``tests/quality/metadata/`` holds invented documents in six languages, each as it would be typed,
with its author and date: 60 that print them within the first ten lines (or state them as a page
does) and 31 that name people and days, none of them their own. The rules were made with
``looked_at.jsonl`` in sight;
``counted.jsonl`` was written before them and is only counted. ``--wrong`` lists what went wrong in
the first.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from bot.ingest.extract.document import Document
from bot.ingest.extract.extract import extract
from tests.ingest.sample_files import archive

FOLDER = Path(__file__).parents[1] / "tests" / "quality" / "metadata"
HALVES = ("looked_at", "counted")
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@dataclass(frozen=True, slots=True)
class Case:
    """A document as it is typed, and what it says of itself; empty where it says nothing."""

    id: str
    language: str
    format: str
    source: str
    date: str
    kind: str
    authors: list[str]


@dataclass(frozen=True, slots=True)
class Result:
    """What was read of a document."""

    case: Case
    authors: list[str]
    date: str
    kind: str

    @property
    def author_right(self) -> bool:
        """Whether the authors are those of the document, in any order."""
        return sorted(self.authors) == sorted(self.case.authors)

    @property
    def date_right(self) -> bool:
        """Whether the date is the document's, with its precision."""
        return self.date == self.case.date

    @property
    def made_up(self) -> bool:
        """Whether a name or a day was read that is not the document's."""
        wrong_name = not set(self.authors) <= set(self.case.authors)
        return wrong_name or (self.date != "" and self.date != self.case.date)


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares: of the dates and authors there are, and of all documents."""

    dates: float
    kinds: float  # of the dates: whether it says too what happened then
    authors: float
    made_up: float


def read_cases(half: str) -> list[Case]:
    """The documents of one half."""
    lines = (FOLDER / f"{half}.jsonl").read_text("utf-8").splitlines()
    return [Case(**json.loads(line)) for line in lines]


def results(half: str) -> Iterator[Result]:
    """Each document as it was read."""
    for case in read_cases(half):
        document = extract(_file(case), f"article.{case.format}")
        yield _result(case, document)


def _result(case: Case, document: Document) -> Result:
    author = document.author or ""
    names = [name.strip() for name in author.replace(";", ",").split(",") if name.strip()]
    kind = document.date_kind if document.published else ""
    return Result(case, names, document.published or "", kind)


def figures(read: list[Result]) -> Figures:
    """The shares of one half."""
    dated = [result.date_right for result in read if result.case.date]
    kinds = [r.date_right and r.kind == r.case.kind for r in read if r.case.date]
    signed = [result.author_right for result in read if result.case.authors]
    made_up = [result.made_up for result in read]
    return Figures(_share(dated), _share(kinds), _share(signed), _share(made_up))


def _share(flags: list[bool]) -> float:
    return sum(flags) / len(flags)


def _file(case: Case) -> bytes:
    if case.format == "docx":
        return _docx(case.source)
    return _pdf(case.source) if case.format == "pdf" else case.source.encode()


def _docx(source: str) -> bytes:
    """A Word file; lines that follow each other after the first paragraph are one."""
    paragraphs = (f"<w:p><w:r><w:t>{escape(p)}</w:t></w:r></w:p>" for p in _paragraphs(source))
    body = f'<w:document xmlns:w="{W}"><w:body>{"".join(paragraphs)}</w:body></w:document>'
    return archive({"word/document.xml": body})


def _paragraphs(source: str) -> Iterator[str]:
    head, _, rest = source.partition("\n\n")
    yield from head.splitlines()
    yield from (" ".join(paragraph.split("\n")) for paragraph in rest.split("\n\n"))


def _pdf(source: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    y = 780
    for number, line in enumerate(source.splitlines()):
        canvas.setFont("Helvetica-Bold" if number == 0 else "Helvetica", 16 if number == 0 else 10)
        canvas.drawString(60, y, line)
        y -= 30 if number == 0 else 14
    canvas.save()
    return out.getvalue()


def main() -> None:
    """Prints the figures of both halves."""
    for half in HALVES:
        read = list(results(half))
        found = figures(read)
        print(
            f"{half:10} dates {found.dates:.3f}  with kind {found.kinds:.3f}  "
            f"authors {found.authors:.3f}  made up {found.made_up:.3f}  ({len(read)} documents)"
        )
        if half == "looked_at" and "--wrong" in sys.argv:
            for result in read:
                if not (result.author_right and result.date_right):
                    print(f"  {result.case.id}: {result.authors} {result.date} {result.kind}")


if __name__ == "__main__":
    main()
