"""Similar words have similar vectors; a word without a vector is similar only to itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.search.token_embeddings import token_similarities, weighted_tokens, word_embedding
from bot.text.wordpiece import tokenize_word


def similarity(a: str, b: str) -> float:
    tokens, weights = weighted_tokens([a])
    return float(weights @ token_similarities(tokens, weighted_tokens([b])[0]).max(axis=1))


@pytest.mark.parametrize(
    ("word", "synonym", "other"),
    [("buy", "purchase", "river"), ("doctor", "physician", "bridge"), ("haus", "häuser", "baum")],
)
def test_synonyms_are_more_similar_than_other_words(word: str, synonym: str, other: str) -> None:
    assert similarity(word, synonym) > similarity(word, other) + 0.2


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=12).map(str.lower))
def test_every_word_has_similarity_1_to_itself(word: str) -> None:
    assert tokenize_word(word)
    assert similarity(word, word) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("word", ["война", "北京", "สวัสดี", "καλημέρα", "日本"])
def test_a_word_in_another_script_is_similar_to_no_other(word: str) -> None:
    assert len(tokenize_word(word)) == 1
    assert similarity(word, "war") == 0
    assert similarity(word, "мир") == 0


def test_forms_with_the_same_stem_are_the_same_token() -> None:
    assert similarity("война", "войны") == 1


def test_accents_change_nothing() -> None:
    assert tokenize_word("café") == tokenize_word("cafe")


def test_rare_words_weigh_more_and_all_weights_add_up_to_1() -> None:
    tokens, weights = weighted_tokens(["the", "physician", "immunocompromised"])
    assert float(weights.sum()) == pytest.approx(1)
    weight_of = dict(zip(tokens.tolist(), weights.tolist(), strict=True))
    assert weight_of[tokenize_word("the")[0]] < weight_of[tokenize_word("physician")[0]]
    assert len(tokenize_word("immunocompromised")) > 1


def test_no_words_have_no_tokens() -> None:
    tokens, weights = weighted_tokens([])
    assert len(tokens) == len(weights) == 0
    assert token_similarities(weighted_tokens(["the"])[0], np.empty(0, np.int64)).shape == (1, 0)


def test_a_word_of_several_tokens_lies_between_them() -> None:
    assert np.linalg.norm(word_embedding("ferry")) == pytest.approx(1, abs=1e-4)
    whole = word_embedding("ferryboat")
    assert len(tokenize_word("ferryboat")) > 1
    assert 0 < np.linalg.norm(whole) < 1
    assert not word_embedding("北京北京").any()  # no token of the vocabulary


def test_the_tokens_of_a_word_share_its_weight() -> None:
    single, _ = weighted_tokens(["ferry"])
    tokens, weights = weighted_tokens(["ferry", "ferryboat"])
    assert len(single) == 1
    assert tokens[0] == single[0]
    assert float(weights.sum()) == pytest.approx(1)
    assert weighted_tokens([])[0].tolist() == []
