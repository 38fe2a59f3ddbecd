"""``<meta http-equiv="refresh">``: where a page sends its readers on.

Read in two places: from the bytes of a fetched page, to follow it, and from the tree of a file.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

FOLLOWED_S = 15  # what comes later lets a reader read first; news pages reload themselves every 300
HEAD_BYTES = 64 * 1024
STUB_BYTES = 2_000  # of text: a page that says more is read, wherever it leads later
_IGNORED = re.compile(
    rb"<!--.*?(?:-->|\Z)|<(noscript|script|style|template)\b.*?(?:</\1\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(rb"<[^<>]*>|\s+")
_META = re.compile(rb"<meta\b([^<>]{0,2000})>", re.IGNORECASE)
_IS_REFRESH = re.compile(rb"http-equiv\s*=\s*[\"']?\s*refresh\b", re.IGNORECASE)
_CONTENT = re.compile(rb"\bcontent\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_REFRESH = re.compile(
    r"\s*(\d{0,9})[\d.]*\s*[;,\s]\s*(?:url\s*=\s*)?(['\"]?)(.*)", re.I | re.DOTALL
)


class Refresh(NamedTuple):
    """After how many seconds a page sends its readers where; the target is as written."""

    delay_s: int
    target: str


def parse_refresh(content: str) -> Refresh | None:
    """The value of the element's ``content``; None if it only reloads the page."""
    match = _REFRESH.fullmatch(content)
    if match is None:
        return None
    target = match[3].split(match[2])[0] if match[2] else match[3]
    return Refresh(int(match[1] or 0), target.strip()) if target.strip() else None


def find_refresh(page: bytes) -> str | None:
    """The target that browsers with scripts would go to soon, from a page's first bytes."""
    head = _IGNORED.sub(b"", page[:HEAD_BYTES])
    if len(_TAG.sub(b"", head)) > STUB_BYTES:
        return None
    for meta in _META.finditer(head):
        content = _CONTENT.search(meta[1]) if _IS_REFRESH.search(meta[1]) else None
        if content is not None:
            value = next(group for group in content.groups() if group is not None)
            refresh = parse_refresh(html.unescape(value.decode("utf-8", "replace")))
            if refresh is not None and refresh.delay_s <= FOLLOWED_S:
                return refresh.target
    return None
