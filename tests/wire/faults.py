"""Faults of the connection to Discord, each at the n-th call of a kind.

The method is SQLite's: run an operation with a fault at its first call, its second, … until it
passes without meeting one (``Fault.met``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["401", "429", "banned", "500", "502", "drop", "lost"]
"""``banned``: Cloudflare's 429, without a time; ``drop``: the connection ends before the call is
carried out; ``lost``: after it, unanswered."""

KINDS: tuple[Kind, ...] = ("429", "500", "502", "drop", "lost")


@dataclass(slots=True)
class Fault:
    """Fails the ``n``-th call (from 1) whose "METHOD path" contains ``where``; ``times`` in a row.

    ``code``: instead, Discord's error code, with status 403.
    """

    kind: Kind | int
    n: int = 1
    where: str = ""
    times: int = 1
    seen: int = 0

    @property
    def met(self) -> bool:
        """Whether the operation came as far as this fault."""
        return self.seen >= self.n

    def strikes(self, call: str) -> bool:
        """Counts a call; whether it is to fail."""
        if self.where not in call:
            return False
        self.seen += 1
        return self.n <= self.seen < self.n + self.times
