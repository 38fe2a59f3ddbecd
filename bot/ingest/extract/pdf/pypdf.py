"""Reads a PDF with pypdf: slow but hard to crash. Gives lines without their real positions."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from bot.ingest.extract.document import Bounds, OnProgress
from bot.ingest.extract.pdf.layout import LayoutLine
from bot.ingest.extract.pdf.reading import CannotOpen, PasswordRequired, PdfReading

# Invented positions: a page of 72 lines of ten-point type.
PAGE_PT, PITCH_PT, SIZE_PT, LETTER_PT = 800.0, 11.0, 10.0, 5.0
# The errors that pypdf raises for damaged files.
BROKEN = (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, OSError)

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it warns of every oddity of a file


def read_with_pypdf(data: bytes, bounds: Bounds, on_progress: OnProgress) -> PdfReading:
    """Read a PDF. Raises CannotOpen or PasswordRequired."""
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise PasswordRequired
        reading = PdfReading(len(reader.pages), metadata=_metadata(reader))
        length, pages = 0, min(reading.total, bounds.pages)
        for index in range(pages):
            on_progress(index + 1, pages)
            lines = _lines(reader, index)
            if lines is None:
                reading.broken.add(index)
            reading.pages.append(lines or [])
            length += sum(len(line.text) for line in lines or ())
            if length > bounds.characters:
                break
    except (*BROKEN, NotImplementedError) as error:
        raise CannotOpen from error
    if not any(reading.pages):
        raise CannotOpen
    return reading


def _lines(reader: PdfReader, index: int) -> list[LayoutLine] | None:
    try:
        text = reader.pages[index].extract_text()
    except BROKEN:
        return None
    lines = []
    for number, line in enumerate(text.splitlines()):
        top = PAGE_PT - PITCH_PT * number
        words = " ".join(line.split())
        if words:
            right = LETTER_PT * len(words)
            low = top - SIZE_PT
            lines.append(LayoutLine(words, 0.0, right, top, low, base=low, size=SIZE_PT))
    return lines


def _metadata(reader: PdfReader) -> dict[str, str]:
    information: Mapping[str, object] = reader.metadata or {}
    names = {"title": "/Title", "author": "/Author", "created": "/CreationDate"}
    return {name: str(information.get(key) or "") for name, key in names.items()}
