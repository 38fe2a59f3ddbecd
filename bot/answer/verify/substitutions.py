"""Find words of a claim that its source has something else for, between the same words.

A frame is the two words before and the two behind. Where a source has the same frame and another
name, another figure, the opposite, or no "not" inside, the claim was changed there - even if what
it says instead stands elsewhere in the source. Takes time linear in the texts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Literal

from bot.answer.verify import negation, numbers
from bot.answer.verify.analyzed_text import AnalyzedText, Word, same_word
from bot.answer.verify.antonyms import sides
from bot.answer.verify.entities import find_entities, is_capital
from bot.text.quantities import find_figures

WIDTH = 2  # words on each side
LONGEST_FILLING = 5  # words that may stand in a source's frame
LONGEST_DENIAL = 2  # the same, where a "not" was put in or taken out
MOST_PLACES = 20  # where the same word stands in a text
MOST_WORDS = 40  # of a sentence, in whose places opposites are looked for
EDGE = ""  # before the first word, behind the last
Exchanged = Literal["name", "number", "antonym", "negation"]
Filling = tuple[Word, ...]
Frame = tuple[str, str, str, str]


def find_substitutions(
    claim: AnalyzedText, cited: Sequence[AnalyzedText]
) -> Iterator[tuple[Exchanged, str]]:
    """(rule, words) of what was exchanged."""
    sources = [_Frames(source) for source in cited]
    own = _Frames(claim)
    yield from (("name", name) for name in _names(own, sources))
    yield from (("number", figure) for figure in _figures(own, sources))
    yield from (("antonym", word) for word in _opposites(own, sources))
    yield from (("negation", word) for word in _denials(own, sources))


class _Frames:
    """A text's words, each findable by the pair of words that it follows."""

    def __init__(self, text: AnalyzedText):
        self.text = text
        self.words = text.words
        self._lower = [EDGE, EDGE, *(word.lower for word in text.words), EDGE, EDGE]
        self._content_words = {word.lower for word in text.content}
        self._after: dict[str, list[int]] = defaultdict(list)  # word before → places in `words`
        for at in range(len(text.words) + 1):
            positions = self._after[self._lower[at + WIDTH - 1]]
            if len(positions) < MOST_PLACES:
                positions.append(at)

    def around(self, first: int, last: int) -> Frame:
        """The frame of the words ``first`` up to ``last``."""
        lower = self._lower
        at, end = first + WIDTH, last + WIDTH
        return lower[at - 2], lower[at - 1], lower[end], lower[end + 1]

    def fillings(self, frame: Frame, longest: int, exact: bool) -> Iterator[Filling]:
        """What stands in such a frame here."""
        if frame[2] == EDGE:
            yield from self._open_fillings(frame)
            return
        for first in self._after.get(frame[1], ()):
            for last in range(first, min(first + longest, len(self.words)) + 1):
                here = self.around(first, last)
                if here[2] == frame[2] and self._is_same(frame, here, exact):
                    yield self.words[first:last]

    def _open_fillings(self, frame: Frame) -> Iterator[Filling]:
        """For a claim's last words: what comes behind the same two words here."""
        for first in self._after.get(frame[1], ()):
            if self.around(first, first)[:2] == frame[:2] and any(map(self._is_content, frame[:2])):
                yield self.words[first : first + LONGEST_FILLING]

    def _is_same(self, frame: Frame, here: Frame, exact: bool) -> bool:
        """All four words match, one of them a content word, or three, two of them content words."""
        shared = [one for one, other in zip(frame, here, strict=True) if one == other]
        content_count = sum(map(self._is_content, shared))
        if len(shared) == len(frame):
            return content_count > 0
        return not exact and len([w for w in shared if w != EDGE]) == 3 and content_count > 1

    def _is_content(self, word: str) -> bool:
        return word in self._content_words

    def places(self, start: int, end: int) -> tuple[int, int]:
        """The words that a range of the text covers."""
        inside = [i for i, w in enumerate(self.words) if start <= w.start < end]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)


def _fillings(
    own: _Frames,
    start: int,
    end: int,
    sources: Sequence[_Frames],
    longest: int = LONGEST_FILLING,
    exact: bool = False,
) -> list[tuple[_Frames, Filling]]:
    first, last = own.places(start, end)
    if first == last:
        return []
    frame = own.around(first, last)
    return [
        (source, filling)
        for source in sources
        for filling in islice(source.fillings(frame, longest, exact), MOST_PLACES)
    ]


def _names(own: _Frames, sources: Sequence[_Frames]) -> Iterator[str]:
    for span in find_entities(own.text, firsts=True):
        found = [f for _, f in _fillings(own, span[0].start, span[-1].end, sources)]
        named = [f for f in found if any(is_capital(word) and word.is_content for word in f)]
        if named and len(named) == len(found) and not any(_meet(span, f) for f in found):
            yield " ".join(word.written for word in span)


def _meet(span: Sequence[Word], filling: Filling) -> bool:
    """They share a word, or one is the initials of the other."""
    if any(same_word(a.lower, b.lower, "") for a in span for b in filling):
        return True
    initials = ["".join(w.written[0] for w in part).upper() for part in (span, filling)]
    joined = ["".join(w.written for w in part).upper() for part in (span, filling)]
    return initials[0] in joined[1] or initials[1] in joined[0]


def _figures(own: _Frames, sources: Sequence[_Frames]) -> Iterator[str]:
    for figure in find_figures(own.text.text, own.text.language):
        found = _fillings(own, figure.start, figure.end, sources)
        written = {s.text.text[f[0].start : f[-1].end] for s, f in found if f}
        told = [other for text in written for other in find_figures(text, own.text.language)]
        if told and not any(numbers.agrees(figure, other) for other in told):
            yield own.text.text[figure.start : figure.end]


def _opposites(own: _Frames, sources: Sequence[_Frames]) -> Iterator[str]:
    turnable = [word for word in own.words if sides(word.lower)][:MOST_WORDS]
    for word in turnable:
        for same, opposite in sides(word.lower):
            fillings = _fillings(own, word.start, word.end, sources)
            found = {w.lower for _, filling in fillings for w in filling}
            if found & opposite and not found & same:
                yield word.written


def _denials(own: _Frames, sources: Sequence[_Frames]) -> Iterator[str]:
    """A "not" that the source has not in its place, or the other way round."""
    yield from _lost(own, sources, exact=False)
    for source in sources:
        yield from _lost(source, [own], exact=True)


def _lost(one: _Frames, others: Sequence[_Frames], *, exact: bool) -> Iterator[str]:
    """The denials of one text in whose places the others have none."""
    for found in negation.negations(one.text):
        if found.strong:
            fillings = _fillings(one, found.start, found.end, others, LONGEST_DENIAL, exact)
            if not fillings or any(negation.denies(w) for _, f in fillings for w in f):
                continue
            if not any(negation.is_also_denied(found, other.text) for other, _ in fillings):
                yield found.word
