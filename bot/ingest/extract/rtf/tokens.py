"""RTF's bytes → its tokens: groups, control words, characters of known charsets, binary data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, cast

TokenKind = Literal["open", "close", "word", "symbol", "byte", "text"]
# Of \fcharset, and of \ansicpg by its number.
FONT_CHARSETS = {
    **{0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030"},
    **{136: "big5", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256"},
    **{186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 255: "cp437"},
}
_TOKEN = re.compile(
    rb"(?P<open>\{)|(?P<close>\})|\\'(?P<byte>[0-9a-fA-F]{2})"
    rb"|\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?|\\(?P<symbol>[^a-zA-Z])"
    rb"|(?P<text>[^\\{}\r\n]+)|[\r\n]+|\\",
    re.DOTALL,
)


class RtfToken(NamedTuple):
    """A token. ``number`` is a control word's parameter, None if it has none."""

    kind: TokenKind
    value: bytes
    number: int | None = None


def rtf_tokens(data: bytes) -> Iterator[RtfToken]:
    """The tokens in order; what ``\\bin`` announces is skipped."""
    at = 0
    while match := _TOKEN.match(data, at):
        at = match.end()
        kind = match.lastgroup
        if kind in ("word", "number"):
            number = int(match["number"]) if match["number"] else None
            if match["word"] == b"bin":
                at += max(0, number or 0)
            yield RtfToken("word", match["word"], number)
        elif kind == "byte":
            yield RtfToken("byte", bytes.fromhex(match["byte"].decode("ascii")))
        elif kind in ("open", "close", "symbol", "text"):
            value = match["symbol"] if kind == "symbol" else match.group()
            yield RtfToken(cast(TokenKind, kind), value)
