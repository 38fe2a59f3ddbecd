"""Bytes → text: by the byte-order mark, else strict UTF-8, else as declared, else by a guess.

Promises: text in a wrong charset is never stored silently. A declared charset that the bytes
contradict is ignored. A guess is chardet's, must give plausible text, and is reported in the notes;
otherwise the file is refused, because mojibake would be quoted for ever. Stray control bytes are
dropped first: they change no letter. Knows nothing of formats.
"""

from __future__ import annotations

import codecs
import re
import warnings
from typing import NamedTuple, NoReturn

import regex

from bot.errors import UnreadableText
from bot.strings import _, ngettext

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MIN_GUESS_BYTES = 18  # measured on the tests' 17 charsets: of 20 bytes every guess was right
GUESS_WINDOW_BYTES = 200_000
VALID_PER_BROKEN = 20  # by chance, few pairs of bytes of other charsets are valid UTF-8
# chardet's confidence in a right declaration was at least .87 of that in its best guess, in a
# wrong one at most .47.
BELIEVED_SHARE = 0.7
CONTROLS = bytes((*range(0x00, 0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F))  # not escape
STRAY_SHARE = 0.01  # of a text's bytes; of runs of zeros, however long: fields are padded so
STRAY_ZEROS = 10  # … or so many of these runs
UTF16_ZEROS = 0.25  # of the bytes of Latin text in UTF-16, half of which are zeros …
SIDE_SHARE = 0.05  # … on one side of the pairs; stray ones stand on both
GARBLED_SHARE = 0.05  # characters that no text has
# What browsers take these names for (WHATWG Encoding Standard): supersets of what they say.
WHATWG_SUPERSETS = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "shift_jis_2004": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "euc-kr": "cp949",
    "euc_kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "tis-620": "cp874",
    "x-mac-roman": "mac_roman",
}
NOT_TEXT_CODECS = {"base64", "hex", "rot13", "bz2", "zip", "zlib", "uu", "quopri", "idna"}
# What texts were written in; the rarer charsets mostly fit by accident.
GUESSABLE = (
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp874"),
    *("iso8859-2", "iso8859-5", "iso8859-7", "iso8859-13", "iso8859-16", "koi8-r", "koi8-u"),
    *("cp866", "mac-cyrillic", "mac-roman", "cp932", "euc-jp", "iso2022_jp_2", "iso2022_kr"),
    *("gb18030", "big5", "cp949"),
)
PLAUSIBLE_SHARE = 0.98
_IMPOSSIBLE = regex.compile(r"[\p{Cn}\p{Co}\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd]")
_IMPLAUSIBLE_SIGNS = regex.compile(
    r"(?<=\p{L})[^\p{L}\p{M}\p{Nd}\s\p{P}\p{Cf}\x00-\x7f](?=\p{L})"  # a sign within a word
    r"|\p{Latin}[\p{Cyrillic}\p{Greek}]|[\p{Cyrillic}\p{Greek}]\p{Latin}"  # two scripts in one
)
_IMPLAUSIBLE_LETTERS = regex.compile(
    # capitals within a word, but for the letters that Irish puts before one (na hÉireann)
    r"(?<=\p{Ll})(?<!\b[hnt])[\p{Lu}--[A-Z]](?=[\p{Ll}\p{Lu}])"
    r"|[\p{Latin}--[A-Za-z]]{5}",  # no language has so many marked letters in a row
    flags=regex.VERSION1,
)
_NO_LETTERS = re.compile("[\x80-\x84\x86-\x9f\ue000-\uf8ff]")
_SURROGATES = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_ISO_2022 = re.compile(rb"\x1b(?:\$[@B]|\$\)C)")  # Japanese and Korean in ASCII bytes
_ZEROS = re.compile(rb"\0+")


