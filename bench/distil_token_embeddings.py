"""Makes the word vectors of ``bot/search`` out of a model of sentences.

    python -m bench.distil_token_embeddings MODEL_FOLDER [--write]

MODEL_FOLDER holds all-MiniLM-L6-v2 (``bench/minilm.py``). Every piece of its vocabulary that is
written in Latin letters or digits goes through the model alone, and the mean of what comes out is
its vector (static distillation as in model2vec, Tulkens and van Dongen 2024). Of its 384 numbers
the 128 that differ most are kept (principal components), in 4 bits each: what blending them is
worth was the same with 384 in 32 bits, and a little less with 64 (docs/finding.md).
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench import minilm
from bot.search.int4 import HIGHEST, pack
from bot.search.sentence_encoder import BEGIN, END, Floats
from bot.search.token_embeddings import DIMENSION, VECTORS
from bot.text.wordpiece import VOCABULARY_FILE

BOT = Path(__file__).parent.parent / "bot"
KEPT = re.compile(r"(?:##)?[a-z0-9]+")
AT_ONCE = 512  # pieces


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true", help="put the vectors into the package")
    arguments = parser.parse_args()
    vocabulary = minilm.load_vocabulary(arguments.folder)
    kept = [i for i, piece in enumerate(vocabulary) if KEPT.fullmatch(piece)]
    begin, end = vocabulary.index(BEGIN), vocabulary.index(END)
    model = minilm.load_encoder(arguments.folder)
    texts = [[begin, piece, end] for piece in kept]
    parts = [model.means(texts[at : at + AT_ONCE]) for at in range(0, len(texts), AT_ONCE)]
    vectors = np.concatenate(parts)
    data, lost = _packed(_components(vectors))
    print(f"{len(kept)} pieces, {data.nbytes} bytes; cosines are off by {lost:.3f} (RMS)")
    if arguments.write:
        pieces = "\n".join(vocabulary[i] for i in kept)
        (BOT / "store" / VOCABULARY_FILE).write_text(pieces + "\n", encoding="utf-8")
        np.save(BOT / "search" / VECTORS, data)


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
    return pack(numbers), float(np.sqrt((off**2).mean()))


if __name__ == "__main__":
    main()
