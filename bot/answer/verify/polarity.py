"""Check a leading "yes" or "no" against the sentence that follows it.

The word alone makes no claim and cites nothing. It is kept only if the sentence after it bears it
out: for "yes", by stating everything asked without denying it; for "no", by denying it. If that's
unclear, the word is dropped. The sentence, which has a source, stays.
"""

from __future__ import annotations

from collections.abc import Sequence

import regex

from bot.answer.verify import antonyms, dates, negation, numbers
from bot.answer.verify.analyzed_text import ENGLISH, AnalyzedText, Vocabulary, analyze
from bot.search.question_analysis import LIGHT_WORDS
from bot.text.dates import find_dates
from bot.text.quantities import find_figures

YES = "yes yeah yep ja doch sí si oui sì sim да 是 是的 对"
NO = "no nope nein non não нет 不 不是 没有"
NO_WORDS = frozenset(NO.split())
WORDS = sorted({*YES.split(), *NO_WORDS}, key=len, reverse=True)
LEADING = regex.compile(
    rf"\W*(?P<word>{'|'.join(WORDS)})(?P<separator>\s*[,.!:;—–，。！-]+\s*|\s*$)", regex.IGNORECASE
)


def split_answer_word(text: str) -> tuple[str, str]:
    """Return a sentence's leading "yes" or "no" (empty if there is none) and the rest of it.

    In "No patients died" there is none: punctuation must separate the word from the rest.
    """
    match = LEADING.match(text)
    if match is None:
        return "", text
    rest = text[match.end() :].lstrip()
    return match["word"], rest[:1].upper() + rest[1:]


def agrees_with_answer_word(
    word: str, sentence: str, question: str, context_texts: Sequence[str] = ()
) -> bool:
    """Whether a sentence that passed the checks answers the question with this yes or no.

    ``context_texts``: the title and the sentence before its source, which may complete it.
    """
    claim, asked = analyze(sentence), analyze(question)
    if word.lower() in NO_WORDS:
        return _denies(claim, asked)
    return _says_all(claim, asked, context_texts) and not _reverses_polarity(claim, asked)


def _says_all(claim: AnalyzedText, asked: AnalyzedText, context_texts: Sequence[str]) -> bool:
    """Whether claim and context have every content word of the question, the claim every figure."""
    claim_words, all_words = Vocabulary([claim.text]), Vocabulary([claim.text, *context_texts])
    for word in asked.content:
        if word.lower in LIGHT_WORDS:
            continue
        vocabulary = claim_words if word.lower[0].isdigit() else all_words
        if word.lower not in vocabulary and not (
            asked.language != ENGLISH and vocabulary.has_alike(word.lower)
        ):
            return False
    return True


def _reverses_polarity(claim: AnalyzedText, asked: AnalyzedText) -> bool:
    """Whether claim and question differ in a negation, even a weak one, or in an antonym."""
    if len(negation.negations(claim)) != len(negation.negations(asked)):
        return True
    return any(antonyms.swapped_antonyms(claim, [asked]))


def _denies(claim: AnalyzedText, asked: AnalyzedText) -> bool:
    """Whether the claim denies what is asked, or has another figure, another date or an antonym."""
    if any(negation.is_also_denied(n, asked) for n in negation.negations(asked)):
        return False  # "Is it not …?": the meaning of a "no" is unclear
    denied = [n.scope for n in negation.negations(claim) if n.strong]
    vocabulary = Vocabulary([" ".join(scope) for scope in denied])
    return (
        any(word.lower in vocabulary for word in asked.content)
        or any(antonyms.swapped_antonyms(claim, [asked]))
        or _has_other_figure(claim, asked)
        or _has_other_date(claim, asked)
    )


def _has_other_figure(claim: AnalyzedText, asked: AnalyzedText) -> bool:
    """Whether the claim has figures, but not all of the question's."""
    claim_figures = find_figures(claim.text, claim.language)
    asked_figures = find_figures(asked.text, asked.language)
    return bool(claim_figures) and any(
        not any(numbers.agrees(figure, asked_figure) for figure in claim_figures)
        for asked_figure in asked_figures
    )


def _has_other_date(claim: AnalyzedText, asked: AnalyzedText) -> bool:
    """Whether the claim has dates, but not all of the question's."""
    if not find_dates(claim.text):
        return False
    return any(dates.find_unsupported(find_dates(asked.text), claim.text, (), None))