class Decoded(NamedTuple):
    """A file's text. ``guessed`` names the charset if it was guessed from the bytes;
    ``undecodable`` counts the broken characters, which are U+FFFD in the text.
    """

    text: str
    guessed: str = ""
    undecodable: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        notes = []
        if self.guessed:
            notes.append(
                _("I guessed this file's text encoding: {charset}.").format(charset=self.guessed)
            )
        if self.undecodable:
            notes.append(
                ngettext(
                    "{n:,} broken character couldn't be read.",
                    "{n:,} broken characters couldn't be read.",
                    self.undecodable,
                ).format(n=self.undecodable)
            )
        return tuple(notes)


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """The text of a file. Raises UnreadableText when no charset fits."""
    for mark, charset in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            marked = _decode_strictly(data, charset)
            return Decoded(marked) if marked is not None else _refuse()
    as_utf16 = _decode_utf16(data)
    if as_utf16 is not None:
        return as_utf16
    data = _without_strays(data) if data else data
    as_utf8 = _decode_strictly(data, "utf-8")
    if as_utf8 is not None and not (as_utf8.isascii() and _ISO_2022.search(data)):
        # Checked before what is declared: bytes over 127 are valid UTF-8 by intention only,
        # while a declared one-byte charset takes anything.
        return _not_garbled(Decoded(as_utf8))
    return (
        _decode_cesu8(data)
        or _decode_as_declared(data, declared)
        or _decode_broken_utf8(data)
        or _decode_broken_declared(data, declared)
        or _guess(data)
        or _refuse()
    )


def _without_strays(data: bytes) -> bytes:
    """Without a few control bytes; files with many are no texts."""
    zeros = len(_ZEROS.findall(data))
    rest = data.translate(None, CONTROLS)
    others = len(data) - len(rest) - data.count(0)
    most = STRAY_SHARE * len(rest)
    if not rest or zeros > max(STRAY_ZEROS, most) or others > max(1, most):
        _refuse()
    return rest


def _not_garbled(decoded: Decoded) -> Decoded:
    window = "" if decoded.text.isascii() else decoded.text[:GUESS_WINDOW_BYTES]
    unknown = len(_IMPOSSIBLE.findall(window.replace("\x1b", "")))
    return decoded if unknown <= GARBLED_SHARE * len(window) else _refuse()


def _decode_cesu8(data: bytes) -> Decoded | None:
    """UTF-8 by programs that encode each half of a surrogate pair (CESU-8): emoji, mostly."""
    if _SURROGATES.search(data) is None:
        return None
    try:
        halves = data.decode("utf-8", "surrogatepass")
    except UnicodeError:
        return None
    text = halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return Decoded(text, undecodable=text.count("\ufffd"))


def _decode_as_declared(data: bytes, declared: str | None) -> Decoded | None:
    charset = _charset(declared)
    text = _decode_strictly(data, charset) if charset else None
    if text is None or not _is_plausible(text):
        return None
    return Decoded(text) if _is_likely(data, charset) else None


def _is_likely(data: bytes, charset: str) -> bool:
    """Whether no other charset fits these bytes much better."""
    best = _detect(data, GUESSABLE)
    if len(data) < MIN_GUESS_BYTES or best.charset.startswith(charset):
        return True
    return _detect(data, (charset,)).confidence >= BELIEVED_SHARE * best.confidence


def _charset(declared: str | None) -> str:
    """The charset that a declaration means; empty for UTF-8, which the bytes are not."""
    name = (declared or "").strip().lower()
    charset = WHATWG_SUPERSETS.get(name, name)
    return charset if _is_charset(charset) and name not in ("utf-8", "utf8") else ""


def _decode_broken_utf8(data: bytes) -> Decoded | None:
    """UTF-8 with a few broken characters: pages that are put together from several sources."""
    text = data.decode("utf-8", "replace")
    return Decoded(text, undecodable=text.count("\ufffd")) if _few_broken(text) else None


def _decode_broken_declared(data: bytes, declared: str | None) -> Decoded | None:
    """As declared but for a few broken characters, in a script that only few charsets have."""
    charset = _charset(declared)
    if not charset:
        return None
    text = _NO_LETTERS.sub("\ufffd", data.decode(charset, "replace"))
    whole = text.replace("\ufffd", " ")
    if not _few_broken(text) or not _is_plausible(whole):
        return None
    is_likely = _is_likely(whole.encode(charset, "ignore"), charset)
    return Decoded(text, undecodable=text.count("\ufffd")) if is_likely else None


