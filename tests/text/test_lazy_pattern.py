"""Patterns that are compiled when they are first used."""

import re
import subprocess
import sys

import pytest
import regex

from bot.text.lazy_pattern import lazy_pattern, lazy_re


def test_a_lazy_pattern_finds_what_the_compiled_one_finds() -> None:
    pattern = lazy_pattern(r"(?P<word>\p{L}+)", regex.IGNORECASE)
    for text in ("Äpfel 3 groß", "水車", ""):
        assert pattern.findall(text) == regex.findall(r"\p{L}+", text)
    assert pattern.sub("x", "a1") == "x1"
    assert pattern.flags & regex.IGNORECASE
    assert pattern.groupindex == {"word": 1}
    assert lazy_re("a+").pattern == "a+"


def test_it_is_compiled_at_the_first_use() -> None:
    broken, broken_re = lazy_pattern("("), lazy_re("(")
    with pytest.raises(regex.error):
        broken.search("a")
    with pytest.raises(re.error):
        broken_re.search("a")


def test_asking_imports_nothing_that_evaluates() -> None:
    script = (
        "import sys, bot.terminal; print(*[m for m in sys.modules if m.startswith('bot.evaluate')])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not ran.stdout.split()
