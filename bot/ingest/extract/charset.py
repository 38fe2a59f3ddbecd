"""Bytes → text: by the byte-order mark, else strict UTF-8, else as declared, else by a guess.

Promises: text in a wrong charset is never stored silently. A declared charset that the bytes
contradict is ignored. A guess needs ``MIN_GUESS_BYTES``, must give plausible text, and is reported
in the notes. Otherwise the file is refused, because mojibake would be quoted for ever. Knows
nothing of formats.
"""

from __future__ import annotations

import codecs
import re
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
MIN_GUESS_BYTES = 64  # measured: texts of 35 to 84 bytes were guessed wrong in 5 of 22 charsets
GUESS_WINDOW_BYTES = 200_000
VALID_PER_BROKEN = 20  # by chance, few pairs of bytes of other charsets are valid UTF-8
STRAY_ZEROS = 10  # in a text; the cleaner drops them
# What browsers take these names for (WHATWG Encoding Standard): supersets of what they say.
WHATWG_SUPERSETS = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "tis-620": "cp874",
    "x-mac-roman": "mac_roman",
}
ISO_2022 = ("iso2022_jp", "iso2022_jp_2", "iso2022_kr")
NOT_TEXT_CODECS = {"base64", "hex", "rot13", "bz2", "zip", "zlib", "uu", "quopri", "idna"}
WESTERN = ("cp1252", "mac_roman")
CENTRAL = ("cp1250", "iso8859-2")
BALTIC = ("cp1257", "iso8859-13")
# The letters beyond ASCII of each language, and the one-byte charsets it was written in.
LATIN_LANGUAGES = (
    (WESTERN, "äöüß"),  # German
    (WESTERN, "áéíóúüñ"),  # Spanish
    (WESTERN, "éèêëàâæçîïôœùûüÿ"),  # French, and English's loans
    (WESTERN, "àèéìíòóùú"),  # Italian
    (WESTERN, "áâãàçéêíóôõúü"),  # Portuguese
    (WESTERN, "åäöæøé"),  # Nordic
    (WESTERN, "áðéíóúýþæö"),  # Icelandic
    (WESTERN, "àçèéíïòóúü"),  # Catalan
    (WESTERN, "áéèëêïíóöúü"),  # Dutch
    (CENTRAL, "ąćęłńóśźż"),  # Polish
    (CENTRAL, "áčďéěíňóřšťúůýž"),  # Czech
    (CENTRAL, "áäčďéíĺľňóôŕšťúýž"),  # Slovak
    (CENTRAL, "áéíóöőúüű"),  # Hungarian
    (CENTRAL, "čćđšž"),  # Croatian, Slovenian
    (("cp1250", "iso8859-2", "iso8859-16"), "ăâîşţșț"),  # Romanian
    (("cp1254",), "âçğıîöşûü"),  # Turkish; its capital İ folds to i
    (BALTIC, "ąčęėįšųūž"),  # Lithuanian
    (BALTIC, "āčēģīķļņšūž"),  # Latvian
    (BALTIC, "äõöüšž"),  # Estonian
)
# What texts beyond Latin were written in; the rarer charsets of Python's mostly fit by accident.
GUESSABLE = (
    *("cp1251", "koi8_r", "koi8_u", "cp866", "iso8859_5", "mac_cyrillic", "cp1253", "iso8859_7"),
    *("cp1255", "iso8859_8", "cp1256", "iso8859_6", "cp874", "cp932", "euc_jp", "gb18030", "big5"),
    *(
        "utf_16_le",
        "utf_16_be",
        "cp949",
        "cp1252",
        "mac_roman",
        "cp1250",
        "iso8859_2",
        "cp1254",
        "cp1257",
    ),
)
# Each East Asian charset and where the first bytes of its everyday characters lie.
COMMON_LEAD_BYTES = {
    "gb18030": ("gb2312", 0xB0, 0xD7),
    "big5": ("big5", 0xA4, 0xC6),
    "cp932": ("euc_jp", 0xB0, 0xCF),
    "euc_jp": ("euc_jp", 0xB0, 0xCF),
}
# Measured on the tests' texts: 1.0 where the guess is right, 0.45 and 0.0 for Big5 and Shift_JIS
# read as GB 18030. EUC-KR and EUC-JP pass as that, too: there the library's own order decides.
COMMON_SHARE = 0.85
HALF_WIDTH_SHARE = 0.2  # measured: 0.0 in Japanese, 0.98 where Russian in KOI8-R is read so
COVERED_SHARE = 0.95  # of a text's letters beyond ASCII: names from elsewhere do occur
PLAUSIBLE_SHARE = 0.98
_BEYOND_ASCII = regex.compile(r"[\p{L}--[A-Za-z]]", flags=regex.VERSION1)
_IMPOSSIBLE = regex.compile(r"[\p{Cn}\p{Co}\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x9f\ufffd]")
_IMPLAUSIBLE = regex.compile(
    r"(?<=\p{L})[^\p{L}\p{M}\p{Nd}\s\p{P}\p{Cf}\x00-\x7f](?=\p{L})"  # a sign within a word
    r"|(?<=\p{Ll})[\p{Lu}--[A-Z]](?=[\p{Ll}\p{Lu}])"  # capitals within a word
    r"|\p{Latin}[\p{Cyrillic}\p{Greek}]|[\p{Cyrillic}\p{Greek}]\p{Latin}"  # two scripts in one
    r"|[\p{Latin}--[A-Za-z]]{5}",  # no language has so many marked letters in a row
    flags=regex.VERSION1,
)
_HAN = regex.compile(r"\p{Han}")
_NO_LETTERS = re.compile("[\x80-\x84\x86-\x9f\ue000-\uf8ff]")
_HALF_WIDTH = re.compile("[\uff61-\uff9f]")
_SURROGATES = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_SCRIPTS = tuple(
    regex.compile(script)
    for script in (
        *(r"\p{Latin}", r"\p{Cyrillic}", r"\p{Greek}", r"\p{Hebrew}", r"\p{Arabic}", r"\p{Thai}"),
        r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\u30fc]",  # and the Japanese long mark
    )
)


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
    as_utf8 = None if b"\0" in data else _decode_strictly(data, "utf-8")
    if as_utf8 is not None and (not as_utf8.isascii() or not _is_iso_2022(data)):
        # Checked before what is declared: bytes over 127 are valid UTF-8 by intention only,
        # while a declared one-byte charset takes anything.
        return Decoded(as_utf8)
    decoded = _decode_cesu8(data)
    if decoded is not None:
        return Decoded(decoded, undecodable=decoded.count("\ufffd"))
    for charset in ISO_2022 if as_utf8 is not None else ():
        text = _decode_strictly(data, charset)
        if text is not None:
            return Decoded(text, _name(charset))
    if as_utf8 is not None:  # cut off within an escape: as ASCII it would read "$BF|K\\"
        return _decode_broken_declared(data, ISO_2022[0]) or _refuse()
    as_declared = _decode_as_declared(data, declared)
    return (
        as_declared
        or _decode_broken_utf8(data)
        or _decode_broken_declared(data, declared)
        or _guess(data)
    )


