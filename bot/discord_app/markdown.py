"""Text of strangers → Discord markdown that shows exactly that text, and links or pings nothing."""

from __future__ import annotations

import re

SIGNS = re.compile(r"([\\*_~|`\[\]<>])")
LINE_START = re.compile(r"^(\s*)(#|-#|[-+](?=\s)|\d+(?=\.\s))", re.MULTILINE)
AT = re.compile(r"@(?=\w)")
ADDRESS = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20}):(?=/)")
JOINED = "\u200b"  # zero-width: what it stands in is no link and no mention any more


def escape(text: str) -> str:
    """Every sign of markdown, mention and address made harmless; looks the same when rendered."""
    text = SIGNS.sub(r"\\\1", text)
    text = LINE_START.sub(_escaped_start, text)
    text = AT.sub("@" + JOINED, text)
    return ADDRESS.sub(rf"\1:{JOINED}", text)


def _escaped_start(match: re.Match[str]) -> str:
    sign = match[2]
    return f"{match[1]}{sign}\u200b" if sign[0].isdigit() else f"{match[1]}\\{sign}"


def one_line(text: str) -> str:
    """Escaped, with all white space as single spaces."""
    return escape(" ".join(text.split()))


def link(label: str, url: str | None) -> str:
    """The label, as a link where there is a web address that markdown can hold."""
    shown = one_line(label)
    if url and re.fullmatch(r"https?://[^\s<>()\[\]\"`|\\]+", url):
        return f"[{shown}](<{url}>)"
    return shown
