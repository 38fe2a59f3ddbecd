"""A document's author and date from what it shows and from its front matter, whatever its format.

What a page shows comes before a file's own metadata: programs write their user's name and the day
of saving there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.ingest.extract.byline import PrintedDate, read_byline
from bot.ingest.extract.byline_labels import AUTHOR_COLON, date_label
from bot.ingest.extract.dates import date_order
from bot.ingest.extract.document import Document
from bot.ingest.extract.names import join_names
from bot.ingest.extract.publication_date import file_date, printed_date
from bot.ingest.extract.structured_data import stated_date
from bot.records import DateKind
from bot.text.language import detect_language

SAMPLE_CHARACTERS = 20_000
FIRST_PAGE_CHARACTERS = 5_000
AUTHOR_KEYS = ("author", "authors", "by")
DATE_KEYS = ("date", "published", "pubdate", "publishdate", "created")


def with_byline(document: Document, lines: Sequence[str]) -> Document:
    """The document with the author and the date that its lines print.

    A date that it has already (a publisher's, a front matter's) is kept, unless it is only the
    file's; an author is kept only if the lines name none.
    """
    sample = document.text[:SAMPLE_CHARACTERS]
    order = date_order(document.language or detect_language(sample), sample)
    byline = read_byline(lines, order)
    author = join_names(byline.authors) or document.author
    if document.published and document.date_kind != "file":
        return replace(document, author=author)
    date = byline.date()
    if date is None or date.kind != "published":
        printed = printed_date(list(_first_page(lines)), order)
        date = PrintedDate(printed, "published", labelled=False) if printed else date
    if date is None:
        return replace(document, author=author)
    return replace(
        document, author=author, published=date.value, date_kind=date.kind, date_source="byline"
    )


def with_file_date(document: Document, created: str, modified: str) -> Document:
    """The document with the day on which the file was begun, as its own metadata say."""
    begun = file_date(created, modified)
    if begun is None:
        return document
    return replace(document, published=begun, date_kind="file", date_source="file")


def _first_page(lines: Sequence[str]) -> Iterator[str]:
    characters = 0
    for line in lines:
        characters += len(line)
        if characters > FIRST_PAGE_CHARACTERS:
            return
        yield line


def front_matter_author(entries: Mapping[str, str]) -> str:
    """The author in a front matter, whose keys may be in any language."""
    named = [entries[key] for key in AUTHOR_KEYS if entries.get(key)]
    labelled = [
        value for key, value in entries.items() if value and AUTHOR_COLON.fullmatch(f"{key}:")
    ]
    return next(iter([*named, *labelled]), "")


def front_matter_date(entries: Mapping[str, str]) -> tuple[str | None, DateKind]:
    """The date in a front matter: of publishing, else of the last change."""
    order = date_order(entries.get("lang") or entries.get("language"))
    named = [("published", entries[key]) for key in DATE_KEYS if entries.get(key)]
    labelled = [
        (date_label(f"{key.replace('_', ' ')}:"), value) for key, value in entries.items() if value
    ]
    event: DateKind
    for event in ("published", "updated", "event"):
        for kind, value in (*named, *labelled):
            date = stated_date(value, order) if kind == event else None
            if date:
                return date, event
    return None, "published"
