"""How alike two texts are: MinHash over runs of three words.

A sketch is what is kept of a text to compare others with: 1 KB, whatever its length. The share
of places in which two sketches agree estimates the share of three-word runs that the texts have
in common (Jaccard; Broder, "On the resemblance and containment of documents", 1997), give or
take .03. Knows nothing of where sketches are kept.
"""

from __future__ import annotations

import numpy as np
import regex
from rensa import RMinHash

from bot.store.values import MinhashSignature, MinhashSignatures
from bot.text.cjk_bigrams import UNSPACED, bigrams

SIGNATURE_SCHEME = 1  # raise it with anything below: sketches of another scheme are not compared
NUM_HASHES = 256
SEED = 1
SHINGLE_WORDS = 3
# Measured on 695 articles of covidqa and clapnq: with 5 words in 100 changed .76 stays (never
# below .63), with 1 in 100 .95, without its first third .71; 99 in 100 articles have no other
# that is more than .51 like them.
MIN_SIMILARITY = 0.6
MIN_WORDS = 60  # of clapnq's shorter ones some were .65 alike, by a line that sites add to each
WORD = regex.compile(r"\w+")


def minhash_signature(text: str) -> MinhashSignature | None:
    """The sketch of a text; None for a short one. Costs CPU: 0.2 ms for a thousand words."""
    words = _words(text)
    if len(words) < MIN_WORDS:
        return None
    runs = [" ".join(words[i : i + SHINGLE_WORDS]) for i in range(len(words) - SHINGLE_WORDS + 1)]
    minhash = RMinHash(NUM_HASHES, SEED)
    minhash.update(runs)
    return MinhashSignature(SIGNATURE_SCHEME, np.array(minhash.digest(), np.uint32))


def _words(text: str) -> list[str]:
    """In lower case; scripts without spaces give pairs of characters."""
    found: list[str] = []
    for word in WORD.findall(text.casefold()):
        found += bigrams(word) if UNSPACED.match(word) else [word]
    return found


def nearest_duplicate(
    one: MinhashSignature | None, others: MinhashSignatures
) -> tuple[int, float] | None:
    """The article that is most like a text, and how much (0 … 1), if it is at all."""
    if one is None or not len(others.articles):
        return None
    shares = (others.hashes == one.hashes).mean(axis=1)
    best = int(shares.argmax())
    if shares[best] < MIN_SIMILARITY:
        return None
    return int(others.articles[best]), float(shares[best])
