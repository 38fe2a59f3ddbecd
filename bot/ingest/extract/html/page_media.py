"""Counts what a page shows beside its text: pictures, recordings, charts and embedded pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.ingest.extract.left_out import LeftOut, Thing

ICON_PIXELS = 48  # smaller pictures are signs, avatars or count visitors
SHOWN: dict[str, Thing] = {
    "img": "picture",
    "video": "video",
    "audio": "video",
    "canvas": "chart",
    **dict.fromkeys(("iframe", "embed", "object"), "embedded file"),
}


def count_media(elements: Iterable[Any]) -> LeftOut:
    """How many of each the elements are."""
    left_out = LeftOut()
    for element in elements:
        thing = SHOWN.get(element.tag)
        if thing is not None and not _is_icon(element):
            left_out[thing] += 1
    return left_out


def _is_icon(element: Any) -> bool:
    sizes = (element.get(name, "").removesuffix("px") for name in ("width", "height"))
    return any(size.isdecimal() and int(size[:6]) < ICON_PIXELS for size in sizes)
