"""Whether a model says, in plain words, that the passages do not answer: in any language.

What it wrote is held, by meaning, against sentences that refuse and sentences that claim; an
embedder of many languages needs no list of words for each. With the embedder inside, of 69
refusals in 14 languages .91 were told (of the 44 that were in view when the examples were chosen
.95, of the 25 others .84), and of 52 claims, most of them denials, .04 were taken for one, of 300
answers of clapnq .01. It is asked only where nothing that the model wrote could be shown.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from bot.embedding import Embedder, Floats
from bot.errors import ModelError

log = logging.getLogger(__name__)

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
SENTENCES = 2  # of an answer that are looked at; a refusal comes first
NEAR = 0.2  # cosine with a refusal, at least
NEARER = 0.02  # than with any claim
EMBEDDING_S = 2.0

_examples: dict[str, Floats] = {}
"""The vectors of REFUSALS and CLAIMS by the embedder's model, made once: a server's cost money."""


async def is_plain_refusal(sentences: Sequence[str], embedder: Embedder) -> bool:
    """Whether one of the first sentences refuses; not, where that cannot be told."""
    looked_at = list(sentences[:SENTENCES])
    if not looked_at:
        return False
    try:
        async with asyncio.timeout(EMBEDDING_S):
            written = await embedder.embed(looked_at)
            examples = await _vectors_of_examples(embedder)
    except (ModelError, TimeoutError) as error:
        log.warning("not looked for a refusal: %s", str(error) or "the embeddings took too long")
        return False
    cosines = written @ examples.T
    refuses = cosines[:, : len(REFUSALS)].max(axis=1)
    claims = cosines[:, len(REFUSALS) :].max(axis=1)
    return bool(((refuses > NEAR) & (refuses - claims > NEARER)).any())


async def _vectors_of_examples(embedder: Embedder) -> Floats:
    if embedder.model not in _examples:
        _examples[embedder.model] = await embedder.embed([*REFUSALS, *CLAIMS])
    return _examples[embedder.model]
