"""Near-duplicate detection: MinHash over shingles of three words.

A signature takes 1 KB, whatever the length of its text. The share of hashes on which two
signatures agree estimates the Jaccard similarity of the texts' shingle sets (Broder, "On the
resemblance and containment of documents", 1997), give or take .03. Knows nothing of where
signatures are stored.
"""

from __future__ import annotations

import numpy as np
import regex
from rensa import RMinHash

from bot.store.values import MinhashSignature, MinhashSignatures
from bot.text.scripts import UNSPACED, bigrams

SIGNATURE_SCHEME = 1  # raise it with any change below: signatures of two schemes don't compare
NUM_HASHES = 256
SEED = 1
SHINGLE_WORDS = 3
# Measured on 695 articles of covidqa and clapnq: with 5 % of its words changed an article keeps
# a similarity of .76 (never below .63), with 1 % .95, without its first third .71; 99 % of the
# articles have no other that is more than .51 similar.
MIN_SIMILARITY = 0.6
MIN_WORDS = 60  # some shorter ones of clapnq were .65 similar, by a line that sites add to each
WORD = regex.compile(r"\w+")


def minhash_signature(text: str) -> MinhashSignature | None:
    """The signature of a text; None for a short one. Costs CPU: 0.2 ms per thousand words."""
    words = _words(text)
    if len(words) < MIN_WORDS:
        return None
    shingles = [
        " ".join(words[i : i + SHINGLE_WORDS]) for i in range(len(words) - SHINGLE_WORDS + 1)
    ]
    minhash = RMinHash(NUM_HASHES, SEED)
    minhash.update(shingles)
    return MinhashSignature(SIGNATURE_SCHEME, np.array(minhash.digest(), np.uint32))


def _words(text: str) -> list[str]:
    """The words of a text, case-folded; character bigrams for scripts without spaces."""
    words: list[str] = []
    for word in WORD.findall(text.casefold()):
        words += bigrams(word) if UNSPACED.match(word) else [word]
    return words


def nearest_duplicate(
    signature: MinhashSignature | None, others: MinhashSignatures
) -> tuple[int, float] | None:
    """The id of the most similar article and its similarity (0 … 1), from MIN_SIMILARITY up."""
    if signature is None or not len(others.articles):
        return None
    similarities = (others.hashes == signature.hashes).mean(axis=1)
    best = int(similarities.argmax())
    if similarities[best] < MIN_SIMILARITY:
        return None
    return int(others.articles[best]), float(similarities[best])
