"""Find words in a claim that its source replaces with something else in the same context.

A frame is the two words before and the two after. If a source has the same frame with another name,
another figure, an antonym, or without the "not", the claim was changed there, even if its words are
elsewhere in the source. Takes time linear in the texts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Literal

from bot.text.quantities import find_figures
from bot.verify import negation, numbers
from bot.verify.analyzed_text import AnalyzedText, Word, same_word
from bot.verify.antonyms import sides
from bot.verify.entities import find_entities, is_capital

WIDTH = 2  # words on each side
MAX_FILLING_WORDS = 5  # inside a source's frame
MAX_NEGATION_FILLING_WORDS = 2  # the same, for an added or dropped "not"
MAX_OCCURRENCES = 20  # of the same word in a text
MAX_ANTONYM_WORDS = 40  # per sentence that are checked for antonyms
EDGE = ""  # before the first word and after the last
Substituted = Literal["name", "number", "antonym", "negation"]
Filling = tuple[Word, ...]
Frame = tuple[str, str, str, str]


def find_substitutions(
    claim: AnalyzedText, cited: Sequence[AnalyzedText]
) -> Iterator[tuple[Substituted, str]]:
    """(rule, words) of each substitution."""
    sources = [_Frames(source) for source in cited]
    own = _Frames(claim)
    yield from (("name", name) for name in _names(own, sources))
    yield from (("number", figure) for figure in _figures(own, sources))
    yield from (("antonym", word) for word in _antonyms(own, sources))
    yield from (("negation", word) for word in _negations(own, sources))


class _Frames:
    """A text's words, indexed by the word before each."""

    def __init__(self, text: AnalyzedText):
        self.text = text
        self.words = text.words
        self._lower = [EDGE, EDGE, *(word.lower for word in text.words), EDGE, EDGE]
        self._content_words = {word.lower for word in text.content}
        self._after: dict[str, list[int]] = defaultdict(list)  # word → indexes after it
        for at in range(len(text.words) + 1):
            positions = self._after[self._lower[at + WIDTH - 1]]
            if len(positions) < MAX_OCCURRENCES:
                positions.append(at)

    def around(self, first: int, last: int) -> Frame:
        """The frame of the words ``first`` up to ``last``."""
        lower = self._lower
        at, end = first + WIDTH, last + WIDTH
        return lower[at - 2], lower[at - 1], lower[end], lower[end + 1]

    def fillings(self, frame: Frame, max_words: int, exact: bool) -> Iterator[Filling]:
        """The words inside each occurrence of the frame in this text."""
        if frame[2] == EDGE:
            yield from self._open_fillings(frame)
            return
        for first in self._after.get(frame[1], ()):
            for last in range(first, min(first + max_words, len(self.words)) + 1):
                here = self.around(first, last)
                if here[2] == frame[2] and self._is_same(frame, here, exact):
                    yield self.words[first:last]

    def _open_fillings(self, frame: Frame) -> Iterator[Filling]:
        """For a claim's last words: what follows the same two words here."""
        for first in self._after.get(frame[1], ()):
            if self.around(first, first)[:2] == frame[:2] and any(map(self._is_content, frame[:2])):
                yield self.words[first : first + MAX_FILLING_WORDS]

    def _is_same(self, frame: Frame, here: Frame, exact: bool) -> bool:
        """Whether all four match, one a content word, or (unless ``exact``) three, two of these."""
        shared = [a for a, b in zip(frame, here, strict=True) if a == b]
        content_count = sum(map(self._is_content, shared))
        if len(shared) == len(frame):
            return content_count > 0
        return not exact and len([w for w in shared if w != EDGE]) == 3 and content_count > 1

    def _is_content(self, word: str) -> bool:
        return word in self._content_words

    def word_range(self, start: int, end: int) -> tuple[int, int]:
        """The indexes of the words in a range of the text."""
        inside = [i for i, w in enumerate(self.words) if start <= w.start < end]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)


def _fillings(
    own: _Frames,
    start: int,
    end: int,
    sources: Sequence[_Frames],
    max_words: int = MAX_FILLING_WORDS,
    exact: bool = False,
) -> list[tuple[_Frames, Filling]]:
    first, last = own.word_range(start, end)
    if first == last:
        return []
    frame = own.around(first, last)
    return [
        (source, filling)
        for source in sources
        for filling in islice(source.fillings(frame, max_words, exact), MAX_OCCURRENCES)
    ]


def _names(own: _Frames, sources: Sequence[_Frames]) -> Iterator[str]:
    for span in find_entities(own.text, include_first=True):
        if own.text.text.startswith(",", span[-1].end):
            continue  # "Sam Ito, the glazier,": a name in front of its apposition replaces nothing
        fillings = [f for _, f in _fillings(own, span[0].start, span[-1].end, sources)]
        if not fillings or not all(map(_has_name, fillings)):
            continue
        if not any(_is_same_name(span, filling) for filling in fillings):
            yield " ".join(word.written for word in span)


def _has_name(filling: Filling) -> bool:
    return any(is_capital(word) and word.is_content for word in filling)


def _is_same_name(span: Sequence[Word], filling: Filling) -> bool:
    """Whether they share a word, or one is the initials of the other."""
    if any(same_word(a.lower, b.lower, "") for a in span for b in filling):
        return True
    initials = ["".join(w.written[0] for w in part).upper() for part in (span, filling)]
    joined = ["".join(w.written for w in part).upper() for part in (span, filling)]
    return initials[0] in joined[1] or initials[1] in joined[0]


def _figures(own: _Frames, sources: Sequence[_Frames]) -> Iterator[str]:
    for figure in find_figures(own.text.text, own.text.language):
        fillings = _fillings(own, figure.start, figure.end, sources)
        written = {s.text.text[f[0].start : f[-1].end] for s, f in fillings if f}
        source_figures = [
            source_figure
            for text in written
            for source_figure in find_figures(text, own.text.language)
        ]
        if source_figures and not any(numbers.agrees(figure, other) for other in source_figures):
            yield own.text.text[figure.start : figure.end]


def _antonyms(own: _Frames, sources: Sequence[_Frames]) -> Iterator[str]:
    words_with_antonyms = [word for word in own.words if sides(word.lower)][:MAX_ANTONYM_WORDS]
    for word in words_with_antonyms:
        for own_side, other_side in sides(word.lower):
            fillings = _fillings(own, word.start, word.end, sources)
            source_words = {w.lower for _, filling in fillings for w in filling}
            if source_words & other_side and not source_words & own_side:
                yield word.written


def _negations(own: _Frames, sources: Sequence[_Frames]) -> Iterator[str]:
    """Negating words that the claim has and the source lacks in the same place, or vice versa."""
    yield from _missing_negations(own, sources, exact=False)
    for source in sources:
        yield from _missing_negations(source, [own], exact=True)


def _missing_negations(text: _Frames, others: Sequence[_Frames], *, exact: bool) -> Iterator[str]:
    """The negating words of a text in whose places the others have none."""
    for negated in negation.find_negations(text.text):
        if not negated.is_strong:
            continue
        fillings = _fillings(
            text, negated.start, negated.end, others, MAX_NEGATION_FILLING_WORDS, exact
        )
        if not fillings or any(negation.may_negate(w) for _, f in fillings for w in f):
            continue
        if not any(negation.is_denied_in(negated, other.text) for other, _ in fillings):
            yield negated.word
