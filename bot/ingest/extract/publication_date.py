"""When a document was published, according to its metadata or its first page.

Accepts a publication date in publishers' metadata, a date printed after a word such as
"Published", and the only date on a line of its own. The day on which a PDF was made says nothing
(it may be a scan, a download, a print); the day on which an office document was begun is handed on
as what it is, unless it is its template's. Ambiguous dates (03/04/2020) are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.ingest.extract.byline import stands_alone
from bot.ingest.extract.byline_labels import date_label
from bot.ingest.extract.dates import DateOrder, find_dates, plausible_date

# Published dates first; the others are of an issue or of a version of record.
XMP_NAMES = (
    b"prism:publicationDate",
    b"crossmark:MajorVersionDate",
    b"prism:publicationDisplayDate",
    b"prism:coverDate",
)
XMP_VALUE = (  # of an attribute or an element, which may hold a list
    rb"(?:\s*+=\s*+[\"']|\s*+>)\s*+(?:<rdf:(?:Seq|Bag|Alt|li)\b[^>]{0,99}>\s*+){0,2}(\d{4}-\d\d-\d\d)"
)
FIRST_PAGE_CHARACTERS = 20_000
DAY_CHARACTERS = len("2026-02-03")
TEMPLATE_AGE_DAYS = 365
TEMPLATE_DAYS = frozenset(("2013-12-23", "2013-01-27"))  # python-docx's and python-pptx's
LINE_CHARACTERS = 60  # a date, a weekday and a place
LABEL_CHARACTERS = 60  # before a date


def printed_date(lines: Sequence[str], order: DateOrder | None = None) -> str | None:
    """The publication date printed on a first page, as an ISO date or part of one."""
    text = " ".join(" ".join(lines)[:FIRST_PAGE_CHARACTERS].split())
    for printed in find_dates(text, order):
        before = text[max(0, printed.start - LABEL_CHARACTERS) : printed.start]
        if printed.is_day and date_label(before) == "published":
            return printed.value
    own_line = {
        printed.value
        for line in lines
        if len(line) <= LINE_CHARACTERS
        for printed in find_dates(line, order)
        if printed.is_day and stands_alone(line, printed)
    }
    return own_line.pop() if len(own_line) == 1 else None


def file_date(created: str, modified: str) -> str | None:
    """The day on which an office document was begun, from its own metadata (ISO 8601).

    None if it was changed a year later or more: then it may be its template's.
    """
    begun, changed = (plausible_date(text[:DAY_CHARACTERS]) for text in (created, modified))
    if begun is None or begun in TEMPLATE_DAYS or len(begun) < DAY_CHARACTERS:
        return None
    if changed is not None and len(changed) == DAY_CHARACTERS:
        days = (date.fromisoformat(changed) - date.fromisoformat(begun)).days
        return begun if 0 <= days < TEMPLATE_AGE_DAYS else None
    return begun


def xmp_dates(data: bytes, created: str | None) -> tuple[str | None, str | None]:
    """The publication date in a PDF's metadata (XMP), and a date of unstated meaning.

    ``created`` is the file's creation date: programs write it as ``dc:date``, too, so that one is
    ignored. The XMP is searched as bytes, not parsed: it is untrusted XML.
    """
    stated = next(filter(None, (_xmp_date(data, name) for name in XMP_NAMES)), None)
    dated = _xmp_date(data, b"dc:date")
    return stated, None if dated == created else dated


def _xmp_date(data: bytes, name: bytes) -> str | None:
    """Of an element or an attribute of that name."""
    at = data.find(name)
    if at < 0:
        return None
    match = re.compile(XMP_VALUE).match(data, at + len(name))
    return plausible_date(match[1].decode()) if match else None
