"""Turns untrusted text into Discord markdown that shows exactly that text, without links, mentions
or invites."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

import regex

SPECIAL_CHARACTERS = re.compile(r"([\\*_~|`\[\]<>])")
LINE_START = re.compile(r"^(\s*)(#|-#|[-+](?=\s)|\d+(?=\.\s))", re.MULTILINE)
AT = re.compile(r"@(?=\w)")
URL_SCHEME = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]{1,20})?:(?=/)")
LINKABLE_URL = re.compile(r"https?://[^\s<>()\[\]\"`|\\]+")
ZERO_WIDTH_SPACE = "\u200b"  # inside a link or a mention it disables it
# Discord shows a card with a button for the URL of an invite, a template or a gift, even without
# https://. dsc.gg redirects to invites.
INVITE_HOSTS = (
    "discord.gg",
    "dsc.gg",
    "discord.new",
    "discord.gift",
    "discord.com",
    "discordapp.com",
)
IGNORABLE = r"\p{Default_Ignorable_Code_Point}*+"  # invisible; Discord ignores them in a URL
INVITE = regex.compile(
    rf"(?i)(?:{'|'.join(IGNORABLE.join(map(regex.escape, host)) for host in INVITE_HOSTS)})"
    rf"(?={IGNORABLE}[/\\])"
)
INVITE_URL = re.compile(
    r"(?i)https?://(?:[^/]*[.@])?(?:(?:discord\.(?:gg|new|gift)|dsc\.gg)\b"
    r"|discord(?:app)?\.com(?::\d+)?/+(?:invite|template|gifts)\b)"
)
# A text fragment must match exactly, so a long quote is given by its first and last words, as the
# specification advises (wicg.github.io/scroll-to-text-fragment).
FRAGMENT_WORDS = 5


def escape(text: str) -> str:
    """The text with markdown, mentions, links and invites disabled; it looks the same when
    rendered."""
    text = SPECIAL_CHARACTERS.sub(r"\\\1", text)
    text = LINE_START.sub(_escape_line_start, text)
    text = AT.sub("@" + ZERO_WIDTH_SPACE, text)
    text = INVITE.sub(rf"\g<0>{ZERO_WIDTH_SPACE}", text)
    return URL_SCHEME.sub(rf"\1:{ZERO_WIDTH_SPACE}", text)


def _escape_line_start(match: re.Match[str]) -> str:
    indent, marker = match.groups()
    return f"{indent}{marker}\u200b" if marker[0].isdigit() else f"{indent}\\{marker}"


def one_line(text: str) -> str:
    """The text escaped, with all whitespace collapsed to single spaces."""
    return escape(" ".join(text.split()))


def link(label: str, url: str | None) -> str:
    """The escaped label, linked if ``url`` is a web address that fits into markdown and is no
    invite."""
    text = one_line(label)
    address = (url or "").replace("(", "%28").replace(")", "%29")
    if LINKABLE_URL.fullmatch(address) and not INVITE_URL.match(address):
        return f"[{text}](<{address}>)"
    return text


def site_name(url: str | None) -> str:
    """The host of a URL, without ``www.``; empty if it has none."""
    try:
        host = urlsplit(url or "").hostname or ""
    except ValueError:
        return ""
    return one_line(host.removeprefix("www."))


def quote_url(address: str, quoted: str) -> str:
    """The address of a page with a text fragment that scrolls to a quote.

    It uses the quote's longest line: a fragment cannot match across two blocks of a page.
    """
    words = max(quoted.split("\n"), key=len).split()
    is_long = len(words) > 2 * FRAGMENT_WORDS
    ends = [words[:FRAGMENT_WORDS], words[-FRAGMENT_WORDS:]] if is_long else [words]
    fragment = ",".join(_encode_fragment(" ".join(end)) for end in ends)
    return f"{address}{'' if '#' in address else '#'}:~:text={fragment}"


def pdf_page_url(address: str, page: int) -> str:
    """The address of a PDF that opens at a page."""
    return f"{address.partition('#')[0]}#page={page}"


def _encode_fragment(words: str) -> str:
    """Percent-encoded, including hyphens, which have a meaning in text fragments."""
    return quote(words, safe="").replace("-", "%2D")
