"""Whether a question is in another language than a text, told by script and function words.

Only a clear case counts: both must be told. Knows five languages by their words, and any by script.
"""

from __future__ import annotations

from collections import Counter

import regex

from bot.search.words import STOP_WORDS, words

READ_CHARACTERS = 400  # of a text
READ_FOR_SCRIPT = 60
SCRIPT = regex.compile(
    r"(?P<latin>\p{Latin})|(?P<cyrillic>\p{Cyrillic})|(?P<greek>\p{Greek})|(?P<arabic>\p{Arabic})|"
    r"(?P<hebrew>\p{Hebrew})|(?P<thai>\p{Thai})|(?P<indic>\p{Devanagari})|(?P<hangul>\p{Hangul})|"
    r"(?P<east>[\p{Han}\p{Hiragana}\p{Katakana}])"
)


def foreign(question: str, text: str) -> bool:
    """Whether both languages can be told and differ."""
    question, text = question[:READ_CHARACTERS], text[:READ_CHARACTERS]
    scripts = _script(question[:READ_FOR_SCRIPT]), _script(text[:READ_FOR_SCRIPT])
    if "" in scripts or scripts[0] != scripts[1]:
        return "" not in scripts
    asked, told = _language(question), _language(text)
    return "" not in (asked, told) and asked != told


def _script(text: str) -> str:
    found = Counter(match.lastgroup or "" for match in SCRIPT.finditer(text))
    return found.most_common(1)[0][0] if found else ""


def _language(text: str) -> str:
    """The language whose function words are most; "" when no one is ahead."""
    found = [word for word in words(text) if len(word) > 1]  # "a" is a word of most
    counts = Counter({code: sum(w in known for w in found) for code, known in STOP_WORDS.items()})
    (first, most), (_, second) = counts.most_common(2)
    return first if most > second else ""
