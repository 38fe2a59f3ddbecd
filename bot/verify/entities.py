"""Check that the names of a sentence are in its sources or their context.

A name is a capitalized word inside a sentence, or an acronym. Initials match the words that they
abbreviate, and the other way round. No names are found in scripts without capitals, and in German,
which capitalizes all nouns, only those of two words or more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise

import regex

from bot.text.calendar_names import MONTH, WEEKDAY
from bot.text.morphology import word_weight
from bot.text.quantities import MAGNITUDE, VALUE
from bot.text.stopwords import FUNCTION_WORDS
from bot.verify.analyzed_text import (
    CACHED_TEXTS,
    ENGLISH,
    UNKNOWN,
    AnalyzedText,
    Vocabulary,
    Word,
    analyze,
)
from bot.verify.first_names import is_likely_name

BEFORE_FIRST_WORD = regex.compile(r"(?:^\W*|[.!?:;•\n]\W*)$")
ROMAN = regex.compile(r"[IVXLC]+")
MAX_INITIALS = 6
NAME_GAPS = (" ", "-", ". ")  # between the words of a name
MAX_NAMES = 40  # of a sentence
NOT_IN_ACRONYMS = frozenset({"of", "the", "and", "for", "in", "on", "de", "und", "der", "la"})
NOT_NAMES_LIST = (
    "ad bc bce ce am pm ii iii iv nobody somebody someone anybody anyone everybody everyone "
    "nothing something"
)
NOT_NAMES = frozenset(NOT_NAMES_LIST.split())


@dataclass(frozen=True, slots=True)
class UnsupportedName:
    """The words of a claim's name that no source has.

    ``is_part``: the sources have other words of it, and nothing else in the place of these: it may
    be a first name, or a noun beside a name.
    """

    words: str
    is_part: bool


def find_unsupported(
    claim: AnalyzedText, sources: Sequence[str], article: str = ""
) -> Iterator[UnsupportedName]:
    """The names of the claim that the sources don't have in any form.

    ``article``: where a name that the sources have in part may stand in full.
    """
    for span, missing in find_missing(find_entities(claim, include_first=True), claim, sources):
        is_part = len(missing) < len(span) and not any(
            _has_other_name_beside(analyze(text), span, missing) for text in sources
        )
        in_full = claim.text[span[0].start : span[-1].end]
        if not (is_part and in_full in article):
            yield UnsupportedName(" ".join(word.written for word in missing), is_part)


def find_missing(
    spans: Sequence[Sequence[Word]], claim: AnalyzedText, sources: Sequence[str]
) -> Iterator[tuple[Sequence[Word], list[Word]]]:
    """The names (``spans`` of the claim) that the sources lack in any form, and the words lacked.

    Not those of another script than the sources.
    """
    if not spans:
        return
    vocabulary = Vocabulary(sources)
    initials = [_initials_of_text(analyze(text)) for text in sources]
    acronyms = _acronyms(sources)
    for span in spans:
        missing = [w for w in span if not _is_known(w, vocabulary, initials, claim.language)]
        if not missing or _abbreviates(_initials(span), acronyms):
            continue
        if _shares_script(missing[0], sources):
            yield span, missing


def _has_other_name_beside(
    text: AnalyzedText, span: Sequence[Word], missing: Sequence[Word]
) -> bool:
    """Whether a word of the name that the text has stands beside another capitalized word there.

    "Tay Bridge" where the text has "Forth Bridge".
    """
    in_text = {word.lower for word in span if word not in missing}
    for before, word in pairwise(text.words):
        if word.lower in in_text and is_capital(before) and before.is_content:
            return before.lower not in in_text and text.text[before.end : word.start] in NAME_GAPS
    return False


def _abbreviates(initials: str, acronyms: Collection[str]) -> bool:
    """Whether an acronym is a name's initials, or has one letter more: "USA"."""
    return initials in acronyms or (
        len(initials) > 1 and any(acronym[:-1] == initials for acronym in acronyms)
    )


def _acronyms(texts: Sequence[str]) -> set[str]:
    return {w.written for text in texts for w in analyze(text).words if _is_acronym(w.written)}


def supported_words(claim: AnalyzedText, cited: Sequence[str], sources: Sequence[str]) -> set[str]:
    """Words of names that the sources have, or whose initials the cited sentences have.

    ``sources``: the cited sentences and their context.
    """
    vocabulary = Vocabulary(sources)
    acronyms = _acronyms(cited)
    return {
        word.lower
        for span in find_entities(claim, include_first=True)
        for word in span
        if word.lower in vocabulary or _initials(span) in acronyms
    }


