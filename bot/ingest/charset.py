"""Bytes → text: the byte-order mark, then what is declared, then strict UTF-8, then a guess.

A guess needs ``GUESS_BYTES`` to go by; without one the file is refused, because text in
the wrong charset would be quoted for ever.
"""

from __future__ import annotations

import codecs
from typing import NoReturn

from bot.errors import UnreadableText

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
GUESS_BYTES = 64  # shorter texts were guessed wrong too often to be stored
GUESSED_FROM_BYTES = 200_000


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of a file. Raises UnreadableText when no charset fits."""
    for mark, charset in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            marked = _strictly(data, charset)
            return marked if marked is not None else _refuse()
    for name in (declared, "utf-8"):
        text = _strictly(data, name) if name else None
        if text is not None:
            return text
    return _guessed(data)


def _strictly(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except (UnicodeDecodeError, LookupError):
        return None


def _guessed(data: bytes) -> str:
    if len(data) < GUESS_BYTES or b"\0" in data:
        _refuse()
    from charset_normalizer import from_bytes  # noqa: PLC0415 - 40 ms, and rarely needed

    best = from_bytes(data[:GUESSED_FROM_BYTES]).best()
    guessed = _strictly(data, best.encoding) if best is not None else None
    return guessed if guessed is not None else _refuse()


def _refuse() -> NoReturn:
    raise UnreadableText(
        "The characters of this file cannot be told (it is neither UTF-8 nor another charset "
        "that could be recognised), so nothing was stored. Save it as UTF-8 and hand it in again."
    )
