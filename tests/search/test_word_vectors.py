"""Words that are near in meaning have near vectors; what has none is near to itself alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.search.token_embeddings import similarity, weighted_embeddings
from bot.text.wordpiece import tokenize_word


def near(one: str, other: str) -> float:
    asked, weights = weighted_embeddings([one])
    return float(weights @ similarity(asked, weighted_embeddings([other])[0]).max(axis=1))


@pytest.mark.parametrize(
    ("one", "other", "farther"),
    [("buy", "purchase", "river"), ("doctor", "physician", "bridge"), ("haus", "häuser", "baum")],
)
def test_words_of_the_same_meaning_are_nearer_than_others(
    one: str, other: str, farther: str
) -> None:
    assert near(one, other) > near(one, farther) + 0.2


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=12).map(str.lower))
def test_every_word_is_as_near_to_itself_as_can_be(word: str) -> None:
    assert tokenize_word(word)
    assert near(word, word) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("word", ["война", "北京", "สวัสดี", "καλημέρα", "日本"])
def test_a_word_in_another_script_is_near_to_nothing_else(word: str) -> None:
    assert len(tokenize_word(word)) == 1
    assert near(word, "war") == 0
    assert near(word, "мир") == 0


def test_forms_that_lose_their_endings_are_the_same_piece() -> None:
    assert near("война", "войны") == 1


def test_accents_change_nothing() -> None:
    assert tokenize_word("café") == tokenize_word("cafe")


def test_rare_words_count_more_and_all_together_count_one() -> None:
    found, weights = weighted_embeddings(["the", "physician", "immunocompromised"])
    assert float(weights.sum()) == pytest.approx(1)
    of = dict(zip(found.tolist(), weights.tolist(), strict=True))
    assert of[tokenize_word("the")[0]] < of[tokenize_word("physician")[0]]
    assert len(tokenize_word("immunocompromised")) > 1


def test_nothing_is_near_nothing() -> None:
    found, weights = weighted_embeddings([])
    assert len(found) == len(weights) == 0
    assert similarity(weighted_embeddings(["the"])[0], np.empty(0, np.int64)).shape == (1, 0)
