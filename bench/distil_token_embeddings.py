"""Distil the static token embeddings of ``bot/search`` from a sentence encoder.

    python -m bench.distil_token_embeddings MODEL_FOLDER [--write]

MODEL_FOLDER contains all-MiniLM-L6-v2 (see ``bench/minilm.py``). Each token of its vocabulary in
Latin letters or digits is encoded alone, and the mean of the outputs is its vector (static
distillation as in model2vec, Tulkens and van Dongen 2024). Its 384 dimensions are reduced to the
first 128 principal components, in 4 bits each. The ranker was equally good with all 384 in 32
bits, and slightly worse with 64 (docs/finding.md).
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench import minilm
from bot.search.int4 import MAX_VALUE, pack
from bot.search.sentence_encoder import CLS, SEP, Floats
from bot.search.token_embeddings import DIMENSION, VECTORS_FILE
from bot.text.wordpiece import VOCABULARY_FILE

BOT = Path(__file__).parent.parent / "bot"
KEPT_TOKEN = re.compile(r"(?:##)?[a-z0-9]+")
BATCH_SIZE = 512  # tokens


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true", help="write the vectors to the package")
    arguments = parser.parse_args()
    vocabulary = minilm.load_vocabulary(arguments.folder)
    kept_ids = [i for i, token in enumerate(vocabulary) if KEPT_TOKEN.fullmatch(token)]
    cls_id, sep_id = vocabulary.index(CLS), vocabulary.index(SEP)
    encoder = minilm.load_encoder(arguments.folder)
    texts = [[cls_id, token_id, sep_id] for token_id in kept_ids]
    batches = [texts[i : i + BATCH_SIZE] for i in range(0, len(texts), BATCH_SIZE)]
    vectors = np.concatenate([encoder.mean_vectors(batch) for batch in batches])
    packed, error = _quantize(_principal_components(vectors))
    print(f"{len(kept_ids)} tokens, {packed.nbytes} bytes; error of the cosines {error:.3f} (RMS)")
    if arguments.write:
        tokens = "\n".join(vocabulary[i] for i in kept_ids)
        (BOT / "text" / VOCABULARY_FILE).write_text(tokens + "\n", encoding="utf-8")
        np.save(BOT / "search" / VECTORS_FILE, packed)


def _principal_components(vectors: Floats) -> Floats:
    """The first ``DIMENSION`` principal components, as unit vectors."""
    centred = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    components = centred @ directions[:, ::-1][:, :DIMENSION]
    lengths = np.linalg.norm(components, axis=1, keepdims=True)
    unit: Floats = (components / lengths).astype(np.float32)
    return unit


def _quantize(vectors: Floats) -> tuple[NDArray[np.uint8], float]:
    """The vectors in 4 bits (-7 … 7), and the RMS error of cosines among the first tokens."""
    integers = np.rint(vectors / np.abs(vectors).max(axis=1, keepdims=True) * MAX_VALUE)
    rounded = integers / np.linalg.norm(integers, axis=1, keepdims=True)
    sample = slice(0, 5_000)
    errors = rounded[sample] @ rounded[sample].T - vectors[sample] @ vectors[sample].T
    return pack(integers), float(np.sqrt((errors**2).mean()))


if __name__ == "__main__":
    main()
