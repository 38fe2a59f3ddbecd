"""Reads "and the other one?", "y la otra dune", "et l'autre norvik, ils embauchent combien ?".

Surface rules for six languages. Pure; knows nothing of what was spoken of.
"""

from __future__ import annotations

from dataclasses import dataclass

import regex

OTHER = regex.compile(
    r"^\W*(?:(?:and|but|und|y|et|e|а|и)\s+)?(?:(?:what|how) about\s+|was ist mit\s+)?"
    r"(?:(?:the|el|la|los|las|le|les|o|a|d(?:er|ie|as|en|em))\s+|l['’]\s*)?"
    r"(?:other|otr[oa]s?|autres?|ander(?:e[nrsm]?)?|outr[oa]s?|друг(?:ой|ая|ое|ую))\b\s*"
    r"(?!frage|question|pregunta|pergunta|topic|thema|tema|sujet|вопрос)"  # a change of subject
    r"(?P<noun>[^,;:?]*)(?:[,;:]\s*(?P<question>.*\w.*))?\W*$",
    regex.IGNORECASE,
)
MAX_NOUN_WORDS = 4


@dataclass(frozen=True, slots=True)
class OtherOne:
    """``noun``: what the other one is; ``question``: what is asked of it. Both may be empty."""

    noun: str
    question: str


def read_other(line: str) -> OtherOne | None:
    """What a line says of the other one; None if it does not begin with it."""
    match = OTHER.match(line)
    if match is None or len(match["noun"].split()) > MAX_NOUN_WORDS:
        return None
    return OtherOne(match["noun"].strip(), (match["question"] or "").strip())
