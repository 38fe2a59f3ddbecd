"""Check a leading "yes" or "no" against the sentence that follows it.

The word alone makes no claim and cites nothing. It is kept only if the sentence after it bears it
out: for "yes", by stating everything asked without denying it; for "no", by denying it. If that's
unclear, the word is dropped. The sentence, which has a source, stays.
"""

from __future__ import annotations

from collections.abc import Sequence

import regex

from bot.search.question_analysis import LIGHT_WORDS
from bot.text.dates import find_dates
from bot.text.quantities import find_figures
from bot.verify import antonyms, dates, negation, numbers
from bot.verify.analyzed_text import AnalyzedText, Vocabulary, analyze

YES = "yes yeah yep ja doch sí si oui sì sim да 是 是的 对"
NO = "no nope nein non não нет 不 不是 没有"
NO_WORDS = frozenset(NO.split())
WORDS = sorted({*YES.split(), *NO_WORDS}, key=len, reverse=True)
LEADING = regex.compile(
    rf"\W*(?P<word>{'|'.join(WORDS)})(?P<separator>\s*[,.!:;—–，。！-]+\s*|\s*$)", regex.IGNORECASE
)


def split_answer_word(text: str) -> tuple[str, str]:
    """A sentence's leading "yes" or "no" (empty if there is none) and the rest of it.

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
    claim, analyzed_question = analyze(sentence), analyze(question)
    if word.lower() in NO_WORDS:
        return _denies(claim, analyzed_question)
    return _says_all(claim, analyzed_question, context_texts) and not _reverses_polarity(
        claim, analyzed_question
    )


def _says_all(claim: AnalyzedText, question: AnalyzedText, context_texts: Sequence[str]) -> bool:
    """Whether claim and context have every content word of the question, the claim every figure."""
    claim_words, all_words = Vocabulary([claim.text]), Vocabulary([claim.text, *context_texts])
    for word in question.content:
        if word.lower in LIGHT_WORDS:
            continue
        vocabulary = claim_words if word.lower[0].isdigit() else all_words
        if not vocabulary.has(word.lower, question.language):
            return False
    return True


def _reverses_polarity(claim: AnalyzedText, question: AnalyzedText) -> bool:
    """Whether claim and question differ in a negation, even a weak one, or in an antonym."""
    if len(negation.find_negations(claim)) != len(negation.find_negations(question)):
        return True
    return any(antonyms.find_swapped(claim, [question]))


def _denies(claim: AnalyzedText, question: AnalyzedText) -> bool:
    """Whether the claim denies the question, or has another figure or date or an antonym."""
    if any(negation.is_denied_in(n, question) for n in negation.find_negations(question)):
        return False  # "Is it not …?": the meaning of a "no" is unclear
    denied = [n.scope for n in negation.find_negations(claim) if n.is_strong]
    vocabulary = Vocabulary([" ".join(scope) for scope in denied])
    return (
        any(word.lower in vocabulary for word in question.content)
        or any(antonyms.find_swapped(claim, [question]))
        or _has_other_figure(claim, question)
        or _has_other_date(claim, question)
    )


def _has_other_figure(claim: AnalyzedText, question: AnalyzedText) -> bool:
    """Whether the claim has figures, but not all of the question's."""
    claim_figures = find_figures(claim.text, claim.language)
    question_figures = find_figures(question.text, question.language)
    return bool(claim_figures) and any(
        not any(numbers.agrees(figure, question_figure) for figure in claim_figures)
        for question_figure in question_figures
    )


def _has_other_date(claim: AnalyzedText, question: AnalyzedText) -> bool:
    """Whether the claim has dates, but not all of the question's."""
    if not find_dates(claim.text):
        return False
    return any(dates.find_unsupported(find_dates(question.text), claim.text, (), None))
