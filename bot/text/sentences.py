"""Finds the borders of sentences in a stored text. Pure; knows nothing of tokens or passages.

Promises: sentences are in order, trimmed, disjoint, not empty, at most
``SENTENCE_CHARACTERS`` long; what lies between them is white space only; the time is linear.
A blank line always ends a sentence. A line break does, unless the lines look wrapped; a stop
does, unless what stands around it says otherwise.

Libraries were tried first, on the table of tests/ingest/test_chunk.py when it had 118 cases:
sentencex 1.0.32 got 86 right, pysbd 0.3.4 79 (at 0.15 MB/s), blingfire 0.1.8 77 (54 of 1,815
sentences are not verbatim in the text), syntok 1.4.4 67. The rules here were written to that
table, so their own score on it says nothing. Against gold sentences, begin and end both exact:
covidqa 93.3 % of 1,222, clapnq 94.6 % of 887, on sets that were also looked at while writing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import regex

from bot.records import Sentence
from bot.text import abbreviations as words
from bot.text.line_unwrap import TextBlock, document_width, unwrapped_ranges

SENTENCE_CHARACTERS = 1_000  # the design's hard cap
_TOKEN_WINDOW = 24  # characters looked at before a stop: longer than any abbreviation
_ENUMERATOR_CHARACTERS = 8

_BLANK = re.compile(r"\n(?:[^\S\n]*\n)+")
_CLOSERS = "\"'”’»›)\\]}」』】）》〉〕〗］｝“‘«*_"
_OPENERS = "\"'“”„‚‘«‹»›(\\[{「『【（《〈〔¿¡`*_#$£€@—–\\-"
_QUOTES = frozenset("\"'”’»›」』“‘«")
_NUMBERS = r"\d{1,3}(?:(?:,[ ]?|[–-])\d{1,3})*+"
# A stop, what closes with it, and the footnote marks that hang on it. Possessive throughout.
_STOP = regex.compile(
    rf"""
    (?P<stop> \.(?:[ \u00a0]\.){{2,}}+ | (?:[.…‥．﹒] | [^\P{{SB=STerm}}\u104a])++ )
    (?P<close> [{_CLOSERS}]*+ (?:[ \u00a0\u202f](?:»|''|”|’|\)|\])(?!\S))*+ )
    (?P<mark>
        (?: [ \u00a0]?+ \[ (?: \d{{1,4}}(?:[,;–-][ ]?\d{{1,4}})*+ | [a-z]
                       | citation[ ]needed | note[ ]\d{{1,3}} ) \] (?![ ]?[.,;:(]) )*+
        [¹²³⁰⁴-⁹]*+
    )
    (?P<digits>
        (?<=[\p{{L}}{_CLOSERS}][.!?][{_CLOSERS}]?) {_NUMBERS} (?=\s+[\p{{Lu}}{_OPENERS}])
        | [ ]{_NUMBERS} (?=[ ]\L<openers>\b)
    )?+
    """,
    regex.VERBOSE,
    openers=[word.capitalize() for word in words.OPENERS if len(word) > 1],
)
_NEXT = regex.compile(
    rf"\s*+(?P<go_on>[,;:)\]}}%&=<>/|+])?+"
    rf"(?:\((?:[a-z]|[ivx]{{1,4}}|\d{{1,2}})\)\s)?+"  # "(ii) The second"
    rf"[{_OPENERS}\s]*+(?P<word>[\w'’]{{1,24}})?+"
)
_SAYING = regex.compile(rf"(?:\s+\p{{Lu}}[\w.'’-]{{0,30}}+){{1,3}}\s+(?:{words.SPEECH_VERBS})\b")
_ENUMERATOR = re.compile(r"\W*(?:\d{1,3}|[^\W\d_]|[IVX]{1,4})?")
_ACRONYM = regex.compile(r"(?:\p{L}{1,2}\.)+\p{L}{1,2}")
_WIDE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
# 「はい。」と言った / “你好！”他说: the quotation is part of the sentence around it.
_WIDE_GO_ON = regex.compile(r"[、，,；：とっ]|を|[^\s。！？，、]{0,6}?[说說问問道喊答叫]")


class _Stop(NamedTuple):
    """A stop, seen from its sentence."""

    stop: str
    close: str
    mark: str
    word: str  # the next word; empty if a symbol or nothing follows
    initial: bool  # the next word is one letter and a full stop
    before: str  # the text before the stop, as far back as it matters


def split_sentences(text: str, cuts: Iterable[int] = ()) -> list[Sentence]:
    """The sentences of ``text``; none crosses one of the offsets in ``cuts``.

    Made for normalised text (``clean.normalise``); any other string keeps the promises too.
    """
    blocks = [TextBlock(start, text[start:end]) for start, end in _blocks(text, cuts)]
    width = document_width(blocks)
    return [sentence for block in blocks for sentence in _in_block(text, block, width)]


def _in_block(text: str, block: TextBlock, width: float | None) -> Iterator[Sentence]:
    uncased = block.text.islower()
    for start, end in unwrapped_ranges(block, width):
        for left, right in _between_stops(text, start, end, uncased):
            yield from _trimmed(text, left, right)


def _blocks(text: str, cuts: Iterable[int]) -> Iterator[tuple[int, int]]:
    blanks = [(found.start(), found.end()) for found in _BLANK.finditer(text)]
    edges = sorted([*blanks, *((cut, cut) for cut in cuts)])
    start = 0
    for left, right in [*edges, (len(text), len(text))]:
        if start < left:
            yield start, min(left, len(text))
        start = max(start, right, left)


def _between_stops(text: str, start: int, end: int, uncased: bool) -> Iterator[tuple[int, int]]:
    for found in _STOP.finditer(text, start, end):
        if found.end() < end and _ends(text, start, end, found, uncased):
            yield start, found.end()
            start = found.end()
    yield start, end


def _ends(text: str, start: int, end: int, found: regex.Match[str], uncased: bool) -> bool:
    """Whether the stop that was found ends the sentence that began at ``start``."""
    at, after = found.span()
    mark = found["mark"] + (found["digits"] or "")
    spaced = text[after].isspace()
    if not spaced and not mark and text[after].isascii():
        return False  # 3.5, e.g, example.com: the commonest case, out early
    stop, close = found["stop"], found["close"]
    before = text[max(start, at - _TOKEN_WINDOW) : at]
    if _says_nothing(before, at - start, stop) or (
        found["digits"] and not _may_carry_a_number(before)
    ):
        return False
    if not spaced:
        return _ends_without_space(_Stop(stop, close, mark, "", False, before), text, after)
    follow = _NEXT.match(text, after, end)
    word = (follow and follow["word"]) or ""
    if follow is None or follow["go_on"] or not _may_open(word, uncased):
        return False
    initial = len(word) == 1 and text[follow.end() : follow.end() + 1] == "."
    seen = _Stop(stop, close, mark, word, initial, before)
    return _full_stop_ends(seen) if stop == "." else not _is_inner(seen, text, after)


def _says_nothing(before: str, length: int, stop: str) -> bool:
    """``1.``, ``a.``, ``...``: an enumerator or nothing at all stands before the stop."""
    if length > _ENUMERATOR_CHARACTERS or stop[0] not in ".…‥!?":
        return False
    return _ENUMERATOR.fullmatch(before) is not None


def _ends_without_space(seen: _Stop, text: str, at: int) -> bool:
    if seen.mark:
        return text[at].isupper()
    if seen.stop[-1] in ".!?…‥":  # 好吗?他: ASCII stops between ideographs
        return seen.stop[-1] in ".!?" and bool(
            _WIDE.match(text[at]) and _WIDE.match(seen.before[-1:])
        )
    return not (seen.close and _WIDE_GO_ON.match(text, at)) and text[at] not in "、，,；;：:"


def _may_open(word: str, uncased: bool) -> bool:
    """Whether a sentence may begin with the word: a capital, a digit, a letter without case."""
    return uncased or not word[:1].islower() or word[1:2].isupper()


def _is_inner(seen: _Stop, text: str, at: int) -> bool:
    """``[...]``, or a quoted question with who asked it after it."""
    if seen.stop[0] in ".…" and seen.before[-1:] in ("[", "("):
        return True
    return bool(_QUOTES.intersection(seen.close)) and _SAYING.match(text, at) is not None


def _full_stop_ends(seen: _Stop) -> bool:
    """Whether a single full stop before white space and a possible opening word is an end."""
    token = _last_token(seen.before).rpartition("-")[2]
    name = token.lower()
    if seen.mark:
        return name not in words.NEVER_FINAL and name != "al"
    if not token or _QUOTES.intersection(seen.close):
        return True
    if seen.word[:1].islower() and (name in words.ALL or _ACRONYM.fullmatch(token)):
        return False  # text without capitals: no telling, and most abbreviations go on
    opens = seen.word.lower() in words.OPENERS and not seen.initial
    if len(token) == 1 and token.isalpha():
        opens = opens and seen.word.lower() not in words.SURNAME_OPENERS
        return opens or _is_label(seen.before, token)
    if name in words.NEVER_FINAL:
        return False
    if name in words.BEFORE_NUMBER:
        return not any(map(str.isdigit, seen.word))
    if name in words.CLOCK:
        return seen.word.lower() not in words.AFTER_CLOCK
    if (name in words.SOMETIMES_FINAL and not token.isupper()) or _ACRONYM.fullmatch(token):
        return opens
    ordinal = len(token) <= 2 and token.isdigit()
    return not (ordinal and seen.word.lower() in words.AFTER_ORDINAL)


def _may_carry_a_number(before: str) -> bool:
    """Not ``Fig. 2 The role`` or ``et al. 11 The``: there the number is not a footnote's."""
    name = _last_token(before).lower()
    return len(name) > 1 and name not in words.ALL


def _last_token(before: str) -> str:
    if not before or before[-1].isspace():
        return ""
    return before.split()[-1].lstrip("([{\"'“„«‘—–/")


def _is_label(before: str, letter: str) -> bool:
    """``vitamin C.``, ``2011 г.``: a single letter that is no initial."""
    previous = before.split()[-2:-1]
    if not previous:
        return False
    if letter.islower():
        return previous[0][-1].isdigit()
    return previous[0].lower() in words.LABEL_WORDS


def _trimmed(text: str, start: int, end: int) -> Iterator[Sentence]:
    """The range without white space at its ends, in pieces of at most the cap."""
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end = start + len(piece.strip())
    while end - start > SENTENCE_CHARACTERS:
        cut = start + _cut(text[start : start + SENTENCE_CHARACTERS + 1])
        head = text[start:cut].rstrip()
        yield Sentence(start, start + len(head))
        start = cut
        while text[start].isspace():
            start += 1
    if start < end:
        yield Sentence(start, end)


def _cut(window: str) -> int:
    """Where to cut: before the last white space, else at the last grapheme border."""
    for at in range(len(window) - 1, 0, -1):
        if window[at].isspace():
            return at
    borders = (found.end() for found in regex.finditer(r"\X", window))
    return max((at for at in borders if at <= SENTENCE_CHARACTERS), default=SENTENCE_CHARACTERS)
