"""Text of strangers → Discord markdown that shows exactly that text, and links, pings or invites
to nothing."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

import regex

SPECIAL_CHARACTERS = re.compile(r"([\\*_~|`\[\]<>])")
LINE_START = re.compile(r"^(\s*)(#|-#|[-+](?=\s)|\d+(?=\.\s))", re.MULTILINE)
AT = re.compile(r"@(?=\w)")
URL_SCHEME = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20}):(?=/)")
LINKABLE_URL = re.compile(r"https?://[^\s<>()\[\]\"`|\\]+")
ZERO_WIDTH_SPACE = "\u200b"  # zero-width: what it stands in is no link and no mention any more
# Discord makes a card with a button of an invitation, a template or a gift, also of one without
# https:// before it; dsc.gg leads to invitations.
INVITE_HOSTS = (
    "discord.gg",
    "dsc.gg",
    "discord.new",
    "discord.gift",
    "discord.com",
    "discordapp.com",
)
IGNORABLE = r"\p{Default_Ignorable_Code_Point}*+"  # may stand between any two characters
INVITE = regex.compile(
    rf"(?i)(?:{'|'.join(IGNORABLE.join(map(regex.escape, host)) for host in INVITE_HOSTS)})"
    rf"(?={IGNORABLE}[/\\])"
)
INVITE_URL = re.compile(
    r"(?i)https?://(?:[^/]*[.@])?(?:(?:discord\.(?:gg|new|gift)|dsc\.gg)\b"
    r"|discord(?:app)?\.com(?::\d+)?/+(?:invite|template|gifts)\b)"
)
# A fragment that names words is matched word for word: a long quote is named by its ends, as
# the specification advises (wicg.github.io/scroll-to-text-fragment).
FRAGMENT_WORDS = 5


def escape(text: str) -> str:
    """Every sign of markdown, mention, address and invitation made harmless; looks the same when
    rendered."""
    text = SPECIAL_CHARACTERS.sub(r"\\\1", text)
    text = LINE_START.sub(_escape_line_start, text)
    text = AT.sub("@" + ZERO_WIDTH_SPACE, text)
    text = INVITE.sub(rf"\g<0>{ZERO_WIDTH_SPACE}", text)
    return URL_SCHEME.sub(rf"\1:{ZERO_WIDTH_SPACE}", text)


def _escape_line_start(match: re.Match[str]) -> str:
    sign = match[2]
    return f"{match[1]}{sign}\u200b" if sign[0].isdigit() else f"{match[1]}\\{sign}"


def one_line(text: str) -> str:
    """Escaped, with all white space as single spaces."""
    return escape(" ".join(text.split()))


def link(label: str, url: str | None) -> str:
    """The label, as a link where there is a web address that markdown can hold and that invites
    nobody."""
    shown = one_line(label)
    address = (url or "").replace("(", "%28").replace(")", "%29")
    if LINKABLE_URL.fullmatch(address) and not INVITE_URL.match(address):
        return f"[{shown}](<{address}>)"
    return shown


def site_name(url: str | None) -> str:
    """The site of a web address, for people."""
    try:
        host = urlsplit(url or "").hostname or ""
    except ValueError:
        return ""
    return one_line(host.removeprefix("www."))


def quote_url(address: str, quoted: str) -> str:
    """The address of a page, scrolled to a quote of it: to its longest line, for words that two
    blocks of a page hold are not found together."""
    words = max(quoted.split("\n"), key=len).split()
    long = len(words) > 2 * FRAGMENT_WORDS
    ends = [words[:FRAGMENT_WORDS], words[-FRAGMENT_WORDS:]] if long else [words]
    named = ",".join(_encode_fragment(" ".join(end)) for end in ends)
    return f"{address}{'' if '#' in address else '#'}:~:text={named}"


def pdf_page_url(address: str, page: int) -> str:
    """The address of a PDF, opened at a page."""
    return f"{address.partition('#')[0]}#page={page}"


def _encode_fragment(words: str) -> str:
    """Percent-encoded; a hyphen, too, has a meaning there."""
    return quote(words, safe="").replace("-", "%2D")
