"""An array that can be appended to, at a cost proportional to what is added.

Spare room is kept at the end, so most additions copy nothing; views handed out earlier stay as
they were. Not thread-safe. Knows nothing of what the numbers mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

SPARE = 1_024  # numbers of spare room, at least
SPARE_SHARE = 4  # a quarter of the length is spare: untouched pages take no memory


class GrowableArray:
    """A one-dimensional array that grows."""

    def __init__(self, dtype: DTypeLike):
        self._buffer: NDArray[Any] = np.empty(0, dtype)
        self.count = 0

    def extend(self, more: NDArray[Any]) -> None:
        needed = self.count + len(more)
        if needed > len(self._buffer):
            larger = np.empty(needed + needed // SPARE_SHARE + SPARE, self._buffer.dtype)
            larger[: self.count] = self._buffer[: self.count]
            self._buffer = larger
        self._buffer[self.count : needed] = more
        self.count = needed

    @property
    def nbytes(self) -> int:
        """The bytes in use, without the spare room."""
        return self.count * self._buffer.itemsize

    @property
    def all(self) -> NDArray[Any]:
        """A read-only view of everything so far."""
        view = self._buffer[: self.count]
        view.flags.writeable = False
        return view
