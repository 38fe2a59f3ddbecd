"""Words without their endings, so that "infections" finds "infected", whatever the language.

One rule for each script, so that a short question needs no guess at its language: Latin words
lose Porter's English endings, then common ones of German, French, Spanish and Italian; Cyrillic
words lose Russian ones. What is written onto a word goes first (l'hôpital), and the accents, in
Latin, Greek and Cyrillic. Measured by ``python -m bench.stemming`` (docs/finding.md).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from bot.text.porter import porter

CACHED_STEMS = 50_000  # a language's working vocabulary, 8 MB
MIN_STEMMED_LETTERS = 3  # shorter words have no ending

_ACCENT = re.compile("[\u0300-\u036f]")
_PLAIN = re.compile(r"[a-z]+\Z")
_CYRILLIC = re.compile(r"[а-я]+\Z")
# French and Italian words before a vowel. Not o': O'Brien.
_ELIDED = re.compile(r"\A(?:[cdjlmnst]|qu|un|quest|all|coll|dall|dell|nell|sull)'(?=\w\w)")
# Letters that no accent is taken from.
_SPELT = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d"})


def _ending(longer_than: str, endings: str) -> re.Pattern[str]:
    """The longest ending that leaves a word so much."""
    return re.compile(rf"(?<={longer_than})(?:{'|'.join(endings.split())})\Z")


# Four letters must stay of a Latin word: with three, Mali would be male, and a patent a patient.
_NOUN = "a e i o u x en er em ern (?<=[lr])n"
_VERB = "ar ir ado ada ido ida ando iendo aba aban aron iron ieron ava uto uta ant ent ait aient"
_LATIN = _ending("[a-z]{4}", f"{_NOUN} {_VERB}")
_LATIN_AGAIN = _ending("[a-z]{4}", "a e i o u")
# Without accents, й is и, and ё is е.
_RUSSIAN = _ending(
    "[а-я]{3}",
    "а е и о у ы ю я ь ам ям ами ями ах ях ов ев ом ем ои еи ою ею "
    "ии ию ия ие ием иям иями иях ье ью ьи ья ьям "
    "ыи ая яя ое ее ые ого его ому ему ым им ых их ую юю ыми ими "
    "ть ать ять ить еть ыть уть ат ят ут ют ет ит ешь ишь ете ите ает яет ают яют ует уют уя "
    "ал ала ало али ял яла яло яли ил ила ило или ел ела ело ели ыл ыла ыло ыли ул ула уло ули "
    "ав яв ив ан ана ано аны ен ена ено ены",
)
_REFLEXIVE = re.compile(r"(?<=[а-я]{4})с[ья]\Z")


@lru_cache(maxsize=CACHED_STEMS)
def stem(word: str) -> str:
    """``word`` (lower case) without accents and endings."""
    word = _ELIDED.sub("", word.removesuffix("'s")) if "'" in word else word
    word = strip_accents(word)
    if len(word) < MIN_STEMMED_LETTERS:
        return word
    if _PLAIN.match(word):
        return _LATIN_AGAIN.sub("", _LATIN.sub("", porter(word)))
    if _CYRILLIC.match(word):
        return _RUSSIAN.sub("", _REFLEXIVE.sub("", word))
    return word


def strip_accents(word: str) -> str:
    """In plain letters where Latin, Greek and Cyrillic have accents, or ß and its like."""
    if word.isascii():
        return word
    bare = _ACCENT.sub("", unicodedata.normalize("NFD", word.translate(_SPELT)))
    return unicodedata.normalize("NFC", bare)
