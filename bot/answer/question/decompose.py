"""A question in parts, and a question that is too little of one.

"Who built the tower, and when?" is two: each is made to stand alone by what the first is about,
and is judged by itself. A single word, a bare question word or a pronoun without history says too
little: then the asker is asked back. Pure functions of values.
"""

from __future__ import annotations

import regex

from bot.answer.question.follow_up import (
    DEFINES,
    FollowUpKind,
    classify_follow_up,
    content_words,
    has_name,
)
from bot.answer.question.rewrite import rewrite_by_rule, topic_words
from bot.search.query_terms import split_words
from bot.store.values import StoredAnswer

MOST_PARTS = 3
FEW_WORDS = 2
TELLING_WORDS = 3  # "how many heat pumps were measured" says itself what it is about
GREETING_WORDS = "hello hi hey thanks thank bye help hallo danke hola gracias bonjour merci"
GREETING = frozenset(GREETING_WORDS.split())
WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{N}'’-]*")
# By language, for "was" asks in German alone.
ASKS = (
    "who|whom|whose|what|when|where|which|why|how|by whom",
    "wer|wen|wem|was|wann|wo|warum|weshalb|wieso|wie|welche[rsmn]?",
    "quién|quiénes|qué|cuándo|dónde|cuáles|cuál|cómo|cuánt[oa]s?|por qué",
    "qui|quand|où|pourquoi|comment|combien",
    "кто|что|когда|где|почему|как|сколько",
)
OPENS = [regex.compile(rf"^[¿¡\s]*(?:{asks})\b", regex.IGNORECASE) for asks in ASKS]
JOINTS = [
    regex.compile(
        rf"(?:\s*[,;]\s*|\s+)(?:and|und|y|et|и)\s+(?:(?:also|auch)\s+)?(?=(?:{asks})\b)(?!WHO\b)"
        rf"|(?<=[\w\"”)])\s*[?？]\s*(?:(?:and|und|y|et|и)\s+)?(?=¿?(?:{asks})\b)"
    )
    for asks in (f"(?i:{asks})" for asks in ASKS)
]
NO_PARTS = regex.compile(
    r"\b(?:between|zwischen|entre|между)\s*$|\b(?:whether|both)\b", regex.IGNORECASE
)


def split_parts(question: str) -> tuple[str, ...]:
    """The parts of a question, each standing alone; one for a question that asks one thing."""
    joint = next(
        (joint for opens, joint in zip(OPENS, JOINTS, strict=True) if opens.match(question)), None
    )
    if joint is None:
        return (question,)
    cut = [part.strip(" ?？.,¿") for part in joint.split(question)]
    if not 2 <= len(cut) <= MOST_PARTS or not content_words(cut[0]) or NO_PARTS.search(cut[0]):
        return (question,)
    first, *others = cut
    return (f"{first}?", *(_completed(part, first) for part in others))


def _completed(part: str, first: str) -> str:
    """A later part, with what the first is about where it names nothing itself."""
    alone = rewrite_by_rule(part, [StoredAnswer(question=first)]).text.strip(" ?")
    if alone == part and not has_name(part) and len(content_words(part)) < TELLING_WORDS:
        return f"{part} ({' '.join(topic_words(first))})?"
    return f"{alone}?"


def is_underspecified(question: str) -> bool:
    """Whether ``question``, asked without history, says too little to look for."""
    found = split_words(question)
    told = content_words(question)
    if has_name(question) or len(told) > 1:
        return False
    way = classify_follow_up(question).kind
    if way is FollowUpKind.PRONOUN or way is FollowUpKind.BARE:
        return True
    return len(found) <= FEW_WORDS and not DEFINES.match(question)


def clarifying_question(question: str) -> str:
    """What to ask somebody whose question says too little."""
    told = set(content_words(question)) - GREETING
    about = " ".join(word for word in WORD.findall(question) if word.lower() in told)
    return (f"What would you like to know about “{about}”? " if about else "") + (
        "Please ask in a whole question that says what it is about."
    )
