"""Quotes mode: the library's own sentences as the answer, or an honest refusal.

No model is needed. The best sentences of the best passages are chosen, and given in the
order in which they stand in their article.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.embedding import Embedder
from bot.records import Findings, Sentence, StoredPassage
from bot.search.evidence import covered
from bot.search.words import terms

READ_PASSAGES = 5
MOST_QUOTES = 3
REFUSE_BELOW = 0.45
NEARLY_AS_GOOD = 0.75  # of the best sentence's score, to be quoted beside it

Pick = tuple[StoredPassage, Sentence]


async def pick_quotes(question: str, findings: Findings, embedder: Embedder) -> list[Pick]:
    """One to three sentences in reading order; none when the evidence is too thin."""
    if findings.answerable < REFUSE_BELOW:
        return []
    picks = [
        (hit.passage, sentence)
        for hit in findings.hits[:READ_PASSAGES]
        for sentence in hit.passage.sentences
    ]
    wanted = terms(question)
    texts = [passage.quote(sentence) for passage, sentence in picks]
    vectors = await embedder.embed([question, *texts])
    meaning = vectors[1:] @ vectors[0]
    scores = [
        0.6 * covered(wanted, text) + 0.4 * float(cosine)
        for text, cosine in zip(texts, meaning, strict=True)
    ]
    return _best(picks, scores)


def _best(picks: Sequence[Pick], scores: Sequence[float]) -> list[Pick]:
    order = sorted(range(len(picks)), key=lambda i: -scores[i])
    good = [i for i in order[:MOST_QUOTES] if scores[i] >= NEARLY_AS_GOOD * scores[order[0]]]
    return [picks[i] for i in sorted(good)]
