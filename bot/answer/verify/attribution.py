"""Who said it: a claim must not state as a fact what its source only reports somebody as saying."""

from __future__ import annotations

import regex

from bot.answer.verify.analyzed_text import fold

# Reported as doubtful, or as somebody's word against another's. "Said" and "found" are left out:
# a source that says "researchers found" is rightly told without them; so are nouns ("the claims").
DOUBTS = (
    r"alleg(?:es?|ed|edly|ing)|claim(?:s|ed|ing)?(?= (?:that|to|it|he|she|they)\b)|reportedly|"
    r"rumou?red|accus(?:e|es|ed|ing)|purported(?:ly)?|supposedly|angeblich|behauptet\w*|"
    r"presunt\w+|supuest\w+|afirm\w+|prétend\w*|якобы|утвержда\w+"
)
SAYING = (
    r"according to|sa(?:y|ys|id|ying)|state[sd]?|stating|report(?:s|ed|ing|edly)?|argu(?:e|es|ed)|"
    r"believ(?:e|es|ed)|think\w*|thought|suggest(?:s|ed)?|told|tells?|writ(?:es|ten)|wrote|"
    r"describe[sd]?|deny|denies|denied|denying|call(?:s|ed)|may|might|could|possibly|perhaps|word|"
    r"announce[sd]?|propose[sd]?|view|opinion|laut|zufolge|sagt\w*|según|dij\w+|dice|selon|dit|"
    r"по словам|заявил\w*|сказал\w*|сообщ\w+"
)
DOUBTED = regex.compile(rf"\b(?:{DOUBTS})\b|据称|声称|据报道", regex.IGNORECASE)
SAID = regex.compile(rf"\b(?:{SAYING})\b|说|称|表示|认为|根据", regex.IGNORECASE)


def dropped_attribution(claim: str, before: str, cited: str) -> str | None:
    """The word by which the source keeps its distance, where the claim keeps none."""
    found = DOUBTED.search(fold(cited))
    if found is None:
        return None
    kept = f"{before} {claim}"
    return None if DOUBTED.search(kept) or SAID.search(kept) else found.group()
