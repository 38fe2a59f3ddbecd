"""A model's sentence → plain words: no links, no addresses, no mentions, no markup that hides.

The design assumes that a model may obey what an article orders. So what it writes is
rendered from a whitelist: a link keeps its label, an address is replaced, and a mention
cannot be one.
"""

from __future__ import annotations

import re

MASKED_LINK = re.compile(r"!?\[([^\]\[]{0,300})\]\(\s*<?[^)\s]*>?[^)]{0,300}\)")
ADDRESS = re.compile(
    r"(?i)<?\b(?:https?|ftp|discord|mailto|steam|file|javascript|data)\s?:\s?/{0,3}[^\s<>\"')\]]+>?"
    r"|\bwww\.[^\s<>\"')\]]+|\b(?:discord\.gg|discord(?:app)?\.com/invite|t\.me|bit\.ly)/[^\s<>\"')\]]+"
)
DISCORD_MARKUP = re.compile(r"<(?:@[!&]?|#|/[^:>]{0,40}:|a?:\w{1,40}:|t:|id:)[^>]{0,60}>")
EVERYONE = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
REMOVED = "(address removed)"


def plain(sentence: str) -> str:
    """The sentence with nothing in it that links or pings."""
    sentence = MASKED_LINK.sub(r"\1", sentence)
    sentence = DISCORD_MARKUP.sub("", sentence)
    sentence = ADDRESS.sub(REMOVED, sentence)
    return EVERYONE.sub("@\u200b", sentence).strip()
