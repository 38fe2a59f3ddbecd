"""Stems words of several languages, so that "infections" finds "infected".

One rule per script, so that a short question needs no language detection: Latin words lose Porter's
English endings, then common endings of German, French, Spanish and Italian; Cyrillic words lose
Russian ones. Elided articles go first (l'hôpital), then the accents in Latin, Greek and Cyrillic.
Measured by ``python -m bench.stemming`` (docs/finding.md).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from bot.text.porter import porter

CACHED_STEMS = 50_000  # the working vocabulary of a language, 8 MB
MIN_STEMMED_LETTERS = 3  # shorter words are not stemmed

_ACCENT = re.compile("[\u0300-\u036f]")
_ASCII = re.compile(r"[a-z]+\Z")
_CYRILLIC = re.compile(r"[а-я]+\Z")
# French and Italian articles and pronouns before a vowel. Not o', as in O'Brien.
_ELIDED = re.compile(r"\A(?:[cdjlmnst]|qu|un|quest|all|coll|dall|dell|nell|sull)'(?=\w\w)")
# Letters that Unicode does not decompose.
_SPELLED_OUT = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d"})


def _ending(remainder: str, endings: str) -> re.Pattern[str]:
    """A pattern for the longest ending after which ``remainder`` is left."""
    return re.compile(rf"(?<={remainder})(?:{'|'.join(endings.split())})\Z")


# Four letters of a Latin word must remain: with three, Mali = male and patent = patient.
_NOUN = "a e i o u x en er em ern (?<=[lr])n"
_VERB = "ar ir ado ada ido ida ando iendo aba aban aron iron ieron ava uto uta ant ent ait aient"
_LATIN = _ending("[a-z]{4}", f"{_NOUN} {_VERB}")
_LATIN_AGAIN = _ending("[a-z]{4}", "a e i o u")
# Accents are removed before: й is и, and ё is е.
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
    """The stem of a lower-case word, without accents."""
    word = _ELIDED.sub("", word.removesuffix("'s")) if "'" in word else word
    word = strip_accents(word)
    if len(word) < MIN_STEMMED_LETTERS:
        return word
    if _ASCII.match(word):
        return _LATIN_AGAIN.sub("", _LATIN.sub("", porter(word)))
    if _CYRILLIC.match(word):
        return _RUSSIAN.sub("", _REFLEXIVE.sub("", word))
    return word


def strip_accents(word: str) -> str:
    """Remove accents from Latin, Greek and Cyrillic letters, and spell out ß and the like."""
    if word.isascii():
        return word
    stripped = _ACCENT.sub("", unicodedata.normalize("NFD", word.translate(_SPELLED_OUT)))
    return unicodedata.normalize("NFC", stripped)