@lru_cache(CACHED_TEXTS)
def find_entities(
    claim: AnalyzedText, *, include_first: bool = False
) -> tuple[tuple[Word, ...], ...]:
    """The names of a claim, each as its words, at most ``MAX_NAMES``; cached.

    With ``include_first`` also a single word at the beginning of a sentence, if it is likely a
    name.
    """
    return tuple(map(tuple, islice(_spans(claim, include_first), MAX_NAMES)))


def _spans(claim: AnalyzedText, include_first: bool) -> Iterator[list[Word]]:
    """Runs of names separated only by a space, hyphen or full stop."""
    run: list[Word] = []
    for i, word in enumerate(claim.words):
        if not is_capital(word) or not _is_name(claim, i, include_first):
            continue
        if run and claim.text[run[-1].end : word.start] not in NAME_GAPS:
            if _is_entity(claim, run):
                yield run
            run = []
        run.append(word)
    if _is_entity(claim, run):
        yield run


def _is_entity(claim: AnalyzedText, run: Sequence[Word]) -> bool:
    """Whether a run of capitalized words is a name; in German a single word may be any noun."""
    return bool(run) and (claim.language != "de" or len(run) > 1 or _is_acronym(run[0].written))


def is_capital(word: Word) -> bool:
    """Whether it begins with a capital, or has one inside ("iPhone")."""
    return word.written[0].isupper() or (word.written != word.lower and len(word.written) > 2)


def _is_name(claim: AnalyzedText, i: int, include_first: bool) -> bool:
    word = claim.words[i]
    lower = word.lower.removesuffix("'s")
    if lower in MONTH or lower in WEEKDAY or lower in VALUE or lower in MAGNITUDE:
        return False
    if lower in FUNCTION_WORDS or len(lower) == 1 or lower in NOT_NAMES:
        return False
    if not BEFORE_FIRST_WORD.search(claim.text[max(0, word.start - 8) : word.start]):
        return True
    if _is_acronym(word.written):
        return True
    following = claim.words[i + 1] if i + 1 < len(claim.words) else None
    if following and following.written[0].isupper() and following.start == word.end + 1:
        return word_weight(lower) == 1.0 or following.lower not in FUNCTION_WORDS
    is_english = claim.language in (UNKNOWN, ENGLISH)  # whose words the model of first words knows
    return include_first and is_english and _is_likely_first_word_name(claim.text, word)


def _is_likely_first_word_name(text: str, word: Word) -> bool:
    """Whether a sentence's first word is likely a name, and not an adverb ("Additionally,")."""
    return text[word.end : word.end + 1] != "," and is_likely_name(word.lower.removesuffix("'s"))


def _is_acronym(written: str) -> bool:
    return len(written) > 1 and written.isupper() and not ROMAN.fullmatch(written)


def _is_known(word: Word, vocabulary: Vocabulary, initials: Sequence[str], language: str) -> bool:
    """Whether the sources have the word, its parts, or words that it abbreviates."""
    bare = word.lower.removesuffix("'s")
    if vocabulary.has(bare, language):
        return True
    if "-" in word.written:
        return all(part in vocabulary for part in bare.split("-"))
    written = word.written.removesuffix("s") if word.written[:-1].isupper() else word.written
    if not _is_acronym(written):
        return False
    spellings = (written, written[:-1]) if len(written) > 2 else (written,)  # "USA", "US"
    return any(each.upper() in letters for each in spellings for letters in initials)


def _initials_of_text(text: AnalyzedText) -> str:
    """The first letters of all words, except those that acronyms leave out."""
    return "".join(w.written[0].upper() for w in text.words if w.lower not in NOT_IN_ACRONYMS)


def _initials(span: Sequence[Word]) -> str:
    return "".join(word.written[0] for word in span[:MAX_INITIALS])


def _shares_script(word: Word, sources: Sequence[str]) -> bool:
    """Whether a source uses the word's script; otherwise the name can't be compared."""
    script = regex.compile(r"\p{Latin}|\p{Cyrillic}|\p{Greek}")
    own = script.search(word.written)
    if own is None:
        return False
    for name in ("Latin", "Cyrillic", "Greek"):
        if regex.match(rf"\p{{{name}}}", own.group()):
            return any(regex.search(rf"\p{{{name}}}{{3}}", text) for text in sources)
    return False
