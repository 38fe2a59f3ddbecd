"""Counts are tiktoken's own, from the wheel's copy of the ranks, and no text makes them fail."""

from __future__ import annotations

import hashlib

import pytest
import tiktoken_ext.openai_public  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from bot.tokens import O200K_PATTERN, count_tokens, encoding, ranks_file, truncate_to_tokens

# OpenAI's cookbook, "How to count tokens with tiktoken", gives the tokens of the first three.
KNOWN = {
    "antidisestablishmentarianism": [493, 129901, 376, 160388, 21203, 2367],
    "2 + 2 = 4": [17, 659, 220, 17, 314, 220, 19],
    "お誕生日おめでとう": [8930, 9697, 243, 128225, 8930, 17693, 4344, 48669],
    "": [],
}
# The SHA-256 that tiktoken itself demands of the file.
RANKS_SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"


def test_the_ranks_are_the_published_file() -> None:
    assert hashlib.sha256(ranks_file()).hexdigest() == RANKS_SHA256


def test_the_pattern_and_the_hash_are_those_of_tiktoken(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def load(address: str, expected_hash: str) -> dict[bytes, int]:
        asked.append(expected_hash)
        return {}

    monkeypatch.setattr(tiktoken_ext.openai_public, "load_tiktoken_bpe", load)
    assert tiktoken_ext.openai_public.o200k_base()["pat_str"] == O200K_PATTERN
    assert asked == [RANKS_SHA256]


@pytest.mark.parametrize("text", KNOWN)
def test_known_texts_have_their_known_tokens(text: str) -> None:
    assert encoding().encode_ordinary(text) == KNOWN[text]
    assert count_tokens(text) == len(KNOWN[text])


@pytest.mark.parametrize("character", [" ", "a", "\n", "0", "é", "̈", "한", "😀", "\ud800"])
def test_a_long_run_of_one_character_is_counted(character: str) -> None:
    times = 1_000_000 if character == " " else 20_000
    assert count_tokens(character * times) >= times // 128  # no token is longer


def test_special_tokens_are_text_like_any_other() -> None:
    assert count_tokens("<|endoftext|>") > 1


@given(st.text(), st.integers(0, 30))
def test_a_cut_is_a_prefix_within_the_budget(text: str, budget: int) -> None:
    cut = truncate_to_tokens(text, budget)
    assert text.startswith(cut)
    assert count_tokens(cut) <= budget
    assert cut == text or count_tokens(text) > budget


@given(st.lists(st.sampled_from(["one", "two,", "antidisestablishmentarianism", "42", "x.", "é"])),
       st.integers(0, 30))  # fmt: skip
def test_a_cut_ends_with_a_whole_word_and_the_next_would_be_too_much(
    words: list[str], budget: int
) -> None:
    cut = truncate_to_tokens(" ".join(words), budget)
    taken = len(cut.split())
    if taken and cut.split() == words[:taken]:
        assert taken == len(words) or count_tokens(" ".join(words[: taken + 1])) > budget
    else:
        assert count_tokens(" ".join(words[:1])) > budget or not words


def test_one_word_that_is_too_long_is_cut_by_characters() -> None:
    cut = truncate_to_tokens("antidisestablishmentarianism", 3)
    assert 0 < len(cut) < len("antidisestablishmentarianism")
