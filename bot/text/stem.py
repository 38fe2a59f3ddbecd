"""Stems words of several languages, so that "infections" finds "infected".

One rule per script, so that a short question needs no language detection: Latin words lose Porter's
English endings, then common endings of German, French, Spanish and Italian; Cyrillic words lose
Russian ones; Arabic, Greek and Hindi words are stemmed by Snowball. Elided articles go first
(l'hôpital), and apostrophes.
Measured by ``python -m bench.stemming`` (docs/finding.md).
"""

from __future__ import annotations

import re
import threading
from functools import lru_cache

import Stemmer

from bot.text.folding import fold

CACHED_STEMS = 50_000  # the working vocabulary of a language, 8 MB
MIN_STEMMED_LETTERS = 3  # shorter words are not stemmed

_ASCII = re.compile(r"[a-z]+\Z")
_CYRILLIC = re.compile(r"[а-я]+\Z")
_CONTRACTED = re.compile(r"'(?:s|ll|re|ve|d|m)\Z")  # "she'll" is not a shell
# Turkish endings of names: "İstanbul'da", "Ankara'nın"; a vowel alone after no other ("Hawai'i").
_TURKISH = re.compile(
    r"(?<=\w\w\w)'(?:n?[iu]n|n?[dt][ae](?:n|ki)?|[yn][aeiu]|(?<![aeiou]')[aeiu]|y?l[ae]|l[ae]r[a-z]*)\Z"
)
# French and Italian articles and pronouns before a vowel. Not o', as in O'Brien.
_ELIDED = re.compile(r"\A(?:[cdjlmnst]|qu|un|quest|all|coll|dall|dell|nell|sull)'(?=\w\w)")


def _ending(remainder: str, endings: str) -> re.Pattern[str]:
    """A pattern for the longest ending after which ``remainder`` is left."""
    return re.compile(rf"(?<={remainder})(?:{'|'.join(endings.split())})\Z")


# Four letters of a Latin word must remain: with three, Mali = male and patent = patient.
_NOUN = "a e i o u x en er em ern (?<=[lr])n"
_VERB = "ar ir ado ada ido ida ando iendo aba aban aron iron ieron ava uto uta ant ent ait aient"
_LATIN = _ending("[a-z]{4}", f"{_NOUN} {_VERB}")
_LATIN_AGAIN = _ending("[a-z]{4}", "a e i o u")
# Words are folded before: й is и, and ё is е.
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


# Letters of the scripts that Snowball's stemmer of one language may have for itself.
_OWN_SCRIPTS = {
    "arabic": re.compile("[\u0621-\u064a]+\\Z"),
    "greek": re.compile("[α-ω]+\\Z"),
    "hindi": re.compile("[\u0900-\u097f]+\\Z"),
}
_ARABIC_CONJUNCTION = re.compile("\\A[وف](?=(?:ال|لل)...)")  # Snowball leaves it before an article


class _Snowball(threading.local):
    """PyStemmer's stemmers, of their own in each thread: they are not safe to share."""

    def __init__(self) -> None:
        self.stemmers = {  # 0: ``stem`` has a cache
            name: Stemmer.Stemmer(name, 0) for name in ("porter", *_OWN_SCRIPTS)
        }


_SNOWBALL = _Snowball()


def porter(word: str) -> str:
    """The stem of a lower-case word in plain letters (Porter 1980)."""
    return _snowball("porter", word)


def _snowball(name: str, word: str) -> str:
    stemmed: str = _SNOWBALL.stemmers[name].stemWord(word)
    return stemmed


@lru_cache(maxsize=CACHED_STEMS)
def stem(word: str) -> str:
    """The stem of a lower-case word, without accents and apostrophes."""
    word = base_form(word)
    if len(word) < MIN_STEMMED_LETTERS:
        return word
    if _ASCII.match(word):
        return _LATIN_AGAIN.sub("", _LATIN.sub("", porter(word)))
    if _CYRILLIC.match(word):
        return _RUSSIAN.sub("", _REFLEXIVE.sub("", word))
    for name, letters in _OWN_SCRIPTS.items():
        if letters.match(word):
            return _snowball(name, _ARABIC_CONJUNCTION.sub("", word))
    return word


def base_form(word: str) -> str:
    """A lower-case word, folded, without "'s", an elided article and apostrophes.

    So O'Brien is OBrien and don't is dont.
    """
    word = fold(word)
    if "'" in word:
        word = _TURKISH.sub("", _CONTRACTED.sub("", word))
        word = _ELIDED.sub("", word).replace("'", "")
    return word
