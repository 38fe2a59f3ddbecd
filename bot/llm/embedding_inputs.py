"""Prepares texts for embeddings servers: prefixes, batches, cuts.

Pure: knows nothing of servers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from bot.tokens import count_tokens

EMBEDDED_CHARACTERS = 6_000  # a passage has at most 256 tokens; only a safeguard
BATCH_TEXTS = 32  # the default limit of text-embeddings-inference
BATCH_TOKENS = 8_192  # 32 passages; small servers hold no more


class Prefixes(NamedTuple):
    """What a model expects before a question, and before a passage."""

    question: str
    passage: str


NO_PREFIXES = Prefixes("", "")
_TASK = "Instruct: Given a question, retrieve passages that answer it\nQuery: "
PREFIXES = (  # from the models' pages; the first pattern found in the name counts
    (r"e5-.*instruct|qwen3-embedding", Prefixes(_TASK, "")),
    (r"\be5-(small|base|large)", Prefixes("query: ", "passage: ")),
    (r"nomic-embed-text", Prefixes("search_query: ", "search_document: ")),
)


def make_batches(texts: Sequence[str], max_texts: int) -> list[list[str]]:
    """Batches of at most ``max_texts`` and ``BATCH_TOKENS``; a single text may be longer."""
    batches: list[list[str]] = []
    room = 0
    for text in (text[:EMBEDDED_CHARACTERS] for text in texts):
        tokens = count_tokens(text) if len(texts) > 1 else 0
        if not batches or tokens > room or len(batches[-1]) == max_texts:
            batches.append([])
            room = BATCH_TOKENS
        batches[-1].append(text)
        room -= tokens
    return batches


def shorten(text: str) -> str:
    """The first half, cut at white space if there is some near the middle."""
    half = text[: len(text) // 2]
    words = half.rsplit(None, 1)[0]
    return words if len(words) > len(half) // 2 else half


def prefixes_for(model: str) -> Prefixes:
    matches = (prefixes for pattern, prefixes in PREFIXES if re.search(pattern, model.lower()))
    return next(matches, NO_PREFIXES)
