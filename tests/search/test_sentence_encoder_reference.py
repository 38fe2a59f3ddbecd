"""The encoder computes what a textbook's transformer does, written again without its shortcuts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.search.sentence_encoder import SentenceEncoder, token_ids_of

LAYERS, HEADS, HEAD_SIZE = 6, 12, 2  # all-MiniLM-L6-v2's, with smaller heads
SIZE, WIDER = HEADS * HEAD_SIZE, 4 * HEADS * HEAD_SIZE
Matrix = NDArray[np.float64]


def random_tensors() -> dict[str, NDArray[np.float32]]:
    random = np.random.default_rng(7)
    shapes: dict[str, tuple[int, ...]] = {"embeddings.places": (9, SIZE)}
    shapes |= {f"embeddings.LayerNorm.{part}": (SIZE,) for part in ("weight", "bias")}
    matrices = {
        "attention.self.joined": (3 * SIZE, SIZE),
        "attention.output.dense": (SIZE, SIZE),
        "intermediate.dense": (WIDER, SIZE),
        "output.dense": (SIZE, WIDER),
    }
    for layer in (f"encoder.layer.{number}." for number in range(LAYERS)):
        for name, shape in matrices.items():
            shapes |= {f"{layer}{name}.weight": shape, f"{layer}{name}.bias": shape[:1]}
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes |= {f"{layer}{name}.{part}": (SIZE,) for part in ("weight", "bias")}
    return {name: random.normal(0, 0.7, shape).astype(np.float32) for name, shape in shapes.items()}


class Textbook:
    """One text at a time, one head at a time, in double precision."""

    def __init__(self, tensors: Mapping[str, NDArray[np.float32]], embeddings: Matrix) -> None:
        self._tensors = {name: tensor.astype(np.float64) for name, tensor in tensors.items()}
        self._embeddings = embeddings

    def mean_vector(self, ids: list[int]) -> Matrix:
        x = self._embeddings[ids] + self._tensors["embeddings.places"][: len(ids)]
        x = self._norm("embeddings.LayerNorm", x)
        for layer in (f"encoder.layer.{number}." for number in range(LAYERS)):
            attention = self._linear(f"{layer}attention.output.dense", self._heads(layer, x))
            x = self._norm(f"{layer}attention.output.LayerNorm", x + attention)
            wide = self._linear(f"{layer}intermediate.dense", x)
            wide = wide / 2 * (1 + np.tanh((2 / np.pi) ** 0.5 * (wide + 0.044715 * wide**3)))
            x = self._norm(
                f"{layer}output.LayerNorm", x + self._linear(f"{layer}output.dense", wide)
            )
        mean: Matrix = x.mean(axis=0)
        return mean

    def _heads(self, layer: str, x: Matrix) -> Matrix:
        query, key, value = np.split(self._linear(f"{layer}attention.self.joined", x), 3, axis=1)
        found = []
        for start in range(0, SIZE, HEAD_SIZE):
            part = slice(start, start + HEAD_SIZE)
            weights = np.exp(query[:, part] @ key[:, part].T / HEAD_SIZE**0.5)
            found.append(weights / weights.sum(axis=1)[:, None] @ value[:, part])
        return np.concatenate(found, axis=1)

    def _linear(self, name: str, x: Matrix) -> Matrix:
        return x @ self._tensors[f"{name}.weight"].T + self._tensors[f"{name}.bias"]

    def _norm(self, name: str, x: Matrix) -> Matrix:
        x = (x - x.mean(axis=1)[:, None]) / x.std(axis=1)[:, None]
        return x * self._tensors[f"{name}.weight"] + self._tensors[f"{name}.bias"]


def test_vectors_of_a_batch_are_those_of_a_textbooks_transformer() -> None:
    tensors = random_tensors()
    embeddings = np.random.default_rng(8).normal(size=(20, SIZE)).astype(np.float32)
    texts = [[3, 1, 4, 1, 5], [9], [2, 6, 5, 3, 5, 8, 9, 7, 19]]
    vectors = SentenceEncoder(tensors, lambda ids: embeddings[ids]).mean_vectors(texts)
    textbook = Textbook(tensors, embeddings.astype(np.float64))
    for ids, vector in zip(texts, vectors, strict=True):
        assert vector == pytest.approx(textbook.mean_vector(ids), abs=1e-3)


def test_only_the_first_2000_characters_of_a_text_are_read() -> None:
    assert token_ids_of(" " * 1_998 + "ab") == token_ids_of("ab")
    assert token_ids_of(" " * 1_999 + "ab") == token_ids_of("a")