def _decode_broken_utf8(data: bytes) -> Decoded | None:
    """UTF-8 with a few broken characters: pages that are put together from several sources."""
    if b"\0" in data:
        return None
    text = data.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    valid = sum(not char.isascii() for char in text) - lost
    return Decoded(text, undecodable=lost) if valid >= VALID_PER_BROKEN * lost else None


def _decode_broken_declared(data: bytes, declared: str | None) -> Decoded | None:
    """As declared but for a few broken characters: a guess would fare worse by those."""
    name = (declared or "").strip().lower()
    charset = WHATWG_SUPERSETS.get(name, name)
    if not _is_charset(charset) or name in ("utf-8", "utf8") or b"\0" in data:
        return None
    text = _NO_LETTERS.sub("\ufffd", data.decode(charset, "replace"))
    lost = text.count("\ufffd")
    valid = sum(not char.isascii() for char in text) - lost
    is_few = lost > 0 and valid >= VALID_PER_BROKEN * lost
    if not is_few or _is_latin(text) or not _has_common_characters(text, charset):
        return None
    return (
        Decoded(text, undecodable=lost) if _is_in_one_script(text.replace("\ufffd", " ")) else None
    )


def _decode_as_declared(data: bytes, declared: str | None) -> Decoded | None:
    name = (declared or "").strip().lower()
    if not name or name in ("utf-8", "utf8"):
        return None
    text = _decode_strictly(data, WHATWG_SUPERSETS.get(name, name))
    if text is None or not _is_plausible(text):
        return None
    if _is_latin(text) and not any(_fits_alphabet(text, letters) for _, letters in LATIN_LANGUAGES):
        try:
            return _guess(data)
        except UnreadableText:
            # A language that the table does not know, or declared wrongly: not in silence.
            return Decoded(text, _name(WHATWG_SUPERSETS.get(name, name)))
    return Decoded(text)


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


def _decode_cesu8(data: bytes) -> str | None:
    """UTF-8 by programs that encode each half of a surrogate pair (CESU-8): emoji, mostly."""
    if _SURROGATES.search(data) is None:
        return None
    try:
        halves = data.decode("utf-8", "surrogatepass")
    except UnicodeError:
        return None
    return halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _is_iso_2022(data: bytes) -> bool:
    """ISO-2022 writes Japanese and Korean in ASCII bytes, with escapes."""
    return re.search(rb"\x1b(?:\$[@B]|\$\)C)", data[:GUESS_WINDOW_BYTES]) is not None


