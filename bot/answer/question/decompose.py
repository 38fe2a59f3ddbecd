"""Splits compound questions, and recognizes questions that are underspecified.

"Who built the tower, and when?" is two questions: the second is completed with the topic of the
first, and each is answered separately. A single word, a bare question word or a pronoun without
history is underspecified: the asker gets a clarifying question. Pure functions.
"""

from __future__ import annotations

import regex

from bot.answer.question.follow_up import (
    DEFINITION_QUESTION,
    FollowUpKind,
    classify_follow_up,
    content_words,
    has_name,
)
from bot.answer.question.rewrite import rewrite_by_rule, topic_words
from bot.search.query_terms import tokenize_question
from bot.store.values import StoredAnswer
from bot.strings import _
from bot.text.folding import fold
from bot.text.question_words import QUESTION_WORDS

MAX_PARTS = 3
MAX_UNCLEAR_WORDS = 2
SELF_CONTAINED_WORDS = 3  # of content: "how many heat pumps were measured" names its topic
GREETING_WORDS = "hello hi hey thanks thank bye help hallo danke hola gracias bonjour merci"
GREETINGS = frozenset(GREETING_WORDS.split())
WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{N}'’-]*")
OPENINGS = [regex.compile(rf"^[¿¡\s]*(?:{asks})\b", regex.IGNORECASE) for asks in QUESTION_WORDS]
PART_BREAKS = [
    regex.compile(
        rf"(?:\s*[,;]\s*|\s+)(?:and|und|y|et|и)\s+(?:(?:also|auch)\s+)?(?=(?:{asks})\b)(?!WHO\b)"
        rf"|(?<=[\w\"”)])\s*[?？]\s*(?:(?:and|und|y|et|и)\s+)?(?=¿?(?:{asks})\b)"
    )
    for asks in (f"(?i:{asks})" for asks in QUESTION_WORDS)
]
INDIVISIBLE = regex.compile(
    r"\b(?:between|zwischen|entre|между)\s*$|\b(?:whether|both)\b", regex.IGNORECASE
)


def split_parts(question: str) -> tuple[str, ...]:
    """The parts of a question, each standing alone; a simple question is its only part."""
    pairs = zip(OPENINGS, PART_BREAKS, strict=True)
    part_break = next((end for opening, end in pairs if opening.match(question)), None)
    if part_break is None:
        return (question,)
    first, *others = [part.strip(" ?？.,¿") for part in part_break.split(question)]
    if not 1 <= len(others) < MAX_PARTS or not content_words(first) or INDIVISIBLE.search(first):
        return (question,)
    return (f"{first}?", *(_complete_part(part, first) for part in others))


def _complete_part(part: str, first: str) -> str:
    """A later part, with the topic of the first part if it has none of its own."""
    standalone = rewrite_by_rule(part, [StoredAnswer(question=first)]).text.strip(" ?")
    if (
        standalone == part
        and not has_name(part)
        and len(content_words(part)) < SELF_CONTAINED_WORDS
    ):
        return f"{part} ({' '.join(topic_words(first))})?"
    return f"{standalone}?"


def is_underspecified(question: str) -> bool:
    """Whether ``question``, without any history, says too little to search for."""
    if has_name(question) or len(content_words(question)) > 1:
        return False
    if classify_follow_up(question).kind in (FollowUpKind.PRONOUN, FollowUpKind.BARE):
        return True
    is_short = len(tokenize_question(question).words) <= MAX_UNCLEAR_WORDS
    return is_short and not DEFINITION_QUESTION.match(question)


def clarifying_question(question: str) -> str:
    """What to ask the author of an underspecified question."""
    topic_words = set(content_words(question)) - GREETINGS
    topic = " ".join(word for word in WORD.findall(question) if fold(word.lower()) in topic_words)
    example = _("Could you ask that as a full question? For example: “When was the bridge built?”")
    if not topic:
        return example
    about = _("What would you like to know about “{topic}”?").format(topic=topic)
    return f"{about} {example}"
