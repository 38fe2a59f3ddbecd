"""How alike two texts are: near copies are told, other articles are not."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.alike import ALIKE_FROM, PLACES, most_alike, sketch
from bot.store.base import Sketch, Sketches

WORDS = [f"word{i}" for i in range(400)]


def _article(seed: int, length: int = 600) -> list[str]:
    return random.Random(seed).choices(WORDS, k=length)


def _likeness(one: str, other: str) -> float:
    return float((sketch(one).hashes == sketch(other).hashes).mean())


def _sketches(*texts: str) -> Sketches:
    hashes = np.array([sketch(text).hashes for text in texts]).reshape(len(texts), PLACES)
    return Sketches(np.arange(1, len(texts) + 1), hashes)


def test_a_text_with_a_few_words_changed_is_alike() -> None:
    words = _article(1)
    changed = [*words]
    for i in range(0, len(words), 40):
        changed[i] = "other"
    found = most_alike(sketch(" ".join(changed)), _sketches("Mars is cold.", " ".join(words)))
    assert found is not None
    assert found[0] == 2
    assert found[1] == pytest.approx(0.86, abs=0.1)


def test_another_article_in_the_same_words_is_not() -> None:
    others = _sketches(*(" ".join(_article(seed)) for seed in range(2, 12)))
    assert most_alike(sketch(" ".join(_article(1))), others) is None


def test_an_empty_library_has_nothing_alike() -> None:
    nothing = Sketches(np.empty(0, np.int64), np.empty((0, 0), np.uint32))
    assert most_alike(sketch("Mars is cold."), nothing) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mars is cold.", "MARS is, cold"),
        ("Mars\n\nis cold.", "Mars is cold."),
        ("火星很冷，空气稀薄。", "火星很冷。空气稀薄！"),
    ],
)
def test_case_stops_and_white_space_do_not_count(one: str, other: str) -> None:
    assert _likeness(one, other) == 1


def test_scripts_without_spaces_are_compared_by_pairs_of_characters() -> None:
    text = "".join(chr(0x4E00 + i * 7 % 5000) for i in range(400))
    assert ALIKE_FROM < _likeness(text, text[:200] + "火" + text[201:]) < 1


@given(st.text())
def test_every_text_has_the_same_sketch_each_time(text: str) -> None:
    made = sketch(text)
    assert made.hashes.shape == (PLACES,)
    assert np.array_equal(made.hashes, sketch(text).hashes)


def test_a_sketch_is_what_it_was_when_it_was_stored() -> None:
    """Stored sketches are compared with new ones: a change here needs another SCHEME."""
    made: Sketch = sketch("Mars is cold. Its air is thin.")
    assert made.scheme == 1
    assert made.hashes[:4].tolist() == EXPECTED


EXPECTED = [3462419650, 3325655104, 3263727977, 3738158105]
