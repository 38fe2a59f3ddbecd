"""Find hypotheticals of the source that a claim states as facts.

"The lift cost 52,000" must not come from "it was left out because it would have cost 52,000".

Only words for what didn't happen count ("would have", "hätte"), because a plain "would" also says
what came later ("the album would drop to number two"). A claim may use such a clause if it keeps
the condition, or also says something from the rest of the sentence. None of 2,473 correct sentences
of CLAPnq and CovidQA fails this rule with its evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from bot.verify.analyzed_text import AnalyzedText, Vocabulary

UNREAL = regex.compile(
    r"\b(?:would|could|should|might)(?: not|n't)? have\b|\bhätten?\b|\bhabr[íi]an?\b|"
    r"\baurai(?:en)?t\b|\bavrebber?o?\b|\bteriam?\b",
    regex.IGNORECASE,
)
# A claim with one of these words is no plain statement of fact.
CLAIM_HEDGES = regex.compile(
    r"\b(?:would|could|should|might|may|if|unless|without|instead|plan(?:s|ned)?|estimate[ds]?|"
    r"h[äa]tten?|w[äü]rden?|w[äa]ren?|wenn|ohne|habr[íi]an?|si|sin|aurai(?:en)?t|sans|se|senza|sem)\b",
    regex.IGNORECASE,
)
CLAUSE_BOUNDARY = regex.compile(
    r"[,;:.!?()–—]|\b(?:and|but|because|since|while|which|so|und|aber|weil|denn|y|pero|porque|"
    r"et|mais|car|e|ma|perché|mas)\b",
    regex.IGNORECASE,
)


def find_stated_as_fact(
    claim: AnalyzedText, sources: Sequence[AnalyzedText], question: str
) -> Iterator[str]:
    """The source's hypothetical words, if the claim says only what depends on them.

    ``question``: its words don't count as a part of the rest of the source's sentence.
    """
    if CLAIM_HEDGES.search(claim.text):
        return
    parts = [part for source in sources for part in _clauses(source.text)]
    hypotheticals = [(part, match) for part in parts if (match := UNREAL.search(part))]
    if not hypotheticals:
        return
    facts = Vocabulary([part for part in parts if not UNREAL.search(part)])
    question_words = Vocabulary([question])
    own_words = [word.lower for word in claim.content if word.lower not in question_words]
    new_words = [word for word in own_words if word not in facts]
    if len(new_words) < len(own_words):  # it also says something that did happen
        return
    for part, match in hypotheticals:
        hypothetical_words = Vocabulary([part])
        if any(word in hypothetical_words for word in new_words):
            yield match.group()


def _clauses(text: str) -> Iterator[str]:
    start = 0
    for boundary in CLAUSE_BOUNDARY.finditer(text):
        if not _is_in_figure(text, boundary):
            yield text[start : boundary.start()]
            start = boundary.end()
    yield text[start:]


def _is_in_figure(text: str, boundary: regex.Match[str]) -> bool:
    before, after = text[boundary.start() - 1 : boundary.start()], text[boundary.end() :][:1]
    return before.isdigit() and after.isdigit()
