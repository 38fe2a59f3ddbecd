"""Folds what is typed in different ways into one form, for finding and for judging alike.

"Lukasz Zolkiewski" means Łukasz Żółkiewski, and a telephone's ’ the same as a typewriter's '. Pure.
"""

from __future__ import annotations

import re
import unicodedata

# Accents of Latin, Greek and Cyrillic letters (so й is и, and ё is е), Hebrew points, Arabic vowel
# signs, hamza and the lengthening tatweel, and what only joins letters (in Hindi, in Persian). The
# marks of other scripts are spelling, not accents: が is not か.
_ACCENT = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u200c\u200d]"
)
_FULL_WIDTH = re.compile("[\uff01-\uff9f]+")
# Letters that Unicode does not decompose, as Lucene's ASCIIFoldingFilter spells them; ligatures.
_SPELLED_OUT = str.maketrans(
    {
        **{"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"},
        **{"ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "n", "ə": "a", "ĸ": "q", "ſ": "s", "ς": "σ"},
        **{"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"},
    }
)
# Quotation marks, apostrophes, spaces and hyphens, each of one character.
_STRAIGHT = str.maketrans(
    "’‘‛´ʼʻ′＇“”„‟«»″＂\u00a0\u2007\u202f\u2009\u2010\u2011",
    "''''''''" + '""""""""' + "    " + "--",
)


def fold(text: str) -> str:
    """A lower-case text without accents, with ß and the like spelled out.

    ``fold(fold(x)) == fold(x)``. The length may change.
    """
    if text.isascii():
        return text
    text = _FULL_WIDTH.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)
    decomposed = unicodedata.normalize("NFD", text.translate(_SPELLED_OUT))
    return unicodedata.normalize("NFC", _ACCENT.sub("", decomposed))


def straighten(text: str) -> str:
    """The text with one kind of apostrophe, quotation mark, space and hyphen; as long as before."""
    text = text.replace("`", "'")
    return text if text.isascii() else text.translate(_STRAIGHT)
