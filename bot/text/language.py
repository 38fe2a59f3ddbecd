"""The language of a text, told by its script and, in Latin letters, by its function words.

Only a clear case counts: of a text that could be two languages' nothing is known but its script.
Knows seven languages by their words (a word counts the less, the more of them have it), and nine
by script. Pure functions of values.
"""

from __future__ import annotations

import regex

from bot.text.stopwords import EXTRA_FUNCTION_WORDS, STOP_WORDS

SAMPLE_CHARACTERS = (
    400  # of a text; 600 tell six of 6,512 passages otherwise, in 1.7 times the time
)
SCRIPTS = {
    "ja": regex.compile(r"[\p{Hiragana}\p{Katakana}]"),
    "ko": regex.compile(r"\p{Hangul}"),
    "zh": regex.compile(r"\p{Han}"),
    "th": regex.compile(r"\p{Thai}"),
    "ru": regex.compile(r"\p{Cyrillic}"),
    "ar": regex.compile(r"\p{Arabic}"),
    "he": regex.compile(r"\p{Hebrew}"),
    "el": regex.compile(r"\p{Greek}"),
    "hi": regex.compile(r"\p{Devanagari}"),
}
ENGLISH = "en"
ANY_SCRIPT = regex.compile("|".join(script.pattern for script in SCRIPTS.values()))
UNDETERMINED = "latin"  # in Latin letters, and no more is known
LETTER = regex.compile(r"\p{L}")
LATIN_WORD = regex.compile(r"[\p{Latin}']+")
# The same in ASCII, in a third of the time: letters in lower case, and blanks.
ASCII_LETTERS = "".join(c.lower() if c.isalpha() or c == "'" else " " for c in map(chr, range(128)))
MIN_SCRIPT_SHARE = 0.3  # of the letters; kana are fewer than the kanji between them
MIN_KANA_SHARE = 0.1
# Times as much as for the next language. Of 2,189 English and Spanish questions (the sets',
# bench/languages.json) 11 stay untold, with words that count alike 18; of 13 Hungarian ones none
# is told as another language, where "a", "is" and "de" count alike and the most decide, three.
MIN_LEAD = 1.5
FUNCTION_WORDS = {
    **{code: STOP_WORDS[code] for code in ("en", "de", "fr", "es")},
    **EXTRA_FUNCTION_WORDS,
}
WORD_SCORE = 420  # what a word counts, shared among those of the seven languages that have it
WORD_SCORES = {
    word: [(code, WORD_SCORE // len(having)) for code in having]
    for known in FUNCTION_WORDS.values()
    for word in known
    if (having := [code for code, words in FUNCTION_WORDS.items() if word in words])
}


def detect_language(text: str) -> str:
    """A code, ``LATIN`` where only the script is known, "" where nothing is."""
    text = text[:SAMPLE_CHARACTERS]
    script = "" if text.isascii() else _script(text)
    if script:
        return script
    words = _words(text)
    if not words:
        return ""
    sums = dict.fromkeys(FUNCTION_WORDS, 0)
    for word in words:
        for code, share in WORD_SCORES.get(word, ()):
            sums[code] += share
    second, first = sorted(sums.values())[-2:]
    return max(sums, key=lambda code: sums[code]) if first > MIN_LEAD * second else UNDETERMINED


def _words(text: str) -> list[str]:
    if text.isascii():
        return text.translate(ASCII_LETTERS).split()
    return LATIN_WORD.findall(text.lower().replace("’", "'"))


def _script(text: str) -> str:
    if not ANY_SCRIPT.search(text):
        return ""
    letters = len(LETTER.findall(text))
    for code, script in SCRIPTS.items():
        if len(script.findall(text)) > letters * (
            MIN_KANA_SHARE if code == "ja" else MIN_SCRIPT_SHARE
        ):
            return code
    return ""


def differs(one: str, other: str) -> bool:
    """Whether two languages (as ``language_of`` gives them) are surely not the same."""
    unsure = UNDETERMINED in (one, other) and {one, other} <= {UNDETERMINED, *FUNCTION_WORDS}
    return bool(one and other) and one != other and not unsure
