"""Names and small lookups in the XML of Word files."""

from __future__ import annotations

from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
OFF = ("0", "false", "off", "none")


def find(element: Any, path: str) -> Any:
    """The element at a path of Word's own names, such as "pPr/numPr"; None if there is none."""
    return element.find("/".join(W + name for name in path.split("/")))


def find_value(element: Any, path: str) -> str:
    """The ``val`` of the element at a path; empty if there is none."""
    child = find(element, path)
    return child.get(f"{W}val", "") if child is not None else ""


def is_on(element: Any, path: str) -> bool:
    """Whether a switch is set."""
    child = find(element, path)
    return child is not None and child.get(f"{W}val", "1").lower() not in OFF
