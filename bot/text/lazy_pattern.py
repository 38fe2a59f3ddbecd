"""Patterns that are compiled when they are first used.

Compiling all that a question may need, in every language, takes half a second; it needs a part.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import regex


def lazy_pattern(pattern: str, flags: int = 0) -> regex.Pattern[str]:
    """As ``regex.compile``, at the first use. An error in the pattern shows then, too."""
    return cast("regex.Pattern[str]", _LazyPattern(regex.compile, pattern, flags))


def lazy_re(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """As ``re.compile``, at the first use."""
    return cast("re.Pattern[str]", _LazyPattern(re.compile, pattern, flags))


class _LazyPattern:
    """Takes over each attribute of the compiled pattern when it is first asked for."""

    def __init__(self, compile_: Callable[[str, int], Any], pattern: str, flags: int) -> None:
        self._compile = partial(compile_, pattern, flags)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._compile(), name)  # both engines keep what they compiled
        setattr(self, name, value)
        return value
