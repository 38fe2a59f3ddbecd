"""Recognizes questions that say too little, and words what to ask back.

A single word, a bare question word or a pronoun without history says too little: the asker gets a
clarifying question. Pure functions.
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
from bot.search.query_terms import tokenize_question
from bot.strings import _
from bot.text.folding import fold

MAX_UNCLEAR_WORDS = 2
GREETING_WORDS = "hello hi hey thanks thank bye help hallo danke hola gracias bonjour merci"
GREETINGS = frozenset(GREETING_WORDS.split())
WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{N}'’-]*")


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
