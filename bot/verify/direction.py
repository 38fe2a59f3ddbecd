"""Check who does what to whom, and the order of two figures.

"A sold it to B" doesn't support "B sold it to A", nor "7 to 4" "4 to 7". Found by the words on both
sides of a shared verb, by what stands after each preposition, and by the subjects of two clauses
that have changed places. A passive, or a word's converse ("bought from"), turns the order round
again. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import regex

from bot.text.quantities import Figure, find_figures
from bot.verify import numbers
from bot.verify.analyzed_text import AnalyzedText, Word, same_word, weight
from bot.verify.antonyms import sides

# Between two figures of a result: "7 to 4", "18 voix contre 13".
VERSUS = regex.compile(
    r"\s*(?:votes |voix |stimmen )?(?:to|zu|gegen|against|contre|a|à|:|[-–])\s*", regex.IGNORECASE
)
PREPOSITION_WORDS = (
    "by from to for with against after before into than over under of "
    "von vom an bei mit für gegen nach vor aus auf durch zu zum zur "
    "par à au de du d pour contre avec avant après chez sur sous "
    "por para desde hasta con contra"
)
PREPOSITIONS = frozenset(PREPOSITION_WORDS.split())
GENITIVES = frozenset({"of", "de", "du", "d"})  # "Tull's idea" is "the idea of Tull"
PASSIVE = regex.compile(
    r"\b(?:was|were|is|are|been|be|being) (?:\w+ ){0,2}?\w+(?:ed|en|t|d|wn|ung|ne)\b.{0,60}?\bby\b|"
    r"\b(?:été|est|sont|fut) (?:\w+ ){0,2}?\w+\b.{0,60}?\bpar\b|"
    r"\b(?:wurden?|wird|werden|worden)\b|\b(?:fue|fueron) \w+ por\b",
    regex.IGNORECASE,
)
CLAUSE = regex.compile(
    r"[;:](?=\s)|\b(?:and|but|while|whereas|after|before|because|when|und|aber|während|nachdem|weil|"
    r"et|mais|tandis|parce|quand|y|pero|mientras|porque)\b",
    regex.IGNORECASE,
)
DETERMINER_WORDS = (
    "the a an this that his her its their some most all each every der die das ein eine seine ihre "
    "le la les un une l son sa ses leur el los las una su"
)
DETERMINERS = frozenset(DETERMINER_WORDS.split())
FREE_ORDER = frozenset({"de", "ru"})  # languages whose verbs may stand between object and subject
HEAD_WORDS = 3  # content words after a preposition
MAX_VERBS = 12


def find_reversed_figures(claim: AnalyzedText, sentences: Sequence[AnalyzedText]) -> Iterator[str]:
    """The claim's results ("4 to 7") that the sources have the other way round."""
    stated = [pair for text in sentences for pair in _results(text)]
    for first, second in _results(claim):
        same = any(numbers.agrees(first, a) and numbers.agrees(second, b) for a, b in stated)
        turned = any(numbers.agrees(first, b) and numbers.agrees(second, a) for a, b in stated)
        if turned and not same:
            yield claim.text[first.start : second.end]


def _results(text: AnalyzedText) -> Iterator[tuple[Figure, Figure]]:
    figures = find_figures(text.text, text.language)
    for first, second in pairwise(figures):
        if VERSUS.fullmatch(text.text[first.end : second.start]):
            yield first, second


def find_reversed_words(claim: AnalyzedText, sentences: Sequence[AnalyzedText]) -> Iterator[str]:
    """The claim's verbs and prepositions whose two sides have changed places."""
    for text in sentences:
        turned = _has_converse(claim, text) != _is_passive_in_one(claim, text)
        if not turned:
            yield from _swapped_heads(claim, text)
            if claim.language not in FREE_ORDER:
                yield from _swapped_sides(claim, text)


def _is_passive_in_one(claim: AnalyzedText, text: AnalyzedText) -> bool:
    return bool(PASSIVE.search(claim.text)) != bool(PASSIVE.search(text.text))


def _has_converse(claim: AnalyzedText, text: AnalyzedText) -> bool:
    words = {word.lower for word in text.words}
    return any(
        not words.isdisjoint(other) and words.isdisjoint(own)
        for word in claim.words
        for own, other in sides(word.lower)
    )


def _heads(text: AnalyzedText) -> Mapping[str, set[str]]:
    """Preposition → the content words that follow it; "" → those that begin the sentence."""
    heads: dict[str, set[str]] = defaultdict(set)
    preposition, taken = "", 0
    for word in text.words:
        if word.lower in PREPOSITIONS:
            preposition, taken = word.lower, 0
        elif word.is_content and taken < HEAD_WORDS and not word.lower[0].isdigit():
            heads[preposition].add(word.lower)
            taken += 1
    return heads


