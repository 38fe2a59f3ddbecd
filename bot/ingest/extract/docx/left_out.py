"""What of a Word file is not in its text: comments, deletions, headers, pictures, charts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.errors import DamagedDocument
from bot.ingest.extract.archive import Archive
from bot.ingest.extract.docx.xml import W
from bot.ingest.extract.left_out import LeftOut, headers_note
from bot.ingest.extract.office import count_comments, count_media, read_part

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
    left_out["comment"] = count_comments(archive, "word/comments.xml")
    left_out["deletion"] = len(_DELETION.findall(archive.read(DOCUMENT)))
    parts = sorted(name for name in archive.names if _HEADER.fullmatch(name))
    headers = [text for part in parts for text in _header_lines(archive, part)]
    return (*left_out.notes(), *headers_note(headers))


def _header_lines(archive: Archive, part: str) -> Iterator[str]:
    """The lines of a header or footer that say more than a number."""
    try:
        root = read_part(archive, part)
    except DamagedDocument:
        return  # the text can be read without it
    for paragraph in root.iter(f"{W}p"):
        line = "".join(text.text or "" for text in paragraph.iter(f"{W}t"))
        if _LETTER.search(line):
            yield line
