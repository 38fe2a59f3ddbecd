"""What no answer may hold, whatever an article or a model wants."""

from __future__ import annotations

import re

# Written from Discord's rules, not from the code: what its clients turn into links or mentions,
# and addresses that a reader could copy.
HARMS = {
    "address": r"(?i)[a-z][a-z0-9+.-]*://\S",
    "web address without a scheme": r"(?i)(?<![\w.])www\.\w|\b[a-z0-9-]+\.(?:com|gg|org|net)/\w",
    "mail address that links": r"(?i)mailto:\w",
    "masked link": r"\[[^\]]*\]\([^)]*\)",
    "autolink": r"(?i)<[a-z][a-z0-9+.-]*:/[^>]*>|<[^<>\s]+@[^<>\s]+>|<\+\d{5,}>",
    "everyone": r"(?i)@everyone|@here",
    "person, role, channel": r"<(?:@[!&]?|#)\d+>",
    "emoji, command, time, place": r"<a?:\w+:\d+>|</[\w -]+:\d+>|<t:-?\d+(?::\w)?>|<id:\w+>",
    "hidden character": "[\u200b\u2060\u202a-\u202e\ufeff\x00\ud800-\udfff]",
}


def harms(text: str) -> list[str]:
    """The names of the harms in a text."""
    return [name for name, pattern in HARMS.items() if re.search(pattern, text)]
