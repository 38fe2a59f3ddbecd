"""A "yes" or "no" in front of a sentence, and whether that sentence says so.

Alone it claims and cites nothing. It stands only in front of a sentence that carries it: for a yes
that sentence says everything that was asked and denies none of it, for a no it denies it.
Where that cannot be told, the word goes, and the sentence, which has a source, stays.
"""

from __future__ import annotations

from collections.abc import Sequence

import regex

from bot.answer.verify import antonyms, dates, negation, numbers
from bot.answer.verify.analyzed_text import ENGLISH, AnalyzedText, Vocabulary, analyze
from bot.search.question_analysis import LIGHT_WORDS

YES = "yes yeah yep ja doch sí si oui sì sim да 是 是的 对"
NO = "no nope nein non não нет 不 不是 没有"
WORDS = sorted({*YES.split(), *NO.split()}, key=len, reverse=True)
LEADING = regex.compile(
    rf"\W*(?P<word>{'|'.join(WORDS)})(?P<end>\s*[,.!:;—–，。！-]+\s*|\s*$)", regex.IGNORECASE
)


def split_answer_word(text: str) -> tuple[str, str]:
    """(the yes or no that a sentence begins with, the sentence without it); "" where there is none.

    "No patients died" begins with none: something has to part the word from what follows.
    """
    found = LEADING.match(text)
    if found is None:
        return "", text
    rest = text[found.end() :].lstrip()
    return found["word"], rest[:1].upper() + rest[1:]


def agrees_with_answer_word(word: str, sentence: str, question: str, known: Sequence[str] = ()) -> bool:
    """Whether a sentence that passed the checks says yes, or no, to a question.

    ``known``: what its words may leave to the title or to the sentence before.
    """
    claim, asked = analyze(sentence), analyze(question)
    if word.lower() in NO.split() and word.lower() not in YES.split():
        return _denies(claim, asked)
    return _says_all(claim, asked, known) and not _reverses_polarity(claim, asked)


def _says_all(claim: AnalyzedText, asked: AnalyzedText, known: Sequence[str]) -> bool:
    """Every word of the question that tells anything is said; figures and dates by the claim."""
    said, around = Vocabulary([claim.text]), Vocabulary([claim.text, *known])
    for word in asked.content:
        if word.lower in LIGHT_WORDS:
            continue
        vocabulary = said if word.lower[0].isdigit() else around
        if word.lower not in vocabulary and not (
            asked.language != ENGLISH and vocabulary.has_alike(word.lower)
        ):
            return False
    return True


def _reverses_polarity(claim: AnalyzedText, asked: AnalyzedText) -> bool:
    """Whether the claim has a negation, however weak, or an opposite that the question has not."""
    if len(negation.negations(claim)) != len(negation.negations(asked)):
        return True
    return any(antonyms.swapped_antonyms(claim, [asked]))


def _denies(claim: AnalyzedText, asked: AnalyzedText) -> bool:
    """Whether the claim denies what is asked, or has another figure or date, or an opposite."""
    if any(negation.is_also_denied(one, asked) for one in negation.negations(asked)):
        return False  # "Is it not …?": which way a no points is not clear
    words = [word.lower for word in asked.content]
    for one in negation.negations(claim):
        if one.strong and any(word in Vocabulary([" ".join(one.scope)]) for word in words):
            return True
    return any(antonyms.swapped_antonyms(claim, [asked])) or _other_figure(claim, asked)


def _other_figure(claim: AnalyzedText, asked: AnalyzedText) -> bool:
    own = numbers.find_figures(claim.text, claim.language)
    wanted = numbers.find_figures(asked.text, asked.language)
    differing = [f for f in wanted if not any(numbers.agrees(o, f) for o in own)]
    return bool(own and differing) or bool(
        dates.dates(asked.text)
        and list(dates.find_unsupported(dates.dates(asked.text), claim.text, (), None))
        and dates.dates(claim.text)
    )
