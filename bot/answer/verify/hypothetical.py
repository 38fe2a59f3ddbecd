"""Told as a fact what the source only weighs: "The lift cost 52,000" from "it was left out because
it would have cost 52,000".

Only what did not happen is heeded ("would have", "hätte"), for a plain "would" also tells what
came later ("the album would drop to number two"). What stands in such a clause is no fact; a claim
may use it where it keeps the condition, or says something of the rest of the sentence, too. Of
2,473 true sentences of clapnq and covidqa with their evidence none is stopped by it.
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
# A claim with one of these keeps a distance of its own, whatever it is.
KEPT = regex.compile(
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
    """The source's words that say it did not happen, where the claim has only what hangs on them.

    ``question``: its words are no sign that a claim tells the rest of the sentence.
    """
    if KEPT.search(claim.text):
        return
    parts = [part for source in sources for part in _clauses(source.text)]
    unreal = [(part, found) for part in parts if (found := UNREAL.search(part))]
    if not unreal:
        return
    facts = Vocabulary([part for part in parts if not UNREAL.search(part)])
    asked = Vocabulary([question])
    telling = [w.lower for w in claim.content if w.lower not in facts and w.lower not in asked]
    own = [w.lower for w in claim.content if w.lower in facts and w.lower not in asked]
    for part, found in unreal:
        weighed = Vocabulary([part])
        if not own and any(word in weighed for word in telling):
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
