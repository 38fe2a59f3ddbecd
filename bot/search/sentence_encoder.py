"""Sentences as vectors: how near two sentences are in meaning, each of them read as a whole.

A BERT of six layers (Devlin et al. 2019), all-MiniLM-L6-v2, which was trained to bring questions
near what answers them (Reimers and Gurevych 2019). Its numbers are kept in 4 bits each, 64 of
them sharing a scale (``bench/pack_encoder.py``; Apache-2.0). It reads English. Costs CPU: 1 ms
for four words or so, so it is for a handful of sentences. Knows nothing of passages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any

import numpy as np
import regex
from numpy.typing import NDArray

from bot.search.int4 import unpack
from bot.text.wordpiece import strip_combining_marks, token_ids, tokenize_word

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Tensors = Mapping[str, Floats]

FOLDER = "minilm"
FIRST = "embeddings.npz"  # places and the first norm; a file a layer, and some for the pieces
EMBEDDING_FILES = 3
LAYERS, HEADS = 6, 12
EPSILON = np.float32(1e-12)
GROUP_SIZE = 64  # numbers that share a scale
MAX_TOKENS = 64  # pieces, marks included; 128 told no more, 40 cost .003 of AUROC on clapnq
READ_CHARACTERS = 2_000  # of a text: more than so many pieces have
# Pieces that words do not have, numbered behind those of ``store/pieces.py``.
BEGIN, END, UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
OTHERS = (BEGIN, END, UNKNOWN, *"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~–—‘’“”…°€£²")
TOKEN = regex.compile(r"[a-z0-9]+|[^\w\s]|\w+")
MATRICES = ("attention.self.joined", "attention.output.dense", "intermediate.dense", "output.dense")
NORMS = ("attention.output.LayerNorm", "output.LayerNorm")


def encode(texts: Sequence[str]) -> Floats:
    """(text, 384), of length 1; of at least one text."""
    means = _encoder().means([token_ids_of(text) for text in texts])
    found: Floats = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), EPSILON)
    return found


def token_ids_of(text: str) -> list[int]:
    """The numbers of a text's pieces, between the model's marks."""
    others = _others()
    text = text[:READ_CHARACTERS].lower()
    plain = text if text.isascii() else strip_combining_marks(text)
    found: list[int] = []
    for token in TOKEN.findall(plain):
        if token.isascii() and token.isalnum():
            found += tokenize_word(token)
        else:
            found.append(others.get(token, others[UNKNOWN]))
        if len(found) >= MAX_TOKENS - 2:
            break
    return [others[BEGIN], *found[: MAX_TOKENS - 2], others[END]]


@cache
def _others() -> dict[str, int]:
    return {piece: i for i, piece in enumerate(OTHERS, len(token_ids()))}


@cache
def _encoder() -> SentenceEncoder:
    tensors = {name: found.astype(np.float32) for name, found in _read(FIRST).items()}
    for number in range(LAYERS):
        found = _read(f"layer_{number}.npz")
        for matrix in MATRICES:
            packed = QuantizedMatrix(found.pop(f"{matrix}.numbers"), found.pop(f"{matrix}.scales"))
            tensors[f"encoder.layer.{number}.{matrix}.weight"] = packed.rows()
        for name, rest in found.items():
            tensors[f"encoder.layer.{number}.{name}"] = rest.astype(np.float32)
    files = [_read(f"pieces_{number}.npz") for number in range(EMBEDDING_FILES)]
    numbers, scales = (np.concatenate([f[name] for f in files]) for name in ("numbers", "scales"))
    return SentenceEncoder(tensors, QuantizedMatrix(numbers, scales).rows)


def _read(name: str) -> dict[str, NDArray[Any]]:
    path = resources.files("bot.search").joinpath(FOLDER, name)
    with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
        return dict(found)


@dataclass(frozen=True)
class QuantizedMatrix:
    """Rows of numbers in 4 bits, two a byte; ``SHARING`` of them have one scale."""

    numbers: NDArray[np.uint8]
    scales: NDArray[np.float16]

    def rows(self, which: Ints | slice = slice(None)) -> Floats:
        found = unpack(self.numbers[which]).astype(np.float32)
        shared = found.reshape(len(found), -1, GROUP_SIZE)
        shared *= self.scales[which].astype(np.float32)[:, :, None]
        return found


class SentenceEncoder:
    """The model over ``tensors``, by the names that its makers gave; a matrix is (out, in).

    ``embedded`` gives the vectors of pieces; "attention.self.joined" has query, key and value of
    a layer, one below the other; "embeddings.places" what each place of a text adds.
    """

    def __init__(self, tensors: Tensors, embedded: Callable[[Ints], Floats]):
        self._tensors = tensors
        self._embedded = embedded

    def means(self, texts: Sequence[Sequence[int]]) -> Floats:
        """(text, 384): the mean of what comes out for each of its pieces."""
        sizes = [len(text) for text in texts]
        begins = np.cumsum([0, *sizes])
        postings = np.concatenate([np.arange(size) for size in sizes])
        x = self._embedded(np.concatenate([np.asarray(text) for text in texts]))
        x = self._normed("embeddings.LayerNorm", x + self._tensors["embeddings.places"][postings])
        for number in range(LAYERS):
            layer = f"encoder.layer.{number}."
            x = self._normed(layer + NORMS[0], x + self._attended(layer, x, begins))
            wide = _gelu(self._through(layer + MATRICES[2], x))
            x = self._normed(layer + NORMS[1], x + self._through(layer + MATRICES[3], wide))
        means: Floats = np.add.reduceat(x, begins[:-1])
        means /= np.array(sizes, np.float32)[:, None]
        return means

    def _attended(self, layer: str, x: Floats, begins: Ints) -> Floats:
        joined = self._through(layer + MATRICES[0], x).reshape(len(x), 3, HEADS, -1)
        joined[:, 0] /= np.sqrt(np.float32(joined.shape[-1]))
        found = np.empty_like(x)
        for begin, end in pairwise(begins):
            query, key, value = joined[begin:end].transpose(1, 2, 0, 3)  # each (head, piece, …)
            shares = query @ key.transpose(0, 2, 1)
            np.exp(shares - shares.max(axis=-1, keepdims=True), out=shares)
            shares /= shares.sum(axis=-1, keepdims=True)
            found[begin:end] = (shares @ value).transpose(1, 0, 2).reshape(end - begin, -1)
        return self._through(layer + MATRICES[1], found)

    def _through(self, name: str, x: Floats) -> Floats:
        found: Floats = x @ self._tensors[f"{name}.weight"].T
        found += self._tensors[f"{name}.bias"]
        return found

    def _normed(self, name: str, x: Floats) -> Floats:
        x -= x.mean(axis=-1, keepdims=True)
        x /= np.sqrt(np.einsum("ij,ij->i", x, x) / x.shape[1] + EPSILON)[:, None]
        x *= self._tensors[f"{name}.weight"]
        x += self._tensors[f"{name}.bias"]
        return x


def _gelu(x: Floats) -> Floats:
    """x · Φ(x), by the approximation of Φ with tanh (Hendrycks and Gimpel 2016)."""
    inner = x * x
    inner *= np.float32(0.044715)
    inner += 1
    inner *= x
    inner *= np.float32(np.sqrt(2 / np.pi))
    np.tanh(inner, out=inner)
    inner += 1
    inner *= x
    inner *= np.float32(0.5)
    return inner