def _few_broken(text: str) -> bool:
    lost = text.count("\ufffd")
    return sum(not char.isascii() for char in text) - lost >= VALID_PER_BROKEN * lost > 0


class _Detection(NamedTuple):
    charset: str
    confidence: float


def _detect(data: bytes, charsets: tuple[str, ...]) -> _Detection:
    """chardet's guess among these charsets; an empty name if it has none."""
    import chardet  # noqa: PLC0415 - rarely needed

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the charset for "nothing fits" is not among them
        try:
            guess = chardet.detect(
                data,
                max_bytes=GUESS_WINDOW_BYTES,
                prefer_superset=False,  # that takes ISO-8859-5 for windows-1251
                compat_names=False,
                include_encodings=charsets,
            )
        except ValueError:  # a charset that it does not know
            return _Detection("", 0.0)
    name = str(guess["encoding"] or "").lower()
    return _Detection(WHATWG_SUPERSETS.get(name, name), guess["confidence"] if name else 0.0)


def _guess(data: bytes) -> Decoded | None:
    if len(data) < MIN_GUESS_BYTES:
        return None
    charset = _detect(data, GUESSABLE).charset
    text = _decode_strictly(data, charset)
    if text is None and charset:  # cut off within a character, or beyond the window
        text = data.decode(charset, "replace")
        if not _few_broken(text):
            return None
    if text is None or not _is_plausible(text.replace("\ufffd", " ")):
        return None
    return Decoded(text, _name(charset), text.count("\ufffd"))


def _decode_utf16(data: bytes) -> Decoded | None:
    """UTF-16 without a mark, told by the zeros and the other control bytes in it."""
    even, odd = data[::2].count(0), data[1::2].count(0)
    is_latin = even + odd >= UTF16_ZEROS * len(data) and min(even, odd) <= SIDE_SHARE * (even + odd)
    if not is_latin and _is_clean_utf8(data.replace(b"\0", b"")):
        return None
    if len(data) - len(data.translate(None, CONTROLS)) <= STRAY_SHARE * len(data):
        return None
    texts = ((_decode_strictly(data, name), name) for name in ("utf-16-le", "utf-16-be"))
    good = [(_common(text), name, text) for text, name in texts if text and _is_plausible(text)]
    common, name, text = max(good, default=(0, "", ""))
    return Decoded(text, _name(name)) if common else None


def _is_clean_utf8(data: bytes) -> bool:
    return _decode_strictly(data, "utf-8") is not None and data == data.translate(None, CONTROLS)


def _common(text: str) -> int:
    """Spaces and punctuation, which only the right order of bytes has."""
    return sum(char.isascii() or char in "、。，" for char in text)


def _decode_strictly(data: bytes, charset: str) -> str | None:
    if not _is_charset(charset):
        return None
    try:
        return data.decode(charset).removeprefix("\ufeff")
    except (UnicodeError, ValueError):
        return None


def _is_charset(name: str) -> bool:
    try:
        return codecs.lookup(name).name not in NOT_TEXT_CODECS
    except (LookupError, ValueError):
        return False


def count_implausible_letters(text: str) -> int:
    """How many letters stand where no language has them; in what a person wrote, hardly any."""
    return len(_IMPLAUSIBLE_LETTERS.findall(text))


def _is_plausible(text: str) -> bool:
    """Wrong guesses mix scripts, or put capitals and signs inside words."""
    beyond = sum(not char.isascii() for char in text)
    implausible = len(_IMPLAUSIBLE_SIGNS.findall(text)) + count_implausible_letters(text)
    return _IMPOSSIBLE.search(text) is None and implausible <= (1 - PLAUSIBLE_SHARE) * beyond


def _name(charset: str) -> str:
    name = charset.replace("_", "-")
    return name.replace("cp125", "windows-125") if name.startswith("cp125") else name


def _refuse() -> NoReturn:
    raise UnreadableText(
        _(
            "I couldn't work out this file's text encoding, so nothing was stored. "
            "Save it as UTF-8 and add it again."
        )
    )
