"""How names and titles are written in scripts with capitals.

Patterns only: which of the words are names is judged by those who use them.
"""

from __future__ import annotations

CAPITALIZED = r"\p{Lu}[\w’'-]*"
_PARTICLES = "of|the|de|la|del|von|van|der"  # in lower case within a name: "Ludwig van Beethoven"
_TITLE_WORDS = f"{_PARTICLES}|and|for|to|in|on|a|an"
NAME = rf"{CAPITALIZED}(?:\s+(?:(?:{_PARTICLES})\s+)*{CAPITALIZED})*"
TITLE = rf"{CAPITALIZED}(?:\s+(?:(?:{_TITLE_WORDS})\s+)*{CAPITALIZED})+"  # two words or more
