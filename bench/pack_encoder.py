"""Quantize a sentence encoder to 4 bits, in the format of ``bot/search/sentence_encoder.py``.

    python -m bench.pack_encoder MODEL_FOLDER [--write]

MODEL_FOLDER contains all-MiniLM-L6-v2 (see ``bench/minilm.py``). In each group of 64 weights the
largest, or somewhat less, is mapped to 7: of seven such scales the one with the least squared
error is chosen. Only the tokens that ``bot/text/wordpiece.py`` knows are kept, and a few symbols.
Prints how close the vectors of some sentences stay to those of the original model.
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
from bot.search.int4 import MAX_VALUE, pack
from bot.search.sentence_encoder import (
    EXTRA_TOKENS,
    FOLDER,
    GROUP_SIZE,
    LAYERS,
    MATRICES,
    NORMS,
    Floats,
)
from bot.text.wordpiece import token_ids

OUTPUT_FOLDER = Path(__file__).parent.parent / "bot" / "search" / FOLDER
SCALE_FACTORS = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)
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
    parser.add_argument("--write", action="store_true", help="write the files to the package")
    arguments = parser.parse_args()
    ids = {token: i for i, token in enumerate(minilm.load_vocabulary(arguments.folder))}
    kept_ids = [ids[token] for token in (*token_ids(), *EXTRA_TOKENS)]
    if arguments.write:
        OUTPUT_FOLDER.mkdir(exist_ok=True)
        for name, arrays in _files(minilm.load_tensors(arguments.folder), kept_ids).items():
            np.savez(OUTPUT_FOLDER / name, allow_pickle=False, **arrays)
            print(f"{name}: {(OUTPUT_FOLDER / name).stat().st_size:,} bytes")
    tokenized = [sentence_encoder.token_ids_of(text) for text in SENTENCES]
    texts = [[kept_ids[token_id] for token_id in text] for text in tokenized]
    original = minilm.load_encoder(arguments.folder).mean_vectors(texts)
    original /= np.linalg.norm(original, axis=1, keepdims=True)
    packed = sentence_encoder.encode(SENTENCES)
    print("cosines to the original vectors:", np.round((original * packed).sum(axis=1), 3))
    for name, vectors in (("original", original), ("packed", packed)):
        cosines = np.round(vectors[[0, 2]] @ vectors[[1, 3]].T, 3).tolist()
        print(f"cosines of question and answer, {name}:", cosines)


def _files(tensors: Mapping[str, Floats], kept_ids: list[int]) -> dict[str, Arrays]:
    """The arrays of each file, by file name."""
    unquantized = ("embeddings.places", "embeddings.LayerNorm.weight", "embeddings.LayerNorm.bias")
    files: dict[str, Arrays] = {
        sentence_encoder.EMBEDDINGS_FILE: {name: tensors[name].astype("f2") for name in unquantized}
    }
    for number in range(LAYERS):
        files[f"layer_{number}.npz"] = _layer(tensors, f"encoder.layer.{number}.")
    embeddings = tensors["embeddings.word_embeddings.weight"][kept_ids]
    for number, part in enumerate(np.array_split(embeddings, sentence_encoder.TOKEN_FILES)):
        files[f"pieces_{number}.npz"] = _quantize("", part)
    return files


def _layer(tensors: Mapping[str, Floats], layer: str) -> Arrays:
    arrays: dict[str, NDArray[Any]] = {}
    for matrix in MATRICES:
        arrays |= _quantize(f"{matrix}.", tensors[f"{layer}{matrix}.weight"])
        arrays[f"{matrix}.bias"] = tensors[f"{layer}{matrix}.bias"].astype("f2")
    for norm in NORMS:
        for part in ("weight", "bias"):
            arrays[f"{norm}.{part}"] = tensors[f"{layer}{norm}.{part}"].astype("f2")
    return arrays


def _quantize(prefix: str, matrix: Floats) -> Arrays:
    """The 4-bit numbers and the scale of each group, chosen by squared error."""
    groups = matrix.reshape(len(matrix), -1, GROUP_SIZE)
    largest = np.maximum(np.abs(groups).max(axis=-1, keepdims=True), 1e-8)
    best, least_error = np.zeros_like(groups), np.full_like(largest, np.inf)
    scales = largest
    for factor in SCALE_FACTORS:
        scale = (largest * factor / MAX_VALUE).astype(np.float16).astype(np.float32)
        rounded = np.clip(np.rint(groups / scale), -MAX_VALUE - 1, MAX_VALUE)
        error = ((rounded * scale - groups) ** 2).sum(axis=-1, keepdims=True)
        is_better = error < least_error
        best, scales = np.where(is_better, rounded, best), np.where(is_better, scale, scales)
        least_error = np.minimum(error, least_error)
    return {
        f"{prefix}numbers": pack(best.reshape(len(matrix), -1)),
        f"{prefix}scales": scales[:, :, 0].astype(np.float16),
    }


if __name__ == "__main__":
    main()
