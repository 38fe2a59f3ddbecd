"""Cleans up what people type: single lines without invisible characters, questions and tags.

Knows nothing of Discord.
"""

from __future__ import annotations

import re

import regex

from bot.errors import QuestionRefused
from bot.strings import _
from bot.text.normalize import normalize

QUESTION_CHARACTERS = 4_000
TAG_CHARACTERS = 30  # with a page and part of a title it fits into a custom_id of 100
MAX_TAGS = 10
TAGS_CHARACTERS = MAX_TAGS * (TAG_CHARACTERS + 2)
VISIBLE = regex.compile(
    r"[^\s\p{Default_Ignorable_Code_Point}]"
)  # not, for example, directional marks


def clean_line(typed: str) -> str:
    """The text in one line, normalized; empty if it has no visible character."""
    line = " ".join(normalize(typed).split())
    return line if VISIBLE.search(line) else ""


def check_question(line: str) -> str:
    """A cleaned line, if it can be a question. Raises QuestionRefused."""
    if not any(character.isalnum() for character in line):
        raise QuestionRefused(_("What would you like to know?"))
    if len(line) > QUESTION_CHARACTERS:
        too_long = _(
            "Your question has {n} characters; the limit is {limit}. Shorten it, or add the long "
            "text as an article and ask about that."
        )
        raise QuestionRefused(too_long.format(n=f"{len(line):,}", limit=f"{QUESTION_CHARACTERS:,}"))
    return line


def parse_tags(typed: str) -> tuple[str, ...]:
    """``#Space, mars mission`` → ``("space", "mars mission")``; at most ten different tags."""
    parts = (clean_tag(part) for part in re.split(r"[,;\n]", typed))
    return tuple(dict.fromkeys(filter(None, parts)))[:MAX_TAGS]


def clean_tag(typed: str) -> str:
    """One tag, in lower case. A colon becomes a space: it separates the ids of a button."""
    return clean_line(re.sub(r"[:#]+", " ", typed)).casefold()[:TAG_CHARACTERS].strip()
