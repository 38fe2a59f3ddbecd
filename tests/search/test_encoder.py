"""A sentence is nearer to what it answers than to what only shares its words."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.search.sentence_encoder import (
    GROUP_SIZE,
    MAX_TOKENS,
    OTHERS,
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
def test_an_answer_in_other_words_is_nearer_than_the_same_words(
    question: str, answer: str, other: str
) -> None:
    asked, answers, says = encode([question, answer, other])
    assert asked @ answers > asked @ says + 0.05


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_any_text_has_a_vector_whatever_stands_beside_it(texts: list[str]) -> None:
    together = encode(texts)
    assert together.shape == (len(texts), 384)
    assert np.linalg.norm(together, axis=1) == pytest.approx(1, abs=1e-4)
    assert together[-1] == pytest.approx(encode([texts[-1]])[0], abs=1e-4)


def test_a_long_text_is_cut() -> None:
    assert len(token_ids_of("word " * 5000)) == MAX_TOKENS
    begins = "the ferry is late " * 30
    assert (encode([begins + "today"]) == encode([begins + "tomorrow"])).all()


def test_pieces_are_words_marks_and_what_is_unknown() -> None:
    behind = len(token_ids())
    named = dict(enumerate((*token_ids(), *OTHERS)))
    found = [named[i] for i in token_ids_of("Miss Müller’s ferry, 北京!")]
    assert found == [
        *("[CLS]", "miss", "muller", "’", "s", "ferry", ",", "[UNK]", "!", "[SEP]"),
    ]
    assert token_ids_of("") == [behind, behind + 1]


def test_numbers_come_out_of_four_bits_with_their_scale() -> None:
    packed = np.full((2, GROUP_SIZE), 0x80, np.uint8)
    packed[1, 0] = 0x0F
    scales = np.array([[0.5, 2], [1, 1]], np.float16)
    rows = QuantizedMatrix(packed, scales).rows()
    assert rows.shape == (2, 2 * GROUP_SIZE)
    assert rows[0, :2].tolist() == [0, -4]
    assert rows[0, GROUP_SIZE : GROUP_SIZE + 2].tolist() == [0, -16]
    assert rows[1, :2].tolist() == [-8, 7]
    assert (QuantizedMatrix(packed, scales).rows(np.array([1])) == rows[1:]).all()
