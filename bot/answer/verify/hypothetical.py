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

from bot.answer.verify.analyzed_text import AnalyzedText, Vocabulary

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
CLAUSES = regex.compile(
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
    unreal = [(part, found) for part in parts if (found := UNREAL.search(part))]
    if not unreal:
        return
    facts = Vocabulary([part for part in parts if not UNREAL.search(part)])
    asked = Vocabulary([question])
    own_words = [word.lower for word in claim.content if word.lower not in asked]
    new_words = [word for word in own_words if word not in facts]
    if len(new_words) < len(own_words):  # it also says something that did happen
        return
    for part, found in unreal:
        hypothetical_words = Vocabulary([part])
        if any(word in hypothetical_words for word in new_words):
            yield found.group()


def _clauses(text: str) -> Iterator[str]:
    at = 0
    for cut in CLAUSES.finditer(text):
        if not _inside_figure(text, cut):
            yield text[at : cut.start()]
            at = cut.end()
    yield text[at:]


def _inside_figure(text: str, cut: regex.Match[str]) -> bool:
    return (
        text[cut.end() : cut.end() + 1].isdigit() and text[cut.start() - 1 : cut.start()].isdigit()
    )
