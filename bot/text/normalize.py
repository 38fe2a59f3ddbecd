"""Normalizes text once, before it is stored: all offsets count code points of the result.

Promises: ``normalize`` is idempotent; two normalized texts joined by a blank line are a
normalized text; the time is linear in the length, whatever the text. It repairs characters,
not layout: spaces, tabs and blank lines stay as they are. Knows nothing of sentences.

The order, and why one pass is a fixed point:

1. Characters that are never allowed go, whatever stands around them: all that render as
   nothing (Unicode's Default_Ignorable_Code_Point), but for those of step 3 and the direction
   marks.
2. Line ends become ``\\n``, signs that are drawn as a blank become a space.
3. Joiners and variation selectors go unless what stands to their left gives them a meaning.
   That context is the nearest base character (marks between do not count), a letter or an
   emoji, and neither is changed by the steps below: nothing composes across a joiner, and
   composing never moves a letter to another script.
4. Runs of marks are capped, before NFC, whose sorting of marks is quadratic in a run.
5. NFC, then the cap again, for the few marks that NFC takes apart into two.

Left-to-right, right-to-left and Arabic letter marks stay: they are part of correct Hebrew
and Arabic spelling and, unlike overrides, cannot make a text read differently than it is.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import regex

NORMALIZER_VERSION = 2  # raise it when the same input gives another text: offsets depend on it

TITLE_CHARACTERS = 80  # the figure
UNTITLED = "Untitled"
MARKS_IN_A_RUN = 30  # UAX #15's stream-safe format; real orthographies stay under 10
_TITLE_WINDOW = 4_000  # how much is looked at to find a title; first lines are short

_NEVER = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls, but for tab and line ends
    "\xad"  # soft hyphen: invisible, and it breaks words for search
    "\u115f\u1160\u3164\uffa0"  # Hangul fillers: letters to Unicode, nothing to the eye
    "\u17b4\u17b5"  # Khmer inherent vowels, which Unicode advises against
    "\u200b\u2060-\u206f\ufeff"  # zero-width space, word joiner, operators, isolates, BOM
    "\u202a-\u202e"  # bidi embeddings and overrides: reorder what is read
    "\ufff0-\ufffb"  # unassigned and ignorable, interlinear annotations
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # controls of shorthand and of scores
    "\ufdd0-\ufdef"  # noncharacters; the last two of each plane follow
    + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17))
    + "\ud800-\udfff"  # lone surrogates: no UTF-8 can hold them
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"  # tags: they hide whole messages from the eye
    "]+"
)
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028]")
_BLANK = re.compile("[\u2800\U0001d159]")  # braille without a dot, a note without a head
_SELECTOR = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_JOINER = "\u034f"  # the grapheme joiner: it joins nothing, and keeps Hebrew points in order
_VOWEL_SEPARATOR = "\u180e"
_MONGOLIAN_SELECTOR = "\u180b-\u180d\u180f"
_IN_CONTEXT = re.compile(
    f"[\u200c\u200d{_SELECTOR}{_JOINER}{_VOWEL_SEPARATOR}{_MONGOLIAN_SELECTOR}]"
)
_STACKED = re.compile(f"[\u200c\u200d{_SELECTOR}{_JOINER}]")  # after one another they mean nothing
_IN_MONGOLIAN = regex.compile(
    rf"(?<=[\p{{Mongolian}}&&\p{{L}}])[{_MONGOLIAN_SELECTOR}]"
    rf"|(?<=[\p{{Mongolian}}&&\p{{L}}][{_MONGOLIAN_SELECTOR}]?){_VOWEL_SEPARATOR}",
    regex.V1,
)
_LONG_MARK_RUN = regex.compile(rf"(\p{{M}}{{{MARKS_IN_A_RUN}}})\p{{M}}+")
_PICTOGRAPH = regex.compile(r"\p{Extended_Pictographic}")
_SKIN_TONE = regex.compile(r"\p{Emoji_Modifier}")
# Scripts whose spelling uses ZWNJ or ZWJ (Unicode core specification, 23.2 and the Indic chapters).
_JOINING_SCRIPT = regex.compile(
    r"[\p{Arabic}\p{Syriac}\p{Mandaic}\p{Nko}\p{Mongolian}\p{Devanagari}\p{Bengali}\p{Gurmukhi}"
    r"\p{Gujarati}\p{Oriya}\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}\p{Sinhala}\p{Myanmar}"
    r"\p{Khmer}\p{Javanese}\p{Balinese}]"
)
_HEBREW = regex.compile(r"\p{Hebrew}")
_HEADING_SIGN = re.compile(r"\A#{1,6}\s+")
_WORD = regex.compile(r"[\p{L}\p{N}]")


def normalize(text: str) -> str:
    """The text as it is stored; ``normalize(normalize(x)) == normalize(x)``.

    Measured on one core: 50 MB of ASCII in 2.3 s, of curly-quoted English in 3.7 s, of Persian
    with its joiners in 3.0 s, of text made of emoji sequences or loose accents in 8 s.
    """
    text = _NEVER.sub("", text)
    text = _LINE_END.sub("\n", text).replace("\u2029", "\n\n")
    if text.isascii():
        return text
    text = _BLANK.sub(" ", text)
    text = _cap_mark_runs(_drop_stray_joiners(text))
    return _cap_mark_runs(unicodedata.normalize("NFC", text))


def make_title(text: str) -> str:
    """The first line with a word in it, cut at a word to 80 characters; never empty."""
    head = normalize(text.lstrip()[:_TITLE_WINDOW])
    lines = [" ".join(line.split()) for line in head.split("\n")]
    line = next((line for line in lines if _WORD.search(line)), "")
    return _shorten(_HEADING_SIGN.sub("", line, count=1)) or UNTITLED


def _shorten(line: str) -> str:
    if len(line) <= TITLE_CHARACTERS:
        return line
    room = TITLE_CHARACTERS - 1  # one for the ellipsis
    words = line[: room + 1].rpartition(" ")[0]
    if not words:
        graphemes = regex.findall(r"\X", line[: room + 1])
        words = "".join(graphemes[:-1]) or line[:room]
    return words.rstrip(" ,;:.-–—") + "…"


def _cap_mark_runs(text: str) -> str:
    return _LONG_MARK_RUN.sub(r"\1", text)


def _drop_stray_joiners(text: str) -> str:
    """Drops joiners and variation selectors that mean nothing where they stand."""
    parts: list[str] = []
    copied, base = 0, ""
    for match in _IN_CONTEXT.finditer(text):
        at = match.start()
        base = _base_before(text, copied, at) or base
        parts.append(text[copied:at])
        if _has_meaning(text, at, base):
            parts.append(match.group())
        copied = at + 1
    return "".join([*parts, text[copied:]])


def _base_before(text: str, floor: int, at: int) -> str:
    """The nearest character before ``at`` that is no mark, or nothing down to ``floor``."""
    while at > floor:
        at -= 1
        if not _is_mark(text[at]):
            return text[at]
    return ""


def _has_meaning(text: str, at: int, base: str) -> bool:
    char, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if char in "\ufe0e\ufe0f":
        return _is_pictograph(before) or (after == "\u20e3" and _is_key(before))
    if char == _JOINER:
        return _is_hebrew(base) and not _STACKED.match(before)
    if char not in "\u200c\u200d":
        return _IN_MONGOLIAN.match(text, at) is not None
    if char == "\u200d" and _is_pictograph(after) and _ends_emoji(text[max(0, at - 2) : at]):
        return True
    return _joins(base) and not _STACKED.match(before)


def _is_key(char: str) -> bool:
    return char != "" and char in "0123456789#*"


def _ends_emoji(text: str) -> bool:
    if text.endswith("\ufe0f"):
        return _is_pictograph(text[:-1])
    return _is_pictograph(text[-1:]) or bool(_SKIN_TONE.match(text[-1:]))


@lru_cache(maxsize=4_096)
def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M")


@lru_cache(maxsize=4_096)
def _is_pictograph(char: str) -> bool:
    return _PICTOGRAPH.match(char) is not None


@lru_cache(maxsize=4_096)
def _is_hebrew(base: str) -> bool:
    return _HEBREW.match(base) is not None


@lru_cache(maxsize=4_096)
def _joins(base: str) -> bool:
    return _JOINING_SCRIPT.match(base) is not None