def _guess(data: bytes) -> Decoded:
    if b"\0" in data:
        return _guess_utf16(data)
    if len(data) < MIN_GUESS_BYTES:
        _refuse()
    from charset_normalizer import from_bytes  # noqa: PLC0415 - 40 ms, and rarely needed

    best = list(from_bytes(data[:GUESS_WINDOW_BYTES], cp_isolation=list(GUESSABLE)))
    texts = [(match.encoding, _decode_strictly(data, match.encoding)) for match in best]
    fitting = [(name, text) for name, text in texts if text is not None]
    if not fitting or _is_latin(fitting[0][1]):
        return _guess_latin(data)
    for name, text in fitting:
        if not _is_latin(text) and _is_in_one_script(text) and _has_common_characters(text, name):
            return Decoded(text, _name(name))
    return _refuse()


def _has_common_characters(text: str, charset: str) -> bool:
    """Wrong guesses give characters that are rare in the language, or half-width ones."""
    name = codecs.lookup(charset).name
    if name not in COMMON_LEAD_BYTES:
        return True
    native, low, high = COMMON_LEAD_BYTES[name]
    han = _HAN.findall(text)
    first = [char.encode(native, "ignore")[:1] for char in han]
    everyday = sum(byte != b"" and low <= byte[0] <= high for byte in first)
    half_width = len(_HALF_WIDTH.findall(text))
    letters_beyond_ascii = max(1, len(_BEYOND_ASCII.findall(text)))
    return (
        everyday >= COMMON_SHARE * len(han)
        and half_width <= HALF_WIDTH_SHARE * letters_beyond_ascii
    )


def _guess_utf16(data: bytes) -> Decoded:
    """UTF-16 without a mark: the right side is in one script, and has ASCII's spaces."""
    names = ("utf-16-le", "utf-16-be")
    texts = [(name, text) for name in names if (text := _decode_strictly(data, name))]
    good = [(_ascii(text), name, text) for name, text in texts if _is_in_one_script(text)]
    spaces, name, text = max(good, default=(0, "", ""))
    if spaces:
        return Decoded(text, _name(name))
    stray = _decode_strictly(data, "utf-8")
    if (
        stray is None
        or stray.count("\0") > STRAY_ZEROS
        or not _is_plausible(stray.replace("\0", ""))
    ):
        _refuse()
    return Decoded(stray)


def _ascii(text: str) -> int:
    return sum(char.isascii() for char in text)


def _guess_latin(data: bytes) -> Decoded:
    """By the languages' alphabets: guessing libraries take Polish and Turkish for French."""
    best, best_key = None, (0.0, 0)
    for charsets, letters in LATIN_LANGUAGES:
        for charset in charsets:
            text = _decode_strictly(data, charset)
            key = (_letter_coverage(text, letters), -len(letters)) if text is not None else (0.0, 0)
            if text is not None and key > best_key:
                best, best_key = Decoded(text, _name(charset)), key
    if best is None or best_key[0] < COVERED_SHARE or not _is_plausible(best.text):
        _refuse()
    return best


def _fits_alphabet(text: str, letters: str) -> bool:
    return _letter_coverage(text, letters) >= COVERED_SHARE


def _letter_coverage(text: str, letters: str) -> float:
    letters_beyond_ascii = _BEYOND_ASCII.findall(text.lower().replace("i\u0307", "i"))
    implausible = len(_IMPLAUSIBLE.findall(text))
    if not letters_beyond_ascii:
        return 1.0 if not implausible else 0.0
    return (sum(letter in letters for letter in letters_beyond_ascii) - implausible) / len(
        letters_beyond_ascii
    )


def _is_latin(text: str) -> bool:
    letters_beyond_ascii = _BEYOND_ASCII.findall(text)
    return (
        len(regex.findall(r"\p{Latin}", "".join(letters_beyond_ascii)))
        > len(letters_beyond_ascii) / 2
        or not letters_beyond_ascii
    )


def _is_in_one_script(text: str) -> bool:
    """Wrong guesses mix scripts, or put capitals and signs inside words."""
    letters_beyond_ascii = "".join(_BEYOND_ASCII.findall(text))
    most = max(len(regex.findall(script, letters_beyond_ascii)) for script in _SCRIPTS)
    return most >= COVERED_SHARE * len(letters_beyond_ascii) and _is_plausible(text)


def _is_plausible(text: str) -> bool:
    beyond = sum(not char.isascii() for char in text)
    implausible = len(_IMPLAUSIBLE.findall(text))
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
