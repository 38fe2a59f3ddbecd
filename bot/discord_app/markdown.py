"""Text of strangers → Discord markdown that shows exactly that text, and links or pings nothing."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

SIGNS = re.compile(r"([\\*_~|`\[\]<>])")
LINE_START = re.compile(r"^(\s*)(#|-#|[-+](?=\s)|\d+(?=\.\s))", re.MULTILINE)
AT = re.compile(r"@(?=\w)")
ADDRESS = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20}):(?=/)")
JOINED = "\u200b"  # zero-width: what it stands in is no link and no mention any more
# A fragment that names words is matched word for word: a long quote is named by its ends, as
# the specification advises (wicg.github.io/scroll-to-text-fragment).
WORDS_NAMED = 5


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
    address = (url or "").replace("(", "%28").replace(")", "%29")
    if re.fullmatch(r"https?://[^\s<>()\[\]\"`|\\]+", address):
        return f"[{shown}](<{address}>)"
    return shown


def site(url: str | None) -> str:
    """The site of a web address, for people."""
    try:
        host = urlsplit(url or "").hostname or ""
    except ValueError:
        return ""
    return one_line(host.removeprefix("www."))


def at_quote(address: str, quoted: str) -> str:
    """The address of a page, scrolled to a quote of it: to its longest line, for words that two
    blocks of a page hold are not found together."""
    words = max(quoted.split("\n"), key=len).split()
    long = len(words) > 2 * WORDS_NAMED
    ends = [words[:WORDS_NAMED], words[-WORDS_NAMED:]] if long else [words]
    named = ",".join(_in_fragment(" ".join(end)) for end in ends)
    return f"{address}{'' if '#' in address else '#'}:~:text={named}"


def at_page(address: str, page: int) -> str:
    """The address of a PDF, opened at a page."""
    return f"{address.partition('#')[0]}#page={page}"


def _in_fragment(words: str) -> str:
    """Percent-encoded; a hyphen, too, has a meaning there."""
    return quote(words, safe="").replace("-", "%2D")
