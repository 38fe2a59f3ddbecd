"""Texts as embeddings servers take them: with a model's prefixes, in batches, cut.

Pure: knows nothing of servers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from bot.tokens import count_tokens

EMBEDDED_CHARACTERS = 6_000  # a passage has at most 256 tokens; this only stops the absurd
BATCH_TEXTS = 32  # as many as text-embeddings-inference takes, unless told otherwise
BATCH_TOKENS = 8_192  # 32 passages; small servers hold no more at once


class Prefixes(NamedTuple):
    """What a model wants to read before a question, and before a passage."""

    question: str
    passage: str


NO_PREFIXES = Prefixes("", "")
_TASK = "Instruct: Given a question, retrieve passages that answer it\nQuery: "
PREFIXES = (  # from the models' own pages; the first whose pattern is found in the name counts
    (r"e5-.*instruct|qwen3-embedding", Prefixes(_TASK, "")),
    (r"\be5-(small|base|large)", Prefixes("query: ", "passage: ")),
    (r"nomic-embed-text", Prefixes("search_query: ", "search_document: ")),
)


def make_batches(texts: Sequence[str], most_texts: int) -> list[list[str]]:
    """In order: at most so many texts and ``BATCH_TOKENS`` together, one alone may have more."""
    batches: list[list[str]] = []
    room = 0
    for text in (text[:EMBEDDED_CHARACTERS] for text in texts):
        tokens = count_tokens(text) if len(texts) > 1 else 0
        if not batches or tokens > room or len(batches[-1]) == most_texts:
            batches.append([])
            room = BATCH_TOKENS
        batches[-1].append(text)
        room -= tokens
    return batches


def shorten(text: str) -> str:
    """The first half, cut at white space where there is some near the middle."""
    half = text[: len(text) // 2]
    words = half.rsplit(None, 1)[0]
    return words if len(words) > len(half) // 2 else half


def prefixes_for(model: str) -> Prefixes:
    found = (known for pattern, known in PREFIXES if re.search(pattern, model.lower()))
    return next(found, NO_PREFIXES)
