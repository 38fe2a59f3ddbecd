"""The names of a sentence, and whether they stand in its sources or in what is known of them.

A name is a word with a capital inside a sentence, or letters that are all capitals. Initials
stand for the words they begin, and the words for the initials. Scripts without capitals have no
names here, and German, whose nouns all have capitals, only those of two words or more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import regex

from bot.answer.verify.analyzed_text import ENGLISH, AnalyzedText, Vocabulary, Word, analyze
from bot.answer.verify.first_names import is_likely_name
from bot.text.calendar_names import MONTH, WEEKDAY
from bot.text.morphology import word_weight
from bot.text.quantities import MAGNITUDE, VALUE
from bot.text.stopwords import FUNCTION_WORDS

OPENS = regex.compile(r"(?:^\W*|[.!?:;•\n]\W*)$")  # what stands before a first word
ROMAN = regex.compile(r"[IVXLC]+")
LONGEST_INITIALS = 6
MOST_NAMES = 40  # of a sentence that are looked at
SMALL_WORDS = frozenset({"of", "the", "and", "for", "in", "on", "de", "und", "der", "la"})
MEASURES = frozenset({"ad", "bc", "bce", "ce", "am", "pm", "ii", "iii", "iv"})


def find_unsupported(claim: AnalyzedText, known: Sequence[str]) -> Iterator[str]:
    """The names of the claim that none of the known texts has, in any form."""
    spans = find_entities(claim, firsts=True)
    if not spans:
        return
    vocabulary = Vocabulary(known)
    capitals = [_initials(analyze(text)) for text in known]
    acronyms = {w.written for text in known for w in analyze(text).words if _is_acronym(w.written)}
    for span in spans:
        odd = [w for w in span if not _is_known(w, vocabulary, capitals, claim.language)]
        if odd and _letters(span) not in acronyms and _shares_script(odd[0], known):
            yield " ".join(word.written for word in odd)


def known_words(claim: AnalyzedText, cited: Sequence[str], known: Sequence[str]) -> set[str]:
    """Words of names that stand in what is known, or whose initials stand in a source."""
    vocabulary = Vocabulary(known)
    acronyms = {w.written for text in cited for w in analyze(text).words if _is_acronym(w.written)}
    return {
        word.lower
        for span in find_entities(claim, firsts=True)
        for word in span
        if word.lower in vocabulary or _letters(span) in acronyms
    }


def find_entities(claim: AnalyzedText, *, firsts: bool = False) -> list[list[Word]]:
    """The names of a claim, each as its words, at most ``MOST_NAMES``.

    With ``firsts`` also a lone word that a sentence begins with, if it is likely a name.
    """
    return list(islice(_spans(claim, firsts), MOST_NAMES))


def _spans(claim: AnalyzedText, firsts: bool) -> Iterator[list[Word]]:
    """Runs of names with nothing but a space between them."""
    run: list[Word] = []
    for i, word in enumerate(claim.words):
        if not is_capital(word) or not _is_name(claim, i, firsts):
            continue
        if run and claim.text[run[-1].end : word.start] not in (" ", "-", ". "):
            yield from _kept(claim, run)
            run = []
        run.append(word)
    yield from _kept(claim, run)


def _kept(claim: AnalyzedText, run: list[Word]) -> Iterator[list[Word]]:
    if run and (claim.language != "de" or len(run) > 1 or _is_acronym(run[0].written)):
        yield run


def is_capital(word: Word) -> bool:
    """Whether it is written with a capital somewhere that is not only its grammar."""
    return word.written[0].isupper() or (word.written != word.lower and len(word.written) > 2)


def _is_name(claim: AnalyzedText, i: int, firsts: bool) -> bool:
    word = claim.words[i]
    lower = word.lower.removesuffix("'s")
    if lower in MONTH or lower in WEEKDAY or lower in VALUE or lower in MAGNITUDE:
        return False
    if lower in FUNCTION_WORDS or len(lower) == 1 or lower in MEASURES:
        return False
    if not OPENS.search(claim.text[max(0, word.start - 8) : word.start]):
        return True
    if _is_acronym(word.written):
        return True
    following = claim.words[i + 1] if i + 1 < len(claim.words) else None
    if following and following.written[0].isupper() and following.start == word.end + 1:
        return word_weight(lower) == 1.0 or following.lower not in FUNCTION_WORDS
    return firsts and _may_be_a_name(claim.text, word)


def _may_be_a_name(text: str, word: Word) -> bool:
    """Whether a lone first word is likely a name, and no "Additionally," either."""
    return text[word.end : word.end + 1] != "," and is_likely_name(word.lower.removesuffix("'s"))


def _is_acronym(written: str) -> bool:
    return len(written) > 1 and written.isupper() and not ROMAN.fullmatch(written)


def _is_known(word: Word, vocabulary: Vocabulary, capitals: Sequence[str], language: str) -> bool:
    bare = word.lower.removesuffix("'s")
    if bare in vocabulary or (language != ENGLISH and vocabulary.has_alike(bare)):
        return True
    if "-" in word.written:
        return all(part in vocabulary for part in bare.split("-"))
    written = word.written.removesuffix("s") if word.written[:-1].isupper() else word.written
    return _is_acronym(written) and any(written.upper() in run for run in capitals)


def _initials(known: AnalyzedText) -> str:
    """The first letters of the words, small ones left out, so that initials are found in them."""
    return "".join(w.written[0].upper() for w in known.words if w.lower not in SMALL_WORDS)


def _letters(span: Sequence[Word]) -> str:
    return "".join(word.written[0] for word in span[:LONGEST_INITIALS])


def _shares_script(word: Word, known: Sequence[str]) -> bool:
    """A name in letters that the sources do not use cannot be looked for in them."""
    script = regex.compile(r"\p{Latin}|\p{Cyrillic}|\p{Greek}")
    own = script.search(word.written)
    if own is None:
        return False
    for name in ("Latin", "Cyrillic", "Greek"):
        if regex.match(rf"\p{{{name}}}", own.group()):
            return any(regex.search(rf"\p{{{name}}}{{3}}", text) for text in known)
    return False
