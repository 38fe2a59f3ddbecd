"""What of a Word file is not in its text: comments, deletions, headers, pictures, charts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bot.errors import DamagedDocument
from bot.ingest.extract.archive import Archive
from bot.ingest.extract.docx_xml import STRICT_W, W
from bot.ingest.extract.left_out import LeftOut, headers_note
from bot.ingest.extract.office import count_media

DOCUMENT = "word/document.xml"
_HEADER = re.compile(r"word/(?:header|footer)\d*\.xml")
_CHART = re.compile(r"word/charts/chart\d*\.xml")
_DELETION = re.compile(rb"<w:(?:del|moveFrom)[ >]")
_LETTER = re.compile(r"[^\W\d_]")


def docx_left_out_notes(archive: Archive) -> tuple[str, ...]:
    """The notes about the parts that are counted or named instead of read."""
    left_out = LeftOut()
    count_media(archive, left_out)
    left_out["chart"] = sum(_CHART.fullmatch(name) is not None for name in archive.names)
    left_out["comment"] = sum(1 for _ in _elements(archive, "word/comments.xml", "comment"))
    left_out["deletion"] = len(_DELETION.findall(archive.read(DOCUMENT)))
    parts = sorted(name for name in archive.names if _HEADER.fullmatch(name))
    headers = [text for part in parts for text in _header_lines(archive, part)]
    return (*left_out.notes(), *headers_note(headers))


def _elements(archive: Archive, part: str, name: str) -> Iterator[Any]:
    if part not in archive.names:
        return
    try:
        yield from archive.xml(part).iter(f"{W}{name}", f"{STRICT_W}{name}")
    except DamagedDocument:
        return  # the text can be read without it


def _header_lines(archive: Archive, part: str) -> Iterator[str]:
    """The lines of a header or footer that say more than a number."""
    for paragraph in _elements(archive, part, "p"):
        line = "".join(text.text or "" for text in paragraph.iter(f"{W}t", f"{STRICT_W}t"))
        if _LETTER.search(line):
            yield line
