"""Check that the names of a sentence are in its sources or their context.

A name is a capitalized word inside a sentence, or an acronym. Initials match the words that they
abbreviate, and the other way round. No names are found in scripts without capitals, and in German,
which capitalizes all nouns, only those of two words or more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import regex

from bot.text.calendar_names import MONTH, WEEKDAY
from bot.text.morphology import word_weight
from bot.text.quantities import MAGNITUDE, VALUE
from bot.text.stopwords import FUNCTION_WORDS
from bot.verify.analyzed_text import AnalyzedText, Vocabulary, Word, analyze
from bot.verify.first_names import is_likely_name

BEFORE_FIRST_WORD = regex.compile(r"(?:^\W*|[.!?:;•\n]\W*)$")
ROMAN = regex.compile(r"[IVXLC]+")
MAX_INITIALS = 6
MAX_NAMES = 40  # of a sentence
NOT_IN_ACRONYMS = frozenset({"of", "the", "and", "for", "in", "on", "de", "und", "der", "la"})
NOT_NAMES = frozenset({"ad", "bc", "bce", "ce", "am", "pm", "ii", "iii", "iv"})


def find_unsupported(claim: AnalyzedText, sources: Sequence[str]) -> Iterator[str]:
    """The names of the claim that none of the sources has in any form."""
    spans = find_entities(claim, include_first=True)
    if not spans:
        return
    vocabulary = Vocabulary(sources)
    initials = [_initials_of_text(analyze(text)) for text in sources]
    acronyms = _acronyms(sources)
    for span in spans:
        missing = [w for w in span if not _is_known(w, vocabulary, initials, claim.language)]
        if missing and _initials(span) not in acronyms and _shares_script(missing[0], sources):
            yield " ".join(word.written for word in missing)


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


def find_entities(claim: AnalyzedText, *, include_first: bool = False) -> list[list[Word]]:
    """The names of a claim, each as its words, at most ``MAX_NAMES``.

    With ``include_first`` also a single word at the beginning of a sentence, if it is likely a
    name.
    """
    return list(islice(_spans(claim, include_first), MAX_NAMES))


def _spans(claim: AnalyzedText, include_first: bool) -> Iterator[list[Word]]:
    """Runs of names separated only by a space, hyphen or full stop."""
    run: list[Word] = []
    for i, word in enumerate(claim.words):
        if not is_capital(word) or not _is_name(claim, i, include_first):
            continue
        if run and claim.text[run[-1].end : word.start] not in (" ", "-", ". "):
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
    return include_first and _is_likely_first_word_name(claim.text, word)


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
    return _is_acronym(written) and any(written.upper() in letters for letters in initials)


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
