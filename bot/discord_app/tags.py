"""What people type into a line → what is kept: no hidden characters; tags short and few.

Knows nothing of Discord.
"""

from __future__ import annotations

import re

import regex

from bot.text.normalize import normalize

TAG_CHARACTERS = 30  # with a page and a title's part it keeps within a custom_id of 100
MAX_TAGS = 10
TAGS_CHARACTERS = MAX_TAGS * (TAG_CHARACTERS + 2)
VISIBLE = regex.compile(
    r"[^\s\p{Default_Ignorable_Code_Point}]"
)  # marks of direction alone are not


def clean_line(typed: str) -> str:
    """One line, without characters that nobody sees; empty when nothing of it is seen."""
    line = " ".join(normalize(typed).split())
    return line if VISIBLE.search(line) else ""


def parse_tags(typed: str) -> tuple[str, ...]:
    """``#Space, mars mission`` → ``("space", "mars mission")``; a tag once, at most ten."""
    parts = (clean_tag(part) for part in re.split(r"[,;\n]", typed))
    return tuple(dict.fromkeys(filter(None, parts)))[:MAX_TAGS]


def clean_tag(typed: str) -> str:
    """One tag. A colon would part the ids of a button, so it is a space."""
    return clean_line(re.sub(r"[:#]+", " ", typed)).casefold()[:TAG_CHARACTERS].strip()
