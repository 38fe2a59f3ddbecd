"""A question is more similar to its answer than to a sentence that only shares its words."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.search.sentence_encoder import (
    EXTRA_TOKENS,
    GROUP_SIZE,
    MAX_TOKENS,
    QuantizedMatrix,
    encode,
    token_ids_of,
)
from bot.text.wordpiece import token_ids


@pytest.mark.parametrize(
    ("question", "answer", "other"),
    [
        (
            "How can I get my money back?",
            "Refunds are paid within a week.",
            "He came back on Monday.",
        ),
        ("How old is the church?", "The chapel dates from 1312.", "An old man reads."),
        ("Why did sales drop?", "Revenue fell as it rained.", "She dropped the sails."),
    ],
)
def test_an_answer_in_other_words_is_more_similar_than_the_same_words(
    question: str, answer: str, other: str
) -> None:
    question_vector, answer_vector, other_vector = encode([question, answer, other])
    assert question_vector @ answer_vector > question_vector @ other_vector + 0.05


@settings(max_examples=8, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_any_text_has_a_vector_regardless_of_the_rest_of_the_batch(texts: list[str]) -> None:
    vectors = encode(texts)
    assert vectors.shape == (len(texts), 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)
    assert vectors[-1] == pytest.approx(encode([texts[-1]])[0], abs=1e-4)


def test_a_long_text_is_truncated() -> None:
    assert len(token_ids_of("word " * 5000)) == MAX_TOKENS
    start = "the ferry is late " * 30
    assert (encode([start + "today"]) == encode([start + "tomorrow"])).all()


def test_tokens_are_word_pieces_symbols_and_unknown() -> None:
    cls_id = len(token_ids())
    tokens = dict(enumerate((*token_ids(), *EXTRA_TOKENS)))
    tokenized = [tokens[i] for i in token_ids_of("Miss Müller’s ferry, 北京!")]
    assert tokenized == [
        *("[CLS]", "miss", "muller", "’", "s", "ferry", ",", "[UNK]", "!", "[SEP]"),
    ]
    assert token_ids_of("") == [cls_id, cls_id + 1]


def test_a_matrix_is_dequantized_with_the_scale_of_each_group() -> None:
    packed = np.full((2, GROUP_SIZE), 0x80, np.uint8)
    packed[1, 0] = 0x0F
    scales = np.array([[0.5, 2], [1, 1]], np.float16)
    rows = QuantizedMatrix(packed, scales).dequantize()
    assert rows.shape == (2, 2 * GROUP_SIZE)
    assert rows[0, :2].tolist() == [0, -4]
    assert rows[0, GROUP_SIZE : GROUP_SIZE + 2].tolist() == [0, -16]
    assert rows[1, :2].tolist() == [-8, 7]
    assert (QuantizedMatrix(packed, scales).dequantize(np.array([1])) == rows[1:]).all()
