"""Whether a line of a document asks something."""

from __future__ import annotations

QUESTION_CHARACTERS = 300
QUESTION_MARKS = ("?", "？", "؟", "\u037e")  # the last one is Greek and looks like a semicolon


def is_question(text: str) -> bool:
    """Whether a line asks something: it ends in a question mark and is not long."""
    line = text.rstrip(" *_\"'”’»)")
    return line.endswith(QUESTION_MARKS) and len(line) <= QUESTION_CHARACTERS
