"""An array that more is put behind, at the cost of what is added.

Room is kept at the end, so most additions copy nothing that is there; what was handed out before
stays as it was. Not for more than one thread. Knows nothing of what the numbers mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

SPARE = 1_024  # numbers of room at least
SPARE_SHARE = 4  # of what is there, another quarter: pages nobody wrote to take no memory


class GrowableArray:
    """Of one dimension."""

    def __init__(self, dtype: DTypeLike):
        self._held: NDArray[Any] = np.empty(0, dtype)
        self.count = 0

    def extend(self, more: NDArray[Any]) -> None:
        needed = self.count + len(more)
        if needed > len(self._held):
            roomier = np.empty(needed + needed // SPARE_SHARE + SPARE, self._held.dtype)
            roomier[: self.count] = self._held[: self.count]
            self._held = roomier
        self._held[self.count : needed] = more
        self.count = needed

    @property
    def all(self) -> NDArray[Any]:
        """Everything there is now, not to be written to."""
        view = self._held[: self.count]
        view.flags.writeable = False
        return view