def _swapped_heads(claim: AnalyzedText, text: AnalyzedText) -> Iterator[str]:
    own, stated = _heads(claim), _heads(text)
    shared = [p for p in own if p in stated]
    for i, first in enumerate(shared):
        for second in shared[i + 1 :]:
            if "" in (first, second) and not GENITIVES.isdisjoint((first, second)):
                continue
            if _moved(own, stated, first, second) and _moved(own, stated, second, first):
                yield first or second


def _moved(
    own: Mapping[str, set[str]],
    stated: Mapping[str, set[str]],
    own_preposition: str,
    other_preposition: str,
) -> bool:
    """Whether a word after ``here`` stands after the other preposition in the source, only."""
    return any(
        word in stated[other_preposition] and word not in stated[own_preposition]
        for word in own[own_preposition]
    )


def _swapped_sides(claim: AnalyzedText, text: AnalyzedText) -> Iterator[str]:
    for start, end in _clauses(claim.text):
        words = [w for w in claim.content if start <= w.start < end and not w.lower[0].isdigit()]
        for at, verb in enumerate(words[:MAX_VERBS]):
            places = _places(verb, text, claim.language)
            if len(places) != 1 or _is_noun_phrase(claim, verb):
                continue
            if _is_noun_phrase(text, text.content[places[0]]):
                continue
            left = _votes(words[:at], places[0], text, claim.language)
            right = _votes(words[at + 1 :], places[0], text, claim.language)
            if left[1] and right[0] and left[1] + right[0] >= 2 * (left[0] + right[1]):
                yield verb.written


def _is_noun_phrase(text: AnalyzedText, word: Word) -> bool:
    """Whether a word is a name, or begins after an article or a preposition."""
    before = text.text[: word.start].split()[-1:]
    return word.written[0].isupper() or (
        bool(before) and before[0].lower() in DETERMINERS | PREPOSITIONS
    )


def turns_round(claim: AnalyzedText, word: str, text: AnalyzedText) -> bool:
    """Whether a claim's antonym of the source's word has its two sides exchanged, too.

    "The board sold it to the firm" says the same as "the firm bought it from the board".
    """
    others = frozenset[str]().union(*(other for _, other in sides(word)))
    places = [i for i, each in enumerate(text.content) if each.lower in others]
    at = [i for i, each in enumerate(claim.content) if each.lower == word.lower()]
    if len(places) != 1 or len(at) != 1:
        return False
    left = _votes(claim.content[: at[0]], places[0], text, claim.language)
    right = _votes(claim.content[at[0] + 1 :], places[0], text, claim.language)
    return bool(left[1] and right[0] and left[1] + right[0] > left[0] + right[1])


def _votes(
    words: Sequence[Word], place: int, text: AnalyzedText, language: str
) -> tuple[float, float]:
    """The weight of the words before and after a place of the source."""
    before = after = 0.0
    for word in words:
        places = _places(word, text, language)
        if len(places) == 1:
            if places[0] < place:
                before += weight(word.lower)
            else:
                after += weight(word.lower)
    return before, after


def _places(word: Word, text: AnalyzedText, language: str) -> list[int]:
    return [
        i for i, other in enumerate(text.content) if same_word(word.lower, other.lower, language)
    ]


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for boundary in CLAUSE.finditer(text):
        yield start, boundary.start()
        start = boundary.start()
    yield start, len(text)


def find_swapped_subjects(claim: AnalyzedText, sentences: Sequence[AnalyzedText]) -> Iterator[str]:
    """The subjects of the claim's clauses that another clause's verb follows."""
    own = [clause for clause in _clause_words(claim) if len(clause) > 1]
    for text in sentences:
        clauses = _clause_words(text)
        if len(clauses) < 2 or not own:
            continue
        for clause in own:
            if _takes_another_subject(clause, clauses, claim.language):
                yield clause[0].written


def _clause_words(text: AnalyzedText) -> list[list[Word]]:
    """The content words of each clause that has a subject of its own."""
    clauses = []
    for start, end in _clauses(text.text):
        words = [word for word in text.words if start <= word.start < end]
        if start:
            words = words[1:]
        if words and (not start or words[0].lower in DETERMINERS or words[0].written[0].isupper()):
            clauses.append([w for w in words if w.is_content and not w.lower[0].isdigit()])
    return [clause for clause in clauses if clause]


def _takes_another_subject(
    clause: Sequence[Word], clauses: Sequence[Sequence[Word]], language: str
) -> bool:
    subject, verb = clause[0], clause[1]
    if verb.written[0].isupper():
        return False
    for own in clauses:
        if not same_word(subject.lower, own[0].lower, language) or _is_in(verb, own, language):
            continue
        for other in clauses:
            if (
                other is not own
                and _is_in(verb, other[1:], language)
                and not _is_in(subject, other, language)
                and not _is_in(other[0], clause, language)
            ):
                return True
    return False


def _is_in(word: Word, words: Sequence[Word], language: str) -> bool:
    return any(same_word(word.lower, other.lower, language) for other in words)
