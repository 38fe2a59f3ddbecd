"""Find what the sources call possible and a claim states as certain, and causes it adds.

"The slip will collapse" from "the slip might collapse". A modal word speaks for the words of its
own clause; a claim that has them without any word for doubt says more. A causal word is added if
none of the sources has one. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from bot.verify.analyzed_text import AnalyzedText, Vocabulary
from bot.verify.segments import segments

MODAL = regex.compile(
    r"\b(?:(?-i:may)|might|could|possibly|perhaps|maybe|potentially|könnten?|möglicherweise|vielleicht|"
    r"eventuell|pourrai(?:t|ent)|peut-être|éventuellement|podr[íi]an?|quizás?|tal vez|potrebber?o?|"
    r"forse|poderiam?|talvez|может|возможно)\b",
    regex.IGNORECASE,
)
# Words that leave a claim open, besides: of belief, expectation, permission and condition.
HEDGE = regex.compile(
    r"\b(?:can|would|should|likely|probabl[ey]|unclear|possib\w+|potential\w*|risk\w*|if|whether|"
    r"think\w*|believ\w+|expect\w*|suggest\w*|appear\w*|seem\w*|up to|kann|können|dürf\w+|wohl|"
    r"wahrscheinlich|möglich\w*|glaub\w+|erwart\w+|falls|schließt nicht aus|peu(?:t|vent)|"
    r"possible\w*|probabl\w+|semble\w*|risque\w*|si|puede\w*|posible\w*|quizá)\b",
    regex.IGNORECASE,
)
CAUSE = regex.compile(
    r"\b(?:because|due to(?! be\b)|owing to|as a result|caused?|causing|thanks to|weil|wegen|"
    r"aufgrund|deshalb|da|parce qu\w*|à cause|en raison|grâce|puisque|porque|debido|perché|"
    r"потому|из-за)\b",
    regex.IGNORECASE,
)


def find_dropped_modals(claim: AnalyzedText, sentences: Sequence[AnalyzedText]) -> Iterator[str]:
    """The sources' modal words of whose clause the claim states the words as certain."""
    if MODAL.search(claim.text) or HEDGE.search(claim.text):
        return
    parts = [
        text.text[part[0].start : part[-1].end] for text in sentences for part in segments(text)
    ]
    plain = [part for part in parts if not MODAL.search(part)]
    if len(plain) == len(parts):
        return
    certain = Vocabulary(plain)
    own_words = [w.lower for w in claim.content if not certain.has(w.lower, claim.language)]
    for part in parts:
        modal, vocabulary = MODAL.search(part), Vocabulary([part])
        if modal and any(vocabulary.has(word, claim.language) for word in own_words):
            yield modal.group()


def find_added_causes(claim: AnalyzedText, sentences: Sequence[AnalyzedText]) -> Iterator[str]:
    """The claim's causal word if no source has one."""
    cause = CAUSE.search(claim.text)
    if cause and not any(CAUSE.search(text.text) for text in sentences):
        yield cause.group()
