"""What stands above an exported text: an article's record as named values, and back.

Values that come from a stranger's file are taken as far as they are of the right form: cleaned,
shortened, or left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.errors import AddressRefused
from bot.ingest.chunk import CHUNKER_VERSION
from bot.ingest.fetch.addresses import check_address
from bot.records import (
    Article,
    DateKind,
    PageUnit,
    SourceMessage,
    StoredPassage,
    Submitter,
)
from bot.service.dates import is_date
from bot.service.typed import clean_line, parse_tags
from bot.store.values import NewArticle
from bot.text.normalize import NORMALIZER_VERSION, make_title

VALUE_CHARACTERS = 500  # of an author, a note, a name …
MAX_NOTES = 100
MAX_ID = 1 << 63
QUARTER = re.compile(r"\d{4}-Q[1-4]", re.ASCII)
DATE_KINDS: tuple[DateKind, ...] = ("published", "updated", "event", "file")
PAGE_UNITS: tuple[PageUnit, ...] = ("page", "slide", "sheet", "second")


def head_of(article: Article, passages: Sequence[StoredPassage]) -> dict[str, Any]:
    """What is known of an article, without what is unknown."""
    submitter, message = article.submitter, article.message
    head = {
        "title": article.title,
        "url": article.url,
        "author": article.author,
        "published": article.published,
        "date_kind": article.date_kind if article.published else None,
        "date_source": article.date_source,
        "language": article.language,
        "source": article.source,
        "address": article.address,
        "added": article.added,
        "added_by": submitter.name,
        "added_by_id": submitter.user_id,
        "channel": submitter.channel_id,
        "message": message.id if message else None,
        "message_author": message.author_id if message else None,
        "tags": list(article.tags),
        "notes": list(article.notes),
        "page_unit": passages[0].page_unit if passages else None,
        "by_ocr": bool(passages) and passages[0].by_ocr,
        "reader": article.reader,
    }
    return {name: value for name, value in head.items() if value not in (None, "", [], False)}


def draft_of(head: Mapping[str, Any], source: str) -> NewArticle:
    """An article without its text. ``source`` stands for a missing title and source."""
    published, message_id = _text(head, "published"), _id(head, "message")
    is_known = is_date(published) or QUARTER.fullmatch(published)
    return NewArticle(
        title=make_title(_text(head, "title") or source),
        text="",
        passages=(),
        source=_text(head, "source") or source,
        cleaner=NORMALIZER_VERSION,
        splitter=CHUNKER_VERSION,
        reader=_id(head, "reader") or 0,
        url=_address(head, "url"),
        author=_text(head, "author") or None,
        published=published if is_known else None,
        date_kind=next((k for k in DATE_KINDS if k == head.get("date_kind")), "published"),
        date_source=_text(head, "date_source") if is_known else "",
        language=_text(head, "language")[:20] or None,
        notes=tuple(clean_line(note)[:VALUE_CHARACTERS] for note in _texts(head, "notes")),
        tags=parse_tags(",".join(_texts(head, "tags"))),
        submitter=Submitter(
            _id(head, "added_by_id"), _text(head, "added_by"), _id(head, "channel")
        ),
        address=_address(head, "address"),
        message=SourceMessage(message_id, _id(head, "message_author")) if message_id else None,
        page_unit=next((u for u in PAGE_UNITS if u == head.get("page_unit")), "page"),
        by_ocr=head.get("by_ocr") is True,
    )


def time_of(value: object) -> str:
    """A time as it is stored, ISO 8601 in UTC; empty for anything else."""
    try:
        time = datetime.fromisoformat(value if isinstance(value, str) else "")
        return time.astimezone(UTC).isoformat(timespec="seconds") if time.tzinfo else ""
    except (ValueError, OverflowError):
        return ""


def _text(head: Mapping[str, Any], name: str) -> str:
    value = head.get(name)
    return clean_line(value)[:VALUE_CHARACTERS] if isinstance(value, str) else ""


def _texts(head: Mapping[str, Any], name: str) -> list[str]:
    values = head.get(name)
    if not isinstance(values, list):
        return []
    return [value for value in values[:MAX_NOTES] if isinstance(value, str)]


def _id(head: Mapping[str, Any], name: str) -> int | None:
    value = head.get(name)
    return value if type(value) is int and 0 < value < MAX_ID else None


def _address(head: Mapping[str, Any], name: str) -> str | None:
    """A web address, which a reader may open or Footnote fetch again."""
    value = head.get(name)
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        return None
    try:
        check_address(value)
    except AddressRefused:
        return None
    return value
