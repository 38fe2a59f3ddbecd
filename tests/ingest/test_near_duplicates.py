"""How alike two texts are: near copies are told, other articles are not."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.near_duplicates import (
    MIN_SIMILARITY,
    NUM_HASHES,
    minhash_signature,
    nearest_duplicate,
)
from bot.store.values import MinhashSignature, MinhashSignatures

LONG = " ".join(f"Mars is cold in year {year}." for year in range(20))
WORDS = [f"word{i}" for i in range(400)]


def _article(seed: int, length: int = 600) -> list[str]:
    return random.Random(seed).choices(WORDS, k=length)


def _likeness(one: str, other: str) -> float:
    return float((_sketched(one).hashes == _sketched(other).hashes).mean())


def _sketched(text: str) -> MinhashSignature:
    made = minhash_signature(text)
    assert made is not None
    return made


def _sketches(*texts: str) -> MinhashSignatures:
    hashes = np.array([_sketched(text).hashes for text in texts]).reshape(len(texts), NUM_HASHES)
    return MinhashSignatures(np.arange(1, len(texts) + 1), hashes)


def test_a_text_with_a_few_words_changed_is_alike() -> None:
    words = _article(1)
    changed = [*words]
    for i in range(0, len(words), 40):
        changed[i] = "other"
    found = nearest_duplicate(
        minhash_signature(" ".join(changed)), _sketches(" ".join(_article(2)), " ".join(words))
    )
    assert found is not None
    assert found[0] == 2
    assert found[1] == pytest.approx(0.86, abs=0.1)


def test_another_article_in_the_same_words_is_not() -> None:
    others = _sketches(*(" ".join(_article(seed)) for seed in range(2, 12)))
    assert nearest_duplicate(minhash_signature(" ".join(_article(1))), others) is None


def test_an_empty_library_has_nothing_alike() -> None:
    nothing = MinhashSignatures(np.empty(0, np.int64), np.empty((0, 0), np.uint32))
    assert nearest_duplicate(minhash_signature(LONG), nothing) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LONG, LONG.upper().replace(" ", ", ")),
        (LONG, LONG.replace(" ", "\n\n")),
        ("火星很冷，空气稀薄。" * 12, "火星很冷。空气稀薄！" * 12),
    ],
)
def test_case_stops_and_white_space_do_not_count(one: str, other: str) -> None:
    assert _likeness(one, other) == 1


def test_scripts_without_spaces_are_compared_by_pairs_of_characters() -> None:
    text = "".join(chr(0x4E00 + i * 7 % 5000) for i in range(400))
    assert MIN_SIMILARITY < _likeness(text, text[:200] + "火" + text[201:]) < 1


@given(st.text())
def test_every_text_has_the_same_sketch_each_time(text: str) -> None:
    made = _sketched(text + LONG)
    assert made.hashes.shape == (NUM_HASHES,)
    assert np.array_equal(made.hashes, _sketched(text + LONG).hashes)


@given(st.text(max_size=59))
def test_a_short_text_is_like_no_other(text: str) -> None:
    assert minhash_signature(text) is None


def test_a_sketch_is_what_it_was_when_it_was_stored() -> None:
    """Stored sketches are compared with new ones: a change here needs another SCHEME."""
    made = _sketched(LONG)
    assert made.scheme == 1
    assert made.hashes[:4].tolist() == EXPECTED


EXPECTED = [3224803902, 3226303614, 3224761417, 3257152861]
