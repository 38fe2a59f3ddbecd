"""Rescore the most likely sentences by their meaning.

Stage 1 (``answerability``) only knows which words a sentence shares with the question. Stage 2 adds
two cosines of the question with the sentence, read with its context: by the multilingual embedder
("alike") and, in English, by a sentence encoder ("meant"). It decides with other weights in
English, in another language, and for sentences in another language than the question. All models
are fitted by ``bench/fit_answerability.py``. The encoder takes 6 ms of CPU time for a sentence that
it has not read before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.records import Candidate
from bot.search.answerability_model import ENGLISH_STAGE, FOREIGN_STAGE, OTHER_STAGE, load_model
from bot.search.sentence_context import text_in_context

RERANKED_SENTENCES = 12  # with 4, the evidence quoted on news was .589 instead of .674
RERANKED_OTHERS = 24  # not in English: 2 ms each
RERANKED_FOREIGN = 24  # in the order of their passages

Cosines = Mapping[str, float]
"""By the text of a sentence in its context, its cosine with the question."""


def select_candidates(candidates: Sequence[Candidate], *, english: bool) -> tuple[Candidate, ...]:
    """The candidates that are worth reading again, in order: those that state something."""
    candidates = [candidate for candidate in candidates if candidate.signals["states"]]
    native = [candidate for candidate in candidates if not candidate.is_foreign]
    limit = RERANKED_SENTENCES if english else RERANKED_OTHERS
    best = sorted(native, key=lambda candidate: -candidate.log_odds)[:limit]
    foreign = [candidate for candidate in candidates if candidate.is_foreign][:RERANKED_FOREIGN]
    selected = {id(candidate) for candidate in [*best, *foreign]}
    return tuple(candidate for candidate in candidates if id(candidate) in selected)


def rerank_sentences(
    candidates: Sequence[Candidate], alike: Cosines, meant: Cosines, *, english: bool
) -> tuple[Candidate, ...]:
    """The selected candidates with the log odds of stage 2.

    ``alike`` and ``meant``: the cosines by the embedder and by the sentence encoder. A native
    sentence that is not in ``alike`` counts as close to the question as its passage is, a foreign
    one keeps its log odds.
    """
    return tuple(_rescore(candidate, alike, meant, english) for candidate in candidates)


def _rescore(candidate: Candidate, alike: Cosines, meant: Cosines, english: bool) -> Candidate:
    text = text_in_context(candidate.text, candidate.context)
    if candidate.is_foreign and text not in alike:
        return candidate  # judged by its passage's cosine alone
    closeness, meaning = alike.get(text, candidate.signals["meaning"]), meant.get(text, 0.0)
    echo = (1 - candidate.signals["news"]) * max(closeness, meaning)  # a name close to its question
    signals = {**candidate.signals, "alike": closeness, "meant": meaning, "echo": echo}
    native_stage = ENGLISH_STAGE if english else OTHER_STAGE
    stage = FOREIGN_STAGE if candidate.is_foreign else native_stage
    return replace(candidate, log_odds=load_model(stage).log_odds(signals), signals=signals)
