"""Recognizes a refusal in plain words, in any language: the passages do not answer.

The model's sentences are compared, by cosine, with example refusals and example claims; with a
multilingual embedder, no word lists are needed. With the offline embedder .91 of 69 refusals in 14
languages are recognized (.95 of the 44 that were known when the examples were chosen, .84 of the 25
others); .04 of 52 claims, most of them denials, and .01 of 300 answers of clapnq are mistaken for
refusals. Used only if nothing that the model wrote can be shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.answer.deadlines import embed_in_time
from bot.embedding import Embedder, Floats

REFUSALS = (
    "The passages do not contain information about this.",
    "The sources do not say who it was.",
    "None of the passages mention it.",
    "The text does not specify how many.",
    "It is not possible to tell from the passages.",
    "I cannot answer this question from the given texts.",
    "I do not know the answer.",
    "There is no information about that in the library.",
    "The answer is not in the passages.",
)
CLAIMS = (
    "The bridge was opened in 1890.",
    "It was written by an American author.",
    "According to the passage, it is made of steel.",
    "The police gave no details.",
    "He refused to answer the question.",
    "The law does not mention dogs.",
    "It contains no milk.",
    "Nobody was killed.",
    "It costs three million pounds.",
    "The novel does not say who did it.",
    "The library is closed on Sundays.",
    "The letter contains information about his illness.",
    "Scientists could not find out how old it is.",
    "The report has no figures for that year.",
    "The contract has no such clause.",
    "The minister did not name a price.",
    "Her diary says nothing about the war.",
    "The house has no garden.",
    "Yes.",
    "No.",
)
MAX_SENTENCES = 2  # that are checked; a refusal comes first
MIN_COSINE = 0.2  # with a refusal
MIN_MARGIN = 0.02  # over the cosine with any claim

_example_vectors: dict[str, Floats] = {}
"""Embedder's model → vectors of REFUSALS and CLAIMS; computed once, since a server's cost money."""


async def is_plain_refusal(sentences: Sequence[str], embedder: Embedder) -> bool:
    """Whether one of the first sentences refuses; False if the embedder fails."""
    checked = list(sentences[:MAX_SENTENCES])
    if not checked:
        return False
    vectors = await embed_in_time(embedder, checked)
    if vectors is None or (examples := await _embed_examples(embedder)) is None:
        return False
    cosines = vectors @ examples.T
    refuses = cosines[:, : len(REFUSALS)].max(axis=1)
    claims = cosines[:, len(REFUSALS) :].max(axis=1)
    return bool(((refuses > MIN_COSINE) & (refuses - claims > MIN_MARGIN)).any())


async def _embed_examples(embedder: Embedder) -> Floats | None:
    if embedder.model not in _example_vectors:
        vectors = await embed_in_time(embedder, [*REFUSALS, *CLAIMS])
        if vectors is None:
            return None
        _example_vectors[embedder.model] = vectors
    return _example_vectors[embedder.model]
