"""Packs a model of sentences into 4 bits a number, as ``bot/search/sentence_encoder.py`` reads it.

    python -m bench.pack_encoder MODEL_FOLDER [--write]

Of each 64 numbers the largest, or somewhat less, becomes 7: of seven such scales the one is
kept that loses least. Of the pieces those stay that ``store/pieces.py`` knows, and a few marks.
Prints how near the vectors of some sentences stay to those of the model as it is.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import minilm
from bot.search import sentence_encoder
from bot.search.int4 import HIGHEST, pack
from bot.search.sentence_encoder import FOLDER, GROUP_SIZE, LAYERS, MATRICES, NORMS, OTHERS, Floats
from bot.text.wordpiece import token_ids

HERE = Path(__file__).parent.parent / "bot" / "search" / FOLDER
TIGHTER = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)
SENTENCES = (
    "Who founded the museum?",
    "The museum was opened in 1921 by the widow of a wine merchant.",
    "How long does the ferry take to the island?",
    "On weekdays the crossing lasts forty minutes, in winter an hour.",
    "Profit before tax fell by 12 % to £3.4m, chiefly because of higher freight rates.",
)

Arrays = Mapping[str, NDArray[Any]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true", help="put them into the package")
    arguments = parser.parse_args()
    tensors = minilm.load_tensors(arguments.folder)
    numbers = {piece: i for i, piece in enumerate(minilm.load_vocabulary(arguments.folder))}
    kept = [numbers[piece] for piece in (*token_ids(), *OTHERS)]
    if arguments.write:
        HERE.mkdir(exist_ok=True)
        for name, arrays in _files(tensors, kept).items():
            np.savez(HERE / name, allow_pickle=False, **arrays)
            print(f"{name}: {(HERE / name).stat().st_size:,} bytes")
    whole = minilm.load_encoder(arguments.folder)
    texts = [[kept[piece] for piece in sentence_encoder.token_ids_of(text)] for text in SENTENCES]
    means = whole.means(texts)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    rounded = sentence_encoder.encode(SENTENCES)
    print("cosines to the model as it is:", np.round((means * rounded).sum(axis=1), 3))
    print(
        "of question and answer, as it is:", np.round(means[[0, 2]] @ means[[1, 3]].T, 3).tolist()
    )
    print(
        "of question and answer, packed:", np.round(rounded[[0, 2]] @ rounded[[1, 3]].T, 3).tolist()
    )


def _files(tensors: Mapping[str, Floats], kept: list[int]) -> dict[str, Arrays]:
    first = ("embeddings.places", "embeddings.LayerNorm.weight", "embeddings.LayerNorm.bias")
    files: dict[str, Arrays] = {
        sentence_encoder.FIRST: {name: tensors[name].astype("f2") for name in first}
    }
    for number in range(LAYERS):
        files[f"layer_{number}.npz"] = _layer(tensors, f"encoder.layer.{number}.")
    pieces = tensors["embeddings.word_embeddings.weight"][kept]
    for number, part in enumerate(np.array_split(pieces, sentence_encoder.EMBEDDING_FILES)):
        files[f"pieces_{number}.npz"] = _packed("", part)
    return files


def _layer(tensors: Mapping[str, Floats], layer: str) -> Arrays:
    found: dict[str, NDArray[Any]] = {}
    for matrix in MATRICES:
        found |= _packed(f"{matrix}.", tensors[f"{layer}{matrix}.weight"])
        found[f"{matrix}.bias"] = tensors[f"{layer}{matrix}.bias"].astype("f2")
    for norm in NORMS:
        for part in ("weight", "bias"):
            found[f"{norm}.{part}"] = tensors[f"{layer}{norm}.{part}"].astype("f2")
    return found


def _packed(name: str, numbers: Floats) -> Arrays:
    shared = numbers.reshape(len(numbers), -1, GROUP_SIZE)
    largest = np.maximum(np.abs(shared).max(axis=-1, keepdims=True), 1e-8)
    best, least = np.zeros_like(shared), np.full_like(largest, np.inf)
    scales = largest
    for tighter in TIGHTER:
        scale = (largest * tighter / HIGHEST).astype(np.float16).astype(np.float32)
        rounded = np.clip(np.rint(shared / scale), -HIGHEST - 1, HIGHEST)
        lost = ((rounded * scale - shared) ** 2).sum(axis=-1, keepdims=True)
        better = lost < least
        best, scales = np.where(better, rounded, best), np.where(better, scale, scales)
        least = np.minimum(lost, least)
    return {
        f"{name}numbers": pack(best.reshape(len(numbers), -1)),
        f"{name}scales": scales[:, :, 0].astype(np.float16),
    }


if __name__ == "__main__":
    main()
