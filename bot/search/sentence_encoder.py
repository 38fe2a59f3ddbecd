"""Sentence embeddings: how similar two sentences are in meaning.

all-MiniLM-L6-v2: a BERT with six layers (Devlin et al. 2019), trained to embed questions close to
their answers (Reimers and Gurevych 2019). Its weights are stored in 4 bits, in groups of 64 that
share a scale (``bench/pack_encoder.py``; Apache-2.0). English only. Takes 1 ms of CPU time for
about four words, so use it for a handful of sentences. Knows nothing of passages.
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
from bot.text.folding import fold
from bot.text.wordpiece import token_ids, tokenize_word

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Tensors = Mapping[str, Floats]

FOLDER = "minilm"
# Each layer has a file, too, and the token embeddings have TOKEN_FILES.
EMBEDDINGS_FILE = "embeddings.npz"  # position embeddings and the first layer norm
TOKEN_FILES = 3
LAYERS, HEADS = 6, 12
DIMENSION = 384
EPSILON = np.float32(1e-12)
GROUP_SIZE = 64  # weights that share a scale
MAX_TOKENS = 64  # with [CLS] and [SEP]; 128 was no better, 40 cost .003 in AUROC on clapnq
MAX_CHARACTERS = 2_000  # of a text: longer than MAX_TOKENS tokens
# Tokens that words do not contain. Their ids follow those of bot/text/wordpiece.py.
CLS, SEP, UNK = "[CLS]", "[SEP]", "[UNK]"
EXTRA_TOKENS = (CLS, SEP, UNK, *"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~–—‘’“”…°€£²")
WORD_OR_SYMBOL = regex.compile(r"[a-z0-9]+|[^\w\s]|\w+")
# "attention.self.joined" stacks the matrices of query, key and value.
MATRICES = ("attention.self.joined", "attention.output.dense", "intermediate.dense", "output.dense")
NORMS = ("attention.output.LayerNorm", "output.LayerNorm")


def encode(texts: Sequence[str]) -> Floats:
    """(text, DIMENSION) unit vectors of at least one text."""
    means = _load_encoder().mean_vectors([token_ids_of(text) for text in texts])
    unit: Floats = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), EPSILON)
    return unit


def token_ids_of(text: str) -> list[int]:
    """The token ids of a text, between [CLS] and [SEP]; at most ``MAX_TOKENS``."""
    extra_ids = _extra_token_ids()
    ids: list[int] = []
    for word in WORD_OR_SYMBOL.findall(fold(text[:MAX_CHARACTERS].lower())):
        if word.isascii() and word.isalnum():
            ids += tokenize_word(word)
        else:
            ids.append(extra_ids.get(word, extra_ids[UNK]))
        if len(ids) >= MAX_TOKENS - 2:
            break
    return [extra_ids[CLS], *ids[: MAX_TOKENS - 2], extra_ids[SEP]]


@cache
def _extra_token_ids() -> dict[str, int]:
    return {token: i for i, token in enumerate(EXTRA_TOKENS, len(token_ids()))}


@cache
def _load_encoder() -> SentenceEncoder:
    arrays = _read_arrays(EMBEDDINGS_FILE)
    tensors = {name: array.astype(np.float32) for name, array in arrays.items()}
    for layer in range(LAYERS):
        arrays = _read_arrays(f"layer_{layer}.npz")
        for name in MATRICES:
            matrix = QuantizedMatrix(arrays.pop(f"{name}.numbers"), arrays.pop(f"{name}.scales"))
            tensors[f"encoder.layer.{layer}.{name}.weight"] = matrix.dequantize()
        for name, array in arrays.items():
            tensors[f"encoder.layer.{layer}.{name}"] = array.astype(np.float32)
    parts = [_read_arrays(f"pieces_{i}.npz") for i in range(TOKEN_FILES)]
    packed, scales = (np.concatenate([part[k] for part in parts]) for k in ("numbers", "scales"))
    return SentenceEncoder(tensors, QuantizedMatrix(packed, scales).dequantize)


def _read_arrays(name: str) -> dict[str, NDArray[Any]]:
    path = resources.files("bot.search").joinpath(FOLDER, name)
    with path.open("rb") as file, np.load(file) as arrays:
        return dict(arrays)


@dataclass(frozen=True)
class QuantizedMatrix:
    """A matrix in 4 bits per number; each ``GROUP_SIZE`` numbers of a row share a scale."""

    packed: NDArray[np.uint8]
    scales: NDArray[np.float16]

    def dequantize(self, rows: Ints | slice = slice(None)) -> Floats:
        """Some rows as floats."""
        values = unpack(self.packed[rows]).astype(np.float32)
        groups = values.reshape(len(values), -1, GROUP_SIZE)
        groups *= self.scales[rows].astype(np.float32)[:, :, None]
        return values


class SentenceEncoder:
    """The model. ``tensors`` have their original names and the shape (out, in).

    Two are different: "attention.self.joined" (see ``MATRICES``), and "embeddings.places", the
    position embeddings plus the one token type embedding. ``embed_tokens`` maps ids to vectors.
    """

    def __init__(self, tensors: Tensors, embed_tokens: Callable[[Ints], Floats]):
        self._tensors = tensors
        self._embed_tokens = embed_tokens

    def mean_vectors(self, texts: Sequence[Sequence[int]]) -> Floats:
        """(text, 384): the mean of the last layer's outputs for the tokens of each text."""
        sizes = [len(text) for text in texts]
        bounds = np.cumsum([0, *sizes])
        positions = np.concatenate([np.arange(size) for size in sizes])
        x = self._embed_tokens(np.concatenate([np.asarray(text) for text in texts]))
        x = x + self._tensors["embeddings.places"][positions]
        x = self._layer_norm("embeddings.LayerNorm", x)
        for number in range(LAYERS):
            layer = f"encoder.layer.{number}."
            x = self._layer_norm(layer + NORMS[0], x + self._attention(layer, x, bounds))
            hidden = _gelu(self._linear(layer + MATRICES[2], x))
            x = self._layer_norm(layer + NORMS[1], x + self._linear(layer + MATRICES[3], hidden))
        means: Floats = np.add.reduceat(x, bounds[:-1])
        means /= np.array(sizes, np.float32)[:, None]
        return means

    def _attention(self, layer: str, x: Floats, bounds: Ints) -> Floats:
        """Multi-head self-attention within each text, whose tokens lie between two ``bounds``."""
        joined = self._linear(layer + MATRICES[0], x).reshape(len(x), 3, HEADS, -1)
        joined[:, 0] /= np.sqrt(np.float32(joined.shape[-1]))
        output = np.empty_like(x)
        for start, end in pairwise(bounds):
            query, key, value = joined[start:end].transpose(1, 2, 0, 3)  # each (head, token, …)
            weights = query @ key.transpose(0, 2, 1)
            np.exp(weights - weights.max(axis=-1, keepdims=True), out=weights)
            weights /= weights.sum(axis=-1, keepdims=True)
            output[start:end] = (weights @ value).transpose(1, 0, 2).reshape(end - start, -1)
        return self._linear(layer + MATRICES[1], output)

    def _linear(self, name: str, x: Floats) -> Floats:
        y: Floats = x @ self._tensors[f"{name}.weight"].T
        y += self._tensors[f"{name}.bias"]
        return y

    def _layer_norm(self, name: str, x: Floats) -> Floats:
        """Normalize ``x`` in place."""
        x -= x.mean(axis=-1, keepdims=True)
        x /= np.sqrt(np.einsum("ij,ij->i", x, x) / x.shape[1] + EPSILON)[:, None]
        x *= self._tensors[f"{name}.weight"]
        x += self._tensors[f"{name}.bias"]
        return x


def _gelu(x: Floats) -> Floats:
    """x · Φ(x), with the tanh approximation of Φ (Hendrycks and Gimpel 2016)."""
    y = x * x
    y *= np.float32(0.044715)
    y += 1
    y *= x
    y *= np.float32(np.sqrt(2 / np.pi))
    np.tanh(y, out=y)
    y += 1
    y *= x
    y *= np.float32(0.5)
    return y
