"""When a document was published, according to its metadata or its first page.

Accepts a publication date in publishers' metadata, a date printed after a word such as
"Published", and the only date on a line of its own. The file's creation date says nothing (it may
be a scan, a download, a template), so without any of these there is no date. Ambiguous dates
(03/04/2020) are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import regex

from bot.ingest.extract.metadata import plausible_date
from bot.text.calendar_names import SHORT_WEEKDAYS, WEEKDAY
from bot.text.dates import DATE_PATTERN, read_date

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
LINE_CHARACTERS = 60  # a date, a weekday and a place
# With a capital: within a sentence ("was published on …") it may be about something else.
_LABEL = r"""(?x:(?<!\w)(?:
    (?:(?:Article|Version|First|Originally)\sp|P)ublished(?:\sonline)?(?:\son)?
  | PUBLISHED(?:\sONLINE)? | Publication\s[Dd]ate | Date\sof\s(?:[Pp]ublication|[Ii]ssue)
  | (?:Posted|Released|Issued)(?:\son)? | (?:Release|Issue)\s[Dd]ate | Available\sonline
  | arXiv:\S{4,30}(?:\s\[\S{1,20}\])? | Dated?(?=:)
  | Veröffentlicht(?:\sam)? | Erschienen(?:\sam)? | (?:Datum|Stand)(?=:)
  | Publié(?:\sen\sligne)?(?:\sle)? | Publicado(?:\sel|\sem)?
  | Pubblicato(?:\sil)? | Gepubliceerd(?:\sop)? | Fecha(?=:) | Data(?=:)
  | Opublikowano | Опубликовано | 発行日 | 公開日 | 发布日期 | 发布时间
)\s?[:：]?\s?)"""
_DATE = rf"(?i:{DATE_PATTERN})(?!\w)"
_LABELLED = regex.compile(_LABEL + _DATE)
_WEEKDAY = rf"(?i:{'|'.join(map(regex.escape, [*WEEKDAY, *SHORT_WEEKDAYS]))})"
_ALONE = regex.compile(
    rf"(?:[^\W\d][\w .'’-]{{1,30}},\s(?:the\s|den\s|le\s|am\s)?)?"
    rf"(?:{_WEEKDAY}[.,]{{0,2}}\s)?{_DATE}\.?"
)


def printed_date(lines: Sequence[str]) -> str | None:
    """The publication date printed on a first page, as an ISO date."""
    text = " ".join(" ".join(lines)[:FIRST_PAGE_CHARACTERS].split())
    labelled = next(filter(None, map(_iso_date, _LABELLED.finditer(text))), None)
    if labelled:
        return labelled
    short = (" ".join(line.split()) for line in lines if len(line) <= LINE_CHARACTERS)
    own_line_dates = {_iso_date(match) for line in short if (match := _ALONE.fullmatch(line))} - {
        None
    }
    return own_line_dates.pop() if len(own_line_dates) == 1 else None


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


def _iso_date(match: regex.Match[str]) -> str | None:
    """A whole and unambiguous date as an ISO date."""
    found = read_date(match)
    if found is None or not found.year or len(found.months) != 1 or len(found.days) != 1:
        return None
    (month,), (day,) = found.months, found.days
    return plausible_date(f"{found.year}-{month:02}-{day:02}")
