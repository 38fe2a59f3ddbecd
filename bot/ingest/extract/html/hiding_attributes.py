"""Attributes and class names that hide an element, whatever its style sheets say."""

from __future__ import annotations

import re
from typing import Any

HIDING_CLASSES = frozenset(
    (
        *("sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "hidden"),
        *("d-none", "is-hidden", "u-hidden", "invisible", "element-invisible", "hide"),
    )
)
SHOWN_AGAIN = re.compile(r":|-(?:block|flex|inline|grid|table)|not-sr-only")  # on wider screens


def hiding_attribute(element: Any, style: dict[str, str]) -> str | None:
    """What hides an element of this style: an attribute's name, "dialog", "class", or None."""
    if not element.attrib:
        return "dialog" if element.tag == "dialog" else None
    for name in ("hidden", "popover"):
        if name in element.attrib:
            return name if style.get("display", "none") == "none" else None
    if element.tag == "dialog" and "open" not in element.attrib:
        return "dialog"
    if element.tag == "input" and element.get("type", "").lower() == "hidden":
        return "type"
    if element.get("aria-hidden", "").strip().lower() == "true":
        return "aria-hidden"
    classes = element.get("class", "").lower().split()
    hiding = not HIDING_CLASSES.isdisjoint(classes) and "display" not in style
    return "class" if hiding and not any(map(SHOWN_AGAIN.search, classes)) else None
